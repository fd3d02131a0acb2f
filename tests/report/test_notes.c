/* notes: below the table stands what must be known to read it. */

#include "tabling.h"

static void one_of_heap(void)
{
	add_heap("p", 1, 0);
}

static void some_of_heap(void)
{
	add_heap("p", 1, 0);
	add(lines_record("p"));
	add(lines_record("q"));
}

static void one_clean(void)
{
	struct mp_record r = lines_record("p");

	r.rss_delta = 1;
	r.overlap = 0;
	add(r);
}

static void one_unknown(void)
{
	add(lines_record("p"));
}

static void started(void)
{
	add_own("(started)", "-");
	add_own("(started)", "-");
	add_own("(stopped)", "-");
}

static void sampled(void)
{
	add_own("(skipped)", "sampled=9,threshold=0,one_in=10");
}

static void sampled_twice(void)
{
	sampled();
	add_own("(skipped)", "sampled=1,threshold=3,one_in=2");
}

static void below_the_threshold(void)
{
	add_own("(skipped)", "sampled=0,threshold=3,one_in=1");
}

static void of_a_later_version(void)
{
	add_own("(of a later version)", "-");
}

static void none_skipped(void)
{
	add_own("(skipped)", "sampled=0,threshold=0,one_in=1");
}

static void too_large(void)
{
	add_heap("p", INT64_MAX, 0);
	add_heap("p", 1, 0);
}

/* Only the total does not fit. */
static void too_large_together(void)
{
	add_heap("p", INT64_MAX, 0);
	add_heap("q", 1, 0);
}

static void left_out(void)
{
	add_heap("p", 1, 0);
	report.left_out = 1;
}

static void all_left_out(void)
{
	report.left_out = 3;
}

static void by(enum mp_column_id sort)
{
	add_heap("p", 1, 0);
	report.options.sorted = true;
	report.options.sort = sort;
}

static void by_column(void)
{
	by(MP_COLUMN_DURATION_P95);
}

static void by_other_column(void)
{
	by(MP_COLUMN_KEPT_LOW);
}

static void by_name(void)
{
	by(MP_COLUMN_PAGE_ID);
}

#define SORTED_BY_HEAP \
	"Sorted by retained heap: what was allocated minus what was freed.\n"
#define TOO_LARGE                                                          \
	"A sum is too large for 63 bits; it stands at the largest number " \
	"instead.\n"

static struct note_case {
	const char *name;
	void (*add)(void);
	const char *want; /* all that is said */
} note_cases[] = {
	{ "heap is known", one_of_heap, SORTED_BY_HEAP },
	{ "heap is known of some", some_of_heap,
	  SORTED_BY_HEAP "Retained heap is known of 1 of 3 requests.\n" },
	{ "clean RSS is known", one_clean,
	  "Sorted by the RSS growth of clean requests (overlap 0): nothing is "
	  "known of the heap.\n" },
	{ "nothing is known", one_unknown,
	  "Sorted by RSS growth, which other requests may share: nothing is "
	  "known of heap or overlap.\n" },
	{ "processes and no requests", started,
	  "There are no requests.\nProcesses: 2 started, 1 stopped.\n" },
	{ "sampled", sampled,
	  "There are no requests.\nThese totals are partial: 9 requests were "
	  "left out by sampling, 0 by the threshold.\nOne request in 10 was "
	  "measured.\n" },
	{ "sampled by more than one rate", sampled_twice,
	  "There are no requests.\nThese totals are partial: 10 requests were "
	  "left out by sampling, 3 by the threshold.\nOne request in 2 to 10 "
	  "was measured.\n" },
	{ "below the threshold", below_the_threshold,
	  "There are no requests.\nThese totals are partial: 0 requests were "
	  "left out by sampling, 3 by the threshold.\n" },
	{ "a line of a later version", of_a_later_version,
	  "There are no requests.\nLeft out: 1 line of memprof's own that "
	  "this version does not know.\n" },
	{ "none was skipped", none_skipped, "There are no requests.\n" },
	{ "left out by the options", left_out,
	  SORTED_BY_HEAP "Left out, as the options say: 1 request.\n" },
	{ "all left out", all_left_out,
	  "There are no requests.\nLeft out, as the options say: 3 "
	  "requests.\n" },
	{ "sorted by a column", by_column,
	  "Sorted by p95, the largest first.\n" },
	{ "sorted by one without a heading", by_other_column,
	  "Sorted by kept_low, the largest first.\n" },
	{ "sorted by name", by_name, "Sorted by page.\n" },
	{ "a sum too large", too_large, SORTED_BY_HEAP TOO_LARGE },
	{ "a total too large", too_large_together, SORTED_BY_HEAP TOO_LARGE },
};

static void test_note(void **state)
{
	const struct note_case *c = *state;

	c->add();
	print(80, false);
	assert_non_null(strstr(printed, "\n\n"));
	assert_string_equal(strstr(printed, "\n\n") + 2, c->want);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(note_cases)];

	for (size_t i = 0; i < ARRAY_SIZE(note_cases); i++)
		tests[i] =
			test_row(note_cases[i].name, test_note, &note_cases[i]);
	return cmocka_run_group_tests_name("notes", tests, use_utf8, NULL);
}
