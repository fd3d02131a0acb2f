/* logfile: a new log is private, begins with its header exactly once whoever
   races for it, and is rotated by one process alone. */

#include "logging.h"

#include "core/logfile.h"

#include <sys/file.h>
#include <sys/syscall.h>
#include <time.h>

#define RACERS 8
#define ROUNDS 150

static struct mp_logfile open_file(const char *path)
{
	struct mp_logfile f;

	assert_int_equal(mp_logfile_open(path, &f), 0);
	return f;
}

static void test_a_new_log_is_private_and_high_and_appends(void **state)
{
	mode_t before = umask(0);
	struct mp_logfile f = open_file(LOG);
	struct stat st;

	(void)state;
	umask(before);
	assert_int_equal(fstat(f.fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_true(f.fd >= MP_SYS_FD_MIN);
	assert_true(fcntl(f.fd, F_GETFL) & O_APPEND);
	assert_true(fcntl(f.fd, F_GETFD) & FD_CLOEXEC);
	assert_true(f.regular && f.named && !f.socket);
	close(f.fd);
}

static void test_a_header_is_written_once(void **state)
{
	struct mp_logfile f = open_file(LOG);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(mp_logfile_header(&f, LOG), 0);
	assert_int_equal(account_of(LOG).headers, 1);
	assert_int_equal(account_of(LOG).faults, 0);
	close(f.fd);
}

static void test_what_has_lines_gets_no_header(void **state)
{
	struct mp_logfile f = open_file(LOG);

	(void)state;
	assert_int_equal(mp_sys_write(f.fd, "x\n", 2), 2);
	assert_int_equal(mp_logfile_header(&f, LOG), 0);
	assert_int_equal(account_of(LOG).headers, 0);
	close(f.fd);
}

static void test_no_header_where_the_name_is_another_file(void **state)
{
	struct mp_logfile f = open_file(LOG), g;

	(void)state;
	assert_int_equal(rename(LOG, LOG ".1"), 0);
	assert_int_equal(mp_logfile_header(&f, LOG), -ESTALE);
	g = open_file(LOG);
	assert_int_equal(mp_logfile_header(&f, LOG), -ESTALE);
	assert_int_equal(mp_logfile_header(&g, LOG), 0);
	assert_int_equal(account_of(LOG ".1").headers, 0);
	close(f.fd);
	close(g.fd);
}

static int lock_of_a_stranger(void)
{
	int fd = open(LOG, O_RDONLY | O_CREAT, 0644);

	assert_int_equal(flock(fd, LOCK_EX), 0);
	return fd;
}

static void test_a_strangers_lock_is_not_waited_for(void **state)
{
	int stranger = lock_of_a_stranger();
	struct mp_logfile f = open_file(LOG);

	(void)state;
	assert_int_equal(mp_logfile_header(&f, LOG), -EAGAIN);
	assert_int_equal(mp_sys_write(f.fd, "xy\n", 3), 3);
	assert_int_equal(mp_logfile_rotate(&f, LOG, 2, 1), -EAGAIN);
	close(stranger);
	assert_int_equal(mp_logfile_rotate(&f, LOG, 2, 1), 1);
	close(f.fd);
}

static void test_a_log_that_is_held_is_not_rotated(void **state)
{
	struct mp_logfile f = open_file(LOG), other = open_file(LOG);

	(void)state;
	assert_int_equal(mp_sys_write(f.fd, "xy\n", 3), 3);
	assert_int_equal(mp_logfile_hold(other.fd), 0);
	assert_int_equal(mp_logfile_hold(f.fd), -EAGAIN);
	assert_int_equal(mp_logfile_rotate(&f, LOG, 2, 1), -EAGAIN);
	mp_logfile_let_go(other.fd);
	assert_int_equal(mp_logfile_rotate(&f, LOG, 2, 1), 1);
	/* And who rotated it holds it no longer. */
	assert_int_equal(mp_logfile_hold(other.fd), 0);
	close(other.fd);
	close(f.fd);
}

static void test_a_log_of_just_its_bound_is_full(void **state)
{
	struct mp_logfile f = open_file(LOG);

	(void)state;
	assert_int_equal(mp_sys_write(f.fd, "xy\n", 3), 3);
	assert_int_equal(mp_logfile_rotate(&f, LOG, 4, 1), 0);
	assert_int_equal(access(LOG ".1", F_OK), -1);
	assert_int_equal(mp_logfile_rotate(&f, LOG, 3, 1), 1);
	assert_int_equal(access(LOG ".1", F_OK), 0);
	close(f.fd);
}

static void test_a_log_is_opened_in_spite_of_a_strangers_lock(void **state)
{
	int stranger = lock_of_a_stranger();
	struct timespec start, end;
	struct memprof *mp;
	long took_ms;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &start);
	mp = open_log(LOG);
	request(mp, 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	took_ms = (end.tv_sec - start.tv_sec) * 1000 +
		  (end.tv_nsec - start.tv_nsec) / 1000000;
	assert_true(took_ms >= 90);
	assert_true(took_ms < 5000);
	assert_int_equal(stats_of(mp).headerless, 1);
	assert_int_equal(stats_of(mp).logged, 1);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(account_of(LOG).headers, 0);
	assert_int_equal(account_of(LOG).requests, 1);
	close(stranger);
}

/* ---- many processes at once ---- */

struct race {
	int start; /* closed when it begins */
	const char *path;
	size_t id;
};

static void log_one_line(void *arg)
{
	const struct race *race = arg;
	struct memprof *mp = NULL;
	char byte;

	MUST(read(race->start, &byte, 1) == 0);
	MUST(!memprof_open_log(race->path, &mp));
	request(mp, race->id);
	MUST(stats_of(mp).logged == 1 && stats_of(mp).headerless == 0);
	MUST(!memprof_close(mp));
}

static void race_for_the_header(bool empty_file)
{
	struct account a;
	pid_t pids[RACERS];
	struct race race = { .path = LOG };
	int ends[2];

	unlink(LOG);
	if (empty_file)
		close(open(LOG, O_CREAT | O_WRONLY | O_CLOEXEC, 0640));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	race.start = ends[0];
	for (size_t i = 0; i < RACERS; i++) {
		fflush(NULL);
		race.id = i;
		pids[i] = fork();
		if (pids[i] == 0) {
			close(ends[1]);
			log_one_line(&race);
			_exit(0);
		}
	}
	close(ends[0]);
	close(ends[1]);
	for (size_t i = 0; i < RACERS; i++)
		wait_for(pids[i]);
	a = account_of(LOG);
	assert_int_equal(a.headers, 1);
	assert_int_equal(a.late_headers, 0);
	assert_int_equal(a.requests, RACERS);
	assert_true(a.own >= 2 * RACERS);
	assert_int_equal(a.faults, 0);
}

static void test_racing_for_a_new_file_writes_one_header(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++)
		race_for_the_header(false);
}

static void test_racing_for_an_empty_file_writes_one_header(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++)
		race_for_the_header(true);
}

/* ---- rotation ---- */

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void assert_holds(const char *path, const char *want)
{
	size_t len;
	char *text = read_whole(path, &len);

	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
}

static void test_rotation_moves_each_file_one_on(void **state)
{
	struct mp_logfile f;

	(void)state;
	put(LOG, "new\n");
	put(LOG ".1", "1\n");
	put(LOG ".2", "2\n");
	put(LOG ".3", "3\n");
	f = open_file(LOG);
	assert_int_equal(mp_logfile_rotate(&f, LOG, 1, 3), 1);
	assert_int_equal(access(LOG, F_OK), -1);
	assert_holds(LOG ".1", "new\n");
	assert_holds(LOG ".2", "1\n");
	assert_holds(LOG ".3", "2\n");
	assert_int_equal(access(LOG ".4", F_OK), -1);
	/* Who still has it open learns that it was done. */
	assert_int_equal(mp_logfile_rotate(&f, LOG, 1, 3), 0);
	close(f.fd);
}

static void test_rotation_skips_what_is_not_there(void **state)
{
	struct mp_logfile f;

	(void)state;
	put(LOG, "new\n");
	put(LOG ".2", "2\n");
	f = open_file(LOG);
	assert_int_equal(mp_logfile_rotate(&f, LOG, 1, 9), 1);
	assert_holds(LOG ".1", "new\n");
	assert_holds(LOG ".3", "2\n");
	close(f.fd);
}

static void test_a_link_has_the_file_behind_it_rotated(void **state)
{
	struct mp_logfile f;
	struct stat st;

	(void)state;
	assert_int_equal(mkdir("behind", 0755), 0);
	put("behind/real.log", "new\n");
	assert_int_equal(symlink("behind/real.log", LOG), 0);
	f = open_file(LOG);
	assert_int_equal(mp_logfile_rotate(&f, LOG, 1, 1), 1);
	assert_holds("behind/real.log.1", "new\n");
	assert_int_equal(lstat(LOG, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	close(f.fd);
}

static void test_a_rotation_that_fails_says_why(void **state)
{
	struct mp_logfile f;

	(void)state;
	put(LOG, "new\n");
	assert_int_equal(mkdir(LOG ".1", 0755), 0);
	f = open_file(LOG);
	assert_int_equal(mp_logfile_rotate(&f, LOG, 1, 1), -EISDIR);
	assert_holds(LOG, "new\n");
	close(f.fd);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_new_log_is_private_and_high_and_appends),
		TEST(test_a_header_is_written_once),
		TEST(test_what_has_lines_gets_no_header),
		TEST(test_no_header_where_the_name_is_another_file),
		TEST(test_a_strangers_lock_is_not_waited_for),
		TEST(test_a_log_that_is_held_is_not_rotated),
		TEST(test_a_log_of_just_its_bound_is_full),
		TEST(test_a_log_is_opened_in_spite_of_a_strangers_lock),
		TEST(test_racing_for_a_new_file_writes_one_header),
		TEST(test_racing_for_an_empty_file_writes_one_header),
		TEST(test_rotation_moves_each_file_one_on),
		TEST(test_rotation_skips_what_is_not_there),
		TEST(test_a_link_has_the_file_behind_it_rotated),
		TEST(test_a_rotation_that_fails_says_why),
	};

	return cmocka_run_group_tests_name("logfile", tests, NULL, NULL);
}
