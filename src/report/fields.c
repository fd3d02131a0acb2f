#include "report/fields.h"

#include <errno.h>
#include <string.h>

#define TIMESTAMP 0
#define PAGE_ID	  1
#define OOPS_ID	  2
#define HOST	  (MP_RECORD_COLUMNS - 1)

bool mp_fields_is_text(unsigned column)
{
	return column <= OOPS_ID || column == HOST;
}

bool mp_fields_is_unknown(struct mp_text text)
{
	return text.len == 2 && !memcmp(text.p, "\\N", 2);
}

unsigned mp_fields_find(struct mp_text name)
{
	unsigned i = 0;

	while (i < MP_RECORD_COLUMNS &&
	       (strlen(mp_record_column_name(i)) != name.len ||
		memcmp(mp_record_column_name(i), name.p, name.len) != 0))
		i++;
	return i;
}

void mp_fields_init(struct mp_fields *f)
{
	memset(f->text, 0, sizeof(f->text));
	f->used = 0;
}

void mp_fields_put(struct mp_fields *f, char c)
{
	/* A text that is cut here is longer than any that is valid. */
	if (f->used < sizeof(f->room))
		f->room[f->used++] = c;
}

/* Cut a line of format 1, which ends in a newline, at its tabs. */
static void cut(struct mp_fields *f, const char *p)
{
	for (unsigned i = 0; i < MP_RECORD_COLUMNS; i++) {
		size_t len = strcspn(p, "\t\n");

		f->text[i] = (struct mp_text){ p, len };
		p += len + 1;
	}
}

void mp_fields_from(struct mp_fields *f, const struct mp_record *r)
{
	f->used = mp_record_format(r, f->room);
	cut(f, f->room);
}

int mp_fields_fail(struct mp_record_fault *ret_fault, unsigned column,
		   const char *expected)
{
	*ret_fault = (struct mp_record_fault){
		.column = column + 1,
		.name = mp_record_column_name(column),
		.expected = expected,
	};
	return -EINVAL;
}

int mp_fields_fail_line(struct mp_record_fault *ret_fault, const char *expected)
{
	*ret_fault = (struct mp_record_fault){
		.column = 1,
		.name = "line",
		.expected = expected,
	};
	return -EINVAL;
}

/* What stands for a missing field, or a null text. */
static struct mp_text missing(unsigned column)
{
	if (column == TIMESTAMP || column == PAGE_ID)
		return (struct mp_text){ NULL, 0 };
	if (column == OOPS_ID || column == HOST)
		return (struct mp_text){ "-", 1 };
	return MP_FIELDS_UNKNOWN;
}

int mp_fields_read(struct mp_fields *f, struct mp_record *ret,
		   struct mp_record_fault *ret_fault)
{
	char line[MP_RECORD_MAX];
	size_t len = 0;
	int form;

	for (unsigned i = 0; i < MP_RECORD_COLUMNS; i++) {
		struct mp_text t = f->text[i].p ? f->text[i] : missing(i);

		if (!t.p)
			return mp_fields_fail(ret_fault, i,
					      "a value: it is missing");
		if (t.len >= sizeof(line) - len)
			return mp_fields_fail(ret_fault, i, "fewer bytes");
		/* Else a byte could be taken for the end of the field. */
		if (memchr(t.p, '\t', t.len))
			return mp_fields_fail(ret_fault, i, "no tab");
		memcpy(line + len, t.p, t.len);
		len += t.len;
		line[len++] = '\t';
	}
	line[len - 1] = '\n';

	/* The texts of the record must outlive this call. */
	memcpy(f->room, line, len);
	f->used = len;
	form = mp_record_parse(f->room, len, ret, ret_fault);
	if (form == MP_RECORD_HEADER)
		return 0;
	return form < 0 ? form : 1;
}
