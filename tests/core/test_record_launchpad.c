/* record: Launchpad's forms of a line, read and written. */

#include "aline.h"

static struct launchpad_case {
	const char *name;
	const char *line;
	int form;	/* or -EINVAL */
	unsigned fault; /* the column, then */
	int64_t us;	/* of the second */
} launchpad_cases[] = {
	{ "eight columns", "2026-11-21_01:02:03.007 P - 0.250000 1 2 3 4",
	  MP_RECORD_LAUNCHPAD_8, 0, 7000 },
	{ "seven columns", "2026-11-21_01:02:03.007 P - 1 2 3 4",
	  MP_RECORD_LAUNCHPAD_7, 0, 7000 },
	{ "one digit is milliseconds", "2026-11-21_01:02:03.7 P - 1 2 3 4",
	  MP_RECORD_LAUNCHPAD_7, 0, 7000 },
	{ "two digits are milliseconds", "2026-11-21_01:02:03.77 P - 1 2 3 4",
	  MP_RECORD_LAUNCHPAD_7, 0, 77000 },
	{ "most milliseconds", "2026-11-21_01:02:03.999 P - 1 2 3 4",
	  MP_RECORD_LAUNCHPAD_7, 0, 999000 },
	{ "no milliseconds", "2026-11-21_01:02:03. P - 1 2 3 4", -EINVAL, 1,
	  0 },
	{ "microseconds", "2026-11-21_01:02:03.0070 P - 1 2 3 4", -EINVAL, 1,
	  0 },
	{ "letters for milliseconds", "2026-11-21_01:02:03.x P - 1 2 3 4",
	  -EINVAL, 1, 0 },
	{ "a T for the underscore", "2026-11-21T01:02:03.7 P - 1 2 3 4",
	  -EINVAL, 1, 0 },
	{ "no such day", "2026-02-30_01:02:03.7 P - 1 2 3 4", -EINVAL, 1, 0 },
	{ "page id that is no field", "2026-11-21_01:02:03.7 a\\b - 1 2 3 4",
	  -EINVAL, 2, 0 },
	{ "two blanks", "2026-11-21_01:02:03.7 P  1 2 3 4", -EINVAL, 3, 0 },
	{ "duration without decimals", "2026-11-21_01:02:03.7 P - 1 1 2 3 4",
	  -EINVAL, 4, 0 },
	{ "negative memory", "2026-11-21_01:02:03.7 P - 1 2 -3 4", -EINVAL, 6,
	  0 },
	{ "negative memory of eight",
	  "2026-11-21_01:02:03.7 P - 0.250000 1 "
	  "2 3 -4",
	  -EINVAL, 8, 0 },
	{ "six columns", "2026-11-21_01:02:03.7 P - 1 2 3", -EINVAL, 1, 0 },
	{ "nine columns", "2026-11-21_01:02:03.7 P - 0.250000 1 2 3 4 5",
	  -EINVAL, 1, 0 },
	{ "a blank at the end", "2026-11-21_01:02:03.7 P - 1 2 3 4 ", -EINVAL,
	  4, 0 },
	{ "page id with a blank", "2026-11-21_01:02:03.7 P q - 1 2 3 4",
	  -EINVAL, 4, 0 },
	{ "something else", "GET / HTTP/1.1", -EINVAL, 1, 0 },
};

static void test_launchpad(void **state)
{
	const struct launchpad_case *c = *state;
	size_t len = strlen(c->line);
	struct mp_record got;
	int form;
	char *copy;

	if (c->form < 0) {
		assert_refused(c->line, len, c->fault);
		return;
	}
	copy = parse(c->line, len, &got, NULL, &form);
	assert_int_equal(form, c->form);
	assert_int_equal(got.timestamp_us, SECONDS * 1000000 + c->us);
	assert_true(same_text(got.page_id, text("P")));
	assert_true(same_text(got.oops_id, text("-")));
	assert_int_equal(got.duration_us,
			 form == MP_RECORD_LAUNCHPAD_8 ? 250000 : MP_UNKNOWN);
	assert_int_equal(got.start_vss, 1);
	assert_int_equal(got.start_rss, 2);
	assert_int_equal(got.end_vss, 3);
	assert_int_equal(got.end_rss, 4);
	assert_int_equal(got.vss_delta, 2);
	assert_int_equal(got.rss_delta, 2);
	assert_int_equal(got.allocated, MP_UNKNOWN);
	assert_int_equal(got.freed, MP_UNKNOWN);
	assert_int_equal(got.peak, MP_UNKNOWN);
	assert_int_equal(got.overlap, MP_UNKNOWN);
	assert_int_equal(got.heap_allocated, MP_UNKNOWN);
	assert_int_equal(got.heap_active, MP_UNKNOWN);
	assert_int_equal(got.heap_resident, MP_UNKNOWN);
	assert_int_equal(got.pid, MP_UNKNOWN);
	assert_int_equal(got.tid, MP_UNKNOWN);
	assert_int_equal(got.host.len, 0);
	free(copy);
}

static void test_launchpad_unknown_memory_has_unknown_deltas(void **state)
{
	static const char line[] =
		"2026-11-21_01:02:03.007 P - \\N \\N 2 3 \\N\n";
	struct mp_record got;

	(void)state;
	assert_int_equal(mp_record_parse(line, strlen(line), &got, NULL),
			 MP_RECORD_LAUNCHPAD_8);
	assert_int_equal(got.duration_us, MP_UNKNOWN);
	assert_int_equal(got.vss_delta, MP_UNKNOWN);
	assert_int_equal(got.rss_delta, MP_UNKNOWN);
}

static void assert_launchpad(int64_t us, int64_t offset_s, const char *time)
{
	struct mp_record r = whole();
	char line[MP_RECORD_MAX], want[256];
	size_t len;

	r.timestamp_us = us;
	r.end_vss = MP_UNKNOWN;
	len = mp_record_format_launchpad(&r, offset_s, line);
	sprintf(want,
		"%s RootObject:index.html OOPS-1 0.250000 1000 500 \\N 400\n",
		time);
	assert_int_equal(len, strlen(want));
	assert_memory_equal(line, want, len);
}

static void test_launchpad_is_written_in_local_time(void **state)
{
	const int64_t us = SECONDS * 1000000;

	(void)state;
	assert_launchpad(us + 7999, 0, "2026-11-21_01:02:03.007");
	assert_launchpad(us, 3600, "2026-11-21_02:02:03.000");
	assert_launchpad(us, -2 * 3600, "2026-11-20_23:02:03.000");
	assert_launchpad(us, 23 * 3600, "2026-11-22_00:02:03.000");
	assert_launchpad(us, 20700, "2026-11-21_06:47:03.000");
	assert_launchpad(-1, 0, "1969-12-31_23:59:59.999");
}

int main(void)
{
	struct CMUnitTest tests[2 + ARRAY_SIZE(launchpad_cases)] = {
		cmocka_unit_test(
			test_launchpad_unknown_memory_has_unknown_deltas),
		cmocka_unit_test(test_launchpad_is_written_in_local_time),
	};

	for (size_t i = 0; i < ARRAY_SIZE(launchpad_cases); i++)
		tests[2 + i] = (struct CMUnitTest){
			.name = launchpad_cases[i].name,
			.test_func = test_launchpad,
			.initial_state = &launchpad_cases[i],
		};
	return cmocka_run_group_tests_name("record_launchpad", tests, NULL,
					   NULL);
}
