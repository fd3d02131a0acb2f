/* record: each column of a line of format 1 is written and read as the log
   says. */

#include "aline.h"

#include <time.h>

static void assert_same(const struct mp_record *a, const struct mp_record *b)
{
	assert_int_equal(a->timestamp_us, b->timestamp_us);
	assert_true(same_text(a->page_id, b->page_id));
	assert_true(same_text(a->oops_id, b->oops_id));
	assert_int_equal(a->duration_us, b->duration_us);
	assert_int_equal(a->start_vss, b->start_vss);
	assert_int_equal(a->start_rss, b->start_rss);
	assert_int_equal(a->end_vss, b->end_vss);
	assert_int_equal(a->end_rss, b->end_rss);
	assert_int_equal(a->vss_delta, b->vss_delta);
	assert_int_equal(a->rss_delta, b->rss_delta);
	assert_int_equal(a->allocated, b->allocated);
	assert_int_equal(a->freed, b->freed);
	assert_int_equal(a->peak, b->peak);
	assert_int_equal(a->overlap, b->overlap);
	assert_int_equal(a->heap_allocated, b->heap_allocated);
	assert_int_equal(a->heap_active, b->heap_active);
	assert_int_equal(a->heap_resident, b->heap_resident);
	assert_int_equal(a->pid, b->pid);
	assert_int_equal(a->tid, b->tid);
	assert_true(same_text(a->host, b->host));
}

/* ---- one column of a line that is otherwise right ---- */

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct column_case {
	const char *name;
	unsigned column; /* from 1 */
	const char *text;
	unsigned fault; /* the column that is found wrong; 0 for none */
} column_cases[] = {
	{ "date of a leap day", 1, "2024-02-29T00:00:00.000000Z", 0 },
	{ "date of the leap day of a fourth century", 1,
	  "2000-02-29T00:00:00.000000Z", 0 },
	{ "date of no leap day", 1, "2023-02-29T00:00:00.000000Z", 1 },
	{ "date of no leap day in a century", 1, "2100-02-29T00:00:00.000000Z",
	  1 },
	{ "first date", 1, "0000-01-01T00:00:00.000000Z", 0 },
	{ "last date", 1, "9999-12-31T23:59:59.999999Z", 0 },
	{ "date before 1970", 1, "1969-12-31T23:59:59.999999Z", 0 },
	{ "month 0", 1, "2026-00-21T01:02:03.123456Z", 1 },
	{ "month 13", 1, "2026-13-21T01:02:03.123456Z", 1 },
	{ "day 0", 1, "2026-11-00T01:02:03.123456Z", 1 },
	{ "day 31 of November", 1, "2026-11-31T01:02:03.123456Z", 1 },
	{ "hour 24", 1, "2026-11-21T24:02:03.123456Z", 1 },
	{ "minute 60", 1, "2026-11-21T01:60:03.123456Z", 1 },
	{ "second 60", 1, "2026-11-21T01:02:60.123456Z", 1 },
	{ "blank for a digit of a date", 1, "2026-11- 1T01:02:03.123456Z", 1 },
	{ "milliseconds", 1, "2026-11-21T01:02:03.123Z", 1 },
	{ "seven digits of a second", 1, "2026-11-21T01:02:03.1234567Z", 1 },
	{ "no Z", 1, "2026-11-21T01:02:03.123456+", 1 },
	{ "date of Launchpad", 1, "2026-11-21_01:02:03.123456Z", 1 },
	{ "wrong first dash", 1, "2026/11-21T01:02:03.123456Z", 1 },
	{ "wrong second dash", 1, "2026-11/21T01:02:03.123456Z", 1 },
	{ "wrong first colon", 1, "2026-11-21T01.02:03.123456Z", 1 },
	{ "wrong second colon", 1, "2026-11-21T01:02.03.123456Z", 1 },
	{ "comma in a second", 1, "2026-11-21T01:02:03,123456Z", 1 },
	{ "unknown date", 1, "\\N", 1 },
	{ "no date", 1, "", 1 },
	{ "no page id", 2, "", 2 },
	{ "page id with a blank", 2, "a b", 2 },
	{ "page id with a backslash", 2, "a\\b", 2 },
	{ "page id that is no UTF-8", 2, "\xff", 2 },
	{ "page id with a carriage return", 2, "a\r", 2 },
	{ "page id of memprof's own", 2, "(outside)", 0 },
	{ "no oops id", 3, "", 3 },
	{ "oops id with a control character", 3, "a\x01", 3 },
	{ "none for an oops id", 3, "-", 0 },
	{ "unknown duration", 4, "\\N", 0 },
	{ "longest duration", 4, "9223372036853.999999", 0 },
	{ "duration too long", 4, "9223372036854.000000", 4 },
	{ "duration far too long", 4, "99999999999999999999.000000", 4 },
	{ "duration of whole seconds", 4, "1", 4 },
	{ "duration with five decimals", 4, "0.12345", 4 },
	{ "duration with seven decimals", 4, "0.1234567", 4 },
	{ "duration without a whole part", 4, ".123456", 4 },
	{ "negative duration", 4, "-0.123456", 4 },
	{ "duration with a comma", 4, "0,123456", 4 },
	{ "blank in a duration's decimals", 4, "0.12345 ", 4 },
	{ "unknown start_vss", 5, "\\N", 0 },
	{ "no start_vss", 5, "", 5 },
	{ "negative start_vss", 5, "-1", 5 },
	{ "start_vss that contradicts", 5, "999", 9 },
	{ "unknown start_rss", 6, "\\N", 0 },
	{ "negative start_rss", 6, "-500", 6 },
	{ "unknown end_vss", 7, "\\N", 0 },
	{ "end_vss in hexadecimal", 7, "0xbb8", 7 },
	{ "unknown end_rss", 8, "\\N", 0 },
	{ "end_rss with a sign", 8, "+400", 8 },
	{ "unknown vss_delta", 9, "\\N", 0 },
	{ "vss_delta that contradicts", 9, "2001", 9 },
	{ "vss_delta of the wrong sign", 9, "-2000", 9 },
	{ "negative nothing", 9, "-0", 9 },
	{ "a sign alone", 9, "-", 9 },
	{ "two signs", 9, "--2000", 9 },
	{ "unknown rss_delta", 10, "\\N", 0 },
	{ "rss_delta that contradicts", 10, "100", 10 },
	{ "rss_delta with an unknown sign", 10, "-\\N", 10 },
	{ "unknown allocated", 11, "\\N", 0 },
	{ "largest allocated", 11, "9223372036854775807", 0 },
	{ "allocated one too large", 11, "9223372036854775808", 11 },
	{ "allocated far too large", 11, "99999999999999999999", 11 },
	{ "allocated and a blank", 11, "70 ", 11 },
	{ "unknown freed", 12, "\\N", 0 },
	{ "negative freed", 12, "-1", 12 },
	{ "unknown in lower case", 12, "\\n", 12 },
	{ "unknown peak", 13, "\\N", 0 },
	{ "peak in words", 13, "many", 13 },
	{ "unknown overlap", 14, "\\N", 0 },
	{ "overlap of 0", 14, "0", 0 },
	{ "negative overlap", 14, "-1", 14 },
	{ "unknown heap_allocated", 15, "\\N", 0 },
	{ "no heap_allocated", 15, "", 15 },
	{ "unknown heap_active", 16, "\\N", 0 },
	{ "heap_active with a point", 16, "1.5", 16 },
	{ "unknown heap_resident", 17, "\\N", 0 },
	{ "none for heap_resident", 17, "-", 17 },
	{ "unknown pid", 18, "\\N", 0 },
	{ "negative pid", 18, "-7", 18 },
	{ "unknown tid", 19, "\\N", 0 },
	{ "tid in words", 19, "main", 19 },
	{ "no host", 20, "", 20 },
	{ "host with a blank", 20, "web 1", 20 },
	{ "host with a carriage return", 20, "web1\r", 20 },
};

static void test_column(void **state)
{
	const struct column_case *c = *state;
	const char *from = WHOLE, *to;
	char line[2 * MP_RECORD_MAX], again[MP_RECORD_MAX];
	struct mp_record got;
	int form;
	size_t len;
	char *copy;

	for (unsigned i = 1; i < c->column; i++)
		from = strchr(from, '\t') + 1;
	to = from + strcspn(from, "\t\n");
	len = (size_t)sprintf(line, "%.*s%s%s", (int)(from - WHOLE), WHOLE,
			      c->text, to);
	if (c->fault) {
		assert_refused(line, len, c->fault);
		assert_refused(line, len - 1, c->fault);
		return;
	}
	copy = parse(line, len, &got, NULL, &form);
	assert_int_equal(form, MP_RECORD_FORMAT_1);
	assert_int_equal(mp_record_format(&got, again), len);
	assert_memory_equal(again, line, len);
	free(copy);
}

/* ---- whole lines of format 1 ---- */

static void test_every_column_is_written(void **state)
{
	const struct mp_record r = whole();
	char line[MP_RECORD_MAX];

	(void)state;
	assert_int_equal(mp_record_format(&r, line), strlen(WHOLE));
	assert_memory_equal(line, WHOLE, strlen(WHOLE));
}

static void test_every_column_is_read(void **state)
{
	const struct mp_record want = whole();
	struct mp_record got;
	int form;

	(void)state;
	for (size_t len = strlen(WHOLE) - 1; len <= strlen(WHOLE); len++) {
		char *copy = parse(WHOLE, len, &got, NULL, &form);

		assert_int_equal(form, MP_RECORD_FORMAT_1);
		assert_same(&got, &want);
		free(copy);
	}
}

static void test_the_longest_line_fits(void **state)
{
	char id[255], line[MP_RECORD_MAX];
	struct mp_record r, got;
	int form;
	size_t len;
	char *copy;

	(void)state;
	memset(id, 'x', sizeof(id));
	r = (struct mp_record){
		.timestamp_us = whole().timestamp_us,
		.page_id = { id, sizeof(id) },
		.oops_id = { id, sizeof(id) },
		.duration_us = INT64_MAX / 1000000 * 1000000 - 1,
		.start_vss = INT64_MAX,
		.start_rss = INT64_MAX,
		.end_vss = 0,
		.end_rss = 0,
		.vss_delta = -INT64_MAX,
		.rss_delta = -INT64_MAX,
		.allocated = INT64_MAX,
		.freed = INT64_MAX,
		.peak = INT64_MAX,
		.overlap = INT64_MAX,
		.heap_allocated = INT64_MAX,
		.heap_active = INT64_MAX,
		.heap_resident = INT64_MAX,
		.pid = INT64_MAX,
		.tid = INT64_MAX,
		.host = { id, sizeof(id) },
	};
	len = mp_record_format(&r, line);
	assert_true(len <= sizeof(line));
	copy = parse(line, len, &got, NULL, &form);
	assert_int_equal(form, MP_RECORD_FORMAT_1);
	assert_same(&got, &r);
	free(copy);
}

static void test_digits_are_right_around_each_power_of_ten(void **state)
{
	struct mp_record r = whole();
	char line[MP_RECORD_MAX], want[32], *field;

	(void)state;
	for (int64_t power = 1; power <= INT64_MAX / 10; power *= 10)
		for (int64_t v = power - 1; v <= power + 1; v++) {
			r.allocated = v;
			line[mp_record_format(&r, line) - 1] = '\0';
			field = line;
			for (unsigned i = 1; i < 11; i++)
				field = strchr(field, '\t') + 1;
			sprintf(want, "%lld\t", (long long)v);
			assert_memory_equal(field, want, strlen(want));
		}
}

static void test_a_cut_line_is_refused(void **state)
{
	/* Up to and with the last tab: behind it only the host is shorter. */
	size_t most = (size_t)(strrchr(WHOLE, '\t') + 1 - WHOLE);

	(void)state;
	for (size_t len = 0; len <= most; len++) {
		struct mp_record got;
		int form;
		char *copy = parse(WHOLE, len, &got, NULL, &form);

		assert_int_equal(form, -EINVAL);
		free(copy);
	}
}

static void test_columns_are_counted(void **state)
{
	char more[2 * MP_RECORD_MAX];
	const char *last = strrchr(WHOLE, '\t');
	int len;

	(void)state;
	assert_refused(WHOLE, (size_t)(last - WHOLE), 20);
	len = sprintf(more, "%.*s\tmore\n", (int)strlen(WHOLE) - 1, WHOLE);
	assert_refused(more, (size_t)len, 20);
	len = sprintf(more, "%.*s\t\n", (int)strlen(WHOLE) - 1, WHOLE);
	assert_refused(more, (size_t)len, 20);
	assert_refused("\t", 1, 3);
	assert_refused("", 0, 1);
	assert_refused("\n", 1, 1);
	assert_refused("\n\n", 2, 1);
}

static void test_nul_bytes_are_refused(void **state)
{
	char line[] = WHOLE;

	(void)state;
	for (size_t i = 0; i < strlen(WHOLE) - 1; i++) {
		struct mp_record got;
		char was = line[i], *copy;
		int form;

		line[i] = '\0';
		copy = parse(line, strlen(WHOLE), &got, NULL, &form);
		assert_int_equal(form, -EINVAL);
		free(copy);
		line[i] = was;
	}
}

static void test_a_text_of_256_bytes_is_refused(void **state)
{
	char line[2 * MP_RECORD_MAX], id[257];
	const char *tail = strchr(strchr(WHOLE, '\t') + 1, '\t');
	struct mp_record got;

	(void)state;
	memset(id, 'x', sizeof(id) - 1);
	for (unsigned len = 255; len <= 256; len++) {
		int n = sprintf(line, "%.*s%.*s%s", 28, WHOLE, (int)len, id,
				tail);

		if (len == 255)
			assert_int_equal(
				mp_record_parse(line, (size_t)n, &got, NULL),
				MP_RECORD_FORMAT_1);
		else
			assert_refused(line, (size_t)n, 2);
	}
}

static void test_the_header_is_told_apart(void **state)
{
	struct mp_record got, untouched;
	int form;

	(void)state;
	memset(&got, 0x5a, sizeof(got));
	untouched = got;
	for (size_t cut = 0; cut < 2; cut++) {
		char *copy = parse(mp_record_header, mp_record_header_len - cut,
				   &got, NULL, &form);

		assert_int_equal(form, MP_RECORD_HEADER);
		assert_memory_equal(&got, &untouched, sizeof(got));
		free(copy);
	}
	assert_refused(mp_record_header, mp_record_header_len - 2, 1);
}

static void test_the_header_names_the_columns(void **state)
{
	const char *p = mp_record_header;

	(void)state;
	assert_int_equal(strlen(mp_record_header), mp_record_header_len);
	for (unsigned i = 0; i < MP_RECORD_COLUMNS; i++) {
		const char *name = mp_record_column_name(i);

		assert_memory_equal(p, name, strlen(name));
		p += strlen(name);
		assert_int_equal(*p++, i + 1 < MP_RECORD_COLUMNS ? '\t' : '\n');
	}
	assert_int_equal(*p, '\0');
}

/* ---- the calendar ---- */

static void test_every_day_of_eight_centuries(void **state)
{
	struct mp_record r = whole(), got;
	char line[MP_RECORD_MAX], want[32];
	/* 1600-01-01 to 2400-01-01 */
	const int64_t first = -135140, last = 157054;

	(void)state;
	for (int64_t day = first; day <= last; day++) {
		time_t seconds = (time_t)(day * 86400 + 86399);
		struct tm tm;
		size_t len;

		r.timestamp_us = (int64_t)seconds * 1000000 + 999999;
		len = mp_record_format(&r, line);
		gmtime_r(&seconds, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.", &tm);
		assert_memory_equal(line, want, 20);
		assert_memory_equal(line + 20, "999999Z\t", 8);
		assert_int_equal(mp_record_parse(line, len, &got, NULL),
				 MP_RECORD_FORMAT_1);
		assert_int_equal(got.timestamp_us, r.timestamp_us);
	}
}

static void test_seconds_of_a_day(void **state)
{
	struct mp_record r = whole();
	char line[MP_RECORD_MAX], want[32];

	(void)state;
	for (int s = 0; s < 86400; s++) {
		r.timestamp_us = s * INT64_C(1000000);
		mp_record_format(&r, line);
		sprintf(want, "1970-01-01T%02d:%02d:%02d.000000Z", s / 3600,
			s / 60 % 60, s % 60);
		assert_memory_equal(line, want, 27);
	}
}

static void test_own_lines_are_in_parentheses(void **state)
{
	struct mp_record r = whole();

	(void)state;
	assert_false(mp_record_is_own(&r));
	r.page_id = text("(outside)");
	assert_true(mp_record_is_own(&r));
	r.page_id = text("%28outside)");
	assert_false(mp_record_is_own(&r));
}

#define PLAIN_TESTS 13

int main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ARRAY_SIZE(column_cases)] = {
		cmocka_unit_test(test_every_column_is_written),
		cmocka_unit_test(test_every_column_is_read),
		cmocka_unit_test(test_the_longest_line_fits),
		cmocka_unit_test(
			test_digits_are_right_around_each_power_of_ten),
		cmocka_unit_test(test_a_cut_line_is_refused),
		cmocka_unit_test(test_columns_are_counted),
		cmocka_unit_test(test_nul_bytes_are_refused),
		cmocka_unit_test(test_a_text_of_256_bytes_is_refused),
		cmocka_unit_test(test_the_header_is_told_apart),
		cmocka_unit_test(test_the_header_names_the_columns),
		cmocka_unit_test(test_every_day_of_eight_centuries),
		cmocka_unit_test(test_seconds_of_a_day),
		cmocka_unit_test(test_own_lines_are_in_parentheses),
	};
	size_t n = PLAIN_TESTS;

	for (size_t i = 0; i < ARRAY_SIZE(column_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = column_cases[i].name,
			.test_func = test_column,
			.initial_state = &column_cases[i],
		};
	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
