/* own memory: a page that does nothing shows no bytes of memprof's own. */

#include "serving.h"

#define REQUESTS 50000
#define THREADS	 20

struct sums {
	uint64_t allocating; /* requests that show bytes */
	uint64_t growing;    /* requests whose RSS moved */
	int64_t rss;	     /* sum of all deltas */
	int64_t vss;
	int64_t first_rss;
};

static struct memprof *mp;

static struct sums do_nothing(int requests)
{
	struct memprof_result ret = { .size = sizeof(ret) };
	struct memprof_request r = { 0 };
	struct sums s = { .rss = 0 };

	for (int i = 0; i < requests; i++) {
		memprof_begin(mp, &r, "nothing");
		memprof_end(&r, NULL);
		memprof_result(&r, &ret);
		if (ret.allocated > 0 || ret.freed > 0 || ret.peak > 0)
			s.allocating++;
		s.growing += ret.end_rss != ret.start_rss;
		s.rss += ret.end_rss - ret.start_rss;
		s.vss += ret.end_vss - ret.start_vss;
		if (i == 0)
			s.first_rss = s.rss;
	}
	return s;
}

static void say(const char *who, const struct sums *s)
{
	print_message("%s: %ju with bytes, %ju with RSS; RSS %+jd in all, "
		      "%+jd in the first\n",
		      who, (uintmax_t)s->allocating, (uintmax_t)s->growing,
		      (intmax_t)s->rss, (intmax_t)s->first_rss);
}

static void test_of_a_page_that_does_nothing(void **state)
{
	struct memprof_request outer = { 0 };
	struct sums s;

	(void)state;
	need_jemalloc();
	mp = serve("");
	s = do_nothing(REQUESTS);
	say("first thread", &s);
	assert_int_equal(s.allocating, 0);
	assert_int_equal(s.vss, 0);
	/* All that moves is the kernel's mapping of our code, once. */
	assert_int_equal(s.rss, s.first_rss);

	/* Not between begin and end alone: nowhere on the way. */
	memprof_begin(mp, &outer, "outer");
	do_nothing(REQUESTS);
	memprof_end(&outer, NULL);
	assert_int_equal(result_of(&outer).allocated, 0);
	assert_int_equal(result_of(&outer).freed, 0);
	assert_int_equal(memprof_close(mp), 0);
}

static void *do_nothing_here(void *arg)
{
	*(struct sums *)arg = do_nothing(100);
	return NULL;
}

static void test_of_a_new_threads_first_requests(void **state)
{
	struct sums s, all = { .rss = 0 };

	(void)state;
	need_jemalloc();
	mp = serve("");
	for (int i = 0; i < THREADS; i++) {
		run_thread(do_nothing_here, &s);
		all.allocating += s.allocating;
		all.growing += s.growing;
		all.rss += s.rss;
		all.first_rss += s.first_rss;
	}
	say("new threads", &all);
	assert_int_equal(all.allocating, 0);
	assert_int_equal(memprof_close(mp), 0);
}

static int do_nothing_in_child(void *arg)
{
	struct sums s = do_nothing(1000);

	(void)arg;
	say("child", &s);
	fflush(stdout);
	CHILD_CHECK(s.allocating == 0 && s.vss == 0);
	return 0;
}

static void test_of_a_childs_first_requests(void **state)
{
	(void)state;
	need_jemalloc();
	mp = serve("");
	do_nothing(1);
	fflush(stdout);
	assert_int_equal(in_child(do_nothing_in_child, NULL), 0);
	assert_int_equal(memprof_close(mp), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_a_page_that_does_nothing),
		cmocka_unit_test(test_of_a_new_threads_first_requests),
		cmocka_unit_test(test_of_a_childs_first_requests),
	};

	return cmocka_run_group_tests_name("own memory", tests, enter, leave);
}
