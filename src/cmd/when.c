#include "cmd/when.h"

#include "cmd/amount.h"
#include "core/civil.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define SECOND	 INT64_C(1000000)
#define AGO_MOST 1000000000 /* of any unit: still fits in microseconds */

/* ---- before now ---- */

/* How long the unit is; 0 where it is none. */
static int64_t unit_us(char unit)
{
	switch (unit) {
	case 's':
		return SECOND;
	case 'm':
		return 60 * SECOND;
	case 'h':
		return 3600 * SECOND;
	case 'd':
		return 86400 * SECOND;
	case 'w':
		return 7 * 86400 * SECOND;
	default:
		return 0;
	}
}

static int read_ago(const char *text, int64_t now_us, int64_t *ret)
{
	size_t len = strspn(text, "0123456789");
	char digits[16];
	uint64_t n;
	int64_t us;

	if (len == 0 || len >= sizeof(digits))
		return -EINVAL;
	us = unit_us(text[len]);
	if (us == 0 || text[len + 1])
		return -EINVAL;
	memcpy(digits, text, len);
	digits[len] = '\0';
	if (mp_amount_count(digits, AGO_MOST, &n) ||
	    __builtin_mul_overflow(us, (int64_t)n, &us))
		return -EINVAL;
	return __builtin_sub_overflow(now_us, us, ret) ? -EINVAL : 0;
}

/* ---- timestamps ---- */

/* What stands for what is not said. */
static const char first[] = "0000-01-01T00:00:00.000000Z";

#define LENGTH	 (sizeof(first) - 1)
#define FRACTION 20 /* where that of the second begins */

/* Where a beginning may end: behind a whole number. */
static bool is_whole(size_t len)
{
	return len == 4 || len == 7 || len == 10 || len == 13 || len == 16 ||
	       len == 19 || len > FRACTION;
}

/* Digits where `first` has some, and what it has elsewhere. */
static bool is_shaped(const char *text)
{
	for (size_t i = 0; i < LENGTH; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';

		if (first[i] >= '0' && first[i] <= '9' ? !digit
						       : text[i] != first[i])
			return false;
	}
	return true;
}

static unsigned number_at(const char *text, unsigned digits)
{
	unsigned n = 0;

	while (digits-- > 0)
		n = 10 * n + (unsigned)(*text++ - '0');
	return n;
}

static int read_timestamp(const char *text, int64_t *ret)
{
	size_t len = strlen(text);
	char whole[sizeof(first)];
	unsigned year, month, day, hour, minute, second;

	/* A Z may end any of them that has a time of day. */
	if (len > 11 && text[len - 1] == 'Z')
		len--;
	if (len >= LENGTH || !is_whole(len))
		return -EINVAL;
	strcpy(whole, first);
	memcpy(whole, text, len);
	if (!is_shaped(whole))
		return -EINVAL;
	year = number_at(whole, 4);
	month = number_at(whole + 5, 2);
	day = number_at(whole + 8, 2);
	hour = number_at(whole + 11, 2);
	minute = number_at(whole + 14, 2);
	second = number_at(whole + 17, 2);
	if (month < 1 || month > 12 || day < 1 ||
	    day > mp_civil_days_in_month(year, month) || hour > 23 ||
	    minute > 59 || second > 59)
		return -EINVAL;
	*ret = ((mp_civil_to_days(year, month, day) * 24 + hour) * 3600 +
		minute * 60 + second) *
		       SECOND +
	       number_at(whole + FRACTION, 6);
	return 0;
}

int mp_when_read(const char *text, int64_t now_us, int64_t *ret_us)
{
	return read_ago(text, now_us, ret_us) ? read_timestamp(text, ret_us)
					      : 0;
}
