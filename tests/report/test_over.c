/* over: which requests are above a size, and what is said of their growth. */

#include "test.h"

#include "lines.h"

#include "report/over.h"

#include <stdlib.h>
#include <string.h>

/* What was printed and told. */
struct told {
	char *lines;
	size_t lines_size;
	FILE *out;
	char *text;
	size_t text_size;
	FILE *talk;
};

static void begin(struct told *t)
{
	t->out = open_memstream(&t->lines, &t->lines_size);
	t->talk = open_memstream(&t->text, &t->text_size);
	assert_non_null(t->out);
	assert_non_null(t->talk);
}

static void tell(void *user, const char *sentence)
{
	struct told *t = user;

	fprintf(t->talk, "%s\n", sentence);
}

static void end(struct told *t, const struct mp_over *o)
{
	mp_over_tell(o, tell, t);
	assert_int_equal(fclose(t->out), 0);
	assert_int_equal(fclose(t->talk), 0);
}

static void release(struct told *t)
{
	free(t->lines);
	free(t->text);
}

/* A request that RSS grew with by `rss`, and that retained `kept`. */
static struct mp_record request(int64_t rss, int64_t kept, int64_t overlap)
{
	struct mp_record r = lines_record("Root:page");

	r.start_rss = 1 << 20;
	r.rss_delta = rss;
	if (rss != MP_UNKNOWN)
		r.end_rss = r.start_rss + rss;
	if (kept != MP_UNKNOWN) {
		r.allocated = kept + (1 << 20);
		r.freed = 1 << 20;
	}
	r.overlap = overlap;
	return r;
}

static struct line_case {
	const char *name;
	int64_t rss, kept, overlap;
	bool printed;
} line_cases[] = {
	{ "more RSS", 101, 0, 0, true },
	{ "more heap", 0, 101, 0, true },
	{ "more RSS, heap unknown", 101, MP_UNKNOWN, 0, true },
	{ "more heap, RSS unknown", MP_UNKNOWN, 101, 0, true },
	{ "more of both, shared", 101, 101, 5, true },
	{ "more RSS, overlap unknown", 101, 0, MP_UNKNOWN, true },
	{ "just as much", 100, 100, 0, false },
	{ "it shrank", -101, -101, 0, false },
	{ "nothing is known", MP_UNKNOWN, MP_UNKNOWN, MP_UNKNOWN, false },
};

static void test_line(void **state)
{
	const struct line_case *c = *state;
	struct mp_record r = request(c->rss, c->kept, c->overlap);
	char line[MP_RECORD_MAX];
	size_t len = mp_record_format(&r, line);
	struct told told;
	struct mp_over o;

	begin(&told);
	mp_over_init(&o, 100, NULL, told.out);
	mp_over_add(&o, &r, MP_RECORD_FORMAT_1);
	end(&told, &o);
	assert_int_equal(o.looked_at, 1);
	assert_int_equal(o.printed, c->printed);
	if (c->printed) {
		assert_int_equal(told.lines_size, mp_record_header_len + len);
		assert_memory_equal(told.lines, mp_record_header,
				    mp_record_header_len);
		assert_memory_equal(told.lines + mp_record_header_len, line,
				    len);
	} else {
		assert_int_equal(told.lines_size, 0);
	}
	release(&told);
}

static void test_half_of_freed_is_not_known(void **state)
{
	struct mp_record r = request(0, 500, 0);
	struct told told;
	struct mp_over o;

	(void)state;
	begin(&told);
	mp_over_init(&o, 100, NULL, told.out);
	r.freed = MP_UNKNOWN;
	mp_over_add(&o, &r, MP_RECORD_FORMAT_1);
	end(&told, &o);
	assert_int_equal(o.printed, 0);
	release(&told);
}

static void test_whose_growth_it_is(void **state)
{
	const struct mp_record lines[] = {
		request(1024, 10, 0),
		request(2048, 10, 0),
		request(4096, 10, 3),
		request(8192, MP_UNKNOWN, 1),
		request(512, 10, MP_UNKNOWN),
		request(5, 2048, 0),
		request(5, 5, 0),
	};
	struct mp_record outside = request(1024, MP_UNKNOWN, MP_UNKNOWN);
	struct mp_record skipped = lines_record("(skipped)");
	struct told told;
	struct mp_over o;

	(void)state;
	begin(&told);
	mp_over_init(&o, 100, NULL, told.out);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		mp_over_add(&o, &lines[i], MP_RECORD_FORMAT_1);
	outside.page_id = lines_text("(outside)");
	mp_over_add(&o, &outside, MP_RECORD_FORMAT_1);
	outside.rss_delta = 100;
	mp_over_add(&o, &outside, MP_RECORD_FORMAT_1);
	skipped.oops_id =
		lines_text("sampled=900,threshold=7,one_in=10,paused=50");
	mp_over_add(&o, &skipped, MP_RECORD_FORMAT_1);
	end(&told, &o);
	assert_string_equal(
		told.text,
		"6 of 7 requests grew RSS by more than 100 B, or retained "
		"more\n"
		"5 of them retained 2.04 KiB of heap; of the rest that is not "
		"known\n"
		"RSS grew by 3.00 KiB in 3 requests that overlapped no other: "
		"own growth\n"
		"RSS grew by 12.00 KiB in 2 requests that overlapped others: "
		"shared growth, of which a byte may be counted several times\n"
		"RSS grew by 512 B in 1 request of which overlap is not known: "
		"own growth or shared\n"
		"not among them: outside of requests RSS grew by more than "
		"that 1 time, by 1.00 KiB\n"
		"nothing is known of 950 requests that sampling or a pause "
		"left "
		"out\n"
		"7 requests are not in the log: they grew less than its own "
		"threshold\n");
	release(&told);
}

static void test_in_launchpads_forms_parentheses_are_pages(void **state)
{
	struct mp_record r = request(1024, MP_UNKNOWN, MP_UNKNOWN);
	struct told told;
	struct mp_over o;

	(void)state;
	begin(&told);
	mp_over_init(&o, 100, NULL, told.out);
	r.page_id = lines_text("(outside)");
	mp_over_add(&o, &r, MP_RECORD_LAUNCHPAD_8);
	end(&told, &o);
	assert_int_equal(o.printed, 1);
	assert_string_equal(told.text,
			    "1 of 1 requests grew RSS by more than 100 B, or "
			    "retained more\n"
			    "RSS grew by 1.00 KiB in 1 request of which "
			    "overlap is not known: own growth or shared\n");
	release(&told);
}

static void test_a_request_that_was_killed_is_one(void **state)
{
	struct mp_record r = request(1024, MP_UNKNOWN, 3);
	struct told told;
	struct mp_over o;

	(void)state;
	begin(&told);
	mp_over_init(&o, 100, NULL, told.out);
	r.oops_id = lines_text(MP_RECORD_UNFINISHED);
	mp_over_add(&o, &r, MP_RECORD_FORMAT_1);
	end(&told, &o);
	assert_int_equal(o.printed, 1);
	assert_int_equal(o.shared_rss.value, 1024);
	release(&told);
}

static void test_sums_stay_at_the_largest_number(void **state)
{
	struct mp_record r = request(MP_UNKNOWN, INT64_MAX - (1 << 20), 0);
	struct told told;
	struct mp_over o;

	(void)state;
	begin(&told);
	mp_over_init(&o, 0, NULL, told.out);
	mp_over_add(&o, &r, MP_RECORD_FORMAT_1);
	mp_over_add(&o, &r, MP_RECORD_FORMAT_1);
	end(&told, &o);
	assert_true(o.retained.value == INT64_MAX);
	release(&told);
}

static void test_only_what_the_view_counts(void **state)
{
	struct mp_view view = mp_view_all;
	struct mp_record r = request(1024, 0, 0);
	struct told told;
	struct mp_over o;

	(void)state;
	assert_int_equal(mp_globs_add(&view.pages, "Root:*"), 0);
	view.since_us = r.timestamp_us;
	begin(&told);
	mp_over_init(&o, 100, &view, told.out);
	mp_over_add(&o, &r, MP_RECORD_FORMAT_1);
	r.timestamp_us--;
	mp_over_add(&o, &r, MP_RECORD_FORMAT_1);
	r.timestamp_us++;
	r.page_id = lines_text("Other:page");
	mp_over_add(&o, &r, MP_RECORD_FORMAT_1);
	end(&told, &o);
	assert_int_equal(o.looked_at, 1);
	assert_int_equal(o.printed, 1);
	release(&told);
}

#define PLAIN_TESTS 6

int main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ARRAY_SIZE(line_cases)] = {
		cmocka_unit_test(test_half_of_freed_is_not_known),
		cmocka_unit_test(test_whose_growth_it_is),
		cmocka_unit_test(
			test_in_launchpads_forms_parentheses_are_pages),
		cmocka_unit_test(test_a_request_that_was_killed_is_one),
		cmocka_unit_test(test_sums_stay_at_the_largest_number),
		cmocka_unit_test(test_only_what_the_view_counts),
	};

	for (size_t i = 0; i < ARRAY_SIZE(line_cases); i++)
		tests[PLAIN_TESTS + i] = (struct CMUnitTest){
			.name = line_cases[i].name,
			.test_func = test_line,
			.initial_state = &line_cases[i],
		};
	return cmocka_run_group_tests_name("over", tests, NULL, NULL);
}
