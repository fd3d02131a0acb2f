#include "report/csv.h"

#include <string.h>

static char *put_quoted(char *p, struct mp_text t)
{
	*p++ = '"';
	for (size_t i = 0; i < t.len; i++) {
		if (t.p[i] == '"')
			*p++ = '"';
		*p++ = t.p[i];
	}
	*p++ = '"';
	return p;
}

char *mp_csv_put_string(char *p, struct mp_text t)
{
	if (memchr(t.p, ',', t.len) || memchr(t.p, '"', t.len))
		return put_quoted(p, t);
	return mempcpy(p, t.p, t.len);
}

static char *put_field(char *p, struct mp_text t)
{
	return mp_fields_is_unknown(t) ? p : mp_csv_put_string(p, t);
}

size_t mp_csv_write(const struct mp_fields *f, char *line)
{
	char *p = line;

	for (unsigned i = 0; i < MP_RECORD_COLUMNS; i++) {
		if (i > 0)
			*p++ = ',';
		p = put_field(p, f->text[i]);
	}
	*p++ = '\n';
	return (size_t)(p - line);
}

size_t mp_csv_write_header(char *line)
{
	for (size_t i = 0; i < mp_record_header_len; i++)
		line[i] =
			mp_record_header[i] == '\t' ? ',' : mp_record_header[i];
	return mp_record_header_len;
}

static size_t without_return(const char *line, size_t len)
{
	return len > 0 && line[len - 1] == '\r' ? len - 1 : len;
}

/* A quoted field at `*p`, after its first quote; leaves `*p` behind it. */
static bool read_quoted(const char **p, const char *end, struct mp_fields *f)
{
	for (; *p < end; ++*p) {
		if (**p == '"' && (++*p == end || **p != '"'))
			return true;
		mp_fields_put(f, **p);
	}
	return false;
}

static bool read_field(const char **p, const char *end, struct mp_fields *f,
		       struct mp_text *ret)
{
	size_t start = f->used;

	if (*p < end && **p == '"') {
		++*p;
		if (!read_quoted(p, end, f))
			return false;
	} else {
		for (; *p < end && **p != ',' && **p != '"'; ++*p)
			mp_fields_put(f, **p);
	}
	/* An empty field is a missing one. */
	if (f->used > start)
		*ret = (struct mp_text){ f->room + start, f->used - start };
	return true;
}

int mp_csv_read(const char *line, size_t len, struct mp_fields *ret,
		struct mp_record_fault *ret_fault)
{
	const char *p = line, *end = line + without_return(line, len);

	mp_fields_init(ret);
	for (unsigned i = 0; i < MP_RECORD_COLUMNS; i++) {
		bool last = i == MP_RECORD_COLUMNS - 1;

		if (!read_field(&p, end, ret, &ret->text[i]))
			return mp_fields_fail(ret_fault, i,
					      "a quote at its end");
		if (last && p != end)
			return mp_fields_fail(ret_fault, i,
					      "20 columns: more follow");
		if (!last && p == end)
			return mp_fields_fail(
				ret_fault, i + 1,
				"20 columns: the line ends before");
		if (!last && *p++ != ',')
			return mp_fields_fail(ret_fault, i,
					      "a comma behind it");
	}
	return 0;
}
