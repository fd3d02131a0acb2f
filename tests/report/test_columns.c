/* columns: raw for programs, in units for people, and unknown where unknown. */

#include "reporting.h"

#include "report/columns.h"

static struct mp_page page;

static void begin_page(void)
{
	struct mp_record r = lines_record("page");

	r.duration_us = 1500000;
	r.rss_delta = 4096;
	r.overlap = 0;
	r.allocated = 3000;
	r.freed = 1000;
	r.peak = 2500;
	reporting_add(&r);
	r.duration_us = 500001;
	r.overlap = 1;
	r.allocated = 501;
	r.freed = 0;
	r.oops_id = lines_text("OOPS-1");
	reporting_add(&r);
	page = *report.totals.pages[0];
}

static const char *raw(enum mp_column_id id)
{
	static struct mp_sentence room;
	static char ret[sizeof(room.p)];
	struct mp_cell cell = mp_column_get(id, &page, &room);

	switch (cell.kind) {
	case MP_CELL_UNKNOWN:
		return "unknown";
	case MP_CELL_FLAG:
		return cell.whole ? "yes" : "no";
	case MP_CELL_TEXT:
		snprintf(ret, sizeof(ret), "%.*s", (int)cell.text.len,
			 cell.text.p);
		break;
	default:
		mp_column_number(id, &cell, ret);
		break;
	}
	return ret;
}

static const char *shown(enum mp_column_id id)
{
	static char ret[MP_COLUMN_ROOM];

	mp_column_show(id, &page, ret);
	return ret;
}

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct value {
	const char *name;
	enum mp_column_id id;
	const char *raw, *shown;
} values[] = {
	{ "page_id", MP_COLUMN_PAGE_ID, "page", NULL },
	{ "requests", MP_COLUMN_REQUESTS, "2", "2" },
	{ "errors", MP_COLUMN_ERRORS, "1", "1" },
	{ "duration", MP_COLUMN_DURATION, "2.000001", "2.00 s" },
	{ "duration_mean", MP_COLUMN_DURATION_MEAN, "1.000000500", "1.00 s" },
	{ "duration_max", MP_COLUMN_DURATION_MAX, "1.500000", "1.50 s" },
	{ "retained", MP_COLUMN_RETAINED, "2501", "2.44 KiB" },
	{ "retained_requests", MP_COLUMN_RETAINED_REQUESTS, "2", NULL },
	{ "retained_mean", MP_COLUMN_RETAINED_MEAN, "1250.5", "1250.5" },
	{ "rss", MP_COLUMN_RSS, "8192", "8.00 KiB" },
	{ "clean_rss", MP_COLUMN_CLEAN_RSS, "4096", "4.00 KiB" },
	{ "clean_requests", MP_COLUMN_CLEAN_REQUESTS, "1", "1" },
	{ "allocated", MP_COLUMN_ALLOCATED, "3501", "3.42 KiB" },
	{ "freed", MP_COLUMN_FREED, "1000", "1000 B" },
	{ "peak_max", MP_COLUMN_PEAK_MAX, "2500", "2.44 KiB" },
	{ "verdict", MP_COLUMN_VERDICT, "leak", "leak" },
	{ "sure", MP_COLUMN_SURE, "yes", NULL },
	{ "judged", MP_COLUMN_JUDGED, "2000", NULL },
	{ "grew", MP_COLUMN_GREW, "30", NULL },
	{ "kept_mean", MP_COLUMN_KEPT_MEAN, "0.5", NULL },
	{ "kept_low", MP_COLUMN_KEPT_LOW, "0.25", NULL },
	{ "kept_high", MP_COLUMN_KEPT_HIGH, "123456789.125", NULL },
	{ "kept_early", MP_COLUMN_KEPT_EARLY, "7", NULL },
	{ "kept_late", MP_COLUMN_KEPT_LATE, "9", NULL },
	{ "95 %", MP_COLUMN_KEPT, "unknown", "0.25..123456789" },
	{ "partner", MP_COLUMN_PARTNER, "page", NULL },
	{ "no why", MP_COLUMN_WHY, "unknown", NULL },
};

static void test_a_value_for_programs_and_for_people(void **state)
{
	const struct value *v = *state;

	reporting_begin(NULL);
	begin_page();
	page.verdict = (struct mp_verdict){
		.kind = MP_VERDICT_LEAK,
		.judged = 2000,
		.grew = 30,
		.mean = 0.5,
		.interval = { 0.25, 123456789.125 },
		.early = 7,
		.late = 9,
		.partner = report.totals.pages[0],
	};
	assert_string_equal(raw(v->id), v->raw);
	if (v->shown)
		assert_string_equal(shown(v->id), v->shown);
	reporting_end(NULL);
}

static void test_what_no_line_knows_is_unknown(void **state)
{
	static const enum mp_column_id ids[] = {
		MP_COLUMN_DURATION,	MP_COLUMN_DURATION_MEAN,
		MP_COLUMN_DURATION_P95, MP_COLUMN_DURATION_MAX,
		MP_COLUMN_RETAINED,	MP_COLUMN_RETAINED_MEAN,
		MP_COLUMN_RSS,		MP_COLUMN_CLEAN_RSS,
		MP_COLUMN_ALLOCATED,	MP_COLUMN_FREED,
		MP_COLUMN_PEAK_MAX,
	};
	struct mp_record r = lines_record("page");

	(void)state;
	reporting_add(&r);
	page = *report.totals.pages[0];
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		assert_string_equal(raw(ids[i]), "unknown");
		assert_string_equal(shown(ids[i]), "\\N");
	}
}

static void test_what_was_not_judged_has_no_verdict(void **state)
{
	(void)state;
	begin_page();
	for (enum mp_column_id i = MP_COLUMN_VERDICT; i < MP_COLUMNS; i++)
		assert_string_equal(raw(i), "unknown");
	assert_string_equal(shown(MP_COLUMN_VERDICT), "-");
	assert_string_equal(shown(MP_COLUMN_KEPT), "-");
}

static void test_a_verdict_without_requests_has_no_numbers(void **state)
{
	(void)state;
	begin_page();
	page.verdict = (struct mp_verdict){ .kind = MP_VERDICT_TOO_FEW,
					    .why = MP_WHY_FEW_LINES,
					    .unsure = true };
	assert_string_equal(raw(MP_COLUMN_WHY), "few-requests");
	assert_string_equal(raw(MP_COLUMN_SURE), "no");
	assert_string_equal(raw(MP_COLUMN_JUDGED), "0");
	assert_string_equal(raw(MP_COLUMN_GREW), "unknown");
	assert_string_equal(raw(MP_COLUMN_KEPT_HIGH), "unknown");
	assert_string_equal(raw(MP_COLUMN_EXPLANATION),
			    "it has too few requests whose growth is known. "
			    "Next: log longer.");
}

static void test_each_reason_has_a_name(void **state)
{
	static const char *const names[] = {
		[MP_WHY_PLAIN] = "unknown",
		[MP_WHY_FEW_LINES] = "few-requests",
		[MP_WHY_NO_CLEAN] = "no-clean-request",
		[MP_WHY_SHORT] = "short-time",
		[MP_WHY_FEW_EVENTS] = "few-events",
		[MP_WHY_HIDDEN] = "hidden-by-threshold",
		[MP_WHY_SHARED] = "shared-rss",
		[MP_WHY_STILL] = "still-grows",
		[MP_WHY_ONCE] = "once",
		[MP_WHY_PEAK] = "peak",
		[MP_WHY_GIVES] = "partner-frees",
		[MP_WHY_FREED] = "freed-elsewhere",
		[MP_WHY_TAKES] = "frees-of-partner",
		[MP_WHY_TAKES_OLD] = "frees-older",
	};

	(void)state;
	begin_page();
	page.verdict.kind = MP_VERDICT_LEAK;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		page.verdict.why = (enum mp_verdict_why)i;
		assert_string_equal(raw(MP_COLUMN_WHY), names[i]);
	}
}

static void test_p95_is_what_19_of_20_do_not_exceed(void **state)
{
	struct mp_record r = lines_record("page");
	double seconds;

	(void)state;
	for (int i = 1; i <= 100; i++) {
		r.duration_us = 1000 * i;
		reporting_add(&r);
	}
	page = *report.totals.pages[0];
	seconds = strtod(raw(MP_COLUMN_DURATION_P95), NULL);
	assert_true(seconds > 0.0935 && seconds < 0.0965);
}

static void test_no_number_is_infinite(void **state)
{
	(void)state;
	begin_page();
	page.verdict = (struct mp_verdict){
		.kind = MP_VERDICT_LEAK,
		.judged = 1,
		.interval = { -1.0 / 0.0, 0.0 / 0.0 },
	};
	assert_string_equal(raw(MP_COLUMN_KEPT_LOW), "unknown");
	assert_string_equal(raw(MP_COLUMN_KEPT_HIGH), "unknown");
}

static void test_names_are_told_apart(void **state)
{
	(void)state;
	for (enum mp_column_id i = 0; i < MP_COLUMNS; i++) {
		const struct mp_column *a = &mp_columns[i];

		assert_true(a->key || a->heading);
		for (size_t k = 0; k < i; k++) {
			const struct mp_column *b = &mp_columns[k];

			assert_false(a->key && b->key &&
				     !strcmp(a->key, b->key));
			assert_false(a->heading && b->heading &&
				     !strcmp(a->heading, b->heading));
		}
	}
}

int main(void)
{
	static const struct CMUnitTest rest[] = {
#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, reporting_begin, reporting_end)
		TEST(test_what_no_line_knows_is_unknown),
		TEST(test_what_was_not_judged_has_no_verdict),
		TEST(test_a_verdict_without_requests_has_no_numbers),
		TEST(test_each_reason_has_a_name),
		TEST(test_p95_is_what_19_of_20_do_not_exceed),
		TEST(test_no_number_is_infinite),
		TEST(test_names_are_told_apart),
	};
	struct CMUnitTest tests[ARRAY_SIZE(values)];

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		tests[i] = (struct CMUnitTest){
			.name = values[i].name,
			.test_func = test_a_value_for_programs_and_for_people,
			.initial_state = &values[i],
		};
	return cmocka_run_group_tests_name("columns", rest, NULL, NULL) +
	       cmocka_run_group_tests_name("values", tests, NULL, NULL);
}
