/* arm: bounds as people type them, and which requests pass them. */

#include "test.h"

#include "cmd/arm.h"

#include <errno.h>
#include <fnmatch.h>

static struct arm_case {
	const char *text;
	enum mp_arm_by by; /* MP_ARM_BYS: the text is wrong */
	int64_t bound;
} arm_cases[] = {
	{ "retained>64K", MP_ARM_RETAINED, 65536 },
	{ "retained>0", MP_ARM_RETAINED, 0 },
	{ "rss>1M", MP_ARM_RSS, 1 << 20 },
	{ "allocated>10", MP_ARM_ALLOCATED, 10 },
	{ "peak>2G", MP_ARM_PEAK, INT64_C(2) << 30 },
	{ "duration>0.5", MP_ARM_DURATION, 500000 },
	{ "duration>1K", MP_ARM_BYS, 0 },
	{ "retained", MP_ARM_BYS, 0 },
	{ "retained>", MP_ARM_BYS, 0 },
	{ "retained>-1", MP_ARM_BYS, 0 },
	{ "retained>16E", MP_ARM_BYS, 0 },
	{ "retaine>1", MP_ARM_BYS, 0 },
	{ "retained >1", MP_ARM_BYS, 0 },
	{ ">1", MP_ARM_BYS, 0 },
	{ "", MP_ARM_BYS, 0 },
};

static struct mp_record record_of(enum mp_arm_by by, int64_t value)
{
	struct mp_record r = mp_record_unknown;

	switch (by) {
	case MP_ARM_RETAINED:
		r.allocated = value + 100;
		r.freed = 100;
		break;
	case MP_ARM_RSS:
		r.rss_delta = value;
		break;
	case MP_ARM_ALLOCATED:
		r.allocated = value;
		break;
	case MP_ARM_PEAK:
		r.peak = value;
		break;
	default:
		r.duration_us = value;
		break;
	}
	return r;
}

static void test_bound(void **state)
{
	const struct arm_case *c = *state;
	struct mp_record r = mp_record_unknown;
	struct mp_arm arm;

	if (c->by == MP_ARM_BYS) {
		assert_int_equal(mp_arm_read(c->text, &arm), -EINVAL);
		return;
	}
	assert_int_equal(mp_arm_read(c->text, &arm), 0);
	assert_int_equal(arm.bound, c->bound);
	assert_false(mp_arm_is_passed(&arm, &r));
	r = record_of(c->by, c->bound);
	assert_false(mp_arm_is_passed(&arm, &r));
	r = record_of(c->by, c->bound + 1);
	assert_true(mp_arm_is_passed(&arm, &r));
}

static void test_a_page_matches_itself_alone(void **state)
{
	static const char id[] = "a*b?[c]\\d";
	struct mp_text text = { id, sizeof(id) - 1 };
	char pattern[32];

	(void)state;
	assert_true(mp_arm_page(text, pattern, sizeof(pattern)));
	assert_int_equal(fnmatch(pattern, id, 0), 0);
	assert_int_equal(fnmatch(pattern, "axb?[c]\\d", 0), FNM_NOMATCH);
	assert_int_equal(fnmatch(pattern, "a*bx[c]\\d", 0), FNM_NOMATCH);
	assert_int_equal(fnmatch(pattern, "a*b?c\\d", 0), FNM_NOMATCH);
	assert_int_equal(fnmatch(pattern, "a*b?[c]d", 0), FNM_NOMATCH);
}

static void test_a_page_that_does_not_fit_is_refused(void **state)
{
	char pattern[8];

	(void)state;
	assert_true(mp_arm_page((struct mp_text){ "abcdef", 6 }, pattern, 8));
	assert_false(mp_arm_page((struct mp_text){ "abcdefg", 7 }, pattern, 8));
	assert_false(mp_arm_page((struct mp_text){ "****", 4 }, pattern, 8));
}

int main(void)
{
	struct CMUnitTest tests[2 + ARRAY_SIZE(arm_cases)] = {
		cmocka_unit_test(test_a_page_matches_itself_alone),
		cmocka_unit_test(test_a_page_that_does_not_fit_is_refused),
	};

	for (size_t i = 0; i < ARRAY_SIZE(arm_cases); i++)
		tests[2 + i] = (struct CMUnitTest){
			.name = arm_cases[i].text,
			.test_func = test_bound,
			.initial_state = &arm_cases[i],
		};
	return cmocka_run_group_tests_name("arm", tests, NULL, NULL);
}
