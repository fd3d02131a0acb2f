/* recorder: its file, its mapping and its lock, whatever becomes of them. */

#include "test.h"

#include "core/process.h"
#include "core/procstat.h"
#include "core/recorder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static char shm[64]; /* on tmpfs */
static struct mp_recorder_file file;

static struct mp_recorder_about about = {
	.run_dir = shm,
	.log = "/var/log/test.7",
	.log_pattern = "/var/log/test.%p",
	.host = { "example", 7 },
	.format = 1,
	.slot_count = 128,
	.log_threshold = 4096,
	.sample_one_in = 10,
};

static int enter(void **state)
{
	struct statfs fs;

	(void)state;
	if (statfs("/dev/shm", &fs) || fs.f_type != TMPFS_MAGIC) {
		print_message("skipped: /dev/shm is not on tmpfs\n");
		exit(77);
	}
	return mp_process_init();
}

static int open_recorder(void **state)
{
	(void)state;
	strcpy(shm, "/dev/shm/test_recorder.XXXXXX");
	if (!mkdtemp(shm))
		return -1;
	about.run_dir = shm;
	about.paused = false;
	if (mp_recorder_reserve(&file, about.slot_count) ||
	    mp_recorder_open(&file, &about))
		return -1;
	return atomic_load(&file.state) != MEMPROF_RECORDER_ON;
}

static int count_files(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir)))
		n += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

static void clear(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
}

static int close_recorder(void **state)
{
	(void)state;
	mp_recorder_close(&file);
	munmap(file.at, file.room);
	clear(shm);
	return rmdir(shm);
}

/* ---- other processes ---- */

/* In a child, instead of cmocka's, whose jump would go on as the parent. */
#define MUST(what)                                                         \
	do {                                                               \
		if (!(what)) {                                             \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, \
				#what);                                    \
			_exit(1);                                          \
		}                                                          \
	} while (0)

/* What a child's `fn` exits with; it must not return. */
static int in_child(void (*fn)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm(20);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static const char *asked_path;

/* Exits with 0 where the lock is free, with 10 where our parent holds it. */
static void ask_for_lock(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(asked_path, O_RDWR);

	MUST(fd >= 0 && !fcntl(fd, F_GETLK, &l));
	if (l.l_type == F_UNLCK)
		_exit(0);
	_exit(l.l_pid == getppid() ? 10 : 11);
}

/* Whether this process holds the lock of the file at `path`. */
static bool is_locked(const char *path)
{
	int result;

	asked_path = path;
	result = in_child(ask_for_lock);
	assert_true(result == 0 || result == 10);
	return result == 10;
}

static struct mp_recorder read_header(const char *path)
{
	struct mp_recorder r;
	int fd = open(path, O_RDONLY);
	ssize_t n;

	/* Closing it here would drop our own lock. */
	assert_true(fd >= 0);
	n = pread(fd, &r, sizeof(r), 0);
	assert_int_equal(n, sizeof(r));
	return r;
}

/* ---- as it should be ---- */

static void test_it_is_private_whole_and_locked(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(file.path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(st.st_uid, geteuid());
	assert_int_equal(st.st_size, mp_recorder_size(about.slot_count));
	assert_true(st.st_blocks * 512 >= st.st_size);
	assert_true(is_locked(file.path));
	assert_true(file.fd >= MP_SYS_FD_MIN);
	assert_true(fcntl(file.fd, F_GETFD) & FD_CLOEXEC);
}

static void test_its_mode_is_not_the_umasks(void **state)
{
	struct mp_recorder_file other;
	mode_t before = umask(0777);
	struct stat st;

	(void)state;
	assert_int_equal(mp_recorder_reserve(&other, about.slot_count), 0);
	assert_int_equal(mp_recorder_open(&other, &about), 0);
	umask(before);
	assert_int_equal(atomic_load(&other.state), MEMPROF_RECORDER_ON);
	assert_int_equal(stat(other.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	mp_recorder_close(&other);
	munmap(other.at, other.room);
}

static void test_its_name_says_whose_it_is(void **state)
{
	char expected[PATH_MAX];

	(void)state;
	snprintf(expected, sizeof(expected), "%s/memprof-%u-%d-%jd-", shm,
		 geteuid(), getpid(), (intmax_t)file.at->opened_real_us / 1000);
	assert_int_equal(strlen(file.path), strlen(expected) + 8);
	assert_memory_equal(file.path, expected, strlen(expected));
}

static void test_its_header_says_what_was_asked(void **state)
{
	struct mp_recorder r = read_header(file.path);
	uint64_t start;

	(void)state;
	assert_int_equal(mp_procstat_start(getpid(), &start), 0);
	assert_true(r.magic == MP_RECORDER_MAGIC);
	assert_int_equal(r.version, MP_RECORDER_VERSION);
	assert_int_equal(r.header_size, sizeof(struct mp_recorder));
	assert_int_equal(r.slot_size, sizeof(struct mp_recorder_slot));
	assert_int_equal(r.slot_count, about.slot_count);
	assert_int_equal(r.pid, getpid());
	assert_int_equal(r.uid, geteuid());
	assert_true(r.start_ticks == start && start > 0);
	assert_true(r.opened_mono_ns > 0 && r.opened_real_us > 0);
	assert_int_equal(r.format, about.format);
	assert_int_equal(r.log_threshold, about.log_threshold);
	assert_int_equal(r.sample_one_in, about.sample_one_in);
	assert_int_equal(r.host_len, about.host.len);
	assert_memory_equal(r.host, about.host.p, about.host.len);
	assert_string_equal(r.log, about.log);
	assert_string_equal(r.log_pattern, about.log_pattern);
	assert_true(r.reading.vss == MP_UNKNOWN && r.reading.rss == MP_UNKNOWN);
	assert_int_equal(r.pause.on, 0);
}

static void test_what_is_stored_is_in_the_file(void **state)
{
	struct mp_recorder r;

	(void)state;
	atomic_store(&file.at->counts.logged, 12345);
	r = read_header(file.path);
	assert_int_equal(r.counts.logged, 12345);
}

static int64_t count_faults(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_THREAD, &usage), 0);
	return usage.ru_minflt;
}

/* Whoever comes first would be measured with it. */
static void test_all_of_it_is_touched(void **state)
{
	struct mp_recorder_slot *slot =
		(struct mp_recorder_slot *)(file.at + 1);
	int64_t before;

	(void)state;
	if (getenv("MEMPROF_TEST_SANITIZE")) {
		print_message("skipped: a sanitizer's own memory is touched\n");
		skip();
	}
	before = count_faults();
	for (unsigned i = 0; i < about.slot_count; i++)
		slot[i].number = i;
	assert_int_equal(count_faults(), before);
}

static void test_it_may_begin_paused(void **state)
{
	struct mp_recorder r;

	(void)state;
	mp_recorder_close(&file);
	about.paused = true;
	assert_int_equal(mp_recorder_open(&file, &about), 0);
	r = read_header(file.path);
	assert_int_equal(r.pause.on, 1);
	assert_int_equal(r.pause.by_config, 1);
	assert_int_equal(r.pause.pid, getpid());
	assert_int_equal(r.pause.uid, geteuid());
	assert_int_equal(r.pause.since_us, r.opened_real_us);
}

static void test_closing_leaves_no_file_and_memory_to_write_to(void **state)
{
	struct mp_recorder *at = file.at;
	int fd = file.fd;

	(void)state;
	atomic_store(&at->counts.logged, 1);
	mp_recorder_close(&file);
	assert_int_equal(count_files(shm), 0);
	assert_true(fcntl(fd, F_GETFD) < 0);
	assert_ptr_equal(file.at, at);
	memset(at, 1, mp_recorder_size(about.slot_count));
	mp_recorder_close(&file);
	/* Nothing of that is left to the next one. */
	assert_int_equal(mp_recorder_open(&file, &about), 0);
	assert_ptr_equal(file.at, at);
	assert_int_equal(at->counts.logged, 0);
	assert_int_equal(at->taken[0], 0);
}

/* ---- going without ---- */

static struct without_case {
	const char *name;
	const char *run_dir;
	int state;
} without_cases[] = {
	{ "without a run_dir none is made", "", MEMPROF_RECORDER_NONE },
	{ "a disk is refused", "/", -EMEDIUMTYPE },
	{ "procfs is refused", "/proc", -EMEDIUMTYPE },
	{ "a folder that is not there", "/dev/shm/none/none", -ENOENT },
	{ "a file is no folder", "/proc/self/stat", -ENOTDIR },
};

static void test_without(void **state)
{
	const struct without_case *c = *state;

	open_recorder(NULL);
	mp_recorder_close(&file);
	about.run_dir = c->run_dir;
	assert_int_equal(mp_recorder_open(&file, &about), 0);
	assert_int_equal(atomic_load(&file.state), c->state);
	assert_int_equal(file.slot_count, 0);
	assert_int_equal(file.at->slot_count, 0);
	assert_true(file.at->magic == 0);
	assert_int_equal(count_files(shm), 0);
	memset(file.at, 1, mp_recorder_size(about.slot_count));
	close_recorder(NULL);
}

static void test_a_name_that_gets_too_long(void **state)
{
	char dir[PATH_MAX];
	size_t len;

	(void)state;
	mp_recorder_close(&file);
	strcpy(dir, shm);
	for (len = strlen(dir); len < PATH_MAX - 30; len += 2)
		memcpy(dir + len, "/.", 3);
	about.run_dir = dir;
	assert_int_equal(mp_recorder_open(&file, &about), 0);
	assert_int_equal(atomic_load(&file.state), -ENAMETOOLONG);
	assert_int_equal(count_files(shm), 0);
}

static void limit_size(void)
{
	struct rlimit limit = { 4096, 4096 };

	mp_recorder_close(&file);
	MUST(!setrlimit(RLIMIT_FSIZE, &limit));
	MUST(!mp_recorder_open(&file, &about));
	MUST(atomic_load(&file.state) == -EFBIG);
	MUST(count_files(shm) == 0);
	_exit(0);
}

static void test_a_limit_of_file_sizes_raises_no_signal(void **state)
{
	(void)state;
	mp_recorder_close(&file);
	assert_int_equal(in_child(limit_size), 0);
}

/* A tmpfs of 1 MiB of this process's own. */
static void mount_small(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", shm, "tmpfs", 0, "size=1m"))
		_exit(77);
}

static void fill_up(const char *dir)
{
	static const char zeros[4096];
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/filler", dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	MUST(fd >= 0);
	while (write(fd, zeros, sizeof(zeros)) > 0)
		;
	MUST(errno == ENOSPC);
}

static void fill_a_small_one(void)
{
	struct mp_recorder_file first, second;

	mount_small();
	about.slot_count = MP_RECORDER_SLOTS;
	MUST(!mp_recorder_reserve(&first, about.slot_count));
	MUST(!mp_recorder_reserve(&second, about.slot_count));
	MUST(!mp_recorder_open(&first, &about));
	MUST(atomic_load(&first.state) == MEMPROF_RECORDER_ON);
	MUST(!mp_recorder_open(&second, &about));
	MUST(atomic_load(&second.state) == -ENOSPC);
	fill_up(shm);
	memset(second.at, 1, mp_recorder_size(about.slot_count));
	memset(first.at + 1, 1,
	       mp_recorder_size(about.slot_count) - sizeof(*first.at));
	MUST(count_files(shm) == 2);
	mp_recorder_close(&second);
	MUST(count_files(shm) == 2);
	mp_recorder_close(&first);
	MUST(count_files(shm) == 1);
	_exit(0);
}

static void test_a_full_tmpfs_raises_no_signal(void **state)
{
	int result = in_child(fill_a_small_one);

	(void)state;
	if (result == 77) {
		print_message("skipped: it takes root to mount a tmpfs\n");
		skip();
	}
	assert_int_equal(result, 0);
}

static void open_without_proc(void)
{
	int state;

	mp_recorder_close(&file);
	if (unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/proc", "tmpfs", 0, NULL))
		_exit(77);
	MUST(!mp_recorder_open(&file, &about));
	state = atomic_load(&file.state);
	fprintf(stderr, "without /proc: %d\n", state);
	MUST(state == MEMPROF_RECORDER_ON || state < 0);
	MUST(count_files(shm) == (state == MEMPROF_RECORDER_ON));
	MUST(file.at->start_ticks == 0);
	mp_recorder_close(&file);
	MUST(count_files(shm) == 0);
	_exit(0);
}

static void test_without_proc_it_is_made_or_says_why(void **state)
{
	int result;

	(void)state;
	mp_recorder_close(&file);
	result = in_child(open_without_proc);
	if (result == 77) {
		print_message("skipped: it takes root to hide /proc\n");
		skip();
	}
	assert_int_equal(result, 0);
}

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
#define ONE(name) \
	cmocka_unit_test_setup_teardown(name, open_recorder, close_recorder)
	struct CMUnitTest cases[ARRAY_SIZE(without_cases)];
	const struct CMUnitTest tests[] = {
		ONE(test_it_is_private_whole_and_locked),
		ONE(test_its_mode_is_not_the_umasks),
		ONE(test_its_name_says_whose_it_is),
		ONE(test_its_header_says_what_was_asked),
		ONE(test_what_is_stored_is_in_the_file),
		ONE(test_all_of_it_is_touched),
		ONE(test_it_may_begin_paused),
		ONE(test_closing_leaves_no_file_and_memory_to_write_to),
		ONE(test_a_name_that_gets_too_long),
		ONE(test_a_limit_of_file_sizes_raises_no_signal),
		ONE(test_a_full_tmpfs_raises_no_signal),
		ONE(test_without_proc_it_is_made_or_says_why),
		ONE(test_a_child_makes_its_own_and_inherits_the_pause),
		ONE(test_a_child_without_one_leaves_its_parents_alone),
		ONE(test_a_killed_parents_is_free_while_its_child_lives),
		ONE(test_a_closed_descriptor_is_opened_and_locked_anew),
		ONE(test_a_lock_that_the_host_dropped_is_taken_again),
		ONE(test_a_name_that_is_gone_is_told),
		ONE(test_another_file_of_that_name_is_not_ours),
		ONE(test_another_user_can_do_nothing_to_it),
		ONE(test_two_in_one_process),
	};
	int failed;

	for (size_t i = 0; i < ARRAY_SIZE(without_cases); i++)
		cases[i] = (struct CMUnitTest){
			.name = without_cases[i].name,
			.test_func = test_without,
			.initial_state = &without_cases[i],
		};
	failed = cmocka_run_group_tests_name("recorder", tests, enter, NULL);
	return failed +
	       cmocka_run_group_tests_name("going without", cases, enter, NULL);
}
