/* recorder: what children, the host and other users do to it. */

#include "onerecorder.h"

#include <sys/socket.h>

#define NOBODY 65534

/* ---- children ---- */

static void renew_in_child(void)
{
	char parents[PATH_MAX];
	int fd = file.fd;

	strcpy(parents, file.path);
	MUST(mp_process_renew());
	MUST(!mp_recorder_renew(&file, &about));
	mp_process_renewed();
	MUST(atomic_load(&file.state) == MEMPROF_RECORDER_ON);
	MUST(strcmp(file.path, parents) != 0);
	MUST(file.at->pid == getpid());
	MUST(atomic_load(&file.at->counts.logged) == 0);
	MUST(atomic_load(&file.at->pause.on) == 1);
	MUST(atomic_load(&file.at->pause.uid) == 77);
	MUST(atomic_load(&file.at->pause.since_us) == 99);
	MUST(file.fd == fd); /* the parent's was closed */
	MUST(is_locked(file.path));
	atomic_store(&file.at->counts.logged, 5);
	MUST(count_files(shm) == 2);
	mp_recorder_close(&file);
	MUST(count_files(shm) == 1 && !access(parents, F_OK));
	_exit(0);
}

static void test_a_child_makes_its_own_and_inherits_the_pause(void **state)
{
	(void)state;
	atomic_store(&file.at->counts.logged, 3);
	atomic_store(&file.at->pause.on, 1);
	atomic_store(&file.at->pause.uid, 77);
	atomic_store(&file.at->pause.since_us, 99);
	assert_int_equal(in_child(renew_in_child), 0);
	assert_int_equal(atomic_load(&file.at->counts.logged), 3);
	assert_true(is_locked(file.path));
}

static void renew_in_vain(void)
{
	about.run_dir = "/dev/shm/none/none";
	MUST(mp_process_renew());
	MUST(!mp_recorder_renew(&file, &about));
	MUST(atomic_load(&file.state) == -ENOENT);
	MUST(atomic_load(&file.at->pause.on) == 1);
	atomic_store(&file.at->counts.logged, 5);
	_exit(0);
}

static void test_a_child_without_one_leaves_its_parents_alone(void **state)
{
	(void)state;
	atomic_store(&file.at->counts.logged, 3);
	atomic_store(&file.at->pause.on, 1);
	assert_int_equal(in_child(renew_in_vain), 0);
	assert_int_equal(atomic_load(&file.at->counts.logged), 3);
}

/* Make a recorder, leave a child that has nothing to do with us, be killed. */
static void be_killed(int ready, int forever)
{
	char c;

	MUST(mp_process_renew());
	MUST(!mp_recorder_renew(&file, &about));
	atomic_store(&file.at->counts.dropped, 42);
	if (fork() == 0) {
		/* Until the test ends it. */
		MUST(write(ready, "", 1) == 1);
		MUST(read(forever, &c, 1) == 0);
		_exit(0);
	}
	for (;;)
		pause();
}

static void test_a_killed_parents_is_free_while_its_child_lives(void **state)
{
	struct mp_recorder r;
	int ready[2], forever[2];
	char parents[PATH_MAX], path[PATH_MAX] = "", c;
	struct dirent *e;
	DIR *dir;
	pid_t pid;

	(void)state;
	strcpy(parents, strrchr(file.path, '/') + 1);
	assert_true(!pipe(ready) && !pipe(forever));
	pid = fork();
	if (pid == 0) {
		close(forever[1]);
		be_killed(ready[1], forever[0]);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);

	dir = opendir(shm);
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' && strcmp(e->d_name, parents))
			snprintf(path, sizeof(path), "%s/%s", shm, e->d_name);
	closedir(dir);
	assert_true(*path);
	assert_false(is_locked(path));
	r = read_header(path);
	assert_int_equal(r.pid, pid);
	assert_int_equal(r.counts.dropped, 42);
	assert_true(is_locked(file.path));
	close(forever[1]);
	close(forever[0]);
	close(ready[0]);
	close(ready[1]);
}

/* ---- what the host may do ---- */

static void test_a_closed_descriptor_is_opened_and_locked_anew(void **state)
{
	int number = file.fd, pair[2];

	(void)state;
	close(number);
	assert_false(is_locked(file.path));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(dup2(pair[0], number), number);
	mp_recorder_check(&file);
	assert_int_equal(atomic_load(&file.state), MEMPROF_RECORDER_ON);
	assert_int_not_equal(file.fd, number);
	assert_true(file.fd >= MP_SYS_FD_MIN);
	assert_true(is_locked(file.path));
	/* The host's is left alone, now and at close. */
	mp_recorder_close(&file);
	assert_int_equal(send(number, "", 1, 0), 1);
	close(number);
	close(pair[0]);
	close(pair[1]);
}

static void test_a_lock_that_the_host_dropped_is_taken_again(void **state)
{
	(void)state;
	close(open(file.path, O_RDONLY));
	assert_false(is_locked(file.path));
	mp_recorder_check(&file);
	assert_true(is_locked(file.path));
}

static void test_a_name_that_is_gone_is_told(void **state)
{
	(void)state;
	unlink(file.path);
	mp_recorder_check(&file);
	assert_int_equal(atomic_load(&file.state), -ENOENT);
	close(file.fd);
	mp_recorder_check(&file);
	assert_int_equal(atomic_load(&file.state), -ENOENT);
	memset(file.at + 1, 1, sizeof(struct mp_recorder_slot));
}

static void test_another_file_of_that_name_is_not_ours(void **state)
{
	(void)state;
	unlink(file.path);
	close(file.fd);
	close(open(file.path, O_WRONLY | O_CREAT, 0600));
	mp_recorder_check(&file);
	assert_int_equal(atomic_load(&file.state), -ENOENT);
}

static void open_as_nobody(void)
{
	if (setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		_exit(77);
	MUST(open(file.path, O_RDONLY) < 0 && errno == EACCES);
	MUST(open(file.path, O_WRONLY) < 0 && errno == EACCES);
	MUST(unlink(file.path) && (errno == EPERM || errno == EACCES));
	_exit(0);
}

static void test_another_user_can_do_nothing_to_it(void **state)
{
	int result;

	(void)state;
	/* The folder may be entered: it is the file that keeps them out. */
	assert_int_equal(chmod(shm, 01777), 0);
	result = in_child(open_as_nobody);
	if (result == 77) {
		print_message("skipped: it takes root to be somebody else\n");
		skip();
	}
	assert_int_equal(result, 0);
}

static void test_two_in_one_process(void **state)
{
	struct mp_recorder_file other;

	(void)state;
	assert_int_equal(mp_recorder_reserve(&other, about.slot_count), 0);
	assert_int_equal(mp_recorder_open(&other, &about), 0);
	assert_string_not_equal(other.path, file.path);
	assert_true(is_locked(file.path) && is_locked(other.path));
	mp_recorder_close(&other);
	assert_true(is_locked(file.path));
	assert_int_equal(count_files(shm), 1);
	munmap(other.at, other.room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RECORDER_TEST(
			test_a_child_makes_its_own_and_inherits_the_pause),
		RECORDER_TEST(
			test_a_child_without_one_leaves_its_parents_alone),
		RECORDER_TEST(
			test_a_killed_parents_is_free_while_its_child_lives),
		RECORDER_TEST(
			test_a_closed_descriptor_is_opened_and_locked_anew),
		RECORDER_TEST(test_a_lock_that_the_host_dropped_is_taken_again),
		RECORDER_TEST(test_a_name_that_is_gone_is_told),
		RECORDER_TEST(test_another_file_of_that_name_is_not_ours),
		RECORDER_TEST(test_another_user_can_do_nothing_to_it),
		RECORDER_TEST(test_two_in_one_process),
	};

	return cmocka_run_group_tests_name("recorder_fate", tests, enter, NULL);
}
