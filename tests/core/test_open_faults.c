/* open: whatever call fails on the way, it fails as that call did, says so,
   and leaves nothing behind. */

#include "logging.h"

#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

/* The call to fail: the `fail_nth` of those named `fail_name`, from 1. */
static const char *fail_name;
static int fail_nth, fail_errno;
static bool and_all_behind; /* and those after it */
static int calls;

static bool fails(const char *name)
{
	if (!fail_name || strcmp(name, fail_name) || ++calls < fail_nth ||
	    (calls > fail_nth && !and_all_behind))
		return false;
	errno = fail_errno;
	return true;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_fstat(int fd, struct stat *ret);
int __wrap_fstat(int fd, struct stat *ret);
void *__real_mmap(void *at, size_t len, int prot, int flags, int fd,
		  off_t offset);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd,
		  off_t offset);
int __real_madvise(void *at, size_t len, int advice);
int __wrap_madvise(void *at, size_t len, int advice);
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
ssize_t __real_mp_sys_write(int fd, const void *data, size_t len);
ssize_t __wrap_mp_sys_write(int fd, const void *data, size_t len);

void *__wrap_malloc(size_t size)
{
	return fails("malloc") ? NULL : __real_malloc(size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return fails("aligned_alloc") ? NULL
				      : __real_aligned_alloc(alignment, size);
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, int) : 0;
	va_end(args);
	return fails("open") ? -1 : __real_open(path, flags, mode);
}

int __wrap_fstat(int fd, struct stat *ret)
{
	return fails("fstat") ? -1 : __real_fstat(fd, ret);
}

void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd,
		  off_t offset)
{
	return fails("mmap") ? MAP_FAILED
			     : __real_mmap(at, len, prot, flags, fd, offset);
}

int __wrap_madvise(void *at, size_t len, int advice)
{
	return fails("madvise") ? -1 : __real_madvise(at, len, advice);
}

int __wrap_fcntl(int fd, int command, ...)
{
	va_list args;
	int arg;

	va_start(args, command);
	arg = va_arg(args, int);
	va_end(args);
	return fails("fcntl") ? -1 : __real_fcntl(fd, command, arg);
}

ssize_t __wrap_mp_sys_write(int fd, const void *data, size_t len)
{
	return fails("write") ? -fail_errno
			      : __real_mp_sys_write(fd, data, len);
}

static struct fault_case {
	const char *name; /* of the call */
	int err;
	int fatal; /* so many of its failures fail the open; the others are
		      got over, and the log is there all the same */
} fault_cases[] = {
	{ "malloc", ENOMEM, 1 },   { "aligned_alloc", ENOMEM, 1 },
	{ "mmap", ENOMEM, 1 },	   { "madvise", EINVAL, 1 },
	{ "open", EMFILE, 1 },	   { "open", EACCES, 1 },
	{ "fstat", EIO, 1 },	   { "fcntl", EMFILE, 0 },
	{ "write", ENOSPC, 0 },	   { "write", EIO, 0 },
	{ "fstat", EOVERFLOW, 1 }, { "madvise", ENOSYS, 1 },
};

/* What came of one run, told by a child's exit status. */
enum { FATAL = 10, GOT_OVER, NOT_REACHED };

static int in_flight_files; /* before the open */

static int open_with_fault(const struct fault_case *c, bool by_file)
{
	struct memprof *mp = (struct memprof *)&calls;
	int err;

	in_flight_files = open_files();
	fail_errno = c->err;
	fail_name = c->name;
	errno = 12345;
	err = by_file ? memprof_open("test.conf", &mp)
		      : memprof_open_log(LOG, &mp);
	MUST(errno == 12345);
	fail_name = NULL;
	if (err) {
		MUST(err == -c->err);
		MUST(!mp);
		/* Where memory is out, so may be that of the message. */
		MUST(*memprof_open_error() || err == -ENOMEM);
		/* /proc/self/statm may be kept for the next open. */
		MUST(open_files() - in_flight_files <= 1);
	}
	if (calls < fail_nth)
		return NOT_REACHED;
	if (err)
		return FATAL;
	request(mp, 0);
	request(mp, 1);
	MUST(stats_of(mp).logged + stats_of(mp).dropped == 2);
	MUST(stats_of(mp).logged >= 1);
	memprof_close(mp);
	MUST(open_files() - in_flight_files <= 1);
	return GOT_OVER;
}

/* After a failure, the same process can open. */
static void open_again(void)
{
	struct memprof *mp = NULL;
	struct account a;

	in_flight_files = open_files();
	MUST(!memprof_open_log(LOG, &mp));
	request(mp, 2);
	MUST(stats_of(mp).logged == 1);
	MUST(!memprof_close(mp));
	MUST(open_files() - in_flight_files <= 1);
	a = account_of(LOG);
	MUST(a.faults == 0);
}

static int run_nth(const struct fault_case *c, int nth, bool by_file)
{
	int status = 0;
	pid_t pid;

	unlink(LOG);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		int result;

		alarm(60);
		fail_nth = nth;
		result = open_with_fault(c, by_file);
		open_again();
		_exit(result);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Calls that an open makes for each recorder of the machine, as other tests have
   some at the same time. */
#define MANY 1000

static void sweep(const struct fault_case *c, bool by_file)
{
	int fatal = 0, got_over = 0, nth, result;

	for (nth = 1; nth < MANY; nth++) {
		result = run_nth(c, nth, by_file);
		if (result == NOT_REACHED)
			break;
		if (result != FATAL && result != GOT_OVER)
			fail_msg("call %d of %s", nth, c->name);
		fatal += result == FATAL;
		got_over += result == GOT_OVER;
	}
	printf("%s: %d fatal, %d got over\n", c->name, fatal, got_over);
	assert_true(nth > 1 && nth < MANY);
	assert_true(fatal >= c->fatal);
	assert_true(c->fatal || !fatal);
}

static void test_every_failure_of(void **state)
{
	FILE *f = fopen("test.conf", "w");

	fprintf(f, "[profiling]\nmemory_profile_log: " LOG "\n");
	fclose(f);
	sweep(*state, false);
	sweep(*state, true);
}

/* ---- memory that runs out for good ---- */

enum { BY_FOLDER = 20, BY_ANOTHER };

/* The open has `nth - 1` mappings and no more. */
static int open_with_mappings(int nth)
{
	struct memprof *mp = NULL;
	int err;

	alarm(60);
	fail_nth = nth;
	fail_errno = ENOMEM;
	and_all_behind = true;
	fail_name = "mmap";
	err = memprof_open_log(LOG, &mp);
	if (!err)
		return NOT_REACHED;
	MUST(err == -ENOMEM && !mp);
	return !strcmp(memprof_open_error(), "/dev/shm: Cannot allocate memory")
		       ? BY_FOLDER
		       : BY_ANOTHER;
}

/* Not even one in memory alone: no server without a place to count in. */
static void test_the_folder_is_named_where_no_recorder_can_be(void **state)
{
	int by_folder = 0, status = 0, nth = 1;
	pid_t pid;

	(void)state;
	do {
		unlink(LOG);
		fflush(NULL);
		pid = fork();
		if (pid == 0)
			_exit(open_with_mappings(nth));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		by_folder += WEXITSTATUS(status) == BY_FOLDER;
		/* What the recorder took the place of was had before. */
		assert_true(WEXITSTATUS(status) != BY_ANOTHER || !by_folder);
	} while (WEXITSTATUS(status) != NOT_REACHED && nth++ < 100);
	assert_int_equal(WEXITSTATUS(status), NOT_REACHED);
	assert_true(by_folder > 0);
}

#define ROWS ARRAY_SIZE(fault_cases)

int main(void)
{
	struct CMUnitTest tests[ROWS + 1];

	for (size_t i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){
			.name = fault_cases[i].name,
			.test_func = test_every_failure_of,
			.setup_func = enter,
			.teardown_func = leave,
			.initial_state = &fault_cases[i],
		};
	tests[ROWS] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
		test_the_folder_is_named_where_no_recorder_can_be, enter,
		leave);
	return cmocka_run_group_tests_name("open_faults", tests, NULL, NULL);
}
