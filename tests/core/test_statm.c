/* statm: the numbers are those of others who read them, and a lost descriptor
   is noticed. */

#include "serving.h"

#include "core/statm.h"
#include "core/sys.h"

#include <fcntl.h>
#include <libproc2/pids.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>

static int set_up(void **state)
{
	(void)state;
	mp_statm_open();
	return 0;
}

/* The number of the descriptor: the first from `from` on that leads to
   statm. */
static int find_descriptor_from(int from)
{
	for (int fd = from; fd < 1024; fd++) {
		char name[32], to[64];
		ssize_t n;

		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		n = readlink(name, to, sizeof(to) - 1);
		if (n < 0)
			continue;
		to[n] = '\0';
		if (!strncmp(to, "/proc/", 6) && strstr(to, "/statm"))
			return fd;
	}
	return -1;
}

static int find_descriptor(void)
{
	return find_descriptor_from(0);
}

static struct mp_statm read_by_libproc2(struct pids_info *info)
{
	unsigned self = (unsigned)getpid();
	struct pids_fetch *f =
		procps_pids_select(info, &self, 1, PIDS_SELECT_PID);
	int64_t page = sysconf(_SC_PAGESIZE);

	assert_non_null(f);
	assert_int_equal(f->counts->total, 1);
	return (struct mp_statm){
		.vss = page * (int64_t)PIDS_VAL(0, ul_int, f->stacks[0], info),
		.rss = page * (int64_t)PIDS_VAL(1, ul_int, f->stacks[0], info),
	};
}

static void test_the_numbers_are_libproc2s(void **state)
{
	enum pids_item items[] = { PIDS_MEM_VIRT_PGS, PIDS_MEM_RES_PGS };
	struct pids_info *info = NULL;
	size_t equal = 0;
	void *kept[10];

	(void)state;
	need_jemalloc(); /* else memory moves with each allocation */
	assert_int_equal(procps_pids_new(&info, items, 2), 0);
	read_by_libproc2(info);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		struct mp_statm before, theirs, after;

		kept[i] = work_alloc((i + 1) << 20);
		before = mp_statm_read();
		theirs = read_by_libproc2(info);
		after = mp_statm_read();
		/* Libproc2 allocates now and then: then there is no telling. */
		if (before.vss != after.vss || before.rss != after.rss)
			continue;
		equal++;
		assert_int_equal(theirs.vss, before.vss);
		assert_int_equal(theirs.rss, before.rss);
	}
	print_message("%zu of %zu readings had nothing between them\n", equal,
		      ARRAY_SIZE(kept));
	assert_true(equal > 0);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		free(kept[i]);
	procps_pids_unref(&info);
}

static void test_growth_is_seen(void **state)
{
	struct mp_statm before = mp_statm_read(), after;
	void *kept = work_alloc(32 << 20);

	(void)state;
	after = mp_statm_read();
	free(kept);
	assert_true(after.rss - before.rss >= 31 << 20);
}

static void test_the_descriptor_is_out_of_the_way(void **state)
{
	int fd = find_descriptor();

	(void)state;
	assert_true(fd >= MP_SYS_FD_MIN);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	mp_statm_open();
	mp_statm_check();
	assert_int_equal(find_descriptor(), fd);
	assert_int_equal(find_descriptor_from(fd + 1), -1);
}

static void test_a_closed_descriptor_is_opened_anew(void **state)
{
	(void)state;
	assert_int_equal(close(find_descriptor()), 0);
	assert_true(mp_statm_read().rss > 0);
	assert_true(find_descriptor() >= 0);
}

static void test_a_socket_in_its_place_is_left_alone(void **state)
{
	int pair[2], at = find_descriptor();
	char c = 'x';

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(dup2(pair[0], at), at);
	assert_int_equal(write(pair[1], "y", 1), 1);
	assert_true(mp_statm_read().rss > 0);
	assert_int_equal(read(at, &c, 1), 1);
	assert_int_equal(c, 'y');
	close(at);
	close(pair[0]);
	close(pair[1]);
}

static struct content_case {
	const char *name;
	const char *text;
} content_cases[] = {
	{ "an empty file", "" },
	{ "a file of text", "hello world\n" },
	{ "one number", "12345" },
	{ "one number and a blank", "12345 " },
	{ "a number too long", "1234567890123456 7 " },
	{ "a negative number", "-1 -1 0" },
	{ "numbers without an end", "123 456" },
};

/* Whatever is in its place: not taken for numbers, and not closed. */
static void test_content(void **state)
{
	const struct content_case *c = *state;
	int at, fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);

	mp_statm_open();
	at = find_descriptor();
	assert_int_equal(write(fd, c->text, strlen(c->text)), strlen(c->text));
	assert_int_equal(dup2(fd, at), at);
	close(fd);
	assert_true(mp_statm_read().rss > 4096);
	assert_int_equal(close(at), 0);
}

/* What looks like numbers is found out by the next check. */
static void test_numbers_in_its_place_are_found_out(void **state)
{
	int at = find_descriptor();
	int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);

	(void)state;
	assert_int_equal(write(fd, "1 1 1 1", 7), 7);
	assert_int_equal(dup2(fd, at), at);
	close(fd);
	mp_statm_check();
	assert_true(mp_statm_read().rss > sysconf(_SC_PAGESIZE));
	assert_int_equal(close(at), 0);
}

/* ---- without /proc ---- */

#define NEED_ROOT 77

static int serve_without_proc(void *arg)
{
	struct memprof_request r = { 0 };
	struct memprof_result ret;
	struct memprof *mp;
	struct lines l;

	(void)arg;
	if (mkdir("empty", 0700) || unshare(CLONE_NEWNS) || chroot("empty") ||
	    chdir("/"))
		return NEED_ROOT;
	closefrom(3);
	CHILD_CHECK(!memprof_open_log("/" LOG_NAME, &mp));
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	ret = result_of(&r);
	CHILD_CHECK(ret.start_vss == MEMPROF_UNKNOWN);
	CHILD_CHECK(ret.start_rss == MEMPROF_UNKNOWN);
	CHILD_CHECK(ret.end_vss == MEMPROF_UNKNOWN);
	CHILD_CHECK(ret.end_rss == MEMPROF_UNKNOWN);
	CHILD_CHECK(!memprof_close(mp));
	l = read_lines(LOG_NAME);
	CHILD_CHECK(l.count == 3 && l.bad == 0);
	CHILD_CHECK(l.r[1].end_rss == MP_UNKNOWN);
	CHILD_CHECK(l.r[1].rss_delta == MP_UNKNOWN);
	CHILD_CHECK(l.r[1].overlap == 0);
	if (has_jemalloc())
		CHILD_CHECK(l.r[1].allocated == 0);
	free_lines(&l);
	return 0;
}

static void test_without_proc_they_are_unknown(void **state)
{
	int status = in_child(serve_without_proc, NULL);

	(void)state;
	unlink("empty/" LOG_NAME);
	rmdir("empty");
	if (status == NEED_ROOT) {
		print_message("skipped: chroot needs root\n");
		skip();
	}
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test_setup(test_the_numbers_are_libproc2s, set_up),
		cmocka_unit_test_setup(test_growth_is_seen, set_up),
		cmocka_unit_test_setup(test_the_descriptor_is_out_of_the_way,
				       set_up),
		cmocka_unit_test_setup(test_a_closed_descriptor_is_opened_anew,
				       set_up),
		cmocka_unit_test_setup(test_a_socket_in_its_place_is_left_alone,
				       set_up),
		cmocka_unit_test_setup(test_numbers_in_its_place_are_found_out,
				       set_up),
		cmocka_unit_test(test_without_proc_they_are_unknown),
	};
	struct CMUnitTest tests[ARRAY_SIZE(single) + ARRAY_SIZE(content_cases)];

	memcpy(tests, single, sizeof(single));
	for (size_t i = 0; i < ARRAY_SIZE(content_cases); i++)
		tests[ARRAY_SIZE(single) + i] = (struct CMUnitTest){
			.name = content_cases[i].name,
			.test_func = test_content,
			.initial_state = &content_cases[i],
		};
	return cmocka_run_group_tests_name("statm", tests, enter, leave);
}
