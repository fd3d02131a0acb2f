#include "cmd/amount.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The number at the start of `text`; what follows is left at `*ret_rest`.  No
   signs, blanks, infinities or hexadecimal, all of which strtod(3) takes. */
static int read_decimal(const char *text, double *ret, const char **ret_rest)
{
	size_t len = strspn(text, "0123456789.");
	char *end;

	*ret = strtod(text, &end);
	if (*text < '0' || *text > '9' || end != text + len || len > 30)
		return -EINVAL;
	*ret_rest = end;
	return 0;
}

int mp_amount_bytes(const char *text, uint64_t *ret)
{
	static const char units[] = "KMGT";
	const char *rest, *unit;
	double v;

	if (read_decimal(text, &v, &rest))
		return -EINVAL;
	if (*rest && (unit = strchr(units, *rest))) {
		v = ldexp(v, 10 * (int)(unit - units + 1));
		rest++;
		if (!strcmp(rest, "iB"))
			rest += 2;
	}
	if (*rest || v >= 0x1p63 || v != floor(v))
		return -EINVAL;
	*ret = (uint64_t)v;
	return 0;
}

int mp_amount_count(const char *text, uint64_t most, uint64_t *ret)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || v > most)
		return -EINVAL;
	*ret = v;
	return 0;
}

int mp_amount_percent(const char *text, double *ret)
{
	const char *rest;
	double v;

	if (read_decimal(text, &v, &rest) || strcmp(rest, "%") != 0)
		return -EINVAL;
	*ret = v;
	return 0;
}

int mp_amount_rate(const char *text, double *ret)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = { { "s", 1 }, { "min", 60 }, { "h", 3600 } };
	const char *slash = strchr(text, '/');
	char amount[32];
	uint64_t bytes;

	if (!slash || (size_t)(slash - text) >= sizeof(amount))
		return -EINVAL;
	memcpy(amount, text, (size_t)(slash - text));
	amount[slash - text] = '\0';
	if (mp_amount_bytes(amount, &bytes))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(slash + 1, units[i].name)) {
			*ret = (double)bytes / units[i].seconds;
			return 0;
		}
	return -EINVAL;
}

int mp_amount_seconds(const char *text, double most, double *ret)
{
	const char *rest;
	double v;

	if (read_decimal(text, &v, &rest) || *rest || v > most)
		return -EINVAL;
	*ret = v;
	return 0;
}
