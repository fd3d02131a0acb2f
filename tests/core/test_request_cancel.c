/* request: no call ends a cancelled thread, and all keep errno, even in a child
   that can log nothing. */

#include "requesting.h"

#include <fcntl.h>
#include <sys/stat.h>

struct pending {
	struct memprof *mp;
	const char *page;
	int requests;
	bool went_through;
};

static void *serve_cancelled(void *arg)
{
	struct pending *p = arg;
	struct memprof_request r = { 0 };

	/* Pending from here on; any cancellation point would take it. */
	pthread_cancel(pthread_self());
	for (int i = 0; i < p->requests; i++) {
		memprof_begin(p->mp, &r, p->page);
		memprof_page(&r, p->page);
		memprof_detach(&r);
		memprof_attach(&r);
		memprof_end(&r, NULL);
	}
	p->went_through = true;
	return NULL;
}

static void test_no_call_is_a_cancellation_point(void **state)
{
	struct pending p = { .mp = mp, .page = "pending", .requests = 100 };

	(void)state;
	memprof_reopen(mp);
	run_thread(serve_cancelled, &p);
	assert_true(p.went_through);
	assert_int_equal(count_logged("pending"), 100);
}

static void test_no_call_is_a_cancellation_point_when_a_pipe_broke(void **state)
{
	struct pending p = { .page = "pending", .requests = 100 };
	int reader;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	reader = open("fifo", O_RDONLY | O_NONBLOCK);
	assert_true(reader >= 0);
	p.mp = serve("memory_profile_log: fifo\n");
	close(reader);
	run_thread(serve_cancelled, &p);
	assert_true(p.went_through);
	assert_true(stats_of(p.mp).dropped > 0);
	memprof_close(p.mp);
	unlink("fifo");
}

static void *open_cancelled(void *arg)
{
	struct memprof *session;
	bool *went_through = arg;

	pthread_cancel(pthread_self());
	if (memprof_open("c.conf", &session) || memprof_close(session))
		return NULL;
	*went_through = true;
	return NULL;
}

static void test_open_and_close_are_no_cancellation_points(void **state)
{
	bool went_through = false;

	(void)state;
	run_thread(open_cancelled, &went_through);
	assert_true(went_through);
}

/* What the directory is called while nobody is to find it. */
static const char *gone_dir(void)
{
	static char name[sizeof(serving_dir) + 8];

	snprintf(name, sizeof(name), "%s.gone", serving_dir);
	return name;
}

static int child_without_log(void *arg)
{
	struct pending p = { .mp = arg, .page = "child", .requests = 10 };
	struct memprof_request r = { 0 };
	pthread_t thread;

	/* Renewing fails at each step. */
	closefrom(3);
	CHILD_CHECK(!chdir("/") && !rename(serving_dir, gone_dir()));
	CHILD_CHECK(!pthread_create(&thread, NULL, serve_cancelled, &p));
	CHILD_CHECK(!pthread_join(thread, NULL));
	CHILD_CHECK(!rename(gone_dir(), serving_dir));
	CHILD_CHECK(p.went_through);
	memprof_begin(p.mp, &r, "x");
	return 0;
}

static int child_keeps_errno(void *arg)
{
	struct memprof_stats s = { .size = sizeof(s) };
	int fate = (int)(intptr_t)arg;

	closefrom(3);
	CHILD_CHECK(!chdir("/") && !rename(serving_dir, gone_dir()));
	errno = 4711;
	if (fate == 0)
		memprof_begin(mp, &req, "x"); /* the parent's, live */
	else if (fate == 1)
		memprof_page(&req, "x");
	else if (fate == 2)
		memprof_detach(&req);
	else if (fate == 3)
		memprof_attach(&req);
	else if (fate == 4)
		memprof_end(&req, NULL);
	else if (fate == 5)
		memprof_cancel(&req);
	else if (fate == 6)
		memprof_stats(mp, &s);
	else
		memprof_close(mp);
	if (errno != 4711)
		fprintf(stderr, "call %d: errno is %d\n", fate, errno);
	return rename(gone_dir(), serving_dir) || errno != 4711;
}

/* A child that has lost its descriptors and its directory. */
static void
test_errno_and_threads_survive_a_child_that_can_log_nothing(void **state)
{
	struct memprof *per_pid;
	char keys[200];

	(void)state;
	memprof_close(mp);
	snprintf(keys, sizeof(keys), "memory_profile_log: %s/log.%%p\n",
		 serving_dir);
	mp = per_pid = serve(keys);
	memprof_begin(mp, &req, "parent's");
	assert_int_equal(in_child(child_without_log, per_pid), 0);
	for (intptr_t fate = 0; fate < 8; fate++)
		assert_int_equal(in_child(child_keeps_errno, (void *)fate), 0);
	memprof_end(&req, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REQUEST_TEST(test_no_call_is_a_cancellation_point),
		REQUEST_TEST(
			test_no_call_is_a_cancellation_point_when_a_pipe_broke),
		REQUEST_TEST(test_open_and_close_are_no_cancellation_points),
		REQUEST_TEST(
			test_errno_and_threads_survive_a_child_that_can_log_nothing),
	};

	return cmocka_run_group_tests_name("request_cancel", tests, enter,
					   leave);
}
