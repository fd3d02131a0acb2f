/* brief: every number fits its few columns. */

#include "test.h"

#include "core/record.h"
#include "live/brief.h"

#include <string.h>

static struct brief_case {
	const char *name;
	void (*show)(int64_t v, char *ret);
	int64_t v;
	const char *want;
} brief_cases[] = {
	{ "nothing", mp_brief_bytes, 0, "0B" },
	{ "bytes", mp_brief_bytes, 1023, "1023B" },
	{ "a kibibyte", mp_brief_bytes, 1024, "1.00K" },
	{ "tens", mp_brief_bytes, 12544, "12.2K" },
	{ "just ten", mp_brief_bytes, 10235, "10.0K" },
	{ "hundreds", mp_brief_bytes, 104857600, "100M" },
	{ "just a hundred", mp_brief_bytes, 102349, "100K" },
	{ "just the next unit", mp_brief_bytes, 1048063, "1023K" },
	{ "the next unit", mp_brief_bytes, 1048064, "1.00M" },
	{ "below nothing", mp_brief_bytes, -12544, "-12.2K" },
	{ "most", mp_brief_bytes, INT64_MAX, "8.00E" },
	{ "least", mp_brief_bytes, INT64_MIN + 1, "-8.00E" },
	{ "unknown", mp_brief_bytes, MP_UNKNOWN, "\\N" },
	{ "grown", mp_brief_growth, 2048, "+2.00K" },
	{ "not grown", mp_brief_growth, 0, "0B" },
	{ "shrunk", mp_brief_growth, -2048, "-2.00K" },
	{ "growth unknown", mp_brief_growth, MP_UNKNOWN, "\\N" },
	{ "milliseconds", mp_brief_age, 999999999, "999ms" },
	{ "a second", mp_brief_age, 1000000000, "1.0s" },
	{ "seconds", mp_brief_age, 59990000000, "59.9s" },
	{ "a minute", mp_brief_age, 60000000000, "1m00s" },
	{ "minutes", mp_brief_age, 3599000000000, "59m59s" },
	{ "hours", mp_brief_age, 86399000000000, "23h59m" },
	{ "days", mp_brief_age, 90000000000000, "1d01h" },
	{ "years", mp_brief_age, INT64_MAX, "long" },
};

static void test_number(void **state)
{
	const struct brief_case *c = *state;
	char text[MP_BRIEF_MAX];

	c->show(c->v, text);
	assert_string_equal(text, c->want);
	assert_true(strlen(text) <= 6);
}

static void test_rates(void **state)
{
	char text[MP_BRIEF_MAX];

	(void)state;
	mp_brief_rate(-1, text);
	assert_string_equal(text, "-");
	mp_brief_rate(0, text);
	assert_string_equal(text, "0.0");
	mp_brief_rate(9.94, text);
	assert_string_equal(text, "9.9");
	mp_brief_rate(9.96, text);
	assert_string_equal(text, "10");
	mp_brief_rate(1e300, text);
	assert_string_equal(text, "9999999");
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(brief_cases) + 1] = {
		cmocka_unit_test(test_rates),
	};

	for (size_t i = 0; i < ARRAY_SIZE(brief_cases); i++)
		tests[i + 1] = (struct CMUnitTest){
			.name = brief_cases[i].name,
			.test_func = test_number,
			.initial_state = &brief_cases[i],
		};
	return cmocka_run_group_tests_name("brief", tests, NULL, NULL);
}
