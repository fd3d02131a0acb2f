/* procstat: whether a process is still the one that it was, whatever it calls
   itself, and whether it has a file mapped. */

#include "test.h"

#include "core/procstat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t at_once = SIZE_MAX; /* so many bytes does a read return */

ssize_t __real_read(int fd, void *ret, size_t size);
ssize_t __wrap_read(int fd, void *ret, size_t size);
ssize_t __wrap_read(int fd, void *ret, size_t size)
{
	return __real_read(fd, ret, size < at_once ? size : at_once);
}

/* The 22nd field, where the name has no blanks. */
static uint64_t start_by_hand(void)
{
	FILE *f = fopen("/proc/self/stat", "r");
	char word[64];

	assert_non_null(f);
	for (int i = 0; i < 22; i++)
		assert_int_equal(fscanf(f, "%63s", word), 1);
	fclose(f);
	return strtoull(word, NULL, 10);
}

static void test_it_is_the_22nd_field_whatever_the_name(void **state)
{
	uint64_t want = start_by_hand(), ticks = 0;

	(void)state;
	assert_true(want > 0);
	assert_int_equal(mp_procstat_start(getpid(), &ticks), 0);
	assert_int_equal(ticks, want);
	assert_int_equal(prctl(PR_SET_NAME, "a) Z 1 (2) X"), 0);
	ticks = 0;
	assert_int_equal(mp_procstat_start(getpid(), &ticks), 0);
	assert_int_equal(ticks, want);
}

static void test_a_zombie_is_none(void **state)
{
	uint64_t ticks = 7;
	siginfo_t info;
	pid_t pid;

	(void)state;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(mp_procstat_start(pid, &ticks), -ESRCH);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(mp_procstat_start(pid, &ticks), -ESRCH);
	assert_int_equal(ticks, 7);
}

/* On tmpfs, as recorders are: some file systems have maps tell another device
   than stat(2). */
static int memory_file(void)
{
	int fd = memfd_create("procstat", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 4096), 0);
	return fd;
}

static bool is_mapped(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return mp_procstat_maps(getpid(), st.st_dev, st.st_ino);
}

static void test_a_file_is_mapped_while_it_is(void **state)
{
	int fd = memory_file();
	unsigned maj, min;
	struct stat st;
	void *map;

	(void)state;
	assert_false(is_mapped(fd));
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(map != MAP_FAILED);
	assert_true(is_mapped(fd));
	assert_int_equal(fstat(fd, &st), 0);
	maj = major(st.st_dev);
	min = minor(st.st_dev);
	assert_false(
		mp_procstat_maps(getpid(), makedev(maj + 1, min), st.st_ino));
	assert_false(
		mp_procstat_maps(getpid(), makedev(maj, min + 1), st.st_ino));
	assert_false(mp_procstat_maps(getpid(), st.st_dev, st.st_ino + 1));
	munmap(map, 4096);
	assert_false(is_mapped(fd));
	close(fd);
}

/* More than is read at once, and lines that lie across two reads. */
static void test_each_line_is_looked_at_whole(void **state)
{
	enum { MAPS = 200, EACH = 8192 };
	int many = memory_file(), one = memory_file();
	char *maps = mmap(NULL, MAPS * EACH, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(maps != MAP_FAILED);
	for (size_t i = 0; i < MAPS; i++)
		assert_true(mmap(maps + i * EACH, 4096, PROT_READ,
				 MAP_SHARED | MAP_FIXED, many,
				 0) != MAP_FAILED);
	for (size_t i = 0; i < 100; i++) {
		char *at = maps + (i + 50) * EACH;

		at_once = i < 99 ? 1 + 2 * i : SIZE_MAX;
		assert_false(is_mapped(one));
		assert_true(mmap(at, 4096, PROT_READ, MAP_SHARED | MAP_FIXED,
				 one, 0) != MAP_FAILED);
		assert_true(is_mapped(one));
		assert_int_equal(munmap(at, 4096), 0);
	}
	at_once = SIZE_MAX;
	munmap(maps, MAPS * EACH);
	close(many);
	close(one);
}

static void test_what_cannot_be_read_may_be_mapped(void **state)
{
	(void)state;
	assert_true(mp_procstat_maps(INT32_MAX, 1, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_is_the_22nd_field_whatever_the_name),
		cmocka_unit_test(test_a_zombie_is_none),
		cmocka_unit_test(test_a_file_is_mapped_while_it_is),
		cmocka_unit_test(test_each_line_is_looked_at_whole),
		cmocka_unit_test(test_what_cannot_be_read_may_be_mapped),
	};

	return cmocka_run_group_tests_name("procstat", tests, NULL, NULL);
}
