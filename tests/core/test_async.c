/* async: requests wait for nothing, and each is in the log once or counted. */

#include "logging.h"

#include "core/sys.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#define KEYS "memory_profile_log: " LOG "\nmemory_profile_write: async\n"

static uint8_t seen[65536];

/* ---- a write(2) that blocks ---- */

static atomic_bool gate_closed;
static atomic_uint waiting, writes;

ssize_t __real_mp_sys_write(int fd, const void *data, size_t len);
ssize_t __wrap_mp_sys_write(int fd, const void *data, size_t len);

static void moment(void)
{
	nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
}

ssize_t __wrap_mp_sys_write(int fd, const void *data, size_t len)
{
	atomic_fetch_add(&writes, 1);
	atomic_fetch_add(&waiting, 1);
	while (atomic_load(&gate_closed))
		moment();
	atomic_fetch_sub(&waiting, 1);
	return __real_mp_sys_write(fd, data, len);
}

static int open_gate(void **state)
{
	atomic_store(&gate_closed, false);
	return leave(state);
}

static void wait_until_blocked(void)
{
	while (!atomic_load(&waiting))
		moment();
}

/* ---- what is in the log ---- */

static void assert_all_is_told(const struct memprof *mp, uint64_t begun)
{
	struct account a = { .seen = seen, .ids = sizeof(seen) };
	struct memprof_stats s = stats_of(mp);

	memset(seen, 0, sizeof(seen));
	account_file(&a, LOG);
	assert_int_equal(s.begun, begun);
	assert_int_equal(s.logged + s.dropped, begun);
	assert_int_equal(a.requests, s.logged);
	assert_int_equal(a.own, s.own_lines);
	assert_int_equal(a.twice, 0);
	assert_int_equal(a.faults, 0);
	assert_int_equal(a.headers, 1);
	assert_int_equal(a.late_headers, 0);
}

static void wait_for_lines(uint64_t count)
{
	for (int i = 0; i < 20000; i++) {
		if (account_of(LOG).requests >= count)
			return;
		moment();
	}
	fail_msg("%ju lines did not come", (uintmax_t)count);
}

/* Threads of this process that are called as the writer is; the last one's
   signal mask goes to `ret_blocked`. */
static unsigned count_writers(uint64_t *ret_blocked)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *e;
	unsigned n = 0;

	assert_non_null(dir);
	while ((e = readdir(dir))) {
		char path[300], line[256];
		bool ours = false;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%s/status",
			 e->d_name);
		f = fopen(path, "r");
		while (f && fgets(line, sizeof(line), f)) {
			if (!strcmp(line, "Name:\tmemprof\n"))
				ours = true;
			if (ours && !strncmp(line, "SigBlk:", 7) && ret_blocked)
				*ret_blocked = strtoull(line + 7, NULL, 16);
		}
		if (f)
			fclose(f);
		n += ours;
	}
	closedir(dir);
	return n;
}

static void wait_for_writers(unsigned count)
{
	for (int i = 0; i < 20000 && count_writers(NULL) != count; i++)
		moment();
	assert_int_equal(count_writers(NULL), count);
}

/* ---- */

static void test_every_request_comes_into_the_log(void **state)
{
	struct memprof *mp = open_keys(KEYS);

	(void)state;
	for (size_t i = 0; i < 3000; i++)
		request(mp, i);
	assert_int_equal(memprof_close(mp), 0);
	assert_all_is_told(mp, 3000);
	assert_int_equal(stats_of(mp).dropped, 0);
}

static void test_lines_lie_in_the_order_of_their_ends(void **state)
{
	struct memprof *mp = open_keys(KEYS);
	size_t len, next = 0;
	char *text;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		request(mp, i);
	memprof_close(mp);
	text = read_whole(LOG, &len);
	for (char *p = strstr(text, "\tp"); p; p = strstr(p + 1, "\tp")) {
		if (!strncmp(p, "\tpage_id", 8) || !strncmp(p, "\tpeak", 5) ||
		    !strncmp(p, "\tpid", 4))
			continue;
		assert_int_equal(strtoul(p + 2, NULL, 10), next);
		next++;
	}
	free(text);
	assert_int_equal(next, 1000);
}

static void test_many_lines_are_one_write(void **state)
{
	struct memprof *mp = open_keys(KEYS);
	unsigned before;

	(void)state;
	request(mp, 0);
	wait_for_lines(1);
	before = atomic_load(&writes);
	for (size_t i = 1; i < 1000; i++)
		request(mp, i);
	memprof_close(mp);
	assert_true(atomic_load(&writes) - before < 500);
	assert_all_is_told(mp, 1000);
}

static void test_a_writer_that_sleeps_is_woken(void **state)
{
	struct memprof *mp = open_keys(KEYS);

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		request(mp, i);
		wait_for_lines(i + 1);
		/* Long enough to fall asleep; if not, the test is weaker. */
		nanosleep(&(struct timespec){ 0, 250000000 }, NULL);
	}
	memprof_close(mp);
	assert_all_is_told(mp, 5);
}

static void test_nothing_waits_for_a_disk_that_stands_still(void **state)
{
	struct memprof *mp = open_keys(KEYS "memory_profile_queue: 64\n"
					    "close_timeout: 0.1\n");
	struct memprof_stats s;

	(void)state;
	request(mp, 0);
	wait_for_lines(1);
	atomic_store(&gate_closed, true);
	request(mp, 1);
	wait_until_blocked();
	for (size_t i = 2; i < 10000; i++)
		request(mp, i);
	s = stats_of(mp);
	assert_int_equal(s.begun, 10000);
	assert_true(s.dropped > 8000);
	assert_int_equal(s.queue_full, s.dropped);
	/* What is neither logged nor dropped waits. */
	assert_int_equal(s.in_flight, 0);
	assert_int_equal(s.begun, s.logged + s.dropped + s.queued);
	assert_true(s.queued >= 64);
	assert_int_equal(memprof_close(mp), -ETIMEDOUT);

	/* The thread goes on by itself. */
	atomic_store(&gate_closed, false);
	wait_for_lines(s.logged + s.queued);
	wait_for_writers(0);
	assert_int_equal(account_of(LOG).requests, s.logged + s.queued);
}

static void test_a_disk_that_goes_on_gets_what_waited(void **state)
{
	struct memprof *mp = open_keys(KEYS);

	(void)state;
	request(mp, 0);
	wait_for_lines(1);
	atomic_store(&gate_closed, true);
	request(mp, 1);
	wait_until_blocked();
	for (size_t i = 2; i < 1500; i++)
		request(mp, i);
	atomic_store(&gate_closed, false);
	for (size_t i = 1500; i < 2000; i++)
		request(mp, i);
	assert_int_equal(memprof_close(mp), 0);
	assert_all_is_told(mp, 2000);
	assert_int_equal(stats_of(mp).dropped, 0);
}

/* ---- the thread ---- */

static void test_one_thread_with_all_signals_blocked(void **state)
{
	const uint64_t unblockable = UINT64_C(1) << (SIGKILL - 1) |
				     UINT64_C(1) << (SIGSTOP - 1) |
				     UINT64_C(3) << 31; /* glibc's own */
	struct memprof *mp = open_keys(KEYS);
	uint64_t blocked = 0;
	sigset_t mine;

	(void)state;
	wait_for_writers(1);
	count_writers(&blocked);
	assert_int_equal(blocked | unblockable, UINT64_MAX);
	pthread_sigmask(SIG_SETMASK, NULL, &mine);
	assert_int_equal(sigismember(&mine, SIGTERM), 0);
	memprof_close(mp);
	wait_for_writers(0);
}

static void test_direct_starts_no_thread(void **state)
{
	struct memprof *mp = open_log(LOG);

	(void)state;
	request(mp, 0);
	assert_int_equal(count_writers(NULL), 0);
	memprof_close(mp);
}

static void test_without_a_recorder_it_is_direct(void **state)
{
	struct memprof *mp = open_keys(KEYS "run_dir:\n");

	(void)state;
	request(mp, 0);
	assert_int_equal(count_writers(NULL), 0);
	assert_int_equal(account_of(LOG).requests, 1);
	assert_int_equal(stats_of(mp).async, 0);
	memprof_close(mp);
}

/* ---- forks ---- */

static void log_hundred(void *arg)
{
	struct memprof *mp = arg;

	for (size_t i = 0; i < 100; i++)
		request(mp, 1000 + i);
	/* It names itself when it first runs. */
	while (count_writers(NULL) != 1)
		moment();
	MUST(memprof_close(mp) == 0);
}

static void test_a_child_has_a_writer_of_its_own(void **state)
{
	struct account a = { .seen = seen, .ids = sizeof(seen) };
	const char *sanitizer = getenv("MEMPROF_TEST_SANITIZE");
	struct memprof *mp;
	pid_t pid;

	(void)state;
	if (sanitizer && strstr(sanitizer, "thread")) {
		printf("skipped: TSan ends children that start threads\n");
		skip();
	}
	mp = open_keys(KEYS);
	for (size_t i = 0; i < 500; i++)
		request(mp, i);
	pid = child(log_hundred, mp);
	for (size_t i = 500; i < 1000; i++)
		request(mp, i);
	wait_for(pid);
	assert_int_equal(memprof_close(mp), 0);

	memset(seen, 0, sizeof(seen));
	account_file(&a, LOG);
	assert_int_equal(a.requests, 1100);
	assert_int_equal(a.twice, 0);
	assert_int_equal(a.own, 4); /* started and stopped, each */
	assert_int_equal(a.faults, 0);
}

/* ---- many threads, and close in the midst of them ---- */

#define THREADS 8
#define EACH	4000

struct hand {
	pthread_t thread;
	struct memprof *mp;
	size_t first;
};

static void *work(void *arg)
{
	struct hand *h = arg;

	for (size_t i = 0; i < EACH; i++)
		request(h->mp, h->first + i);
	return NULL;
}

static void start(struct hand *hands, struct memprof *mp)
{
	for (size_t i = 0; i < THREADS; i++) {
		hands[i] = (struct hand){ .mp = mp, .first = i * EACH };
		assert_int_equal(
			pthread_create(&hands[i].thread, NULL, work, &hands[i]),
			0);
	}
}

static void join(struct hand *hands)
{
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(hands[i].thread, NULL);
}

static void test_threads_lose_nothing_unseen(void **state)
{
	struct memprof *mp = open_keys(KEYS "memory_profile_queue: 128\n");
	struct hand hands[THREADS];

	(void)state;
	start(hands, mp);
	join(hands);
	assert_int_equal(memprof_close(mp), 0);
	assert_all_is_told(mp, THREADS * EACH);
}

static void test_close_under_load_loses_nothing_unseen(void **state)
{
	struct account a = { .seen = seen, .ids = sizeof(seen) };
	struct memprof *mp = open_keys(KEYS);
	struct hand hands[THREADS];
	struct memprof_stats s;

	(void)state;
	start(hands, mp);
	wait_for_lines(200);
	memprof_close(mp);
	join(hands);
	s = stats_of(mp);
	memset(seen, 0, sizeof(seen));
	account_file(&a, LOG);
	assert_int_equal(a.twice, 0);
	assert_int_equal(a.faults, 0);
	assert_int_equal(a.requests, s.logged);
	assert_int_equal(a.own, s.own_lines);
}

static void test_a_session_can_be_opened_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < 30; i++) {
		struct memprof *mp = open_keys(KEYS);

		request(mp, i);
		assert_int_equal(memprof_close(mp), 0);
	}
	assert_int_equal(account_of(LOG).requests, 30);
	assert_int_equal(account_of(LOG).own, 60);
	wait_for_writers(0);
}

/* ---- the second's work ---- */

static void test_a_rotation_is_noticed(void **state)
{
	struct memprof *mp = open_keys(KEYS);
	uint64_t requests = 0;

	(void)state;
	request(mp, 0);
	wait_for_lines(1);
	assert_int_equal(rename(LOG, "old"), 0);
	for (size_t n = 1; access(LOG, F_OK); n++) {
		assert_true(n < 20000);
		request(mp, n);
		moment();
	}
	assert_int_equal(memprof_close(mp), 0);
	requests = account_of(LOG).requests + account_of("old").requests;
	assert_int_equal(requests, stats_of(mp).logged);
	assert_int_equal(stats_of(mp).begun, stats_of(mp).logged);
}

static void test_after_a_reopen_the_next_request_is_in_the_new_log(void **state)
{
	struct memprof *mp = open_keys(KEYS);

	(void)state;
	request(mp, 0);
	wait_for_lines(1);
	assert_int_equal(rename(LOG, "old"), 0);
	memprof_reopen(mp);
	request(mp, 1);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(account_of("old").requests, 1);
	assert_int_equal(account_of(LOG).requests, 1);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, enter, open_gate)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_request_comes_into_the_log),
		TEST(test_lines_lie_in_the_order_of_their_ends),
		TEST(test_many_lines_are_one_write),
		TEST(test_a_writer_that_sleeps_is_woken),
		TEST(test_nothing_waits_for_a_disk_that_stands_still),
		TEST(test_a_disk_that_goes_on_gets_what_waited),
		TEST(test_one_thread_with_all_signals_blocked),
		TEST(test_direct_starts_no_thread),
		TEST(test_without_a_recorder_it_is_direct),
		TEST(test_a_child_has_a_writer_of_its_own),
		TEST(test_threads_lose_nothing_unseen),
		TEST(test_close_under_load_loses_nothing_unseen),
		TEST(test_a_session_can_be_opened_again),
		TEST(test_a_rotation_is_noticed),
		TEST(test_after_a_reopen_the_next_request_is_in_the_new_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
