/* log: a disk that is full, really, and then has space again. */

#include "logging.h"

#include <sched.h>
#include <sys/mount.h>

#define PAGE 4096

static uint8_t seen[100000];
static int filler = -1;
static off_t filled;

/* A disk of 64 KiB at `mnt`, in a name space of mounts of our own, so that it
   goes with this process. */
static int enter_small_disk(void **state)
{
	if (enter(state) || mkdir("mnt", 0755))
		return -1;
	if (unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "mnt", "tmpfs", 0, "size=64k"))
		return 0;
	filler = open("mnt/filler", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	filled = 0;
	return filler < 0;
}

static int leave_small_disk(void **state)
{
	if (filler >= 0) {
		close(filler);
		umount2("mnt", MNT_DETACH);
	}
	filler = -1;
	return leave(state);
}

static void need_small_disk(void)
{
	if (filler < 0) {
		printf("skipped: may not mount a tmpfs\n");
		skip();
	}
}

static void fill_the_disk(void)
{
	static const char page[PAGE];

	while (pwrite(filler, page, PAGE, filled) == PAGE)
		filled += PAGE;
}

static void free_pages(int n)
{
	filled -= n * PAGE;
	assert_int_equal(ftruncate(filler, filled), 0);
}

static struct account assert_nothing_is_lost(const struct memprof *mp)
{
	struct account a = { .seen = seen, .ids = sizeof(seen) };
	struct memprof_stats s = stats_of(mp);

	memset(seen, 0, sizeof(seen));
	account_file(&a, "mnt/" LOG);
	assert_int_equal(a.requests, s.logged);
	assert_int_equal(s.begun, s.logged + s.dropped);
	assert_int_equal(a.own, s.own_lines);
	assert_int_equal(a.twice, 0);
	assert_int_equal(a.late_headers, 0);
	return a;
}

static void test_a_full_disk_drops_until_there_is_space(void **state)
{
	struct memprof_stats s;
	struct account a;
	struct memprof *mp;
	size_t id = 0;

	(void)state;
	need_small_disk();
	mp = open_log("mnt/" LOG);
	for (int round = 1; round <= 6; round++) {
		uint64_t before = stats_of(mp).dropped;
		uint64_t torn_before = stats_of(mp).torn, own_before;

		fill_the_disk();
		/* To the end of the page, and then a good while beyond. */
		for (int beyond = 0; beyond < 20; beyond++) {
			if (stats_of(mp).dropped == before)
				beyond = 0;
			request(mp, id++);
			a = assert_nothing_is_lost(mp);
		}
		s = stats_of(mp);
		assert_true(s.dropped >= before + 20);
		assert_int_equal(s.first_error, -ENOSPC);

		/* Recovers with the first, and with the torn line, unless a
		   line ended with the page. */
		free_pages(1);
		before = s.logged;
		own_before = s.own_lines;
		request(mp, id++);
		a = assert_nothing_is_lost(mp);
		s = stats_of(mp);
		/* The torn one may be a line of memprof's own. */
		if (s.own_lines == own_before)
			assert_int_equal(
				s.logged,
				before + (s.torn > torn_before ? 2 : 1));
		else
			assert_true(s.logged > before);
		assert_true(a.faults <= s.torn);
		assert_true(s.torn <= (uint64_t)round);
	}
	assert_true(s.torn > 0);
	assert_int_equal(a.headers, 1);
	free_pages(2);
	assert_int_equal(memprof_close(mp), -ENOSPC);
	a = assert_nothing_is_lost(mp);
	assert_true(a.own >= 2);
	printf("%ju logged, %ju dropped, %ju torn\n", (uintmax_t)s.logged,
	       (uintmax_t)s.dropped, (uintmax_t)s.torn);
}

static void test_a_torn_line_is_lost_and_counted_where_no_space_comes(void **s)
{
	struct memprof *mp;

	(void)s;
	need_small_disk();
	mp = open_log("mnt/" LOG);
	fill_the_disk();
	for (size_t id = 0; id < 100; id++)
		request(mp, id);
	assert_true(stats_of(mp).dropped > 0);
	assert_int_equal(memprof_close(mp), -ENOSPC);
	assert_nothing_is_lost(mp);
	assert_int_equal(stats_of(mp).own_dropped, 1);
}

static void test_a_log_opened_on_a_full_disk_gets_its_header_later(void **state)
{
	struct memprof *mp;
	struct account a;

	(void)state;
	need_small_disk();
	fill_the_disk();
	mp = open_log("mnt/" LOG);
	for (size_t id = 0; id < 5; id++)
		request(mp, id);
	a = assert_nothing_is_lost(mp);
	assert_int_equal(a.headers + a.requests + a.faults, 0);
	assert_int_equal(stats_of(mp).dropped, 5);

	free_pages(1);
	for (size_t id = 5; id < 10; id++)
		request(mp, id);
	a = assert_nothing_is_lost(mp);
	assert_int_equal(a.headers, 1);
	assert_int_equal(a.requests, 5);
	assert_int_equal(a.faults, 0);
	assert_int_equal(stats_of(mp).headerless, 0);
	assert_int_equal(memprof_close(mp), -ENOSPC);
}

static void test_a_full_disk_without_inodes_fails_the_open(void **state)
{
	struct memprof *mp = NULL;

	(void)state;
	need_small_disk();
	assert_int_equal(mount("none", "mnt", "tmpfs", MS_REMOUNT,
			       "size=64k,nr_inodes=2"),
			 0);
	assert_int_equal(memprof_open_log("mnt/" LOG, &mp), -ENOSPC);
	assert_null(mp);
	assert_non_null(strstr(memprof_open_error(), "mnt/" LOG ": No space"));
}

#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, enter_small_disk, leave_small_disk)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_full_disk_drops_until_there_is_space),
		TEST(test_a_torn_line_is_lost_and_counted_where_no_space_comes),
		TEST(test_a_log_opened_on_a_full_disk_gets_its_header_later),
		TEST(test_a_full_disk_without_inodes_fails_the_open),
	};

	return cmocka_run_group_tests_name("log_full", tests, NULL, NULL);
}
