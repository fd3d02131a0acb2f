/* when: the first moment that begins so, or one before now; or no time. */

#include "test.h"

#include "cmd/when.h"

#include <errno.h>

#define SECOND	 INT64_C(1000000)
#define NOW	 (INT64_C(1795262400) * SECOND) /* 2026-11-21T12:00 */
#define MIDNIGHT (NOW - 12 * 3600 * SECOND)

static struct when_case {
	const char *text;
	int64_t want;
} when_cases[] = {
	{ "2026", INT64_C(1767225600) * SECOND },
	{ "2026-11", INT64_C(1793491200) * SECOND },
	{ "2026-11-21", MIDNIGHT },
	{ "2026-11-21T01", MIDNIGHT + 3600 * SECOND },
	{ "2026-11-21T01Z", MIDNIGHT + 3600 * SECOND },
	{ "2026-11-21T01:02", MIDNIGHT + 3720 * SECOND },
	{ "2026-11-21T01:02Z", MIDNIGHT + 3720 * SECOND },
	{ "2026-11-21T01:02:03", MIDNIGHT + 3723 * SECOND },
	{ "2026-11-21T01:02:03.5", MIDNIGHT + 3723 * SECOND + 500000 },
	{ "2026-11-21T01:02:03.123456", MIDNIGHT + 3723 * SECOND + 123456 },
	{ "2026-11-21T01:02:03.123456Z", MIDNIGHT + 3723 * SECOND + 123456 },
	{ "2026-11-21T23:59:59.999999Z", MIDNIGHT + 86400 * SECOND - 1 },
	{ "2024-02-29", INT64_C(1709164800) * SECOND },
	{ "1969-12-31T23:59:59", -SECOND },
	{ "0s", NOW },
	{ "90s", NOW - 90 * SECOND },
	{ "30m", NOW - 1800 * SECOND },
	{ "1h", NOW - 3600 * SECOND },
	{ "2d", NOW - 172800 * SECOND },
	{ "1w", NOW - 604800 * SECOND },
	{ "007m", NOW - 420 * SECOND },
	{ "1000000000s", NOW - 1000000000 * SECOND },
};

static void test_when(void **state)
{
	const struct when_case *c = *state;
	int64_t us;

	assert_int_equal(mp_when_read(c->text, NOW, &us), 0);
	assert_int_equal(us, c->want);
}

static void test_no_time(void **state)
{
	static const char *const none[] = {
		"",
		"Z",
		"now",
		"h",
		"1",
		"202",
		"20261",
		"2026-",
		"2026-1",
		"2026-00",
		"2026-13",
		"2026-11-00",
		"2026-11-31",
		"2025-02-29",
		"2026-11-2",
		"2026-11-21Z",
		"2026-11-21T",
		"2026-11-21T1",
		"2026-11-21T24",
		"2026-11-21T01:",
		"2026-11-21T01:60",
		"2026-11-21T01:02:60",
		"2026-11-21T01:02:03.",
		"2026-11-21T01:02:03.Z",
		"2026-11-21T01:02:03.1234567",
		"2026-11-21T01:02:03.12345x",
		"2026-11-21T01:02:03.123456ZZ",
		"2026-11-21t01:02",
		"2026-11-21 01:02",
		"2026/11/21",
		"-1h",
		"+1h",
		" 1h",
		"1h ",
		"1hour",
		"1.5h",
		"1H",
		"1000000001s",
		"1000000000w",
		"99999999999999999999s",
	};
	int64_t us = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		if (mp_when_read(none[i], NOW, &us) != -EINVAL)
			fail_msg("`%s` is a time", none[i]);
		assert_int_equal(us, 42);
	}
}

int main(void)
{
	struct CMUnitTest tests[1 + ARRAY_SIZE(when_cases)] = {
		cmocka_unit_test(test_no_time),
	};

	for (size_t i = 0; i < ARRAY_SIZE(when_cases); i++)
		tests[1 + i] = (struct CMUnitTest){
			.name = when_cases[i].text,
			.test_func = test_when,
			.initial_state = &when_cases[i],
		};
	return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
