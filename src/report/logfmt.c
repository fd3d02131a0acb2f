#include "report/logfmt.h"

#include <string.h>

static char *put_value(char *p, struct mp_text t)
{
	if (!memchr(t.p, '"', t.len) && !memchr(t.p, '=', t.len))
		return mempcpy(p, t.p, t.len);
	*p++ = '"';
	for (size_t i = 0; i < t.len; i++) {
		if (t.p[i] == '"')
			*p++ = '\\';
		*p++ = t.p[i];
	}
	*p++ = '"';
	return p;
}

size_t mp_logfmt_write(const struct mp_fields *f, char *line)
{
	char *p = line;

	for (unsigned i = 0; i < MP_RECORD_COLUMNS; i++) {
		if (mp_fields_is_unknown(f->text[i]))
			continue;
		if (i > 0)
			*p++ = ' ';
		p = stpcpy(p, mp_record_column_name(i));
		*p++ = '=';
		p = put_value(p, f->text[i]);
	}
	*p++ = '\n';
	return (size_t)(p - line);
}

/* A quoted value at `*p`, after its first quote; leaves `*p` behind it. */
static bool read_quoted(const char **p, const char *end, struct mp_fields *f)
{
	for (; *p < end && **p != '"'; ++*p) {
		if (**p == '\\' && *p + 1 < end)
			++*p;
		mp_fields_put(f, **p);
	}
	return (*p)++ < end;
}

static bool read_value(const char **p, const char *end, struct mp_fields *f,
		       struct mp_text *ret)
{
	size_t start = f->used;

	if (*p < end && **p == '"') {
		++*p;
		if (!read_quoted(p, end, f))
			return false;
	} else {
		for (; *p < end && **p != ' '; ++*p)
			mp_fields_put(f, **p);
	}
	*ret = (struct mp_text){ f->room + start, f->used - start };
	return *p == end || **p == ' ';
}

int mp_logfmt_read(const char *line, size_t len, struct mp_fields *ret,
		   struct mp_record_fault *ret_fault)
{
	const char *p = line, *end = line + len;

	mp_fields_init(ret);
	for (;;) {
		const char *equals;
		unsigned column;

		while (p < end && *p == ' ')
			p++;
		if (p == end)
			return 0;
		equals = memchr(p, '=', (size_t)(end - p));
		if (!equals)
			return mp_fields_fail_line(ret_fault,
						   "name=value, and no more");
		column = mp_fields_find(
			(struct mp_text){ p, (size_t)(equals - p) });
		if (column == MP_RECORD_COLUMNS)
			return mp_fields_fail_line(
				ret_fault, "the names of columns as names");
		if (ret->text[column].p)
			return mp_fields_fail(ret_fault, column,
					      "one value: there are two");
		p = equals + 1;
		if (!read_value(&p, end, ret, &ret->text[column]))
			return mp_fields_fail(ret_fault, column,
					      "a value, quoted to its end");
	}
}
