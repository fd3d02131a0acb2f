#include "view/rawfields.h"

#include "core/civil.h"
#include "core/record.h"
#include "profile/format.h"

#include <string.h>

bool mp_rawfields_next(struct mp_rawfields *f, struct mp_rawfield *ret)
{
	const char *tab;

	if (!f->p)
		return false;
	tab = memchr(f->p, '\t', (size_t)(f->end - f->p));
	*ret = (struct mp_rawfield){ f->p,
				     (size_t)((tab ? tab : f->end) - f->p) };
	f->p = tab ? tab + 1 : NULL;
	return true;
}

bool mp_rawfield_is(struct mp_rawfield f, const char *word)
{
	return f.len == strlen(word) && !memcmp(f.p, word, f.len);
}

bool mp_rawfield_count(struct mp_rawfield f, uint64_t *ret)
{
	uint64_t v = 0;

	if (f.len == 0)
		return false;
	for (size_t i = 0; i < f.len; i++) {
		unsigned digit = (unsigned)(unsigned char)f.p[i] - '0';

		if (digit > 9 || v > ((uint64_t)INT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*ret = v;
	return true;
}

bool mp_rawfield_number(struct mp_rawfield f, int64_t *ret)
{
	uint64_t v;

	if (mp_rawfield_is(f, MP_FORMAT_UNKNOWN)) {
		*ret = MP_UNKNOWN;
		return true;
	}
	if (!mp_rawfield_count(f, &v))
		return false;
	*ret = (int64_t)v;
	return true;
}

bool mp_rawfield_signed(struct mp_rawfield f, int64_t *ret)
{
	uint64_t v;

	if (f.len == 0 || *f.p != '-')
		return mp_rawfield_number(f, ret);
	f.p++;
	f.len--;
	if (!mp_rawfield_count(f, &v))
		return false;
	*ret = -(int64_t)v;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool mp_rawfield_hex(struct mp_rawfield f, uint64_t *ret)
{
	uint64_t v = 0;

	if (f.len == 0 || f.len > 16)
		return false;
	for (size_t i = 0; i < f.len; i++) {
		int digit = hex_digit(f.p[i]);

		if (digit < 0)
			return false;
		v = v << 4 | (unsigned)digit;
	}
	*ret = v;
	return true;
}

/* `count` digits at `p`, at least `low` and at most `high`. */
static bool fixed(const char *p, size_t count, unsigned low, unsigned high,
		  unsigned *ret)
{
	uint64_t v;

	if (!mp_rawfield_count((struct mp_rawfield){ p, count }, &v) ||
	    v < low || v > high)
		return false;
	*ret = (unsigned)v;
	return true;
}

bool mp_rawfield_moment(struct mp_rawfield f, int64_t *ret_us)
{
	static const char form[] = "0000-00-00T00:00:00.000000Z";
	unsigned year, month, day, hour, minute, second, us;
	int64_t s;

	if (f.len != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < f.len; i++)
		if (form[i] != '0' && f.p[i] != form[i])
			return false;
	if (!fixed(f.p, 4, 1, 9999, &year) ||
	    !fixed(f.p + 5, 2, 1, 12, &month) ||
	    !fixed(f.p + 8, 2, 1, mp_civil_days_in_month(year, month), &day) ||
	    !fixed(f.p + 11, 2, 0, 23, &hour) ||
	    !fixed(f.p + 14, 2, 0, 59, &minute) ||
	    !fixed(f.p + 17, 2, 0, 59, &second) ||
	    !fixed(f.p + 20, 6, 0, 999999, &us))
		return false;
	s = mp_civil_to_days(year, month, day) * 86400 + hour * 3600 +
	    minute * 60 + second;
	*ret_us = s * 1000000 + us;
	return true;
}
