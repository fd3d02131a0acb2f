#include "report/forms.h"

#include "core/escape.h"
#include "report/csv.h"
#include "report/json.h"
#include "report/logfmt.h"

#include <assert.h>
#include <string.h>
#include <time.h>

static const char *const names[MP_FORMS] = {
	[MP_FORM_MEMPROF] = "memprof", [MP_FORM_LAUNCHPAD] = "launchpad",
	[MP_FORM_JSON] = "json",       [MP_FORM_CSV] = "csv",
	[MP_FORM_LOGFMT] = "logfmt",
};

/* Twenty names of at most 14 bytes and what stands around them; each byte of
   a text may be escaped. */
static_assert(MP_RECORD_COLUMNS * (14 + 6) + 2 * MP_RECORD_MAX <= MP_FORMS_MAX,
	      "the longest line fits");

enum mp_form mp_form_find(const char *name)
{
	unsigned i = 0;

	while (i < MP_FORMS && strcmp(names[i], name) != 0)
		i++;
	return (enum mp_form)i;
}

/* ---- local time ---- */

static int64_t offset_at(time_t utc)
{
	struct tm local;

	return localtime_r(&utc, &local) ? local.tm_gmtoff : 0;
}

static int64_t to_seconds(int64_t us)
{
	return us / 1000000 - (us % 1000000 < 0);
}

/* `local_us` counts as if the local clock were UTC. */
static int64_t from_local(int64_t local_us)
{
	time_t seconds = to_seconds(local_us);
	struct tm t;

	if (!gmtime_r(&seconds, &t))
		return local_us;
	t.tm_isdst = -1;
	return local_us + (mktime(&t) - seconds) * 1000000;
}

/* ---- writing ---- */

size_t mp_form_header(enum mp_form form, char *line)
{
	if (form == MP_FORM_CSV)
		return mp_csv_write_header(line);
	if (form != MP_FORM_MEMPROF)
		return 0;
	memcpy(line, mp_record_header, mp_record_header_len);
	return mp_record_header_len;
}

static size_t write_launchpad(const struct mp_record *r, char *line)
{
	if (mp_record_is_own(r))
		return 0;
	return mp_record_format_launchpad(
		r, offset_at(to_seconds(r->timestamp_us)), line);
}

size_t mp_form_write(enum mp_form form, const struct mp_record *r, char *line)
{
	struct mp_fields f;

	if (form == MP_FORM_MEMPROF)
		return mp_record_format(r, line);
	if (form == MP_FORM_LAUNCHPAD)
		return write_launchpad(r, line);
	mp_fields_from(&f, r);
	if (form == MP_FORM_JSON)
		return mp_json_write(&f, line);
	if (form == MP_FORM_CSV)
		return mp_csv_write(&f, line);
	return mp_logfmt_write(&f, line);
}

/* ---- reading ---- */

/* In Launchpad's forms `(` begins an id like any other, so it is encoded; what
   no longer fits behind it is cut as mp_escape() does. */
static struct mp_text encode_parenthesis(struct mp_text id, char *room)
{
	char raw[MP_ESCAPE_MAX + 1];

	if (id.p[0] != '(')
		return id;
	raw[mp_unescape(id.p, id.len, raw)] = '\0';
	return (struct mp_text){ room, mp_escape(raw, "-", room) };
}

void mp_form_to_format_1(struct mp_record *r, char *room)
{
	r->timestamp_us = from_local(r->timestamp_us);
	r->page_id = encode_parenthesis(r->page_id, room);
	r->host = (struct mp_text){ "-", 1 };
}

static int read_log(const char *line, size_t len, struct mp_fields *room,
		    struct mp_record *ret, struct mp_record_fault *ret_fault)
{
	int form = mp_record_parse(line, len, ret, ret_fault);

	if (form == MP_RECORD_HEADER)
		return 0;
	if (form < 0 || form == MP_RECORD_FORMAT_1)
		return form < 0 ? form : 1;
	mp_form_to_format_1(ret, room->room);
	return 1;
}

static enum mp_form form_of(const char *line, size_t len)
{
	const char *blank = memchr(line, ' ', len);
	const char *equals = memchr(line, '=', len);

	if (len > 0 && *line == '{')
		return MP_FORM_JSON;
	if (memchr(line, '\t', len))
		return MP_FORM_MEMPROF;
	if (equals && (!blank || equals < blank) &&
	    !memchr(line, ',', (size_t)(equals - line)))
		return MP_FORM_LOGFMT;
	if (!blank && memchr(line, ',', len))
		return MP_FORM_CSV;
	return MP_FORM_LAUNCHPAD;
}

int mp_form_read(const char *line, size_t len, struct mp_fields *room,
		 struct mp_record *ret, struct mp_record_fault *ret_fault)
{
	int err;

	switch (form_of(line, len)) {
	case MP_FORM_JSON:
		err = mp_json_read(line, len, room, ret_fault);
		break;
	case MP_FORM_CSV:
		err = mp_csv_read(line, len, room, ret_fault);
		break;
	case MP_FORM_LOGFMT:
		err = mp_logfmt_read(line, len, room, ret_fault);
		break;
	default:
		return read_log(line, len, room, ret, ret_fault);
	}
	return err ? err : mp_fields_read(room, ret, ret_fault);
}
