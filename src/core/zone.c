#include "core/zone.h"

#include <time.h>

#define DAY_S	   86400
#define YEARS_DAYS (4 * 366)

static int64_t offset_at(int64_t at_s)
{
	time_t t = (time_t)at_s;
	struct tm local = { 0 };

	localtime_r(&t, &local);
	return local.tm_gmtoff;
}

/* The first second after `low`, where `before` holds, at which it does not. */
static int64_t change_between(int64_t low, int64_t high, int64_t before)
{
	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (offset_at(middle) == before)
			low = middle;
		else
			high = middle;
	}
	return high;
}

void mp_zone_learn(struct mp_zone *zone, int64_t now_s)
{
	/* A request may have begun a while ago. */
	int64_t at = now_s - DAY_S, offset;

	tzset();
	offset = offset_at(at);
	*zone = (struct mp_zone){ .count = 1, .offset_s = { offset } };
	for (int day = 0; day < YEARS_DAYS && zone->count < MP_ZONE_SPANS;
	     day++, at += DAY_S) {
		int64_t next = offset_at(at + DAY_S);

		if (next == offset)
			continue;
		zone->from_s[zone->count] =
			change_between(at, at + DAY_S, offset);
		zone->offset_s[zone->count++] = next;
		offset = next;
	}
}

int64_t mp_zone_offset(const struct mp_zone *zone, int64_t at_s)
{
	size_t i = zone->count - 1;

	while (i > 0 && at_s < zone->from_s[i])
		i--;
	return zone->offset_s[i];
}
