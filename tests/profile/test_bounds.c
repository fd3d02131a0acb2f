/* bounds: there are not too many profiles in a folder, and the oldest go. */

#include "profile/profilefolder.h"

#include <pthread.h>
#include <sys/wait.h>
#include <time.h>

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

/* It is read with 24 MiB of memory, of which a sanitizer may keep half. */
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

/* Pictures of a profile, as somebody made them of it. */
static void test_what_was_made_of_a_profile_goes_with_it(void **state)
{
	(void)state;
	plant_old(2, 10);
	plant("20200101T000000.000000Z-a---1.svg", 10);
	plant("20200101T000000.000000Z-a---1.top.txt", 10);
	plant("20200101T000000.000001Z-a---1.svg", 10);
	plant("20200101T000000.000001Z-a---1-2.svg", 10); /* of another */
	plant("20200101T000000.000001Z-a---1.svgz", 10);
	use(3, 1 << 20);
	/* None of them is one too many. */
	assert_int_equal(write_at(0), 0);
	assert_int_equal(count_files().files, 8);
	assert_int_equal(write_at(1), 0);
	assert_false(is_there("20200101T000000.000000Z-a---1.mprof"));
	assert_false(is_there("20200101T000000.000000Z-a---1.svg"));
	assert_false(is_there("20200101T000000.000000Z-a---1.top.txt"));
	assert_true(is_there("20200101T000000.000001Z-a---1.svg"));
	assert_int_equal(write_at(2), 0);
	assert_false(is_there("20200101T000000.000001Z-a---1.svg"));
	/* Of which there is no profile: when later ones go. */
	assert_true(is_there("20200101T000000.000001Z-a---1-2.svg"));
	assert_int_equal(write_at(3), 0);
	assert_false(is_there("20200101T000000.000001Z-a---1-2.svg"));
	assert_true(is_there("20200101T000000.000001Z-a---1.svgz"));
	assert_int_equal(count_files().files, 1 + 3);
}

static void test_what_was_made_of_profiles_counts_by_its_bytes(void **state)
{
	int64_t files_left;

	(void)state;
	plant_old(3, 10);
	plant("20200101T000000.000000Z-a---1.svg", 40000);
	plant("20200101T000000.000001Z-a---1.svg", 40000);
	plant("20200101T000000.000002Z-a---1.svg", 40000);
	use(1000, 100000);
	assert_int_equal(write_at(0), 0);
	assert_false(is_there("20200101T000000.000000Z-a---1.mprof"));
	assert_false(is_there("20200101T000000.000000Z-a---1.svg"));
	assert_int_equal(count_files().files, 1 + 4);
	/* What comes is counted by who makes it. */
	plant("20261121T010203.123456Z-Cart:checkout---4712.svg", 40000);
	assert_int_equal(mp_profiledir_count_output(&d, 40000), 0);
	assert_false(is_there("20200101T000000.000001Z-a---1.svg"));
	/* As no file: also where the folder is not read for it. */
	assert_int_equal(mp_profiledir_count_output(&d, 10), 0);
	files_left = d.bounds.files_left;
	assert_int_equal(mp_profiledir_count_output(&d, 10), 0);
	assert_int_equal(d.bounds.files_left, files_left);
	assert_int_equal(count_files().files, 4);
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
	atomic_store(&d.bounds.reader, getpid());
	for (int i = 0; i < 3; i++)
		assert_int_equal(write_at(i), 0);
	assert_int_equal(count_files().profiles, 3);
	atomic_store(&d.bounds.reader, getppid());
	assert_int_equal(write_at(4), 0);
	assert_int_equal(count_files().profiles, 1);
	assert_int_equal(d.bounds.reader, 0);
}

/* Files that other threads write while this one removes some. */
static int64_t beside;

int __real_unlinkat(int dir_fd, const char *name, int flags);
int __wrap_unlinkat(int dir_fd, const char *name, int flags);
int __wrap_unlinkat(int dir_fd, const char *name, int flags)
{
	atomic_fetch_sub(&d.bounds.files_left, beside);
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
	assert_int_equal(d.bounds.files_left, 10 - 7);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_oldest_go),
		TEST(test_the_smallest_bounds_are_kept_exactly),
		TEST(test_reading_the_folder_keeps_nothing),
		TEST(test_bytes_are_bounded_as_well),
		TEST(test_files_of_one_moment_do_not_all_go),
		TEST(test_bytes_of_one_moment_do_not_all_go),
		TEST(test_what_was_made_of_a_profile_goes_with_it),
		TEST(test_what_was_made_of_profiles_counts_by_its_bytes),
		TEST(test_others_files_stay),
		TEST(test_what_killed_processes_left_goes_after_a_while),
		TEST(test_the_folder_is_read_once_for_a_tenth_of_its_files),
		TEST(test_a_folder_is_used_to_its_last_file),
		TEST(test_who_read_it_when_it_forked_is_forgotten),
		TEST(test_what_is_written_while_it_is_read_counts),
		TEST(test_threads_write_beside_each_other),
		TEST(test_processes_prune_the_same_folder_at_once),
	};

	return cmocka_run_group_tests_name("bounds", tests, NULL, NULL);
}
