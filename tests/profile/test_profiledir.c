/* profiledir: each profile has a file of its own, and there are not too many. */

#include "profile/descriptors.h"
#include "profile/rawfiles.h"

#include "profile/profiledir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FIRST "20261121T010203.123456Z-Cart:checkout---4712"

static char dir[] = "/tmp/memprof-profiledir-XXXXXX";
static struct example e;
static struct mp_profiledir d;
static char path[PATH_MAX];

static void use(uint64_t max_files, uint64_t max_bytes)
{
	assert_int_equal(mp_profiledir_init(&d, dir, max_files, max_bytes), 0);
}

/* The profile of a request `i` microseconds after the first. */
static int write_at(int64_t i)
{
	struct mp_rawfile what = e.file;

	what.began_us += i;
	return mp_profiledir_write(&d, &what, path);
}

static void plant(const char *name, size_t size)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	close(fd);
}

/* Like our own, and older than all. */
static void plant_old(int count, size_t size)
{
	for (int i = 0; i < count; i++) {
		char name[64];

		snprintf(name, sizeof(name),
			 "20200101T000000.%06dZ-a---1.mprof", i);
		plant(name, size);
	}
}

static bool is_there(const char *name)
{
	struct stat st;

	return !lstat(name, &st);
}

struct count {
	size_t files, profiles;
	uint64_t bytes; /* of profiles */
};

static struct count count_files(void)
{
	struct count n = { 0, 0, 0 };
	DIR *all = opendir(dir);
	struct dirent *entry;

	assert_non_null(all);
	while ((entry = readdir(all))) {
		struct stat st;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		n.files++;
		if (!strstr(entry->d_name, ".mprof") ||
		    stat(entry->d_name, &st))
			continue;
		n.profiles++;
		n.bytes += (uint64_t)st.st_size;
	}
	closedir(all);
	return n;
}

/* ---- files ---- */

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

static void fill_fold(uintptr_t stacks)
{
	for (uintptr_t i = 0; i < stacks; i++)
		mp_fold_add(e.fold, MP_FOLD_CPU, &i, 1, 1, 1);
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

/* ---- how many ---- */

static void test_the_oldest_go(void **state)
{
	(void)state;
	use(10, 1 << 20);
	for (int i = 0; i < 50; i++) {
		struct stat st;

		assert_int_equal(write_at(i), 0);
		assert_int_equal(stat(path, &st), 0);
		assert_true(count_files().profiles <= 10);
	}
	assert_true(count_files().profiles >= 9);
	for (int i = 41; i < 50; i++) {
		char name[64];

		snprintf(name, sizeof(name),
			 "20261121T010203.%06dZ-Cart:checkout---4712.mprof",
			 123456 + i);
		assert_true(is_there(name));
	}
}

static void test_the_smallest_bounds_are_kept_exactly(void **state)
{
	(void)state;
	for (uint64_t max = 1; max < 4; max++) {
		use(max, 1 << 20);
		for (int i = 0; i < 5; i++) {
			assert_int_equal(write_at((int64_t)max * 10 + i), 0);
			assert_true(is_there(path));
			assert_true(count_files().profiles <= max);
		}
		assert_int_equal(count_files().profiles, max);
	}
}

static long count_pages_mapped(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long n = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld", &n), 1);
	fclose(f);
	return n;
}

/* It is read with 16 MiB of memory, of which a sanitizer may keep half. */
static void test_reading_the_folder_keeps_nothing(void **state)
{
	const long gigabyte = 1 << 18;
	long before = count_pages_mapped();

	(void)state;
	use(1, 1 << 20);
	for (int i = 0; i < 100; i++)
		assert_int_equal(write_at(i), 0);
	assert_true(count_pages_mapped() - before < gigabyte);
}

static void test_bytes_are_bounded_as_well(void **state)
{
	(void)state;
	plant_old(3, 40000);
	use(1000, 100000);
	assert_int_equal(write_at(0), 0);
	/* 120000 and some are too many; nine tenths are left. */
	assert_int_equal(count_files().profiles, 3);
	assert_false(is_there("20200101T000000.000000Z-a---1.mprof"));
	assert_true(is_there("20200101T000000.000001Z-a---1.mprof"));
	fill_fold(1000);
	for (int i = 1; i < 40; i++) {
		assert_int_equal(write_at(i), 0);
		assert_true(is_there(path));
		assert_true(count_files().bytes <= 110000 + 20000);
	}
	assert_true(count_files().profiles >= 3);
	assert_false(is_there("20200101T000000.000002Z-a---1.mprof"));
}

static void test_files_of_one_moment_do_not_all_go(void **state)
{
	(void)state;
	use(10, 1 << 20);
	for (int i = 0; i < 11; i++)
		assert_int_equal(write_at(0), 0);
	assert_int_equal(count_files().profiles, 9);
	plant_old(1, 1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(write_at(0), 0);
	assert_int_equal(count_files().profiles, 9);
	assert_false(is_there("20200101T000000.000000Z-a---1.mprof"));
}

static void test_bytes_of_one_moment_do_not_all_go(void **state)
{
	uint64_t size;

	(void)state;
	use(10, 1 << 20);
	assert_int_equal(write_at(0), 0);
	size = count_files().bytes;
	use(1000, 10 * size + size / 2);
	for (int i = 1; i < 11; i++)
		assert_int_equal(write_at(0), 0);
	/* 9.45 would be left. */
	assert_int_equal(count_files().profiles, 9);
}

static void test_others_files_stay(void **state)
{
	(void)state;
	plant("notes.txt", 5000);
	plant("a.mprof", 5000);
	plant("20200101T000000.000000Z-a.svg", 5000);
	plant("profile", 5000);
	assert_int_equal(
		symlink("notes.txt", "20200101T000000.500000Z-link---1.mprof"),
		0);
	assert_int_equal(mkdir("20200101T000000.500000Z-dir---1.mprof", 0700),
			 0);
	plant("20200101T000000.500000Z-theirs---1.mprof", 10);
	plant("20200101T000000.500000Z-ours---1.mprof", 10);
	if (!geteuid())
		assert_int_equal(
			chown("20200101T000000.500000Z-theirs---1.mprof", 65534,
			      65534),
			0);
	use(2, 4000);
	for (int i = 0; i < 20; i++)
		assert_int_equal(write_at(i), 0);
	assert_true(is_there("notes.txt"));
	assert_true(is_there("a.mprof"));
	assert_true(is_there("20200101T000000.000000Z-a.svg"));
	assert_true(is_there("profile"));
	assert_true(is_there("20200101T000000.500000Z-link---1.mprof"));
	assert_true(is_there("20200101T000000.500000Z-dir---1.mprof"));
	assert_int_equal(is_there("20200101T000000.500000Z-theirs---1.mprof"),
			 !geteuid());
	assert_false(is_there("20200101T000000.500000Z-ours---1.mprof"));
	assert_int_equal(count_files().files, 4 + 2 + !geteuid() + 2);
}

static void age(const char *name, time_t seconds)
{
	struct timespec times[2];

	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_sec -= seconds;
	times[1] = times[0];
	assert_int_equal(utimensat(AT_FDCWD, name, times, AT_SYMLINK_NOFOLLOW),
			 0);
}

static void test_what_killed_processes_left_goes_after_a_while(void **state)
{
	(void)state;
	plant(".memprof-1-a.tmp", 1);
	plant(".memprof-2-a.tmp", 1);
	plant(".memprof-3-a", 1);
	assert_int_equal(symlink("x", ".memprof-4-a.tmp"), 0);
	age(".memprof-1-a.tmp", 700);
	age(".memprof-2-a.tmp", 500);
	age(".memprof-3-a", 700);
	age(".memprof-4-a.tmp", 700);
	use(10, 1 << 20);
	assert_int_equal(write_at(0), 0);
	assert_false(is_there(".memprof-1-a.tmp"));
	assert_true(is_there(".memprof-2-a.tmp"));
	assert_true(is_there(".memprof-3-a"));
	assert_true(is_there(".memprof-4-a.tmp"));
}

/* Reading a folder of a thousand files for each would cost more than writing
   them. */
static void test_the_folder_is_read_once_for_a_tenth_of_its_files(void **state)
{
	(void)state;
	use(1000, UINT64_C(1) << 30);
	assert_int_equal(write_at(0), 0);
	plant_old(1000, 10);
	for (int i = 1; i <= 100; i++)
		assert_int_equal(write_at(i), 0);
	assert_int_equal(count_files().profiles, 1101);
	assert_int_equal(write_at(101), 0);
	assert_int_equal(count_files().profiles, 900);
	for (int i = 102; i <= 201; i++)
		assert_int_equal(write_at(i), 0);
	assert_int_equal(count_files().profiles, 1000);
	assert_int_equal(write_at(202), 0);
	assert_int_equal(count_files().profiles, 900);
}

static void test_a_folder_is_used_to_its_last_file(void **state)
{
	(void)state;
	use(1000, UINT64_C(1) << 30);
	plant_old(995, 10);
	for (size_t i = 1; i <= 5; i++) {
		assert_int_equal(write_at((int64_t)i), 0);
		assert_int_equal(count_files().profiles, 995 + i);
	}
	assert_int_equal(write_at(6), 0);
	assert_int_equal(count_files().profiles, 900);
}

/* ---- several at once ---- */

static void test_who_read_it_when_it_forked_is_forgotten(void **state)
{
	(void)state;
	use(1, 1 << 20);
	atomic_store(&d.reader, getpid());
	for (int i = 0; i < 3; i++)
		assert_int_equal(write_at(i), 0);
	assert_int_equal(count_files().profiles, 3);
	atomic_store(&d.reader, getppid());
	assert_int_equal(write_at(4), 0);
	assert_int_equal(count_files().profiles, 1);
	assert_int_equal(d.reader, 0);
}

/* Files that other threads write while this one removes some. */
static int64_t beside;

int __real_unlinkat(int dir_fd, const char *name, int flags);
int __wrap_unlinkat(int dir_fd, const char *name, int flags);
int __wrap_unlinkat(int dir_fd, const char *name, int flags)
{
	atomic_fetch_sub(&d.files_left, beside);
	beside = 0;
	return __real_unlinkat(dir_fd, name, flags);
}

static void test_what_is_written_while_it_is_read_counts(void **state)
{
	(void)state;
	use(100, 1 << 20);
	for (int i = 0; i < 100; i++)
		assert_int_equal(write_at(i), 0);
	beside = 7;
	assert_int_equal(write_at(100), 0);
	assert_int_equal(count_files().profiles, 90);
	assert_int_equal(d.files_left, 10 - 7);
}

static void *write_many(void *tid)
{
	struct mp_record log = e.log;
	struct mp_rawfile what = e.file;
	char own[PATH_MAX];

	log.tid = *(int *)tid;
	what.log = &log;
	for (int i = 0; i < 50; i++) {
		what.began_us++;
		if (mp_profiledir_write(&d, &what, own))
			return tid;
	}
	return NULL;
}

static void test_threads_write_beside_each_other(void **state)
{
	static int tids[] = { 1, 2, 3, 4 };
	pthread_t threads[ARRAY_SIZE(tids)];

	(void)state;
	fill_fold(10);
	use(20, 1 << 20);
	for (size_t i = 0; i < ARRAY_SIZE(tids); i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, write_many, &tids[i]),
			0);
	for (size_t i = 0; i < ARRAY_SIZE(tids); i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	/* Who wrote while it was read left word. */
	assert_int_equal(write_at(0), 0);
	assert_true(count_files().profiles <= 20);
	assert_int_equal(count_files().files, count_files().profiles);
}

static pid_t start_writer(int number, int files)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child)
		return child;
	e.log.tid = number;
	for (int i = 0; files < 0 || i < files; i++)
		if (write_at(i))
			_exit(1);
	_exit(0);
}

static void test_processes_prune_the_same_folder_at_once(void **state)
{
	pid_t children[3];
	struct count n;
	int status;

	(void)state;
	use(30, 1 << 20);
	for (int i = 0; i < 3; i++)
		children[i] = start_writer(i, 300);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	n = count_files();
	assert_true(n.profiles <= 30 + 3 * 3 + 3);
	assert_true(n.profiles >= 20);
	assert_int_equal(n.files, n.profiles);
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

/* ---- */

static size_t descriptors;

static int begin_test(void **state)
{
	(void)state;
	descriptors = count_descriptors();
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	make_example(&e);
	return !mkdtemp(dir) || chdir(dir);
}

static int end_test(void **state)
{
	char command[80];

	(void)state;
	drop_example(&e);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return chdir("/") || system(command) ||
	       count_descriptors() != descriptors;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin_test, end_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_profile_is_a_file),
		TEST(test_the_same_name_gets_a_number),
		TEST(test_hostile_ids_stay_in_the_folder),
		TEST(test_errors_of_the_folder_are_returned),
		TEST(test_a_folder_that_only_others_may_write),
		TEST(test_what_is_larger_than_all_may_be_is_not_kept),
		TEST(test_a_limit_of_file_sizes_leaves_nothing),
		TEST(test_a_full_disk_leaves_nothing),
		TEST(test_the_oldest_go),
		TEST(test_the_smallest_bounds_are_kept_exactly),
		TEST(test_reading_the_folder_keeps_nothing),
		TEST(test_bytes_are_bounded_as_well),
		TEST(test_files_of_one_moment_do_not_all_go),
		TEST(test_bytes_of_one_moment_do_not_all_go),
		TEST(test_others_files_stay),
		TEST(test_what_killed_processes_left_goes_after_a_while),
		TEST(test_the_folder_is_read_once_for_a_tenth_of_its_files),
		TEST(test_a_folder_is_used_to_its_last_file),
		TEST(test_who_read_it_when_it_forked_is_forgotten),
		TEST(test_what_is_written_while_it_is_read_counts),
		TEST(test_threads_write_beside_each_other),
		TEST(test_processes_prune_the_same_folder_at_once),
		TEST(test_a_killed_process_leaves_no_half_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
