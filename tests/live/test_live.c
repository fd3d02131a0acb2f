/* live: which recorders are found, which are meant, and what was of them. */

#include "test.h"

#include "live/recording.h"

#include "live/live.h"
#include "live/logs.h"

#include <dirent.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define MAPPED 4096 /* bytes of each, enough to be found */

static char dir[64];
static char paths[4][PATH_MAX];
static int fds[4];
static void *maps[4];

/* Write number `i`, and map it, as a process does that lives. */
static void write_down(unsigned i, struct recording *r)
{
	fds[i] = recording_write(r, dir, false, paths[i], sizeof(paths[i]));
	maps[i] = mmap(NULL, MAPPED, PROT_READ, MAP_SHARED, fds[i], 0);
	assert_true(maps[i] != MAP_FAILED);
	recording_free(r);
}

static void drop(unsigned i)
{
	munmap(maps[i], MAPPED);
	close(fds[i]);
	unlink(paths[i]);
}

/* Make number `i`: a recorder of `log`. */
static void make(unsigned i, const char *log, const char *pattern)
{
	struct recording r = recording_new(log, pattern);

	write_down(i, &r);
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/memprof-live-XXXXXX");
	if (!mkdtemp(dir) || chdir(dir))
		return -1;
	make(0, "/log/a.7.log", "/log/a.%p.log");
	make(1, "/log/b.log", "/log/b.log");
	make(2, "/log/a.8.log", "/log/a.%p.log");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		drop(i);
	return chdir("/") || rmdir(dir) ? -1 : 0;
}

static struct mp_live_list find(void)
{
	struct mp_live_list list;

	assert_int_equal(mp_live_find(dir, false, &list), 0);
	return list;
}

static int open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void test_servers_stand_together(void **state)
{
	int before = open_files();
	struct mp_live_list list = find();

	(void)state;
	assert_int_equal(list.count, 3);
	assert_string_equal(list.items[0].shot.log_pattern, "/log/a.%p.log");
	assert_string_equal(list.items[2].shot.log, "/log/b.log");
	assert_int_equal(mp_live_server_end(&list, 0), 2);
	assert_int_equal(mp_live_server_end(&list, 2), 3);
	assert_true(list.items[0].alive && list.items[0].seen);
	assert_true(list.items[0].proc.rss > 0);
	assert_int_equal(list.others + list.foreign + list.broken, 0);
	mp_live_release(&list);
	assert_int_equal(open_files(), before);
}

static void test_files_are_closed_before_the_rest_goes(void **state)
{
	int before = open_files();
	struct mp_live_list list = find();

	(void)state;
	assert_int_equal(open_files(), before + 3);
	mp_live_close_files(&list);
	assert_int_equal(open_files(), before);
	assert_string_equal(list.items[2].shot.log, "/log/b.log");
	mp_live_release(&list);
}

static void test_servers_of_two_users_are_two(void **state)
{
	struct mp_live_list list = find();

	(void)state;
	list.items[1].shot.uid++;
	assert_int_equal(mp_live_server_end(&list, 0), 1);
	mp_live_release(&list);
}

static struct select_case {
	const char *name;
	const char *names[3];
	size_t left;
	const char *missing;
} select_cases[] = {
	{ "a pattern", { "/log/a.%p.log" }, 2, NULL },
	{ "a log", { "/log/a.8.log" }, 1, NULL },
	{ "two", { "/log/a.8.log", "/log/b.log" }, 2, NULL },
	{ "both ways", { "/log/a.8.log", "/log/a.%p.log" }, 2, NULL },
	{ "none", { "/log/c.log" }, 0, "/log/c.log" },
	{ "one of two", { "/log/b.log", "/log/c.log" }, 1, "/log/c.log" },
	{ "no pid", { "1" }, 0, "1" },
	{ "too large for a pid", { "99999999999" }, 0, "99999999999" },
	{ "no number", { "1x" }, 0, "1x" },
};

static void test_select(void **state)
{
	const struct select_case *c = *state;
	int before = open_files();
	char *names[3] = { NULL };
	struct mp_live_list list = find();
	const char *missing;

	for (size_t i = 0; i < 3 && c->names[i]; i++)
		names[i] = strdup(c->names[i]);
	missing = mp_live_select(&list, names);
	assert_int_equal(list.count, c->left);
	if (c->missing)
		assert_string_equal(missing, c->missing);
	else
		assert_null(missing);
	for (size_t i = 0; i < 3; i++)
		free(names[i]);
	mp_live_release(&list);
	assert_int_equal(open_files(), before);
}

static void test_a_pid_means_its_process(void **state)
{
	struct mp_live_list list = find();
	char pid[16], *names[] = { pid, NULL };

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	list.items[1].shot.pid++;
	assert_null(mp_live_select(&list, names));
	assert_int_equal(list.count, 2);
	mp_live_release(&list);
}

/* By another name of the same file, or of its folder. */
static void test_a_link_means_what_it_leads_to(void **state)
{
	char log[128], name[] = "./link/b.log";
	char *names[] = { name, NULL };
	struct mp_live_list list;

	(void)state;
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(symlink("folder", "link"), 0);
	snprintf(log, sizeof(log), "%s/folder/b.log", dir);
	drop(1);
	make(1, log, log);
	list = find();
	assert_null(mp_live_select(&list, names));
	assert_int_equal(list.count, 1);
	mp_live_release(&list);
	assert_int_equal(unlink("link") | rmdir("folder"), 0);
}

static void test_who_says_to_be_another_user_is_left_out(void **state)
{
	struct recording r = recording_new("/log/b.log", "/log/b.log");
	struct mp_live_list list;

	(void)state;
	r.header->uid++;
	drop(1);
	write_down(1, &r);
	list = find();
	assert_int_equal(list.count, 2);
	assert_int_equal(list.broken, 1);
	mp_live_release(&list);
}

static void test_what_was_closed_is_gone(void **state)
{
	struct mp_live_list list = find();
	struct mp_procs *procs;

	(void)state;
	assert_int_equal(mp_procs_open(&procs), 0);
	assert_int_equal(mp_live_refresh(&list.items[2], procs), 0);
	assert_int_equal(unlink(paths[1]), 0);
	assert_int_equal(mp_live_refresh(&list.items[2], procs), -ESTALE);
	assert_true(list.items[2].alive);
	assert_string_equal(list.items[2].shot.log, "/log/b.log");
	assert_int_equal(ftruncate(fds[0], 100), 0);
	assert_int_equal(mp_live_refresh(&list.items[0], procs) |
				 mp_live_refresh(&list.items[1], procs),
			 -EBADMSG);
	mp_procs_close(procs);
	mp_live_release(&list);
}

static void test_age_ends_with_the_process(void **state)
{
	struct mp_live live = { .alive = true, .now_mono_ns = 100 };
	struct mp_snapshot_request r = { .begin_mono_ns = 30 };

	(void)state;
	live.shot.reading_mono_ns = 50;
	assert_int_equal(mp_live_age_ns(&live, &r), 70);
	live.alive = false;
	assert_int_equal(mp_live_age_ns(&live, &r), 20);
	live.shot.reading_mono_ns = MP_UNKNOWN;
	assert_int_equal(mp_live_age_ns(&live, &r), 0);
	r.begin_mono_ns = 200;
	live.alive = true;
	assert_int_equal(mp_live_age_ns(&live, &r), 0);
}

static void test_logs_go_with_their_servers(void **state)
{
	int before = open_files();
	char log[128];
	struct mp_live_list list;
	const struct mp_live_list none = { 0 };
	struct mp_logs *logs = mp_logs_new();
	FILE *f;

	(void)state;
	assert_non_null(logs);
	snprintf(log, sizeof(log), "%s/b.log", dir);
	f = fopen(log, "w");
	assert_non_null(f);
	fclose(f);
	drop(1);
	make(1, log, log);
	list = find();
	assert_int_equal(mp_logs_read(logs, &list), 0);
	assert_int_equal(mp_logs_closed(logs), 2);
	mp_live_release(&list);
	assert_int_equal(open_files(), before + 1);
	assert_int_equal(mp_logs_read(logs, &none), 0);
	assert_int_equal(mp_logs_closed(logs), 0);
	assert_int_equal(open_files(), before);
	mp_logs_free(logs);
	unlink(log);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	struct CMUnitTest selects[ARRAY_SIZE(select_cases)];
	const struct CMUnitTest tests[] = {
		TEST(test_servers_stand_together),
		TEST(test_files_are_closed_before_the_rest_goes),
		TEST(test_servers_of_two_users_are_two),
		TEST(test_a_pid_means_its_process),
		TEST(test_a_link_means_what_it_leads_to),
		TEST(test_who_says_to_be_another_user_is_left_out),
		TEST(test_what_was_closed_is_gone),
		TEST(test_age_ends_with_the_process),
		TEST(test_logs_go_with_their_servers),
	};
	int failed;

	for (size_t i = 0; i < ARRAY_SIZE(select_cases); i++)
		selects[i] = (struct CMUnitTest){
			.name = select_cases[i].name,
			.test_func = test_select,
			.initial_state = &select_cases[i],
		};
	failed =
		cmocka_run_group_tests_name("select", selects, setup, teardown);
	failed += cmocka_run_group_tests_name("live", tests, NULL, NULL);
	return failed ? 1 : 0;
}
