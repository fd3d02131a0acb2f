/* fork: children go on with their parent's session, as themselves. */

#include "serving.h"

#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/socket.h>

#define LOGGERS 7
#define FORKS	200
#define WORKERS 8
#define EACH	12500

static struct memprof *mp;

static int open_session(void **state)
{
	(void)state;
	mp = serve("");
	return 0;
}

static int close_session(void **state)
{
	struct memprof_stats s = stats_of(mp);

	(void)state;
	return !is_balanced(&s) || memprof_close(mp);
}

static void serve_page(const char *page)
{
	struct memprof_request r = { 0 };

	memprof_begin(mp, &r, page);
	memprof_end(&r, NULL);
}

/* ---- what a child starts with, and how it ends ---- */

/* Whether this thread can be cancelled, as it could be before. */
static bool is_cancellable(void)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
	return state == PTHREAD_CANCEL_ENABLE;
}

static int serve_and_close(void *arg)
{
	(void)arg;
	serve_page("child's");
	CHILD_CHECK(is_cancellable());
	CHILD_CHECK(memprof_close(mp) == 0);
	CHILD_CHECK(is_cancellable());
	return 0;
}

/* What the parent's calls had counted must not look like calls under way. */
static void test_a_child_closes_what_its_parent_logged_to(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		serve_page("parent's");
	assert_true(is_cancellable());
	assert_int_equal(in_child(serve_and_close, NULL), 0);
	assert_int_equal(count_logged("(stopped)"), 1);
	assert_int_equal(count_logged("(started)"), 2);
	assert_int_equal(count_logged("child's"), 1);
}

/* ---- inside a request ---- */

static int end_parents(void *arg)
{
	struct memprof_request *parents = arg, inner = { 0 };
	struct memprof_stats s;

	s = stats_of(mp);
	CHILD_CHECK(s.in_flight == 0 && s.begun == 0 && s.misused == 0);
	memprof_page(parents, "child's");
	memprof_begin(mp, &inner, "own");
	memprof_detach(parents);
	memprof_attach(parents);
	memprof_end(parents, NULL);
	memprof_end(&inner, NULL);
	s = stats_of(mp);
	CHILD_CHECK(s.logged == 1 && s.begun == 1 && s.in_flight == 0);
	CHILD_CHECK(s.own_lines == 1 && is_balanced(&s));
	/* A handler that goes on in a child does nothing wrong. */
	CHILD_CHECK(s.misused == 0);
	memprof_begin(mp, parents, "own");
	memprof_end(parents, NULL);
	CHILD_CHECK(stats_of(mp).logged == 2);
	return 0;
}

static void test_only_the_parent_ends_what_it_began(void **state)
{
	struct memprof_request r = { 0 };
	struct lines l;
	size_t own = 0;

	(void)state;
	memprof_begin(mp, &r, "parent's");
	assert_int_equal(in_child(end_parents, &r), 0);
	assert_int_equal(stats_of(mp).in_flight, 1);
	memprof_end(&r, NULL);
	assert_int_equal(result_of(&r).overlap, 0);

	l = read_lines(LOG_NAME);
	assert_int_equal(l.headers, 1);
	assert_int_equal(count_page(&l, "(started)"), 2);
	assert_int_equal(count_page(&l, "parent's"), 1);
	assert_int_equal(count_page(&l, "child's"), 0);
	for (size_t i = 0; i < l.count; i++) {
		if (!is_page(&l.r[i], "own"))
			continue;
		own++;
		assert_int_not_equal(l.r[i].pid, getpid());
		assert_int_equal(l.r[i].overlap, 0);
	}
	assert_int_equal(own, 2);
	free_lines(&l);
}

/* The parent's does not grow meanwhile.  Not all that the child gets is growth:
   what was free before may go back to the kernel at any time. */
static int read_own_size(void *arg)
{
	struct memprof_request r = { 0 };
	struct memprof_result ret = { .size = sizeof(ret) };
	void *p;

	(void)arg;
	memprof_begin(mp, &r, "own");
	p = work_alloc(30 << 20);
	memprof_end(&r, NULL);
	memprof_result(&r, &ret);
	free(p);
	CHILD_CHECK(ret.end_rss - ret.start_rss >= 20 << 20);
	return 0;
}

static void test_a_child_reads_its_own_size(void **state)
{
	(void)state;
	serve_page("parent's");
	assert_int_equal(in_child(read_own_size, NULL), 0);
}

static int fork_again(void *arg)
{
	int depth = (int)(intptr_t)arg;

	serve_page("own");
	CHILD_CHECK(stats_of(mp).logged == 1);
	if (depth > 0)
		return in_child(fork_again, (void *)(intptr_t)(depth - 1));
	return 0;
}

static void test_children_of_children(void **state)
{
	(void)state;
	assert_int_equal(in_child(fork_again, (void *)(intptr_t)4), 0);
	assert_int_equal(count_logged("own"), 5);
	assert_int_equal(count_logged("(started)"), 6);
}

/* ---- names ---- */

static int log_by_pid(void *arg)
{
	char name[32];

	(void)arg;
	serve_page("own");
	snprintf(name, sizeof(name), "log.%d", getpid());
	CHILD_CHECK(!access(name, F_OK));
	return 0;
}

static void
test_each_process_has_its_log_where_pids_are_in_the_name(void **state)
{
	struct lines l;
	char name[32];

	(void)state;
	memprof_close(mp);
	mp = serve("memory_profile_log: log.%p");
	assert_int_equal(in_child(log_by_pid, NULL), 0);
	serve_page("parent's");
	snprintf(name, sizeof(name), "log.%d", getpid());
	l = read_lines(name);
	assert_int_equal(l.headers, 1);
	assert_int_equal(count_page(&l, "(started)"), 1);
	assert_int_equal(count_page(&l, "parent's"), 1);
	assert_int_equal(count_page(&l, "own"), 0);
	free_lines(&l);
}

/* ---- descriptors ---- */

static int lose_descriptors(void *arg)
{
	struct memprof_request r = { 0 };
	struct memprof_result ret = { .size = sizeof(ret) };
	int pair[2];

	(void)arg;
	closefrom(3);
	/* Sockets take all the numbers that ours had. */
	for (int i = 0; i < 60; i++)
		CHILD_CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
					pair));
	memprof_begin(mp, &r, "own");
	memprof_end(&r, NULL);
	memprof_result(&r, &ret);
	CHILD_CHECK(ret.start_rss > 0);
	CHILD_CHECK(stats_of(mp).logged == 1);
	for (int fd = 3; fd < 120; fd++) {
		char c;

		CHILD_CHECK(recv(fd, &c, 1, 0) < 0);
	}
	return 0;
}

static void test_a_child_that_closed_all_and_opened_sockets(void **state)
{
	(void)state;
	serve_page("parent's");
	assert_int_equal(in_child(lose_descriptors, NULL), 0);
	assert_int_equal(count_logged("own"), 1);
}

/* ---- while others log ---- */

static _Atomic bool stop;

static void *log_on(void *arg)
{
	(void)arg;
	while (!stop) {
		serve_page("parent's");
		usleep(100);
	}
	return NULL;
}

static int log_some(void *arg)
{
	(void)arg;
	/* Whoever hangs is ended, and that is seen. */
	alarm(60);
	for (int i = 0; i < 3; i++)
		serve_page("own");
	CHILD_CHECK(stats_of(mp).logged == 3);
	return 0;
}

static void test_200_forks_while_7_threads_log(void **state)
{
	pthread_t threads[LOGGERS];
	struct memprof_stats s;

	(void)state;
	stop = false;
	for (int i = 0; i < LOGGERS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, log_on, NULL), 0);
	for (int i = 0; i < FORKS; i++)
		assert_int_equal(in_child(log_some, NULL), 0);
	stop = true;
	for (int i = 0; i < LOGGERS; i++)
		pthread_join(threads[i], NULL);
	s = stats_of(mp);
	assert_int_equal(s.in_flight, 0);
	assert_int_equal(count_logged("own"), 3 * FORKS);
	assert_int_equal(count_logged("(started)"), FORKS + 1);
	assert_int_equal(count_logged("parent's"), s.logged);
}

/* ---- other ways to start a process ---- */

static void test_spawning_is_no_fork(void **state)
{
	char name[] = "true";
	char *args[] = { name, NULL };
	int status;
	pid_t pid;

	(void)state;
	serve_page("before");
	assert_int_equal(posix_spawnp(&pid, "true", NULL, NULL, args, environ),
			 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	pid = vfork();
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	serve_page("after");
	assert_int_equal(stats_of(mp).logged, 2);
	assert_int_equal(count_logged("(started)"), 1);
}

/* ---- preforked workers ---- */

static int work_off(void *arg)
{
	char page[32];
	int self = (int)(intptr_t)arg;

	for (int i = 0; i < EACH; i++) {
		snprintf(page, sizeof(page), "worker:%d:%d", self, i);
		serve_page(page);
	}
	CHILD_CHECK(stats_of(mp).logged == EACH);
	CHILD_CHECK(stats_of(mp).torn == 0 && !memprof_close(mp));
	return 0;
}

static void assert_each_line_is_there_once(const struct lines *l)
{
	static unsigned char seen[WORKERS][EACH];
	size_t found = 0;

	memset(seen, 0, sizeof(seen));
	for (size_t i = 0; i < l->count; i++) {
		const char *page = l->r[i].page_id.p;
		unsigned long worker, n;
		char *end;

		if (strncmp(page, "worker:", 7))
			continue;
		worker = strtoul(page + 7, &end, 10);
		n = strtoul(end + 1, NULL, 10);
		assert_true(worker < WORKERS && n < EACH);
		assert_int_equal(seen[worker][n]++, 0);
		found++;
	}
	assert_int_equal(found, WORKERS * EACH);
}

static void test_8_workers_write_100000_lines_to_one_file(void **state)
{
	pid_t workers[WORKERS];
	struct lines l;
	int status;

	(void)state;
	for (intptr_t i = 0; i < WORKERS; i++) {
		workers[i] = fork();
		if (workers[i] == 0)
			_exit(work_off((void *)i));
		assert_true(workers[i] > 0);
	}
	for (int i = 0; i < WORKERS; i++) {
		assert_int_equal(waitpid(workers[i], &status, 0), workers[i]);
		assert_int_equal(status, 0);
	}
	l = read_lines(LOG_NAME);
	assert_int_equal(l.bad, 0);
	assert_int_equal(l.headers, 1);
	assert_int_equal(count_page(&l, "(started)"), WORKERS + 1);
	assert_int_equal(count_page(&l, "(stopped)"), WORKERS);
	assert_each_line_is_there_once(&l);
	free_lines(&l);
}

int main(void)
{
#define ONE(name) \
	cmocka_unit_test_setup_teardown(name, open_session, close_session)
	const struct CMUnitTest tests[] = {
		ONE(test_a_child_closes_what_its_parent_logged_to),
		ONE(test_only_the_parent_ends_what_it_began),
		ONE(test_a_child_reads_its_own_size),
		ONE(test_children_of_children),
		ONE(test_each_process_has_its_log_where_pids_are_in_the_name),
		ONE(test_a_child_that_closed_all_and_opened_sockets),
		ONE(test_200_forks_while_7_threads_log),
		ONE(test_spawning_is_no_fork),
		ONE(test_8_workers_write_100000_lines_to_one_file),
	};

	return cmocka_run_group_tests_name("fork", tests, enter, leave);
}
