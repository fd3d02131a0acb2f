/* explain: each verdict in a sentence, within the width. */

#include "test.h"

#include "loggen.h"
#include "report/explain.h"
#include "report/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOON INT64_C(1795003200000000)

static void begin(struct mp_report *ret, size_t width)
{
	const struct mp_report_options options = {
		.top = SIZE_MAX,
		.verdict = mp_verdict_defaults,
		.style = { .width = width },
	};

	mp_report_init(ret, &options);
}

static struct mp_page *add_page(struct mp_totals *t, const char *id)
{
	struct mp_record r = {
		.timestamp_us = NOON,
		.page_id = { id, strlen(id) },
		.oops_id = { "-", 1 },
		.duration_us = MP_UNKNOWN,
		.rss_delta = MP_UNKNOWN,
		.allocated = 0,
		.freed = 0,
		.peak = MP_UNKNOWN,
		.overlap = MP_UNKNOWN,
		.heap_allocated = MP_UNKNOWN,
		.end_rss = MP_UNKNOWN,
		.pid = 1,
		.host = { "host", 4 },
	};

	assert_int_equal(mp_totals_add(t, &r, MP_RECORD_FORMAT_1), 0);
	return t->pages[t->count - 1];
}

static char *explain(const struct mp_report *r)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	mp_explain_print(r, out);
	fclose(out);
	return text;
}

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct said {
	const char *name;
	enum mp_verdict_kind kind;
	enum mp_verdict_why why;
	bool unsure, heap;
	const char *want; /* what the text must hold */
} said[] = {
	{ "leak", MP_VERDICT_LEAK, MP_WHY_PLAIN, false, true,
	  "  page: leak: after the warm-up 30 of 2000 requests kept memory, "
	  "and "
	  "the late ones no less than the early ones: 4144 B a request, 95 %: "
	  "0.5 B to 12.00 KiB. Next: look for what this page stores at each "
	  "such request and never frees.\n" },
	{ "leak by RSS", MP_VERDICT_LEAK, MP_WHY_PLAIN, true, false,
	  "  page: leak?: after the warm-up 30 of 2000 requests kept" },
	{ "why that is not sure", MP_VERDICT_LEAK, MP_WHY_PLAIN, true, false,
	  "Not sure: only RSS of requests that overlapped no other tells it. "
	  "Next: run the server with jemalloc.\n" },
	{ "leak under a threshold", MP_VERDICT_LEAK, MP_WHY_PLAIN, true, true,
	  "Not sure: the log's threshold hides what frees, and nothing tells "
	  "what the processes hold. Next: log without a threshold.\n" },
	{ "no clean line", MP_VERDICT_TOO_FEW, MP_WHY_NO_CLEAN, true, false,
	  "  page: too few: all its requests overlapped others" },
	{ "no time", MP_VERDICT_TOO_FEW, MP_WHY_SHORT, false, true,
	  "  page: too few: all its requests came in a small part" },
	{ "few events", MP_VERDICT_TOO_FEW, MP_WHY_FEW_EVENTS, false, true,
	  "  page: too few: after the warm-up 30 of 2000 requests kept memory, "
	  "too few to tell whether it goes on. Next: log longer.\n" },
	{ "hidden", MP_VERDICT_TOO_FEW, MP_WHY_HIDDEN, false, true,
	  "the log's threshold hides what frees" },
	{ "shared", MP_VERDICT_TOO_FEW, MP_WHY_SHARED, true, false,
	  "whose growth it is, RSS cannot tell" },
	{ "few requests", MP_VERDICT_TOO_FEW, MP_WHY_FEW_LINES, false, true,
	  "  1 page has too few requests to tell.\n" },
	{ "warm-up", MP_VERDICT_WARM_UP, MP_WHY_PLAIN, false, true,
	  "  page: warm-up: it kept 700 B a request at first, and hardly "
	  "anything since." },
	{ "still warming up", MP_VERDICT_WARM_UP, MP_WHY_STILL, false, true,
	  "its growth fell from 700 B to 0.25 B a request, but goes on." },
	{ "one request", MP_VERDICT_SPIKE, MP_WHY_ONCE, false, true,
	  "  page: spike: one request kept 64.00 MiB, and no other did" },
	{ "peaks", MP_VERDICT_SPIKE, MP_WHY_PEAK, false, true,
	  "  page: spike: 7 requests held much at once, up to 32.00 MiB, and "
	  "gave it back." },
	{ "gives", MP_VERDICT_HAND_OVER, MP_WHY_GIVES, false, true,
	  "  page: hand-over: what it allocates part%20ner frees: their sums" },
	{ "takes", MP_VERDICT_HAND_OVER, MP_WHY_TAKES, false, true,
	  "  page: hand-over: it frees what part%20ner allocates: their sums" },
	{ "freed elsewhere", MP_VERDICT_HAND_OVER, MP_WHY_FREED, false, true,
	  "freed where no line of the log tells" },
	{ "takes old things", MP_VERDICT_HAND_OVER, MP_WHY_TAKES_OLD, false,
	  true, "it frees more than it allocates, and no page gives" },
	{ "steady", MP_VERDICT_STEADY, MP_WHY_PLAIN, false, true,
	  "  1 page is steady.\n" },
};

static void test_a_verdict_has_its_sentence(void **state)
{
	const struct said *c = *state;
	struct mp_report r;
	struct mp_page *page, *partner;
	char *text;

	begin(&r, 0);
	partner = add_page(&r.totals, "part%20ner");
	page = add_page(&r.totals, "page");
	page->verdict = (struct mp_verdict){
		.kind = c->kind,
		.why = c->why,
		.unsure = c->unsure,
		.judged = 2000,
		.grew = 30,
		.mean = 4144,
		.interval = { 0.5, 12288 },
		.early = 700,
		.late = 0.25,
		.partner = partner,
	};
	page->evidence.heap = c->heap;
	page->evidence.most = 64 << 20;
	page->evidence.spikes = 7;
	page->evidence.peak = 32 << 20;
	text = explain(&r);
	if (!strstr(text, c->want))
		fail_msg("%s lacks %s", text, c->want);
	free(text);
	mp_report_release(&r);
}

static void test_the_processes_have_theirs(void **state)
{
	struct mp_life life = { .pid = 4711,
				.last = { .allocated = 40 << 20,
					  .active = 44 << 20,
					  .resident = 80 << 20 } };
	struct mp_report r;
	char *text;

	(void)state;
	begin(&r, 0);
	add_page(&r.totals, "page");
	r.processes.fragmented = &life;
	r.totals.outside.verdict.kind = MP_VERDICT_OUTSIDE;
	r.totals.outside.verdict.judged = 40;
	r.totals.outside.verdict.mean = 2 << 20;
	text = explain(&r);
	assert_non_null(strstr(text, "process 4711: fragmentation: its heap "
				     "holds 80.00 MiB of memory for 40.00 MiB "
				     "that are allocated, 2.0 times as much"));
	assert_non_null(strstr(text, "pages that jemalloc keeps for later"));
	assert_non_null(strstr(text, "(outside): outside: RSS grew again and "
				     "again while no request was in flight, "
				     "2.00 MiB each time, 40 times."));
	free(text);
	life.last.active = 78 << 20;
	text = explain(&r);
	assert_non_null(strstr(text, "between allocations that are in use"));
	free(text);
	mp_report_release(&r);
}

static void test_many_pages_are_counted_only(void **state)
{
	struct mp_report r;
	char *text, *p;
	unsigned said_of = 0;

	(void)state;
	begin(&r, 80);
	for (int i = 0; i < 50; i++) {
		char id[16];

		snprintf(id, sizeof(id), "page-%d", i);
		add_page(&r.totals, id)->verdict.kind = MP_VERDICT_LEAK;
	}
	text = explain(&r);
	for (p = text; (p = strstr(p, ": leak: ")); p++)
		said_of++;
	assert_int_equal(said_of, 20);
	assert_non_null(strstr(text, "30 more pages are not steady"));
	free(text);
	mp_report_release(&r);
}

static void test_no_page_is_no_text(void **state)
{
	struct mp_report r;
	char *text;

	(void)state;
	begin(&r, 80);
	text = explain(&r);
	assert_string_equal(text, "");
	free(text);
	mp_report_release(&r);
}

static void assert_headline(struct mp_report *r, const char *want)
{
	struct mp_sentence s;

	mp_explain_headline(r, &s);
	assert_string_equal(s.p, want);
}

static void test_the_answer_is_a_line(void **state)
{
	struct mp_report r;
	struct mp_verdict *a, *b, *c;

	(void)state;
	begin(&r, 80);
	assert_headline(&r, "There are no requests");
	a = &add_page(&r.totals, "a")->verdict;
	a->kind = MP_VERDICT_STEADY;
	assert_headline(&r, "No leak found in 1 page");
	a->kind = MP_VERDICT_LEAK;
	assert_headline(&r, "1 of 1 page leaks");
	b = &add_page(&r.totals, "b")->verdict;
	c = &add_page(&r.totals, "c")->verdict;
	b->kind = MP_VERDICT_TOO_FEW;
	c->kind = MP_VERDICT_LEAK;
	assert_headline(&r, "2 of 3 pages leak");
	c->unsure = true;
	assert_headline(&r, "1 of 3 pages leaks, and 1 more may");
	a->kind = MP_VERDICT_STEADY;
	assert_headline(&r, "1 of 3 pages may leak");
	c->kind = MP_VERDICT_SPIKE;
	assert_headline(&r, "No leak found in 3 pages; too few requests to "
			    "tell of 1");
	a->kind = c->kind = MP_VERDICT_TOO_FEW;
	assert_headline(&r, "Too few requests to tell whether a page leaks");
	mp_report_release(&r);
}

static void test_intervals_are_short(void **state)
{
	struct mp_verdict v = { .kind = MP_VERDICT_LEAK,
				.judged = 1,
				.interval = { 0.0123456, 4144 } };
	char text[MP_SHOW_MAX];

	(void)state;
	mp_explain_interval(&v, text);
	assert_string_equal(text, "0.0123..4144");
	v.interval = (struct mp_interval){ -9.2e18, 9.2e18 };
	mp_explain_interval(&v, text);
	assert_string_equal(text, "-9.20e+18..9.20e+18");
	v.judged = 0;
	mp_explain_interval(&v, text);
	assert_string_equal(text, "\\N");
	v.kind = MP_VERDICT_NONE;
	mp_explain_interval(&v, text);
	assert_string_equal(text, "-");
}

static void put(const struct mp_record *r, void *totals)
{
	assert_int_equal(mp_totals_add(totals, r, MP_RECORD_FORMAT_1), 0);
}

static void assert_fits(struct mp_report *r, size_t width)
{
	char *text;

	r->options.style.width = width;
	text = explain(r);

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (strlen(line) > width)
			fail_msg("wider than %zu: %s", width, line);
	free(text);
}

static void test_all_of_it_fits_the_width(void **state)
{
	static const size_t widths[] = { 80, 100, 132, 200 };

	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct mp_report r;
		struct loggen g;

		loggen_init(&g, seed);
		begin(&r, 80);
		loggen_run(&g, put, &r.totals);
		mp_report_finish(&r);
		for (size_t i = 0; i < ARRAY_SIZE(widths); i++)
			assert_fits(&r, widths[i]);
		mp_report_release(&r);
	}
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(said) + 5] = {
		cmocka_unit_test(test_the_processes_have_theirs),
		cmocka_unit_test(test_many_pages_are_counted_only),
		cmocka_unit_test(test_no_page_is_no_text),
		cmocka_unit_test(test_the_answer_is_a_line),
		cmocka_unit_test(test_intervals_are_short),
		cmocka_unit_test(test_all_of_it_fits_the_width),
	};
	size_t n = 5;

	for (size_t i = 0; i < ARRAY_SIZE(said); i++)
		tests[n++] = (struct CMUnitTest){
			.name = said[i].name,
			.test_func = test_a_verdict_has_its_sentence,
			.initial_state = &said[i],
		};
	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
