#include "report/json.h"

#include <errno.h>
#include <string.h>

/* ---- writing ---- */

static char *put(char *p, const char *s)
{
	return stpcpy(p, s);
}

char *mp_json_put_string(char *p, struct mp_text t)
{
	*p++ = '"';
	for (size_t i = 0; i < t.len; i++) {
		if (t.p[i] == '"' || t.p[i] == '\\')
			*p++ = '\\';
		*p++ = t.p[i];
	}
	*p++ = '"';
	return p;
}

size_t mp_json_write(const struct mp_fields *f, char *line)
{
	char *p = line;

	for (unsigned i = 0; i < MP_RECORD_COLUMNS; i++) {
		p = put(p, i ? ",\"" : "{\"");
		p = put(p, mp_record_column_name(i));
		p = put(p, "\":");
		if (mp_fields_is_text(i))
			p = mp_json_put_string(p, f->text[i]);
		else if (mp_fields_is_unknown(f->text[i]))
			p = put(p, "null");
		else
			p = mempcpy(p, f->text[i].p, f->text[i].len);
	}
	p = put(p, "}\n");
	return (size_t)(p - line);
}

/* ---- reading ---- */

struct input {
	const char *p, *end;
};

static void skip_blanks(struct input *in)
{
	while (in->p < in->end &&
	       (*in->p == ' ' || *in->p == '\t' || *in->p == '\r'))
		in->p++;
}

/* Step over `c` and the blanks around it. */
static bool take(struct input *in, char c)
{
	skip_blanks(in);
	if (in->p == in->end || *in->p != c)
		return false;
	in->p++;
	skip_blanks(in);
	return true;
}

static bool take_word(struct input *in, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(in->end - in->p) < len || memcmp(in->p, word, len) != 0)
		return false;
	in->p += len;
	return true;
}

static bool read_hex(struct input *in, unsigned *ret)
{
	unsigned v = 0;

	if (in->end - in->p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdefABCDEF";
		const char *d = memchr(digits, *in->p++, sizeof(digits) - 1);

		if (!d)
			return false;
		v = v * 16 +
		    (unsigned)(d - digits < 16 ? d - digits : d - digits - 6);
	}
	*ret = v;
	return true;
}

/* Surrogates become what is no UTF-8 when they do not come in pairs; that is
   no valid field then. */
static void put_utf8(struct mp_fields *f, unsigned c)
{
	if (c < 0x80) {
		mp_fields_put(f, (char)c);
		return;
	}
	if (c < 0x800) {
		mp_fields_put(f, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			mp_fields_put(f, (char)(0xe0 | c >> 12));
		} else {
			mp_fields_put(f, (char)(0xf0 | c >> 18));
			mp_fields_put(f, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		mp_fields_put(f, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	mp_fields_put(f, (char)(0x80 | (c & 0x3f)));
}

/* What follows `\u`. */
static bool read_unicode(struct input *in, struct mp_fields *f)
{
	unsigned c, low;

	if (!read_hex(in, &c))
		return false;
	if (c >= 0xd800 && c < 0xdc00) {
		if (!take_word(in, "\\u") || !read_hex(in, &low) ||
		    low < 0xdc00 || low > 0xdfff)
			return false;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	put_utf8(f, c);
	return true;
}

/* What follows a backslash. */
static bool read_escape(struct input *in, struct mp_fields *f)
{
	static const char names[] = "\"\\/bfnrt";
	static const char meant[] = "\"\\/\b\f\n\r\t";
	const char *name;

	if (in->p == in->end)
		return false;
	if (*in->p == 'u') {
		in->p++;
		return read_unicode(in, f);
	}
	name = memchr(names, *in->p++, sizeof(names) - 1);
	if (name)
		mp_fields_put(f, meant[name - names]);
	return name;
}

/* A string, decoded to the end of the room. */
static bool read_string(struct input *in, struct mp_fields *f,
			struct mp_text *ret)
{
	size_t start = f->used;

	if (in->p == in->end || *in->p != '"')
		return false;
	for (in->p++; in->p < in->end && *in->p != '"';) {
		if (*in->p == '\\') {
			in->p++;
			if (!read_escape(in, f))
				return false;
		} else {
			mp_fields_put(f, *in->p++);
		}
	}
	if (in->p++ == in->end)
		return false;
	*ret = (struct mp_text){ f->room + start, f->used - start };
	return true;
}

/* ---- numbers: any spelling becomes digits and an exponent, and then the one
   of format 1 ---- */

#define DIGITS_MAX   40
#define EXPONENT_MAX 1000

struct decimal {
	bool negative;
	char digits[DIGITS_MAX]; /* without leading zeros */
	int count;
	int point; /* how many digits stand before the point; may be < 0 */
};

static bool is_digit(const struct input *in)
{
	return in->p < in->end && *in->p >= '0' && *in->p <= '9';
}

static bool add_digits(struct input *in, struct decimal *d, bool whole)
{
	if (!is_digit(in))
		return false;
	for (; is_digit(in); in->p++) {
		if (d->count == DIGITS_MAX)
			return false;
		if (d->count > 0 || *in->p != '0') {
			d->digits[d->count++] = *in->p;
			d->point += whole;
		} else {
			d->point -= !whole;
		}
	}
	return true;
}

static bool read_exponent(struct input *in, int *ret)
{
	bool negative = take_word(in, "-");
	int v = 0;

	if (!negative)
		take_word(in, "+");
	if (!is_digit(in))
		return false;
	for (; is_digit(in); in->p++)
		if (v < EXPONENT_MAX)
			v = v * 10 + (*in->p - '0');
	*ret = negative ? -v : v;
	return true;
}

static bool read_decimal(struct input *in, struct decimal *ret)
{
	int exponent = 0;

	*ret = (struct decimal){ .negative = take_word(in, "-") };
	if (!add_digits(in, ret, true))
		return false;
	if (take_word(in, ".") && !add_digits(in, ret, false))
		return false;
	if ((take_word(in, "e") || take_word(in, "E")) &&
	    !read_exponent(in, &exponent))
		return false;
	while (ret->count > 0 && ret->digits[ret->count - 1] == '0')
		ret->count--;
	ret->point += exponent;
	return true;
}

/* The digit `at` places behind the point; before it where negative. */
static char digit_at(const struct decimal *d, int at)
{
	int i = d->point + at;

	return i >= 0 && i < d->count ? d->digits[i] : '0';
}

/* Spell `d` with `decimals`; false where it has more, or is too large. */
static bool put_decimal(struct mp_fields *f, const struct decimal *d,
			int decimals, struct mp_text *ret)
{
	size_t start = f->used;
	int whole = d->count > 0 && d->point > 1 ? d->point : 1;

	if (whole > 19 || d->count - d->point > decimals)
		return false;
	if (d->negative && d->count > 0)
		mp_fields_put(f, '-');
	for (int i = -whole; i < 0; i++)
		mp_fields_put(f, digit_at(d, i));
	if (decimals > 0)
		mp_fields_put(f, '.');
	for (int i = 0; i < decimals; i++)
		mp_fields_put(f, digit_at(d, i));
	*ret = (struct mp_text){ f->room + start, f->used - start };
	return true;
}

static bool read_value(struct input *in, struct mp_fields *f, unsigned column)
{
	struct mp_text *ret = &f->text[column];
	struct decimal d;

	if (in->p < in->end && *in->p == '"')
		return read_string(in, f, ret);
	if (mp_fields_is_text(column))
		return false;
	if (take_word(in, "null")) {
		*ret = MP_FIELDS_UNKNOWN;
		return true;
	}
	return read_decimal(in, &d) &&
	       put_decimal(f, &d, column == MP_FIELDS_DURATION ? 6 : 0, ret);
}

int mp_json_read(const char *line, size_t len, struct mp_fields *ret,
		 struct mp_record_fault *ret_fault)
{
	struct input in = { line, line + len };
	struct mp_text key;

	mp_fields_init(ret);
	if (!take(&in, '{'))
		return mp_fields_fail_line(ret_fault, "a JSON object");
	do {
		unsigned column;

		if (!read_string(&in, ret, &key) || !take(&in, ':'))
			return mp_fields_fail_line(ret_fault,
						   "a key in quotes, a colon");
		column = mp_fields_find(key);
		if (column == MP_RECORD_COLUMNS)
			return mp_fields_fail_line(
				ret_fault, "the names of columns as keys");
		if (ret->text[column].p)
			return mp_fields_fail(ret_fault, column,
					      "one value: there are two");
		if (!read_value(&in, ret, column))
			return mp_fields_fail(ret_fault, column,
					      mp_fields_is_text(column)
						      ? "a string"
						      : "a number, or null");
	} while (take(&in, ','));
	if (!take(&in, '}') || in.p != in.end)
		return mp_fields_fail_line(ret_fault, "one JSON object, whole");
	return 0;
}
