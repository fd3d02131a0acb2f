/* civil: days and dates, each way, as the calendar counts them. */

#include "test.h"

#include "core/civil.h"

static struct date_case {
	const char *name;
	int64_t days, year;
	unsigned month, day;
} date_cases[] = {
	{ "the first day", 0, 1970, 1, 1 },
	{ "the day before", -1, 1969, 12, 31 },
	{ "a leap day of a fourth century", 11016, 2000, 2, 29 },
	{ "the day after it", 11017, 2000, 3, 1 },
	{ "the end of February of a century", 47540, 2100, 2, 28 },
	{ "and no leap day", 47541, 2100, 3, 1 },
	{ "the last of four digits", 2932896, 9999, 12, 31 },
	{ "the first of an era", -719468, 0, 3, 1 },
	{ "the last of the era before", -719469, 0, 2, 29 },
	{ "a year below 0", -719529, -1, 12, 31 },
};

static void test_date(void **state)
{
	const struct date_case *c = *state;
	struct mp_civil date = mp_civil_from_days(c->days);

	assert_int_equal(date.year, c->year);
	assert_int_equal(date.month, c->month);
	assert_int_equal(date.day, c->day);
	assert_int_equal(mp_civil_to_days(c->year, c->month, c->day), c->days);
}

/* Counted by hand, through more than two eras and the year 0. */
static void test_each_day_follows_the_one_before(void **state)
{
	int64_t days = mp_civil_to_days(-450, 1, 1);

	(void)state;
	for (int64_t year = -450; year <= 450; year++) {
		for (unsigned month = 1; month <= 12; month++) {
			unsigned last = mp_civil_days_in_month(year, month);

			for (unsigned day = 1; day <= last; day++, days++) {
				struct mp_civil d = mp_civil_from_days(days);

				if (d.year != year || d.month != month ||
				    d.day != day ||
				    mp_civil_to_days(year, month, day) != days)
					fail_msg("day %jd", (intmax_t)days);
			}
		}
	}
}

static void test_months_are_as_long_as_they_are(void **state)
{
	static const unsigned days[] = { 31, 28, 31, 30, 31, 30,
					 31, 31, 30, 31, 30, 31 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(days); i++)
		assert_int_equal(mp_civil_days_in_month(2023, i + 1), days[i]);
	assert_int_equal(mp_civil_days_in_month(2024, 2), 29);
	assert_int_equal(mp_civil_days_in_month(2000, 2), 29);
	assert_int_equal(mp_civil_days_in_month(1900, 2), 28);
	assert_int_equal(mp_civil_days_in_month(2024, 1), 31);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(date_cases) + 2] = {
		cmocka_unit_test(test_each_day_follows_the_one_before),
		cmocka_unit_test(test_months_are_as_long_as_they_are),
	};

	for (size_t i = 0; i < ARRAY_SIZE(date_cases); i++)
		tests[i + 2] = (struct CMUnitTest){
			.name = date_cases[i].name,
			.test_func = test_date,
			.initial_state = &date_cases[i],
		};
	return cmocka_run_group_tests_name("civil", tests, NULL, NULL);
}
