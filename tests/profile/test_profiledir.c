/* profiledir: each profile has a file of its own, whole or not at all. */

#include "profile/profilefolder.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define FIRST "20261121T010203.123456Z-Cart:checkout---4712"

static void test_a_profile_is_a_file(void **state)
{
	struct stat st;
	char *file;

	(void)state;
	use(10, 1 << 20);
	errno = 7;
	assert_int_equal(write_at(0), 0);
	assert_int_equal(errno, 7);
	assert_memory_equal(path, dir, strlen(dir));
	assert_string_equal(path + strlen(dir), "/" FIRST ".mprof");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	file = read_whole(path);
	assert_memory_equal(file, "memprof-profile\t1\n", 18);
	free(file);
}

static void test_the_same_name_gets_a_number(void **state)
{
	(void)state;
	use(10, 1 << 20);
	assert_int_equal(symlink("/etc/passwd", FIRST ".mprof"), 0);
	assert_int_equal(write_at(0), 0);
	assert_string_equal(path + strlen(dir), "/" FIRST "-2.mprof");
	assert_int_equal(write_at(0), 0);
	assert_string_equal(path + strlen(dir), "/" FIRST "-3.mprof");
	assert_int_equal(count_files().profiles, 3);
}

static void test_hostile_ids_stay_in_the_folder(void **state)
{
	(void)state;
	use(10, 1 << 20);
	e.log.page_id = text("../../etc/passwd");
	e.log.oops_id = text("/..");
	assert_int_equal(write_at(0), 0);
	assert_string_equal(path + strlen(dir),
			    "/20261121T010203.123456Z-"
			    "%2E.%2F..%2Fetc%2Fpasswd-%2F..-4712.mprof");
}

static void test_errors_of_the_folder_are_returned(void **state)
{
	char longest[PATH_MAX];

	(void)state;
	assert_int_equal(mp_profiledir_init(&d, "/none/such", 9, 999999), 0);
	errno = 7;
	assert_int_equal(write_at(0), -ENOENT);
	assert_int_equal(errno, 7);
	assert_int_equal(mp_profiledir_init(&d, "/dev/null", 9, 999999), 0);
	assert_int_equal(write_at(0), -ENOTDIR);
	assert_int_equal(mp_profiledir_init(&d, "/proc/self", 9, 999999), 0);
	assert_true(write_at(0) < 0);

	memset(longest, 'x', sizeof(longest));
	longest[PATH_MAX - MP_NEWFILE_NAME_MAX] = '\0';
	assert_int_equal(mp_profiledir_init(&d, longest, 9, 9), -ENAMETOOLONG);
	longest[PATH_MAX - MP_NEWFILE_NAME_MAX - 1] = '\0';
	assert_int_equal(mp_profiledir_init(&d, longest, 9, 9), 0);
}

static void test_a_folder_that_only_others_may_write(void **state)
{
	int err, status;
	pid_t child;

	(void)state;
	if (geteuid()) {
		printf("skipped: only root can be somebody else\n");
		skip();
	}
	use(10, 1 << 20);
	child = fork();
	if (!child) {
		err = seteuid(65534) ? 1 : write_at(0);
		_exit(err == -EACCES ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(count_files().files, 0);
}

/* It would grow without bounds. */
static void test_a_folder_that_may_not_be_read(void **state)
{
	int status;
	pid_t child;

	(void)state;
	use(10, 1 << 20);
	child = fork();
	if (!child) {
		if (chmod(dir, 0300) ||
		    (!geteuid() &&
		     (chown(dir, 65534, 65534) || seteuid(65534))))
			_exit(1);
		_exit(write_at(0) == -EACCES ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(count_files().files, 0);
}

static void test_what_is_larger_than_all_may_be_is_not_kept(void **state)
{
	(void)state;
	use(10, 2000);
	assert_int_equal(write_at(0), 0);
	fill_fold(1000);
	assert_int_equal(write_at(1), -EFBIG);
	assert_int_equal(count_files().files, 1);
}

/* SIGXFSZ would end this process. */
static void test_a_limit_of_file_sizes_leaves_nothing(void **state)
{
	struct rlimit before, limit;

	(void)state;
	use(10, 1 << 20);
	fill_fold(1000);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 5000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(write_at(0), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(count_files().files, 0);
	assert_int_equal(write_at(0), 0);
}

/* In a name space of mounts of its own, which goes with the child. */
static void test_a_full_disk_leaves_nothing(void **state)
{
	int status;
	pid_t child;

	(void)state;
	use(10, 1 << 20);
	fill_fold(5000); /* more than a page of 64 KiB, too */
	child = fork();
	if (!child) {
		if (unshare(CLONE_NEWNS) ||
		    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("none", dir, "tmpfs", 0, "size=64k") || chdir(dir))
			_exit(77);
		if (write_at(0) != -ENOSPC || count_files().files)
			_exit(1);
		mp_fold_reset(e.fold);
		_exit(write_at(1) || count_files().files != 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		printf("skipped: may not mount a tmpfs\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void assert_all_whole(void)
{
	DIR *all = opendir(dir);
	struct dirent *entry;

	assert_non_null(all);
	while ((entry = readdir(all))) {
		char *file;

		if (!strstr(entry->d_name, ".mprof"))
			continue;
		file = read_whole(entry->d_name);
		assert_memory_equal(file, "memprof-profile\t1\n", 18);
		assert_non_null(strstr(file, "\nend\t"));
		free(file);
	}
	closedir(all);
}

/* Wherever it is killed, what has its name is whole. */
static void test_a_killed_process_leaves_no_half_file(void **state)
{
	bool temporary = false;
	int status;

	(void)state;
	use(1000, UINT64_C(1) << 30);
	fill_fold(1000);
	for (int i = 0; i < 40; i++) {
		size_t before = count_files().files;
		struct timespec wait = { 0, 100000 + i * 50000 };
		pid_t child = start_writer(i, -1);

		while (count_files().files == before)
			sched_yield();
		nanosleep(&wait, NULL);
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		assert_all_whole();
		temporary = temporary ||
			    count_files().files > count_files().profiles;
	}
	/* Else it was never killed in the middle. */
	assert_true(temporary);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_profile_is_a_file),
		TEST(test_the_same_name_gets_a_number),
		TEST(test_hostile_ids_stay_in_the_folder),
		TEST(test_errors_of_the_folder_are_returned),
		TEST(test_a_folder_that_only_others_may_write),
		TEST(test_a_folder_that_may_not_be_read),
		TEST(test_what_is_larger_than_all_may_be_is_not_kept),
		TEST(test_a_limit_of_file_sizes_leaves_nothing),
		TEST(test_a_full_disk_leaves_nothing),
		TEST(test_a_killed_process_leaves_no_half_file),
	};

	return cmocka_run_group_tests_name("profiledir", tests, NULL, NULL);
}
