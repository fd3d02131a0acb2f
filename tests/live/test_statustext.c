/* statustext: a line is there from the first that it counts, and gone without;
   the oldest of all processes come first. */

#include "test.h"

#include "live/statustext.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S INT64_C(1000000000)

static char log_name[] = "/log/a.log";
static struct mp_snapshot_request old_ones[2], young_ones[1];
static struct mp_live processes[2];

static struct mp_snapshot_request request(const char *page, int64_t begin_ns)
{
	struct mp_snapshot_request r = { .begin_mono_ns = begin_ns };

	r.page_len = strlen(page);
	memcpy(r.page, page, r.page_len);
	return r;
}

static int setup(void **state)
{
	(void)state;
	old_ones[0] = request("Oldest", 10 * S);
	old_ones[1] = request("Youngest", 90 * S);
	young_ones[0] = request("Middle", 50 * S);
	for (int i = 0; i < 2; i++)
		processes[i] = (struct mp_live){
			.alive = true,
			.now_mono_ns = 100 * S,
			.shot = { .pid = 70 + i,
				  .log_pattern = log_name,
				  .sample_one_in = 1 },
		};
	processes[0].shot.requests = young_ones;
	processes[0].shot.count = 1;
	processes[1].shot.requests = old_ones;
	processes[1].shot.count = 2;
	return 0;
}

/* What is printed, with `most` requests in flight; to be freed. */
static char *print(size_t most)
{
	const struct mp_live_list list = { .items = processes, .count = 2 };
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	mp_statustext_print(&list, most, out);
	fclose(out);
	return text;
}

static struct line_case {
	const char *name;
	const char *line;
	struct mp_ledger ledger;
	size_t waiting;
} line_cases[] = {
	{ "one sampled out",
	  " + 1 sampled out",
	  { .begun = 1, .skipped_sampling = 1 },
	  0 },
	{ "one under the threshold",
	  " + 1 under the threshold",
	  { .begun = 1, .skipped_threshold = 1 },
	  0 },
	{ "one while paused",
	  " + 1 while paused",
	  { .begun = 1, .skipped_paused = 1 },
	  0 },
	{ "one cancelled",
	  " + 1 cancelled",
	  { .begun = 1, .cancelled = 1 },
	  0 },
	{ "one abandoned",
	  " + 1 abandoned",
	  { .begun = 1, .abandoned = 1 },
	  0 },
	{ "one just ending", " + 1 just ending\n", { .begun = 1 }, 0 },
	{ "one ended meanwhile",
	  "\n  1 of them ended meanwhile\n",
	  { .logged = 1 },
	  0 },
	{ "one waits", "\n  1 wait to be logged\n", { 0 }, 1 },
	{ "one without a slot",
	  "\n  1 began when all slots were taken: ",
	  { .slotless = 1 },
	  0 },
	{ "some are profiled",
	  "\n  3 profiled, 2 files written\n",
	  { .profiled = 3, .profiles_written = 2 },
	  0 },
	{ "a profile is refused",
	  "\n  0 profiled, 0 files written, 1 refused\n",
	  { .profiles_refused = 1 },
	  0 },
	{ "a profile failed",
	  "\n  1 profiled, 0 files written, 1 failed, the last one: No space "
	  "left on device\n",
	  { .profiled = 1, .profiles_failed = 1, .profile_error = -ENOSPC },
	  0 },
	{ "none of all", " = 0 logged + 0 dropped + 0 in flight\n", { 0 }, 0 },
};

/* No line but its own. */
static void test_line(void **state)
{
	const struct line_case *c = *state;
	char *text;

	processes[0].shot.ledger = c->ledger;
	processes[0].shot.waiting = c->waiting;
	text = print(0);
	assert_non_null(strstr(text, c->line));
	for (size_t i = 0; i < ARRAY_SIZE(line_cases) - 1; i++)
		if (&line_cases[i] != c)
			assert_null(strstr(text, line_cases[i].line));
	assert_null(strstr(text, "\n  0 of them"));
	assert_null(strstr(text, "\n  0 wait"));
	assert_null(strstr(text, "\n  0 began"));
	if (!c->ledger.profiles_refused)
		assert_null(strstr(text, "\n  0 profiled"));
	free(text);
}

static void test_the_oldest_of_all_processes_come_first(void **state)
{
	char *text = print(2), *oldest, *middle;

	(void)state;
	oldest = strstr(text, "Oldest\n");
	middle = strstr(text, "Middle\n");
	assert_non_null(oldest);
	assert_non_null(middle);
	assert_true(oldest < middle);
	assert_null(strstr(text, "Youngest"));
	assert_non_null(strstr(text, "  and 1 younger ones\n"));
	free(text);
	text = print(3);
	assert_non_null(strstr(text, "Youngest\n"));
	assert_null(strstr(text, "younger ones"));
	free(text);
}

static void test_one_of_two_paused(void **state)
{
	char *text;

	(void)state;
	processes[1].shot.pause = (struct mp_snapshot_pause){ .on = true,
							      .uid = 4000000000,
							      .pid = 5 };
	text = print(0);
	assert_non_null(strstr(text, "\n  on in 1 processes, paused in 1 by "
				     "uid 4000000000, process 5; "));
	free(text);
	processes[0].alive = false;
	text = print(0);
	assert_non_null(strstr(text, "\n  paused by uid 4000000000, "));
	assert_non_null(strstr(text, "  killed: run `memprof recover "
				     "/log/a.log`, "));
	free(text);
	processes[0].alive = true;
	processes[1].alive = false;
	text = print(0);
	assert_non_null(strstr(text, "\n  on; "));
	free(text);
	processes[0].alive = false;
	text = print(0);
	assert_non_null(strstr(text, "\n  not running\n"));
	assert_null(strstr(text, "requests begun"));
	free(text);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(line_cases) + 2] = {
		TEST(test_the_oldest_of_all_processes_come_first),
		TEST(test_one_of_two_paused),
	};

	for (size_t i = 0; i < ARRAY_SIZE(line_cases); i++)
		tests[i + 2] = (struct CMUnitTest){
			.name = line_cases[i].name,
			.test_func = test_line,
			.setup_func = setup,
			.initial_state = &line_cases[i],
		};
	return cmocka_run_group_tests_name("statustext", tests, NULL, NULL);
}
