/* log: lines that the kernel takes in part, or not at all, come in whole later
   or are counted; nothing is lost in silence. */

#include "logging.h"

#include "core/sys.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/file.h>

/* ---- what write(2) says, in turn ---- */

enum {
	WHOLE = 1000000,
	LACKS = 100000,	  /* LACKS + n: all but n bytes */
	BEHIND = 200000,  /* BEHIND + n: n bytes more than the repeated line */
	RANDOMLY = 300000 /* a third of them short */
};

static long script[8];
static atomic_size_t steps, step;

ssize_t __real_mp_sys_write(int fd, const void *data, size_t len);
ssize_t __wrap_mp_sys_write(int fd, const void *data, size_t len);

/* The length of what is repeated before a new line. */
static size_t repeated_len(const char *data, size_t len)
{
	const char *start = memchr(data, '\n', len);
	const char *end = start ? memchr(start + 1, '\n',
					 len - (size_t)(start + 1 - data))
				: NULL;

	return end ? (size_t)(end + 1 - data) : 0;
}

static size_t some_of(long what, const char *data, size_t len, size_t turn)
{
	size_t n = (size_t)what;

	if (what == WHOLE)
		return len;
	if (what == RANDOMLY)
		return turn * 2654435761u % 3 ? len : turn * 40503u % len + 1;
	if (what >= BEHIND)
		n = repeated_len(data, len) + (size_t)(what - BEHIND);
	else if (what >= LACKS)
		n = len - (size_t)(what - LACKS);
	return n == 0 || n > len ? len : n;
}

ssize_t __wrap_mp_sys_write(int fd, const void *data, size_t len)
{
	size_t turn = atomic_fetch_add(&step, 1);
	long what = turn < atomic_load(&steps) ? script[turn % 8] : WHOLE;

	if (what < 0)
		return what;
	return __real_mp_sys_write(fd, data, some_of(what, data, len, turn));
}

static void play(const long *what, size_t count)
{
	if (count)
		memcpy(script, what, count * sizeof(*what));
	atomic_store(&step, 0);
	atomic_store(&steps, count);
}

/* ---- one thread: the count is exact at any time ---- */

static uint8_t seen[4096];

static void assert_nothing_is_lost(const struct memprof *mp)
{
	struct account a = { .seen = seen, .ids = sizeof(seen) };
	struct memprof_stats s = stats_of(mp);

	memset(seen, 0, sizeof(seen));
	account_file(&a, LOG);
	assert_int_equal(a.requests, s.logged);
	assert_int_equal(a.twice, 0);
	assert_int_equal(a.own, s.own_lines);
	assert_int_equal(s.begun, s.logged + s.dropped);
	assert_int_equal(a.headers, 1);
	assert_int_equal(a.late_headers, 0);
	assert_int_equal(a.empty, 0);
	assert_true(a.faults <= 2 * s.torn);
}

/* Write under `what`, then three whole lines; returns what close says. */
static int write_under(const long *what, size_t count, uint64_t torn_at_most)
{
	struct memprof_stats s;
	struct memprof *mp;
	int err;

	play(NULL, 0);
	unlink(LOG);
	mp = open_log(LOG);
	play(what, count);
	for (size_t i = 0; i < count + 3; i++) {
		request(mp, i);
		assert_nothing_is_lost(mp);
	}
	s = stats_of(mp);
	assert_true(s.torn <= torn_at_most);
	err = memprof_close(mp);
	assert_nothing_is_lost(mp);
	return err;
}

static struct error_case {
	const char *name;
	int err;
} error_cases[] = {
	{ "ENOSPC", ENOSPC },	{ "EDQUOT", EDQUOT }, { "EIO", EIO },
	{ "EAGAIN", EAGAIN },	{ "EFBIG", EFBIG },   { "EPIPE", EPIPE },
	{ "ENOBUFS", ENOBUFS },
};

static void test_a_failed_line_is_dropped_and_counted(void **state)
{
	const struct error_case *c = *state;
	struct memprof_stats s;
	struct memprof *mp = open_log(LOG);
	const long what[] = { WHOLE, -c->err, -c->err, -EINVAL };

	play(what, 4);
	for (size_t i = 0; i < 6; i++) {
		request(mp, i);
		assert_nothing_is_lost(mp);
	}
	s = stats_of(mp);
	assert_int_equal(s.logged, 3);
	assert_int_equal(s.dropped, 3);
	assert_int_equal(s.torn, 0);
	assert_int_equal(s.first_error, -c->err);
	assert_int_equal(memprof_close(mp), -c->err);
	assert_nothing_is_lost(mp);
}

static void test_an_interrupted_write_is_repeated(void **state)
{
	const long what[] = { -EINTR, -EINTR, WHOLE, -EINTR, 100, -EINTR };

	(void)state;
	assert_int_equal(write_under(what, 2, 0), 0);
	assert_int_equal(write_under(what, 6, 1), -ENOSPC);
	assert_int_equal(stats_of(NULL).logged, 0);
}

static void test_a_torn_line_is_repeated_whole(void **state)
{
	const long what[] = { 100 };
	struct memprof_stats s;
	struct memprof *mp = open_log(LOG);

	(void)state;
	play(what, 1);
	request(mp, 0);
	s = stats_of(mp);
	assert_int_equal(s.dropped, 1);
	assert_int_equal(s.torn, 1);
	request(mp, 1);
	s = stats_of(mp);
	assert_int_equal(s.logged, 2);
	assert_int_equal(s.dropped, 0);
	assert_nothing_is_lost(mp);
	assert_int_equal(account_of(LOG).faults, 1);
	assert_int_equal(memprof_close(mp), -ENOSPC);
}

static void test_close_repeats_a_torn_line(void **state)
{
	const long what[] = { 100 };
	struct memprof *mp = open_log(LOG);

	(void)state;
	play(what, 1);
	request(mp, 0);
	assert_int_equal(memprof_close(mp), -ENOSPC);
	assert_nothing_is_lost(mp);
	assert_int_equal(account_of(LOG).requests, 1);
	assert_true(account_of(LOG).own >= 2);
}

/* Launchpad's format has no line of our own behind it. */
static void test_close_repeats_a_torn_line_that_nothing_follows(void **state)
{
	const long what[] = { LACKS + 20 };
	struct memprof *mp = open_keys("memory_profile_log: " LOG "\n"
				       "memory_profile_format: launchpad\n");

	(void)state;
	play(what, 1);
	request(mp, 0);
	assert_int_equal(account_of(LOG).requests, 0);
	assert_int_equal(memprof_close(mp), -ENOSPC);
	assert_int_equal(account_of(LOG).requests, 1);
	assert_int_equal(account_of(LOG).faults, 1);
	assert_int_equal(stats_of(mp).logged, 1);
	assert_int_equal(stats_of(mp).dropped, 0);
}

/* What is cut in its last column would read as a line of its own. */
static void test_a_fragment_never_reads_as_a_line(void **state)
{
	struct account a;

	(void)state;
	for (long missing = 1; missing < 80; missing++) {
		const long what[] = { LACKS + missing };

		write_under(what, 1, 1);
		a = account_of(LOG);
		assert_int_equal(a.requests, 4);
		assert_int_equal(a.faults, 1);
	}
}

static void test_a_fragment_never_reads_as_a_line_of_launchpad(void **state)
{
	(void)state;
	for (long missing = 1; missing < 40; missing++) {
		const long what[] = { LACKS + missing };
		struct memprof *mp;
		struct account a;

		play(NULL, 0);
		unlink(LOG);
		mp = open_keys("memory_profile_log: " LOG "\n"
			       "memory_profile_format: launchpad\n");
		play(what, 1);
		for (size_t i = 0; i < 3; i++)
			request(mp, i);
		memprof_close(mp);
		a = account_of(LOG);
		assert_int_equal(a.requests, 3);
		assert_int_equal(a.faults, 1);
	}
}

static void test_every_order_of_tears_loses_nothing(void **state)
{
	static const long parts[] = {
		WHOLE,	   -ENOSPC,   1,	  2,	      3,	   100,
		LACKS + 1, LACKS + 2, BEHIND + 0, BEHIND + 1, BEHIND + 30,
	};
	const size_t n = ARRAY_SIZE(parts);

	(void)state;
	for (size_t i = 0; i < n * n * n; i++) {
		const long what[] = { parts[i / n / n], parts[i / n % n],
				      parts[i % n] };

		write_under(what, 3, 3);
	}
}

/* A write that stops at the end of a line leaves no fragment. */
static void test_what_ended_in_a_newline_is_not_cut_off(void **state)
{
	static const long stops[] = { 2, BEHIND + 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stops); i++) {
		const long what[] = { 100, stops[i] };

		write_under(what, 2, 2);
		/* Only one torn line is kept. */
		assert_int_equal(account_of(LOG).requests, 4 + i);
		assert_int_equal(account_of(LOG).faults, 1);
	}
}

static void test_a_fragment_stays_behind_in_a_renamed_log(void **state)
{
	const long what[] = { 100 };
	struct memprof *mp = open_log(LOG);

	(void)state;
	play(what, 1);
	request(mp, 0);
	assert_int_equal(rename(LOG, LOG ".1"), 0);
	memprof_reopen(mp);
	request(mp, 1);
	assert_int_equal(memprof_close(mp), -ENOSPC);
	assert_int_equal(account_of(LOG ".1").faults, 1);
	assert_int_equal(account_of(LOG).faults, 0);
	assert_int_equal(account_of(LOG).headers, 1);
	assert_int_equal(account_of(LOG).requests, 2);
}

static void log_in_the_child(void *arg)
{
	request(arg, 10);
	MUST(stats_of(arg).logged == 1);
}

/* The fragment may still be the end of the log when the child comes. */
static void test_a_childs_line_is_not_glued_to_its_parents_fragment(void **s)
{
	const long what[] = { 100 };
	struct account a = { .seen = seen, .ids = sizeof(seen) };
	struct memprof *mp = open_log(LOG);

	(void)s;
	play(what, 1);
	request(mp, 0);
	in_child(log_in_the_child, mp);
	request(mp, 1);
	assert_int_equal(memprof_close(mp), -ENOSPC);
	memset(seen, 0, sizeof(seen));
	account_file(&a, LOG);
	assert_int_equal(a.requests, 3);
	assert_int_equal(a.twice, 0);
	assert_int_equal(seen[0] + seen[1] + seen[10], 3);
	/* The child's first line is its (started). */
	assert_true(a.own >= 3);
}

/* ---- several threads: a tear can swallow the line behind it ---- */

#define THREADS	     4
#define EACH	     500
#define ALL_REQUESTS (THREADS * EACH)

struct writer {
	pthread_t thread;
	struct memprof *mp;
	size_t first;
};

static void *write_lines(void *arg)
{
	struct writer *w = arg;

	for (size_t i = 0; i < EACH; i++)
		request(w->mp, w->first + i);
	return NULL;
}

static void test_threads_that_tear_lines_lose_none_unseen(void **state)
{
	struct account a = { .seen = seen, .ids = sizeof(seen) };
	struct writer writers[THREADS];
	struct memprof_stats s;
	struct memprof *mp = open_log(LOG);

	(void)state;
	for (size_t i = 0; i < 8; i++)
		script[i] = RANDOMLY;
	atomic_store(&step, 0);
	atomic_store(&steps, SIZE_MAX);
	for (size_t i = 0; i < THREADS; i++) {
		writers[i] = (struct writer){ .mp = mp, .first = i * EACH };
		assert_int_equal(pthread_create(&writers[i].thread, NULL,
						write_lines, &writers[i]),
				 0);
	}
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(writers[i].thread, NULL);
	play(NULL, 0);
	assert_int_equal(memprof_close(mp), -ENOSPC);

	s = stats_of(mp);
	memset(seen, 0, sizeof(seen));
	account_file(&a, LOG);
	assert_int_equal(a.twice, 0);
	assert_int_equal(a.late_headers, 0);
	assert_int_equal(s.logged + s.dropped, ALL_REQUESTS);
	assert_true(s.torn > ALL_REQUESTS / 10);
	assert_true(a.requests <= s.logged);
	/* Counted as logged, and glued to another thread's fragment. */
	assert_true(s.logged - a.requests <= s.torn);
	printf("torn %ju, dropped %ju, swallowed %ju\n", (uintmax_t)s.torn,
	       (uintmax_t)s.dropped, (uintmax_t)(s.logged - a.requests));
}

/* ---- a child waits for nobody ---- */

static atomic_uint naps;

int __real_nanosleep(const struct timespec *time, struct timespec *left);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);

int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
	atomic_fetch_add(&naps, 1);
	return __real_nanosleep(time, left);
}

/* Its first call opens a log of its own, whose lock a stranger holds. */
static void log_below_a_held_lock(void *arg)
{
	struct memprof *mp = arg;
	struct account a;
	char path[32];
	int fd;

	sprintf(path, "%d.log", (int)getpid());
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	MUST(fd >= 0);
	MUST(!flock(fd, LOCK_EX));
	atomic_store(&naps, 0);
	request(mp, 1);
	MUST(atomic_load(&naps) == 0);
	MUST(stats_of(mp).headerless == 1);
	a = account_of(path);
	MUST(a.requests == 1);
}

static void test_a_child_does_not_wait_for_a_strangers_lock(void **state)
{
	struct memprof *mp = open_log("%p.log");

	(void)state;
	in_child(log_below_a_held_lock, mp);
	assert_int_equal(memprof_close(mp), 0);
}

static int enter_whole(void **state)

{
	play(NULL, 0);
	return enter(state);
}

#define CASE(c)                                                    \
	{                                                          \
		c.name, test_a_failed_line_is_dropped_and_counted, \
			enter_whole, leave, &c                     \
	}
#define TEST(t) cmocka_unit_test_setup_teardown(t, enter_whole, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(error_cases[0]),
		CASE(error_cases[1]),
		CASE(error_cases[2]),
		CASE(error_cases[3]),
		CASE(error_cases[4]),
		CASE(error_cases[5]),
		CASE(error_cases[6]),
		TEST(test_an_interrupted_write_is_repeated),
		TEST(test_a_torn_line_is_repeated_whole),
		TEST(test_close_repeats_a_torn_line),
		TEST(test_close_repeats_a_torn_line_that_nothing_follows),
		TEST(test_a_fragment_never_reads_as_a_line),
		TEST(test_a_fragment_never_reads_as_a_line_of_launchpad),
		TEST(test_every_order_of_tears_loses_nothing),
		TEST(test_what_ended_in_a_newline_is_not_cut_off),
		TEST(test_a_fragment_stays_behind_in_a_renamed_log),
		TEST(test_a_childs_line_is_not_glued_to_its_parents_fragment),
		TEST(test_threads_that_tear_lines_lose_none_unseen),
		TEST(test_a_child_does_not_wait_for_a_strangers_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
