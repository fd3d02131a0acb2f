/* newfile: whole or not at all, and never in another file's place. */

#include "profile/descriptors.h"

#include "core/logfile.h"
#include "profile/newfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/memprof-newfile-XXXXXX";

/* ---- what is in the place of calls ---- */

static int rename_error; /* of a filesystem without RENAME_NOREPLACE, say */
static bool same_random;
static int close_fails; /* with this, once */
static int write_fails; /* with this, behind a few short writes */
static int writes;

int __real_renameat2(int from_dir, const char *from, int to_dir, const char *to,
		     unsigned flags);
int __wrap_renameat2(int from_dir, const char *from, int to_dir, const char *to,
		     unsigned flags);
int __wrap_renameat2(int from_dir, const char *from, int to_dir, const char *to,
		     unsigned flags)
{
	if (!rename_error)
		return __real_renameat2(from_dir, from, to_dir, to, flags);
	errno = rename_error;
	return -1;
}

ssize_t __real_getrandom(void *ret, size_t len, unsigned flags);
ssize_t __wrap_getrandom(void *ret, size_t len, unsigned flags);
ssize_t __wrap_getrandom(void *ret, size_t len, unsigned flags)
{
	if (!same_random)
		return __real_getrandom(ret, len, flags);
	memset(ret, 0x1f, len);
	return (ssize_t)len;
}

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	int err = close_fails;

	close_fails = 0;
	__real_close(fd);
	errno = err;
	return err ? -1 : 0;
}

ssize_t __real_mp_logfile_write_guarded(int fd, const char *data, size_t len);
ssize_t __wrap_mp_logfile_write_guarded(int fd, const char *data, size_t len);
ssize_t __wrap_mp_logfile_write_guarded(int fd, const char *data, size_t len)
{
	writes++;
	if (writes % 2)
		return -EINTR;
	if (writes > 6 && write_fails)
		return write_fails;
	return __real_mp_logfile_write_guarded(fd, data, len < 3 ? len : 3);
}

/* ---- */

static size_t count_names(void)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void assert_holds(const char *name, const char *want)
{
	char got[64] = "";
	FILE *f = fopen(name, "r");

	assert_non_null(f);
	assert_true(fread(got, 1, sizeof(got) - 1, f) > 0);
	fclose(f);
	assert_string_equal(got, want);
}

static struct mp_newfile begin(const char *data)
{
	struct mp_newfile f;

	assert_int_equal(mp_newfile_open(dir, &f), 0);
	assert_int_equal(mp_newfile_write(&f, data, strlen(data)), 0);
	return f;
}

static void assert_named(const char *data, const char *want)
{
	struct mp_newfile f = begin(data);
	char name[MP_NEWFILE_NAME_MAX];

	assert_int_equal(mp_newfile_name(&f, "a", ".b", name), 0);
	assert_string_equal(name, want);
	assert_holds(want, data);
}

static void take_name(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "theirs", 6), 6);
	close(fd);
}

static void test_it_has_no_name_before_it_is_whole(void **state)
{
	struct mp_newfile f = begin("some");
	char name[MP_NEWFILE_NAME_MAX];

	(void)state;
	assert_int_equal(access("a.b", F_OK), -1);
	assert_int_equal(mp_newfile_write(&f, " text", 5), 0);
	assert_int_equal(mp_newfile_name(&f, "a", ".b", name), 0);
	assert_holds("a.b", "some text");
	assert_int_equal(count_names(), 1);
}

static void test_its_mode_is_not_the_umasks(void **state)
{
	mode_t before = umask(0777);
	struct stat st;

	(void)state;
	assert_named("one", "a.b");
	umask(before);
	assert_int_equal(stat("a.b", &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
}

static void test_names_that_are_taken_get_a_number(void **state)
{
	(void)state;
	assert_named("one", "a.b");
	assert_named("two", "a-2.b");
	assert_named("three", "a-3.b");
	assert_holds("a.b", "one");
	assert_int_equal(unlink("a-2.b"), 0);
	assert_named("four", "a-2.b");
	assert_int_equal(count_names(), 3);
}

static void test_also_where_rename_always_replaces(void **state)
{
	struct stat st;

	(void)state;
	rename_error = EINVAL;
	assert_named("one", "a.b");
	rename_error = ENOSYS;
	assert_named("two", "a-2.b");
	assert_holds("a.b", "one");
	assert_int_equal(count_names(), 2);
	assert_int_equal(stat("a.b", &st), 0);
	assert_int_equal(st.st_nlink, 1);
}

static void test_other_errors_of_rename_are_told(void **state)
{
	char name[MP_NEWFILE_NAME_MAX];
	struct mp_newfile f;

	(void)state;
	assert_int_equal(mp_newfile_open(".", &f), 0);
	rename_error = EIO;
	assert_int_equal(mp_newfile_name(&f, "a", ".b", name), -EIO);
	assert_int_equal(count_names(), 0);
}

/* Whatever kind of file has the name, and wherever it leads. */
static void assert_left_alone(void)
{
	take_name("victim");
	assert_int_equal(symlink("victim", "a.b"), 0);
	assert_int_equal(symlink("nowhere", "a-2.b"), 0);
	assert_int_equal(mkdir("a-3.b", 0700), 0);
	assert_int_equal(mkfifo("a-4.b", 0600), 0);
	assert_named("mine", "a-5.b");
	assert_holds("victim", "theirs");
	assert_int_equal(access("nowhere", F_OK), -1);
	assert_int_equal(count_names(), 6);
}

static void test_planted_names_are_left_alone(void **state)
{
	(void)state;
	assert_left_alone();
}

static void test_planted_names_are_left_alone_by_link(void **state)
{
	(void)state;
	rename_error = EINVAL;
	assert_left_alone();
}

static void test_the_numbers_end(void **state)
{
	struct mp_newfile f = begin("x");
	char name[MP_NEWFILE_NAME_MAX];

	(void)state;
	take_name("a.b");
	for (int i = 2; i < 99; i++) {
		snprintf(name, sizeof(name), "a-%d.b", i);
		take_name(name);
	}
	assert_int_equal(mp_newfile_name(&f, "a", ".b", name), 0);
	assert_string_equal(name, "a-99.b");
	f = begin("x");
	assert_int_equal(mp_newfile_name(&f, "a", ".b", name), -EEXIST);
	assert_int_equal(count_names(), 99);
}

static void test_names_may_not_be_too_long(void **state)
{
	char stem[300], name[MP_NEWFILE_NAME_MAX];
	struct mp_newfile f = begin("x");

	(void)state;
	memset(stem, 'n', sizeof(stem));
	stem[sizeof(stem) - 1] = '\0';
	assert_int_equal(mp_newfile_name(&f, stem, ".b", name), -ENAMETOOLONG);
	/* There is room for any number, or there is none. */
	f = begin("x");
	stem[MP_NEWFILE_NAME_MAX - 4 - 1] = '\0';
	assert_int_equal(mp_newfile_name(&f, stem, ".b", name), -ENAMETOOLONG);
	assert_int_equal(count_names(), 0);
	f = begin("x");
	stem[MP_NEWFILE_NAME_MAX - 4 - 2] = '\0';
	assert_int_equal(mp_newfile_name(&f, stem, ".b", name), 0);
	f = begin("x");
	assert_int_equal(mp_newfile_name(&f, stem, ".b", name), 0);
	assert_int_equal(strlen(name), 254);
}

static void test_the_file_in_its_place_is_replaced(void **state)
{
	struct mp_newfile f = begin("mine");

	(void)state;
	take_name("victim");
	assert_int_equal(symlink("victim", "a"), 0);
	assert_int_equal(mp_newfile_replace(&f, "a"), 0);
	assert_holds("a", "mine");
	assert_holds("victim", "theirs");
	assert_int_equal(count_names(), 2);

	assert_int_equal(mkdir("b", 0700), 0);
	f = begin("mine");
	assert_int_equal(mp_newfile_replace(&f, "b"), -EISDIR);
	assert_int_equal(count_names(), 3);
}

static void test_a_failed_write_leaves_nothing(void **state)
{
	struct mp_newfile f;

	(void)state;
	assert_int_equal(mp_newfile_open(dir, &f), 0);
	writes = 0;
	write_fails = -ENOSPC;
	assert_int_equal(mp_newfile_write(&f, "0123456789", 10), -ENOSPC);
	assert_int_equal(mp_newfile_write(&f, "a", 1), -ENOSPC);
	mp_newfile_abandon(&f);
	assert_int_equal(count_names(), 0);

	/* As a device may, that is full. */
	assert_int_equal(mp_newfile_open(dir, &f), 0);
	writes = 0;
	write_fails = 0;
	assert_int_equal(mp_newfile_write(&f, "", 0), 0);
	assert_int_equal(writes, 0);
	mp_newfile_abandon(&f);
}

static void test_a_close_that_fails_leaves_nothing(void **state)
{
	struct mp_newfile f = begin("some");
	char name[MP_NEWFILE_NAME_MAX];

	(void)state;
	close_fails = EDQUOT;
	assert_int_equal(mp_newfile_name(&f, "a", ".b", name), -EDQUOT);
	f = begin("some");
	close_fails = EDQUOT;
	assert_int_equal(mp_newfile_replace(&f, "a"), -EDQUOT);
	assert_int_equal(count_names(), 0);

	/* It is closed then, on Linux. */
	f = begin("some");
	close_fails = EINTR;
	assert_int_equal(mp_newfile_name(&f, "a", ".b", name), 0);
}

static void test_a_temporary_name_that_is_taken_is_not_used(void **state)
{
	struct mp_newfile f, second;
	char name[64];

	(void)state;
	same_random = true;
	snprintf(name, sizeof(name), ".memprof-%d-1f1f1f1f.tmp", getpid());
	take_name("victim");
	assert_int_equal(symlink("victim", name), 0);
	assert_int_equal(mp_newfile_open(dir, &f), -EEXIST);
	assert_int_equal(unlink(name), 0);

	assert_int_equal(mp_newfile_open(dir, &f), 0);
	assert_string_equal(f.temporary, name);
	assert_int_equal(mp_newfile_open(dir, &second), -EEXIST);
	same_random = false;
	assert_int_equal(mp_newfile_open(dir, &second), 0);
	mp_newfile_abandon(&f);
	mp_newfile_abandon(&second);
	assert_holds("victim", "theirs");
	assert_int_equal(count_names(), 1);
}

static void test_a_folder_that_is_none(void **state)
{
	struct mp_newfile f;

	(void)state;
	take_name("file");
	assert_int_equal(mp_newfile_open("none", &f), -ENOENT);
	assert_int_equal(mp_newfile_open("file", &f), -ENOTDIR);
	assert_int_equal(mp_newfile_open("", &f), -ENOENT);
	assert_true(mp_newfile_open("/proc/self", &f) < 0);
}

/* ---- */

static size_t descriptors;

static int begin_test(void **state)
{
	(void)state;
	rename_error = 0;
	same_random = false;
	close_fails = write_fails = writes = 0;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	descriptors = count_descriptors();
	return !mkdtemp(dir) || chdir(dir);
}

/* No descriptor is left open. */
static int end_test(void **state)
{
	char command[80];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return count_descriptors() != descriptors || chdir("/") ||
	       system(command);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin_test, end_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_it_has_no_name_before_it_is_whole),
		TEST(test_its_mode_is_not_the_umasks),
		TEST(test_names_that_are_taken_get_a_number),
		TEST(test_also_where_rename_always_replaces),
		TEST(test_other_errors_of_rename_are_told),
		TEST(test_planted_names_are_left_alone),
		TEST(test_planted_names_are_left_alone_by_link),
		TEST(test_the_numbers_end),
		TEST(test_names_may_not_be_too_long),
		TEST(test_the_file_in_its_place_is_replaced),
		TEST(test_a_failed_write_leaves_nothing),
		TEST(test_a_close_that_fails_leaves_nothing),
		TEST(test_a_temporary_name_that_is_taken_is_not_used),
		TEST(test_a_folder_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
