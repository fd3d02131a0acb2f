/* log: renamed, emptied, rotated by itself, reopened or not: no line is lost,
   and each file begins with its header. */

#include "logging.h"

#include "core/clock.h"
#include "core/session.h"

#include <pthread.h>
#include <signal.h>
#include <sys/file.h>

/* Have the second's check now, as if a second had gone by. */
static void check(struct memprof *mp)
{
	mp_session_tick(mp, atomic_load(&mp->log.check_at_ns));
}

static void assert_file(const char *path, uint64_t requests, uint64_t headers)
{
	struct account a = account_of(path);

	assert_int_equal(a.requests, requests);
	assert_int_equal(a.headers, headers);
	assert_int_equal(a.late_headers, 0);
	assert_int_equal(a.faults, 0);
}

/* ---- renamed by others ---- */

static void test_a_renamed_log_is_noticed_within_a_second(void **state)
{
	struct memprof *mp = open_log(LOG);

	(void)state;
	request(mp, 0);
	assert_int_equal(rename(LOG, LOG ".1"), 0);
	request(mp, 1);
	assert_true(atomic_load(&mp->log.check_at_ns) <=
		    mp_clock_mono_ns() + MP_NS_PER_S);
	check(mp);
	request(mp, 2);
	assert_int_equal(stats_of(mp).reopened, 1);
	assert_int_equal(memprof_close(mp), 0);
	assert_file(LOG ".1", 2, 1);
	assert_file(LOG, 1, 1);
}

static void test_a_log_created_anew_is_gone_over_to(void **state)
{
	struct memprof *mp = open_log(LOG);

	(void)state;
	request(mp, 0);
	assert_int_equal(rename(LOG, LOG ".1"), 0);
	close(open(LOG, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
	check(mp);
	request(mp, 1);
	assert_int_equal(memprof_close(mp), 0);
	assert_file(LOG ".1", 1, 1);
	assert_file(LOG, 1, 1);
}

static void test_an_emptied_log_gets_its_header_again(void **state)
{
	struct memprof *mp = open_log(LOG);

	(void)state;
	request(mp, 0);
	assert_int_equal(truncate(LOG, 0), 0);
	check(mp);
	request(mp, 1);
	assert_int_equal(memprof_close(mp), 0);
	assert_file(LOG, 1, 1);
}

static void test_an_emptied_log_that_a_stranger_locks(void **state)
{
	struct memprof *mp = open_log(LOG);
	int stranger = open(LOG, O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(flock(stranger, LOCK_EX), 0);
	assert_int_equal(truncate(LOG, 0), 0);
	check(mp);
	request(mp, 0);
	request(mp, 1);
	assert_int_equal(stats_of(mp).logged, 2);
	assert_int_equal(stats_of(mp).headerless, 1);
	assert_int_equal(memprof_close(mp), 0);
	assert_file(LOG, 2, 0);
	close(stranger);
}

/* The old file takes the lines until the new one has its header. */
static void test_a_new_log_that_a_stranger_locks(void **state)
{
	struct memprof *mp = open_log(LOG);
	int64_t start_ns = mp_clock_mono_ns(), now_ns = start_ns;
	int stranger;

	(void)state;
	assert_int_equal(rename(LOG, LOG ".1"), 0);
	stranger = open(LOG, O_CREAT | O_RDONLY | O_CLOEXEC, 0644);
	assert_int_equal(flock(stranger, LOCK_EX), 0);
	now_ns += MP_NS_PER_S;
	mp_session_tick(mp, now_ns);
	request(mp, 0);
	assert_int_equal(stats_of(mp).reopened, 0);
	/* With patience for a second, then without a header. */
	now_ns += 2 * MP_NS_PER_S;
	mp_session_tick(mp, now_ns);
	request(mp, 1);
	assert_int_equal(stats_of(mp).reopened, 1);
	assert_int_equal(stats_of(mp).headerless, 1);
	assert_int_equal(memprof_close(mp), 0);
	assert_file(LOG ".1", 1, 1);
	assert_file(LOG, 1, 0);
	close(stranger);
}

/* ---- reopened by a signal, under load ---- */

#define THREADS 4
#define EACH	4000

static struct memprof *signalled;
static uint8_t seen[200000];

static void on_signal(int sig)
{
	(void)sig;
	memprof_reopen(signalled);
}

static void *write_lines(void *arg)
{
	for (size_t i = 0; i < EACH; i++)
		request(signalled, *(size_t *)arg + i);
	return NULL;
}

static void test_a_signal_handler_reopens_under_load(void **state)
{
	struct account a = { .seen = seen, .ids = sizeof(seen) };
	pthread_t threads[THREADS];
	size_t first[THREADS];
	char name[64];
	int files = 0;

	(void)state;
	signalled = open_log(LOG);
	signal(SIGUSR1, on_signal);
	for (size_t i = 0; i < THREADS; i++) {
		first[i] = i * EACH;
		assert_int_equal(pthread_create(&threads[i], NULL, write_lines,
						&first[i]),
				 0);
	}
	while (stats_of(signalled).begun < THREADS * EACH * 3 / 4) {
		uint64_t reopened = stats_of(signalled).reopened;

		snprintf(name, sizeof(name), LOG ".%d", ++files);
		assert_int_equal(rename(LOG, name), 0);
		raise(SIGUSR1);
		while (stats_of(signalled).reopened == reopened &&
		       stats_of(signalled).begun < THREADS * EACH)
			usleep(100);
	}
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	signal(SIGUSR1, SIG_DFL);
	assert_int_equal(stats_of(signalled).dropped, 0);
	assert_int_equal(memprof_close(signalled), 0);

	for (int i = 1; i <= files; i++) {
		snprintf(name, sizeof(name), LOG ".%d", i);
		account_file(&a, name);
	}
	account_file(&a, LOG);
	assert_int_equal(a.requests, THREADS * EACH);
	assert_int_equal(a.twice, 0);
	assert_int_equal(a.faults, 0);
	assert_int_equal(a.late_headers, 0);
	assert_true(a.headers >= (uint64_t)files);
}

/* ---- reopening that fails ---- */

static void test_a_directory_in_its_place_keeps_the_old_file(void **state)
{
	struct memprof *mp = open_log(LOG);

	(void)state;
	request(mp, 0);
	assert_int_equal(rename(LOG, LOG ".1"), 0);
	assert_int_equal(mkdir(LOG, 0755), 0);
	for (size_t i = 1; i < 4; i++) {
		check(mp);
		request(mp, i);
		assert_int_equal(stats_of(mp).reopen_failed, i);
	}
	assert_int_equal(stats_of(mp).first_error, -EISDIR);
	assert_int_equal(rmdir(LOG), 0);
	check(mp);
	request(mp, 4);
	assert_int_equal(stats_of(mp).reopened, 1);
	assert_int_equal(stats_of(mp).logged, 5);
	assert_int_equal(memprof_close(mp), -EISDIR);
	assert_file(LOG ".1", 4, 1);
	assert_file(LOG, 1, 1);
}

static void test_a_wish_to_reopen_that_fails_is_kept(void **state)
{
	struct memprof *mp = open_log(LOG);

	(void)state;
	assert_int_equal(rename(LOG, LOG ".1"), 0);
	assert_int_equal(mkdir(LOG, 0755), 0);
	memprof_reopen(mp);
	request(mp, 0);
	request(mp, 1);
	/* Not with each request. */
	assert_int_equal(stats_of(mp).reopen_failed, 1);
	assert_int_equal(rmdir(LOG) | rename(LOG ".1", LOG), 0);
	check(mp);
	assert_int_equal(stats_of(mp).reopened, 1);
	assert_int_equal(memprof_close(mp), -EISDIR);
}

static void lose_privileges(void *arg)
{
	struct memprof *mp = NULL;

	(void)arg;
	MUST(!memprof_open_log("closed/" LOG, &mp));
	MUST(!setgid(65534) && !setuid(65534));
	memprof_reopen(mp);
	request(mp, 0);
	request(mp, 1);
	MUST(stats_of(mp).logged == 2);
	MUST(stats_of(mp).reopen_failed == 1);
	check(mp);
	MUST(stats_of(mp).reopen_failed == 2);
	MUST(memprof_close(mp) == -EACCES);
}

static void test_lost_privileges_keep_the_old_file(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		printf("skipped: needs root\n");
		skip();
	}
	assert_int_equal(mkdir("closed", 0700), 0);
	in_child(lose_privileges, NULL);
	assert_file("closed/" LOG, 2, 1);
}

/* ---- rotated by itself ---- */

#define BOUNDED                          \
	"memory_profile_log: " LOG "\n"  \
	"memory_profile_max_size: 64K\n" \
	"memory_profile_keep: 40\n"
#define BOUND (64 << 10)

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : st.st_size;
}

static void assert_bounded(uint64_t requests, off_t overshoot,
			   uint64_t at_least_files)
{
	struct account a = { .seen = seen, .ids = sizeof(seen) };
	char name[64] = LOG;
	off_t largest = 0;
	uint64_t files = 0;

	memset(seen, 0, sizeof(seen));
	while (size_of(name) >= 0) {
		struct account before = a;

		if (size_of(name) > largest)
			largest = size_of(name);
		account_file(&a, name);
		assert_int_equal(a.headers, before.headers + 1);
		snprintf(name, sizeof(name), LOG ".%ju", (uintmax_t)++files);
	}
	printf("%ju files, the largest of %jd bytes\n", (uintmax_t)files,
	       (intmax_t)largest);
	assert_int_equal(a.requests, requests);
	assert_int_equal(a.twice, 0);
	assert_int_equal(a.faults, 0);
	assert_int_equal(a.late_headers, 0);
	assert_true(files >= at_least_files);
	assert_true(largest <= BOUND + overshoot);
}

static void test_one_process_keeps_its_bound_to_a_line(void **state)
{
	struct memprof *mp = open_keys(BOUNDED);

	(void)state;
	for (size_t i = 0; i < 5000; i++)
		request(mp, i);
	assert_true(stats_of(mp).rotated >= 5);
	assert_int_equal(stats_of(mp).rotate_failed, 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_bounded(5000, MP_RECORD_MAX, 5);
}

static void test_no_more_files_than_are_to_be_kept(void **state)
{
	struct memprof *mp = open_keys("memory_profile_log: " LOG "\n"
				       "memory_profile_max_size: 4K\n"
				       "memory_profile_keep: 2\n");

	(void)state;
	for (size_t i = 0; i < 500; i++)
		request(mp, i);
	assert_true(stats_of(mp).rotated > 5);
	assert_int_equal(memprof_close(mp), 0);
	assert_true(size_of(LOG ".1") >= 4096);
	assert_true(size_of(LOG ".2") >= 4096);
	assert_int_equal(size_of(LOG ".3"), -1);
}

#define PROCESSES     8
#define PROCESS_LINES 1500

static void fill_bounded(void *arg)
{
	struct memprof *mp = NULL;
	size_t first = *(size_t *)arg;

	MUST(!memprof_open("test.conf", &mp));
	for (size_t i = 0; i < PROCESS_LINES; i++) {
		request(mp, first + i);
		if (i % 10 == 0)
			usleep(4000);
	}
	MUST(stats_of(mp).logged == PROCESS_LINES);
	MUST(stats_of(mp).rotate_failed == 0);
	MUST(stats_of(mp).headerless == 0);
	MUST(memprof_close(mp) == 0);
}

/* Each looks after an eighth of the bound what the others did; and again, where
   somebody is held up in the rotation then. */
static void test_eight_processes_keep_one_bound(void **state)
{
	pid_t pids[PROCESSES];
	size_t first;

	(void)state;
	memprof_close(open_keys(BOUNDED));
	for (size_t i = 0; i < PROCESSES; i++) {
		first = i * PROCESS_LINES;
		pids[i] = child(fill_bounded, &first);
	}
	for (size_t i = 0; i < PROCESSES; i++)
		wait_for(pids[i]);
	assert_bounded(PROCESSES * PROCESS_LINES,
		       PROCESSES * (BOUND / 4 + MP_RECORD_MAX), 10);
}

static void test_a_link_keeps_naming_the_newest(void **state)
{
	struct memprof *mp;
	struct stat st;

	(void)state;
	assert_int_equal(mkdir("behind", 0755), 0);
	assert_int_equal(symlink("behind/real.log", LOG), 0);
	mp = open_keys(BOUNDED);
	for (size_t i = 0; i < 1000; i++)
		request(mp, i);
	assert_true(stats_of(mp).rotated > 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(lstat(LOG, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_true(size_of("behind/real.log.1") >= BOUND);
	assert_true(size_of("behind/real.log") > 0);
}

static void test_a_failed_rotation_is_tried_again_later(void **state)
{
	struct memprof *mp;

	(void)state;
	assert_int_equal(mkdir(LOG ".1", 0755), 0);
	mp = open_keys("memory_profile_log: " LOG "\n"
		       "memory_profile_max_size: 4K\n"
		       "memory_profile_keep: 1\n");
	for (size_t i = 0; i < 500; i++)
		request(mp, i);
	/* Or when it has grown by another eighth of its bound. */
	assert_in_range(stats_of(mp).rotate_failed, 1, 500 * 200 / 512);
	assert_int_equal(stats_of(mp).logged, 500);
	assert_int_equal(rmdir(LOG ".1"), 0);
	check(mp);
	assert_int_equal(stats_of(mp).rotated, 1);
	request(mp, 500);
	assert_int_equal(memprof_close(mp), -EISDIR);
	assert_file(LOG ".1", 500, 1);
	assert_file(LOG, 1, 1);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_renamed_log_is_noticed_within_a_second),
		TEST(test_a_log_created_anew_is_gone_over_to),
		TEST(test_an_emptied_log_gets_its_header_again),
		TEST(test_an_emptied_log_that_a_stranger_locks),
		TEST(test_a_new_log_that_a_stranger_locks),
		TEST(test_a_signal_handler_reopens_under_load),
		TEST(test_a_directory_in_its_place_keeps_the_old_file),
		TEST(test_a_wish_to_reopen_that_fails_is_kept),
		TEST(test_lost_privileges_keep_the_old_file),
		TEST(test_one_process_keeps_its_bound_to_a_line),
		TEST(test_no_more_files_than_are_to_be_kept),
		TEST(test_eight_processes_keep_one_bound),
		TEST(test_a_link_keeps_naming_the_newest),
		TEST(test_a_failed_rotation_is_tried_again_later),
	};

	return cmocka_run_group_tests_name("log_rotation", tests, NULL, NULL);
}
