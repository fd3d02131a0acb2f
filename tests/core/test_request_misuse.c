/* request: each call at each time, right or wrong: wrong use is a no-op that is
   counted. */

#include "requesting.h"

static void do_begin(struct memprof_request *r)
{
	memprof_begin(mp, r, "again");
}

static void do_page(struct memprof_request *r)
{
	memprof_page(r, "renamed");
}

static void do_end(struct memprof_request *r)
{
	memprof_end(r, NULL);
}

enum before { ZEROED, GARBAGE, LIVE, DETACHED, ENDED, CANCELLED, OFF };

static struct misuse_case {
	const char *name;
	enum before before;
	void (*call)(struct memprof_request *r);
	bool misused;
	bool in_flight; /* afterwards */
} misuse_cases[] = {
	{ "page of a zeroed struct", ZEROED, do_page, true, false },
	{ "end of a zeroed struct", ZEROED, do_end, true, false },
	{ "cancel of a zeroed struct", ZEROED, memprof_cancel, true, false },
	{ "detach of a zeroed struct", ZEROED, memprof_detach, true, false },
	{ "attach of a zeroed struct", ZEROED, memprof_attach, true, false },
	{ "page of garbage", GARBAGE, do_page, true, false },
	{ "end of garbage", GARBAGE, do_end, true, false },
	{ "cancel of garbage", GARBAGE, memprof_cancel, true, false },
	{ "detach of garbage", GARBAGE, memprof_detach, true, false },
	{ "attach of garbage", GARBAGE, memprof_attach, true, false },
	{ "begin on garbage", GARBAGE, do_begin, false, true },
	{ "begin on a live one", LIVE, do_begin, true, true },
	{ "attach when attached", LIVE, memprof_attach, true, true },
	{ "page when live", LIVE, do_page, false, true },
	{ "begin on a detached one", DETACHED, do_begin, true, true },
	{ "detach when detached", DETACHED, memprof_detach, true, true },
	{ "attach when detached", DETACHED, memprof_attach, false, true },
	{ "end when detached", DETACHED, do_end, false, false },
	{ "cancel when detached", DETACHED, memprof_cancel, false, false },
	{ "end twice", ENDED, do_end, true, false },
	{ "cancel after end", ENDED, memprof_cancel, true, false },
	{ "page after end", ENDED, do_page, true, false },
	{ "detach after end", ENDED, memprof_detach, true, false },
	{ "attach after end", ENDED, memprof_attach, true, false },
	{ "begin after end", ENDED, do_begin, false, true },
	{ "end after cancel", CANCELLED, do_end, true, false },
	{ "cancel twice", CANCELLED, memprof_cancel, true, false },
	{ "begin after cancel", CANCELLED, do_begin, false, true },
	{ "end without a session", OFF, do_end, false, false },
	{ "end twice without a session", OFF, do_end, false, false },
	{ "cancel without a session", OFF, memprof_cancel, false, false },
	{ "page without a session", OFF, do_page, false, false },
	{ "detach without a session", OFF, memprof_detach, false, false },
	{ "attach without a session", OFF, memprof_attach, false, false },
	{ "begin after one without a session", OFF, do_begin, false, true },
};

static void prepare(struct memprof_request *r, enum before before)
{
	memset(r, before == GARBAGE ? 0xa5 : 0, sizeof(*r));
	if (before == OFF)
		memprof_begin(NULL, r, "page");
	else if (before > GARBAGE)
		memprof_begin(mp, r, "page");
	if (before == DETACHED)
		memprof_detach(r);
	if (before == ENDED)
		memprof_end(r, NULL);
	if (before == CANCELLED)
		memprof_cancel(r);
}

static void test_misuse(void **state)
{
	const struct misuse_case *c = *state;
	struct memprof_request *r = malloc(sizeof(*r));
	struct memprof_stats s;
	uint64_t before;

	assert_non_null(r);
	mp = serve("");
	prepare(r, c->before);
	before = misused();
	errno = 4711;
	c->call(r);
	assert_int_equal(errno, 4711);
	s = stats_of(mp);
	assert_int_equal(s.misused - before, c->misused);
	assert_int_equal(s.in_flight, c->in_flight);
	assert_true(is_balanced(&s));

	/* It goes on as if nothing had been. */
	memprof_cancel(r);
	memset(r, 0, sizeof(*r));
	memprof_begin(mp, r, "sound");
	memprof_end(r, NULL);
	assert_int_equal(result_of(r).overlap, 0);
	assert_int_equal(count_logged("sound"), 1);
	assert_int_equal(memprof_close(mp), 0);
	free(r);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(misuse_cases)];

	for (size_t i = 0; i < ARRAY_SIZE(misuse_cases); i++)
		tests[i] = (struct CMUnitTest){
			.name = misuse_cases[i].name,
			.test_func = test_misuse,
			.initial_state = &misuse_cases[i],
		};
	return cmocka_run_group_tests_name("request_misuse", tests, enter,
					   leave);
}
