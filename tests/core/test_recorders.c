/* recorders: found by name, opened with suspicion, dead or alive. */

#include "core/logging.h"

#include "core/procstat.h"
#include "core/recorders.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define NAME "memprof-0-77-1763680000123-0123abcd"

static void make(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0600), 0);
	close(fd);
}

/* How many there are; the last one in `*ret`. */
static int found(struct mp_recorders_entry *ret)
{
	struct mp_recorders r;
	int n = 0;

	assert_int_equal(mp_recorders_open(".", &r), 0);
	while (mp_recorders_next(&r, ret))
		n++;
	mp_recorders_close(&r);
	return n;
}

static struct name_case {
	const char *name;
	int is_one;
} name_cases[] = {
	{ NAME, 1 },
	{ "memprof-1000-1-1-ffffffff", 1 },
	{ "memprof-1000-1-1-fffffff", 0 },
	{ "memprof-1000-1-1-fffffffff", 0 },
	{ "memprof-1000-1-1-FFFFFFFF", 0 },
	{ "memprof-1000-0-1-ffffffff", 0 },
	{ "memprof-1000--1-1-ffffffff", 0 },
	{ "memprof-01000-1-1-ffffffff", 0 },
	{ "memprof-1000-1-ffffffff", 0 },
	{ "memprof-99999999999-1-1-ffffffff", 0 },
	{ "memprof-1-1-99999999999999999999999-ffffffff", 0 },
	{ "memprof-1000-1-1-ffffffff.tmp", 0 },
	{ ".memprof-1000-1-1-ffffffff", 0 },
	{ "memprof", 0 },
};

static void test_name(void **state)
{
	const struct name_case *c = *state;
	struct mp_recorders_entry entry = { .pid = -1 };

	make(c->name);
	assert_int_equal(found(&entry), c->is_one);
	assert_int_equal(unlink(c->name), 0);
	if (c->is_one)
		assert_string_equal(entry.name, c->name);
}

static void test_entry_tells_process_and_file(void **state)
{
	struct mp_recorders_entry entry;
	struct stat st;

	(void)state;
	make(NAME);
	assert_int_equal(found(&entry), 1);
	assert_int_equal(stat(NAME, &st), 0);
	assert_int_equal(entry.pid, 77);
	assert_int_equal(entry.id.ino, st.st_ino);
	assert_int_equal(entry.id.dev, st.st_dev);
	assert_int_equal(entry.owner, st.st_uid);
	assert_int_equal(entry.group, st.st_gid);
	unlink(NAME);
}

static void test_missing_directory_is_an_error(void **state)
{
	struct mp_recorders r;

	(void)state;
	assert_int_equal(mp_recorders_open("/nowhere", &r), -ENOENT);
}

/* Each makes something by the name of a recorder that is none. */
static void make_symlink(void)
{
	make("target");
	assert_int_equal(symlink("target", NAME), 0);
}

static void make_hard_link(void)
{
	make("target");
	assert_int_equal(link("target", NAME), 0);
}

static void make_fifo(void)
{
	assert_int_equal(mkfifo(NAME, 0600), 0);
	assert_int_equal(chmod(NAME, 0600), 0);
}

static void make_directory(void)
{
	assert_int_equal(mkdir(NAME, 0700), 0);
	assert_int_equal(chmod(NAME, 0600), 0);
}

static void make_readable(void)
{
	make(NAME);
	assert_int_equal(chmod(NAME, 0640), 0);
}

static void make_setuid(void)
{
	make(NAME);
	assert_int_equal(chmod(NAME, 04600), 0);
}

static void make_whole(void)
{
	make(NAME);
}

static struct file_case {
	const char *name;
	void (*make)(void);
	int access;
	int strange; /* somebody else's */
	int err;
} file_cases[] = {
	{ "a recorder to read", make_whole, O_RDONLY, 0, 0 },
	{ "a recorder to write", make_whole, O_RDWR, 0, 0 },
	{ "symlink", make_symlink, O_RDONLY, 0, -EPERM },
	{ "hard link", make_hard_link, O_RDWR, 0, -EPERM },
	{ "fifo", make_fifo, O_RDONLY, 0, -EPERM },
	{ "fifo to write", make_fifo, O_RDWR, 0, -EPERM },
	{ "directory", make_directory, O_RDONLY, 0, -EPERM },
	{ "readable to others", make_readable, O_RDONLY, 0, -EPERM },
	{ "setuid", make_setuid, O_RDONLY, 0, -EPERM },
	{ "somebody else's", make_whole, O_RDONLY, 1, -EPERM },
};

static void test_file(void **state)
{
	const struct file_case *c = *state;
	struct mp_recorders_entry entry;
	struct mp_recorders r;
	int fd;

	c->make();
	assert_int_equal(mp_recorders_open(".", &r), 0);
	while (mp_recorders_next(&r, &entry) && strcmp(entry.name, NAME))
		;
	fd = mp_recorders_open_file(&r, &entry, c->access,
				    geteuid() + (uint32_t)c->strange);
	if (c->err)
		assert_int_equal(fd, c->err);
	else
		assert_true(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	if (fd >= 0)
		close(fd);
	mp_recorders_close(&r);
	remove(NAME);
	remove("target");
}

static void test_another_file_of_that_name_is_stale(void **state)
{
	struct mp_recorders_entry entry;
	struct mp_recorders r;

	(void)state;
	make(NAME);
	assert_int_equal(mp_recorders_open(".", &r), 0);
	while (mp_recorders_next(&r, &entry) && strcmp(entry.name, NAME))
		;
	make("other");
	assert_int_equal(rename("other", NAME), 0);
	assert_int_equal(
		mp_recorders_open_file(&r, &entry, O_RDONLY, geteuid()),
		-ESTALE);
	unlink(NAME);
	assert_int_equal(
		mp_recorders_open_file(&r, &entry, O_RDONLY, geteuid()),
		-ESTALE);
	mp_recorders_close(&r);
}

/* ---- dead or alive ---- */

/* A child that locks the file, or has it mapped, says so by a byte, and stays. */
static pid_t start_holder(int fd, bool locks, bool maps)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		MUST(!locks || !fcntl(fd, F_SETLK, &lock));
		MUST(!maps || mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) !=
				      MAP_FAILED);
		MUST(write(ready[1], "", 1) == 1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void test_life(void **state)
{
	int fd = open("recorder", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	pid_t holder = start_holder(fd, true, true);
	pid_t other = start_holder(fd, false, true);
	pid_t other_program = start_holder(fd, false, false);
	uint64_t ticks = 0, other_ticks = 0;
	int32_t who = -1;

	(void)state;
	assert_int_equal(mp_procstat_start(holder, &ticks), 0);
	assert_int_equal(mp_procstat_start(other, &other_ticks), 0);
	assert_true(ticks > 0);

	/* The lock tells, whoever holds it. */
	assert_true(mp_recorders_is_alive(fd, holder, ticks, &who));
	assert_int_equal(who, holder);
	assert_true(mp_recorders_is_alive(fd, 1, 12345678, &who));

	/* A zombie is dead. */
	kill(holder, SIGKILL);
	waitid(P_PID, (id_t)holder, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	assert_int_equal(mp_procstat_start(holder, &ticks), -ESRCH);
	assert_false(mp_recorders_is_alive(fd, holder, ticks, &who));
	assert_int_equal(who, 0);
	waitpid(holder, NULL, 0);
	assert_int_equal(mp_procstat_start(holder, &ticks), -ESRCH);

	/* Alive without the lock; another process of the same pid is not it. */
	assert_true(mp_recorders_is_alive(fd, other, other_ticks, &who));
	assert_int_equal(who, 0);
	assert_false(mp_recorders_is_alive(fd, other, other_ticks + 1, &who));

	/* After execve(2) it has the pid and the start of the one before. */
	assert_int_equal(mp_procstat_start(other_program, &other_ticks), 0);
	assert_false(
		mp_recorders_is_alive(fd, other_program, other_ticks, &who));
	kill(other_program, SIGKILL);
	waitpid(other_program, NULL, 0);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	close(fd);
	unlink("recorder");
}

static void test_a_name_with_brackets_is_no_state(void **state)
{
	uint64_t ticks = 0, same = 0;
	char before[16];

	(void)state;
	assert_int_equal(mp_procstat_start(getpid(), &ticks), 0);
	prctl(PR_GET_NAME, before);
	prctl(PR_SET_NAME, ") Z 1 (x) y");
	assert_int_equal(mp_procstat_start(getpid(), &same), 0);
	prctl(PR_SET_NAME, before);
	assert_int_equal(same, ticks);
}

#define OTHERS 5

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(name_cases) +
				ARRAY_SIZE(file_cases) + OTHERS] = {
		cmocka_unit_test(test_entry_tells_process_and_file),
		cmocka_unit_test(test_missing_directory_is_an_error),
		cmocka_unit_test(test_another_file_of_that_name_is_stale),
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_a_name_with_brackets_is_no_state),
	};
	struct CMUnitTest *next = tests + OTHERS;

	for (size_t i = 0; i < ARRAY_SIZE(name_cases); i++)
		*next++ = (struct CMUnitTest){
			.name = name_cases[i].name,
			.test_func = test_name,
			.initial_state = &name_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(file_cases); i++)
		*next++ = (struct CMUnitTest){
			.name = file_cases[i].name,
			.test_func = test_file,
			.initial_state = &file_cases[i],
		};
	return cmocka_run_group_tests_name("recorders", tests, enter, leave);
}
