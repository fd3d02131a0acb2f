/* zone: the offset of local time is what localtime_r() says, for years. */

#include "test.h"

#include "core/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define HOUR_S 3600
#define DAY_S  86400

/* 2026-11-21 00:00:00 UTC */
#define NOW_S INT64_C(1795219200)

static struct zone_case {
	const char *name; /* of the zone, too */
	int changes;	  /* in the three years */
} zone_cases[] = {
	{ "UTC", 0 },
	{ "Europe/Berlin", 6 },
	{ "America/New_York", 6 },
	{ "Australia/Lord_Howe", 6 }, /* by half an hour */
	{ "Asia/Kathmandu", 0 },      /* at a quarter */
	{ "Africa/Casablanca", 6 },   /* with the moon */
	{ "Pacific/Apia", 0 },
};

static int64_t true_offset(int64_t at_s)
{
	time_t t = (time_t)at_s;
	struct tm tm;

	assert_non_null(localtime_r(&t, &tm));
	return tm.tm_gmtoff;
}

static void use_zone(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	if (access(path, R_OK)) {
		printf("skipped: no %s\n", path);
		skip();
	}
	setenv("TZ", name, 1);
	tzset();
}

static void test_offsets_for_three_years(void **state)
{
	const struct zone_case *c = *state;
	int64_t end = NOW_S + INT64_C(3) * 365 * DAY_S;
	struct mp_zone zone;
	int changes = 0;

	use_zone(c->name);
	mp_zone_learn(&zone, NOW_S);
	for (int64_t at = NOW_S - DAY_S; at < end; at += HOUR_S / 4) {
		assert_int_equal(mp_zone_offset(&zone, at), true_offset(at));
		/* And to the second, where it changes. */
		if (true_offset(at) == true_offset(at + HOUR_S / 4))
			continue;
		changes++;
		for (int64_t s = at; s < at + HOUR_S / 4; s++)
			assert_int_equal(mp_zone_offset(&zone, s),
					 true_offset(s));
	}
	assert_int_equal(changes, c->changes);
	assert_true(zone.count <= MP_ZONE_SPANS);
}

static void test_a_request_begun_before_a_change(void **state)
{
	const int64_t change = INT64_C(1806195600); /* 2027-03-28 01:00 UTC */
	struct mp_zone zone;

	(void)state;
	use_zone("Europe/Berlin");
	mp_zone_learn(&zone, change + 60);
	assert_int_equal(mp_zone_offset(&zone, change - 1), HOUR_S);
	assert_int_equal(mp_zone_offset(&zone, change), 2 * HOUR_S);
	/* Long before what was learnt: the first offset. */
	assert_int_equal(mp_zone_offset(&zone, 0), HOUR_S);
}

int main(void)
{
	struct CMUnitTest tests[1 + ARRAY_SIZE(zone_cases)] = {
		cmocka_unit_test(test_a_request_begun_before_a_change),
	};

	for (size_t i = 0; i < ARRAY_SIZE(zone_cases); i++)
		tests[1 + i] = (struct CMUnitTest){
			.name = zone_cases[i].name,
			.test_func = test_offsets_for_three_years,
			.initial_state = &zone_cases[i],
		};
	return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}
