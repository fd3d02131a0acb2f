#include "live/brief.h"

#include "core/clock.h"
#include "core/record.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void mp_brief_bytes(int64_t bytes, char *ret)
{
	static const char units[] = "BKMGTPE";
	double v = (double)bytes;
	unsigned unit = 0;

	if (bytes == MP_UNKNOWN) {
		strcpy(ret, "\\N");
		return;
	}
	/* 1023.5 would be printed as 1024. */
	for (; fabs(v) >= 1023.5; unit++)
		v /= 1024;
	if (unit == 0 || fabs(v) >= 99.95)
		snprintf(ret, MP_BRIEF_MAX, "%.0f%c", v, units[unit]);
	else
		snprintf(ret, MP_BRIEF_MAX, "%.*f%c", fabs(v) >= 9.995 ? 1 : 2,
			 v, units[unit]);
}

void mp_brief_growth(int64_t bytes, char *ret)
{
	*ret = '+';
	mp_brief_bytes(bytes, bytes > 0 ? ret + 1 : ret);
}

void mp_brief_age(int64_t ns, char *ret)
{
	int64_t s = ns / MP_NS_PER_S;

	if (s < 1)
		snprintf(ret, MP_BRIEF_MAX, "%dms", (int)(ns / 1000000));
	else if (s < 60)
		snprintf(ret, MP_BRIEF_MAX, "%.1fs",
			 floor((double)ns / (double)MP_NS_PER_S * 10) / 10);
	else if (s < 3600)
		snprintf(ret, MP_BRIEF_MAX, "%dm%02ds", (int)(s / 60),
			 (int)(s % 60));
	else if (s < 86400)
		snprintf(ret, MP_BRIEF_MAX, "%dh%02dm", (int)(s / 3600),
			 (int)(s / 60 % 60));
	else if (s < 86400 * 1000)
		snprintf(ret, MP_BRIEF_MAX, "%dd%02dh", (int)(s / 86400),
			 (int)(s / 3600 % 24));
	else
		strcpy(ret, "long");
}

void mp_brief_rate(double a_second, char *ret)
{
	if (a_second < 0)
		strcpy(ret, "-");
	else
		snprintf(ret, MP_BRIEF_MAX, "%.*f", a_second < 9.95 ? 1 : 0,
			 fmin(a_second, 9999999));
}
