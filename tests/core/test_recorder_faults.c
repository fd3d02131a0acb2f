/* recorder: whatever call fails while it is made, the server goes on without
   one, and nothing is left behind. */

#include "test.h"

#include "core/process.h"
#include "core/procstat.h"
#include "core/recorder.h"
#include "core/statm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static const char *failing; /* calls of this name, all of them */
static int calls;

static bool fails(const char *name)
{
	if (!failing || strcmp(name, failing) != 0)
		return false;
	calls++;
	errno = EIO;
	return true;
}

/* Define __wrap_NAME, which the Makefile puts in NAME's place. */
#define FAULT(name, params, args)                              \
	int __real_##name params;                              \
	int __wrap_##name params;                              \
	int __wrap_##name params                               \
	{                                                      \
		return fails(#name) ? -1 : __real_##name args; \
	}

FAULT(fstatfs, (int fd, struct statfs *ret), (fd, ret))
FAULT(fchmod, (int fd, mode_t mode), (fd, mode))
FAULT(getrlimit, (__rlimit_resource_t what, struct rlimit *ret), (what, ret))
FAULT(fallocate, (int fd, int mode, off_t at, off_t len), (fd, mode, at, len))
FAULT(fstat, (int fd, struct stat *ret), (fd, ret))
FAULT(linkat,
      (int from_dir, const char *from, int dir, const char *name, int flags),
      (from_dir, from, dir, name, flags))

int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
void *__real_mmap(void *at, size_t len, int prot, int flags, int fd,
		  off_t offset);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd,
		  off_t offset);
void *__real_mremap(void *at, size_t len, size_t new_len, int flags, ...);
void *__wrap_mremap(void *at, size_t len, size_t new_len, int flags, ...);

int __wrap_openat(int dir, const char *path, int flags, ...)
{
	return fails("openat") ? -1 : __real_openat(dir, path, flags, 0600);
}

int __wrap_fcntl(int fd, int command, ...)
{
	va_list args;
	void *arg;

	va_start(args, command);
	arg = va_arg(args, void *);
	va_end(args);
	return fails("fcntl") ? -1 : __real_fcntl(fd, command, arg);
}

/* Of the file alone: the memory in its place must be had. */
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd,
		  off_t offset)
{
	return fd >= 0 && fails("mmap")
		       ? MAP_FAILED
		       : __real_mmap(at, len, prot, flags, fd, offset);
}

void *__wrap_mremap(void *at, size_t len, size_t new_len, int flags, ...)
{
	va_list args;
	void *to;

	va_start(args, flags);
	to = va_arg(args, void *);
	va_end(args);
	return fails("mremap") ? MAP_FAILED
			       : __real_mremap(at, len, new_len, flags, to);
}

static char shm[64]; /* on tmpfs */

static int enter(void **state)
{
	struct statfs fs;

	(void)state;
	if (statfs("/dev/shm", &fs) || fs.f_type != TMPFS_MAGIC) {
		print_message("skipped: /dev/shm is not on tmpfs\n");
		exit(77);
	}
	strcpy(shm, "/dev/shm/test_recorder.XXXXXX");
	return !mkdtemp(shm) || mp_process_init();
}

static int leave(void **state)
{
	(void)state;
	return rmdir(shm);
}

static int count_entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static struct mp_recorder_about about = {
	.run_dir = shm,
	.log = "log",
	.log_pattern = "log",
	.host = { "-", 1 },
	.slot_count = 64,
};

static const char *const calls_to_fail[] = {
	"fstatfs", "openat", "fchmod", "getrlimit", "fallocate",
	"fstat",   "mmap",   "fcntl",  "linkat",
};

static void test_without_the_call(void **state)
{
	struct mp_recorder_file file = { .at = NULL };
	int files = count_entries("/proc/self/fd");
	int names = count_entries(shm);

	assert_int_equal(mp_recorder_reserve(&file, about.slot_count), 0);
	calls = 0;
	failing = *(const char *const *)*state;
	assert_int_equal(mp_recorder_open(&file, &about), 0);
	failing = NULL;
	assert_true(calls > 0);
	assert_int_equal(atomic_load(&file.state), -EIO);
	assert_int_equal(atomic_load(&file.slot_count), 0);
	assert_int_equal(count_entries(shm), names);
	assert_int_equal(count_entries("/proc/self/fd"), files);
	/* It is memory all the same, and no file's. */
	assert_true(file.at->magic == 0);
	assert_false(file.id.ino &&
		     mp_procstat_maps(getpid(), file.id.dev, file.id.ino));
	memset(file.at, 1, mp_recorder_size(about.slot_count));

	/* The next may have one, at the same addresses. */
	assert_int_equal(mp_recorder_open(&file, &about), 0);
	assert_int_equal(atomic_load(&file.state), MEMPROF_RECORDER_ON);
	assert_int_equal(count_entries(shm), names + 1);
	mp_recorder_close(&file);
	assert_int_equal(count_entries(shm), names);
	assert_int_equal(count_entries("/proc/self/fd"), files);
	munmap(file.at, file.room);
}

/* The file stays mapped, without a name. */
static void test_closing_without_mremap(void **state)
{
	struct mp_recorder_file file = { .at = NULL };
	int files = count_entries("/proc/self/fd");
	int64_t vss;

	(void)state;
	mp_statm_open();
	assert_int_equal(mp_recorder_reserve(&file, about.slot_count), 0);
	assert_int_equal(mp_recorder_open(&file, &about), 0);
	atomic_store(&file.at->counts.logged, 7);
	vss = mp_statm_read().vss;
	calls = 0;
	failing = "mremap";
	mp_recorder_close(&file);
	failing = NULL;
	assert_int_equal(calls, 1);
	assert_int_equal(mp_statm_read().vss, vss);
	assert_int_equal(file.at->counts.logged, 7);
	assert_int_equal(count_entries(shm), 2);
	assert_int_equal(count_entries("/proc/self/fd"), files + 1);
	assert_int_equal(mp_recorder_open(&file, &about), 0);
	assert_int_equal(file.at->counts.logged, 0);
	mp_recorder_close(&file);
	munmap(file.at, file.room);
}

int main(void)
{
	const char *sanitizer = getenv("MEMPROF_TEST_SANITIZE");
	struct CMUnitTest tests[ARRAY_SIZE(calls_to_fail) + 1] = {
		cmocka_unit_test(test_closing_without_mremap),
	};

	if (sanitizer && strstr(sanitizer, "thread")) {
		printf("skipped: TSan itself maps memory by these calls\n");
		return 77;
	}
	for (size_t i = 0; i < ARRAY_SIZE(calls_to_fail); i++)
		tests[i + 1] = (struct CMUnitTest){
			.name = calls_to_fail[i],
			.test_func = test_without_the_call,
			.initial_state = (void *)(uintptr_t)&calls_to_fail[i],
		};
	return cmocka_run_group_tests_name("recorder_faults", tests, enter,
					   leave);
}
