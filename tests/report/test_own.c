/* own: memprof's own lines, told from requests in each form of the log. */

#include "test.h"

#include "report/own.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct mp_text text_of(const char *s)
{
	return (struct mp_text){ s, strlen(s) };
}

static struct kind_case {
	const char *name;
	const char *page_id;
	enum mp_record_form form;
	enum mp_own want;
} kind_cases[] = {
	{ "started", "(started)", MP_RECORD_FORMAT_1, MP_OWN_STARTED },
	{ "stopped", "(stopped)", MP_RECORD_FORMAT_1, MP_OWN_STOPPED },
	{ "recovered", "(recovered)", MP_RECORD_FORMAT_1, MP_OWN_RECOVERED },
	{ "outside", "(outside)", MP_RECORD_FORMAT_1, MP_OWN_OUTSIDE },
	{ "skipped", "(skipped)", MP_RECORD_FORMAT_1, MP_OWN_SKIPPED },
	{ "a parenthesis alone", "(", MP_RECORD_FORMAT_1, MP_OWN_UNKNOWN },
	{ "of a later version", "(paused)", MP_RECORD_FORMAT_1,
	  MP_OWN_UNKNOWN },
	{ "more behind it", "(started)x", MP_RECORD_FORMAT_1, MP_OWN_UNKNOWN },
	{ "an end is missing", "(started", MP_RECORD_FORMAT_1, MP_OWN_UNKNOWN },
	{ "a page", "Root:index.html", MP_RECORD_FORMAT_1, MP_OWN_NONE },
	{ "a page with its parenthesis encoded", "%28started)",
	  MP_RECORD_FORMAT_1, MP_OWN_NONE },
	{ "a page of Launchpad's", "(started)", MP_RECORD_LAUNCHPAD_8,
	  MP_OWN_NONE },
	{ "a page of Launchpad's first form", "(outside)",
	  MP_RECORD_LAUNCHPAD_7, MP_OWN_NONE },
};

static void test_kind(void **state)
{
	const struct kind_case *c = *state;
	struct mp_record r = { .page_id = text_of(c->page_id) };

	assert_int_equal(mp_own_kind(&r, c->form), c->want);
}

static void test_skipped_is_read(void **state)
{
	struct mp_skipped s;

	(void)state;
	assert_int_equal(
		mp_skipped_parse(text_of("sampled=900,threshold=7,one_in=10"),
				 &s),
		0);
	assert_int_equal(s.sampled, 900);
	assert_int_equal(s.threshold, 7);
	assert_int_equal(s.one_in, 10);
	assert_int_equal(s.paused, 0);
	assert_int_equal(
		mp_skipped_parse(text_of("sampled=0,threshold="
					 "9223372036854775807,one_in=1"),
				 &s),
		0);
	assert_int_equal(s.threshold, INT64_MAX);
	assert_int_equal(
		mp_skipped_parse(
			text_of("sampled=1,threshold=2,one_in=3,paused=44"),
			&s),
		0);
	assert_int_equal(s.one_in, 3);
	assert_int_equal(s.paused, 44);
}

static void test_what_skipped_cannot_say(void **state)
{
	static const char *const bad[] = {
		"",
		"-",
		"sampled=1",
		"sampled=1,threshold=2",
		"sampled=1,threshold=2,one_in=",
		"sampled=,threshold=2,one_in=3",
		"sampled=-1,threshold=2,one_in=3",
		"sampled=1,threshold=2,one_in=3,",
		"sampled=1,threshold=2,one_in=3,paused=",
		"sampled=1,threshold=2,one_in=3,paused=4,",
		"sampled=1,threshold=2,one_in=3paused=4",
		"sampled=1,threshold=2,paused=4",
		"sampled=1,one_in=3,threshold=2",
		"sampled=1,threshold=9223372036854775808,one_in=3",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		/* On the heap, exact: nothing behind it may be read. */
		size_t len = strlen(bad[i]);
		char *copy = malloc(len ? len : 1);
		struct mp_skipped s = { 1, 2, 3, 4 };

		assert_non_null(copy);
		memcpy(copy, bad[i], len);
		assert_int_equal(
			mp_skipped_parse((struct mp_text){ copy, len }, &s),
			-EINVAL);
		assert_int_equal(s.sampled, 1);
		assert_int_equal(s.threshold, 2);
		assert_int_equal(s.one_in, 3);
		free(copy);
	}
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(kind_cases) + 2] = {
		cmocka_unit_test(test_skipped_is_read),
		cmocka_unit_test(test_what_skipped_cannot_say),
	};

	for (size_t i = 0; i < ARRAY_SIZE(kind_cases); i++)
		tests[i + 2] = (struct CMUnitTest){
			.name = kind_cases[i].name,
			.test_func = test_kind,
			.initial_state = &kind_cases[i],
		};
	return cmocka_run_group_tests_name("own", tests, NULL, NULL);
}
