/* session: from open to close: its format, its end under load, and what is
   called too late or twice. */

#include "logging.h"

#include "core/heap.h"
#include "core/statm.h"

#include <pthread.h>
#include <time.h>

/* ---- Launchpad's format ---- */

static struct zone_case {
	const char *name; /* of the zone, too */
} zone_cases[] = { { "Europe/Berlin" }, { "America/New_York" }, { "UTC" } };

/* Not time(3), which may lag behind this clock by a tick. */
static time_t second(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

static void log_in_local_time(void *arg)
{
	const struct zone_case *c = arg;
	struct memprof *mp;
	char want[64], *text, *line, *end;
	time_t before, now;
	struct tm tm;
	size_t len;
	bool found = false;
	int fields = 1;

	setenv("TZ", c->name, 1);
	mp = open_keys("memory_profile_log: " LOG "\n"
		       "memory_profile_format: launchpad\n");
	before = second();
	request(mp, 7);
	now = second();
	MUST(!memprof_close(mp));
	MUST(stats_of(mp).own_lines == 0);

	text = read_whole(LOG, &len);
	line = text;
	end = strchr(line, '\n');
	MUST(end && end[1] == '\0'); /* one line: no header, none of our own */
	for (char *p = line; p < end; p++)
		fields += *p == ' ';
	MUST(fields == 8);
	MUST(!memchr(line, '\t', len));
	/* It began in one of these seconds; time(2) may lag behind. */
	for (time_t at = before; at <= now + 1; at++) {
		localtime_r(&at, &tm);
		strftime(want, sizeof(want), "%Y-%m-%d_%H:%M:%S.", &tm);
		if (!strncmp(line, want, strlen(want)))
			found = true;
	}
	MUST(found);
	MUST(strspn(line + 20, "0123456789") == 3);
	MUST(!strncmp(line + 23, " p7 - 0.", 8));
	free(text);
}

static void test_launchpads_format_in_local_time(void **state)
{
	in_child(log_in_local_time, *state);
}

/* ---- the end ---- */

/* What this thread has allocated and not freed. */
static int64_t held_here(void)
{
	const uint64_t *allocated, *freed;

	return mp_heap_thread(&allocated, &freed)
		       ? (int64_t)(*allocated - *freed)
		       : MP_UNKNOWN;
}

static void test_thousands_of_sessions_leave_nothing(void **state)
{
	struct memprof_stats s;
	struct mp_statm before = { 0, 0 };
	int64_t held = 0;
	int files = 0;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct memprof *mp = open_log("/dev/null");

		request(mp, 0);
		s = stats_of(mp);
		assert_int_equal(s.begun, 1);
		assert_int_equal(s.logged, 1);
		/* `(started)`, and now and then what grew outside. */
		assert_in_range(s.own_lines, 1, 2);
		assert_int_equal(memprof_close(mp), 0);
		if (i == 300) {
			before = mp_statm_read();
			held = held_here();
			files = open_files();
		}
	}
	assert_int_equal(open_files(), files);
	/* Sanitizers keep what is freed; and a kernel's own counts may be late
	   by some pages for each processor. */
	if (getenv("MEMPROF_TEST_NO_JEMALLOC") == NULL) {
		assert_true(mp_statm_read().rss - before.rss < 4 << 20);
		assert_int_equal(held_here(), held);
	}
}

static void test_a_session_that_is_off_measures_nothing(void **state)
{
	struct memprof *mp = open_keys("memory_profile_log: " LOG "\n"
				       "profiling_allowed: false\n");
	struct memprof_stats s;

	(void)state;
	request(mp, 0);
	s = stats_of(mp);
	assert_int_equal(s.on, 0);
	assert_int_equal(s.begun, 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(access(LOG, F_OK), -1);
}

static void test_closing_twice_is_counted(void **state)
{
	struct memprof *mp = open_log(LOG);
	uint64_t misused = stats_of(mp).misused;

	(void)state;
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(stats_of(mp).misused, misused + 1);
	assert_int_equal(memprof_close(NULL), 0);
	assert_int_equal(account_of(LOG).own, 2);
}

static void test_calls_after_close_do_nothing_and_are_counted(void **state)
{
	struct memprof_request live = { { 0 } }, late = { { 0 } };
	struct memprof_result result = { .size = sizeof(result) };
	struct memprof *mp = open_log(LOG);
	uint64_t misused = stats_of(mp).misused;

	(void)state;
	memprof_begin(mp, &live, "live");
	assert_int_equal(memprof_close(mp), 0);

	memprof_end(&live, NULL);
	assert_int_equal(stats_of(mp).misused, misused + 1);
	memprof_end(&live, NULL);
	assert_int_equal(stats_of(mp).misused, misused + 2);
	memprof_begin(mp, &late, "late");
	assert_int_equal(stats_of(mp).misused, misused + 3);
	memprof_page(&late, "later");
	memprof_end(&late, NULL);
	assert_int_equal(memprof_result(&late, &result), -EINVAL);
	memprof_reopen(mp);
	assert_int_equal(account_of(LOG).requests, 0);
	assert_int_equal(stats_of(mp).on, 0);
}

/* Its memory may serve another session by then; the request knows. */
static void test_a_request_of_a_closed_session_leaves_the_next_alone(void **s)
{
	struct memprof_request live = { { 0 } };
	struct memprof *first = open_log(LOG), *mp = NULL;

	(void)s;
	memprof_begin(first, &live, "live");
	assert_int_equal(memprof_close(first), 0);
	for (int i = 0; i < 100 && mp != first; i++) {
		mp = open_log(LOG);
		if (mp != first)
			memprof_close(mp);
	}
	assert_ptr_equal(mp, first);
	memprof_end(&live, NULL);
	assert_int_equal(stats_of(mp).logged, 0);
	assert_int_equal(stats_of(mp).in_flight, 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(account_of(LOG).requests, 0);
}

#define THREADS 8

static struct memprof *shared;
static _Atomic bool over;

static void *use_until_over(void *arg)
{
	size_t n = 0;

	(void)arg;
	while (!atomic_load(&over))
		request(shared, n++);
	return NULL;
}

static void close_under_load(void)
{
	pthread_t threads[THREADS];
	struct memprof_stats s;
	struct account a;
	uint64_t misused;
	char *text;

	unlink(LOG);
	shared = open_log(LOG);
	atomic_store(&over, false);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, use_until_over, NULL),
			0);
	while (stats_of(shared).logged < 200)
		usleep(100);
	assert_int_equal(memprof_close(shared), 0);
	a = account_of(LOG);
	misused = stats_of(shared).misused;
	while (stats_of(shared).misused == misused)
		usleep(100);
	atomic_store(&over, true);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);

	/* Nothing comes after close, and (stopped) is the last. */
	s = stats_of(shared);
	assert_int_equal(account_of(LOG).requests, a.requests);
	assert_int_equal(a.requests, s.logged);
	assert_int_equal(a.own, s.own_lines);
	assert_int_equal(a.faults, 0);
	text = read_whole(LOG, &(size_t){ 0 });
	assert_non_null(strstr(strrchr(text, 'T') - 30, "(stopped)"));
	free(text);
}

static void test_close_under_load_waits_and_ends_it(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		close_under_load();
}

static void *open_and_close(void *arg)
{
	for (int i = 0; i < 200; i++) {
		struct memprof *mp = NULL;

		if (memprof_open_log(arg, &mp))
			return arg;
		request(mp, 0);
		request(mp, 1);
		if (memprof_close(mp))
			return arg;
	}
	return NULL;
}

static void test_sessions_are_opened_and_closed_side_by_side(void **state)
{
	char names[4][16];
	pthread_t threads[4];
	void *failed;

	(void)state;
	for (int i = 0; i < 4; i++) {
		snprintf(names[i], sizeof(names[i]), "%d.log", i);
		assert_int_equal(pthread_create(&threads[i], NULL,
						open_and_close, names[i]),
				 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
		assert_int_equal(account_of(names[i]).requests, 400);
		assert_true(account_of(names[i]).own >= 400);
	}
}

static void test_the_pid_is_expanded(void **state)
{
	struct memprof *mp = open_keys("memory_profile_log: a.%p.%%.log\n");
	char name[64];

	(void)state;
	request(mp, 0);
	assert_int_equal(memprof_close(mp), 0);
	snprintf(name, sizeof(name), "a.%d.%%.log", getpid());
	assert_int_equal(account_of(name).requests, 1);
}

static void test_open_errors_say_where_and_why(void **state)
{
	struct memprof *mp = (struct memprof *)state;
	char want[256];
	FILE *f = fopen("bad.conf", "w");

	fprintf(f, "[profiling]\n\nsample_one_in: none\n");
	fclose(f);
	assert_int_equal(memprof_open("bad.conf", &mp), -EINVAL);
	assert_null(mp);
	assert_non_null(strstr(memprof_open_error(), "bad.conf:3: "));
	mp = (struct memprof *)state;
	assert_int_equal(memprof_open_log("missing/x.log", &mp), -ENOENT);
	assert_null(mp);
	snprintf(want, sizeof(want),
		 "%s/missing/x.log: No such file or directory", logging_dir);
	assert_string_equal(memprof_open_error(), want);
	assert_int_equal(memprof_open_log("", &mp), -EINVAL);
	assert_int_equal(memprof_open_log(NULL, &mp), -EINVAL);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, enter, leave)

int main(void)
{
	struct CMUnitTest tests[9 + ARRAY_SIZE(zone_cases)] = {
		TEST(test_thousands_of_sessions_leave_nothing),
		TEST(test_a_session_that_is_off_measures_nothing),
		TEST(test_closing_twice_is_counted),
		TEST(test_calls_after_close_do_nothing_and_are_counted),
		TEST(test_a_request_of_a_closed_session_leaves_the_next_alone),
		TEST(test_close_under_load_waits_and_ends_it),
		TEST(test_sessions_are_opened_and_closed_side_by_side),
		TEST(test_the_pid_is_expanded),
		TEST(test_open_errors_say_where_and_why),
	};

	for (size_t i = 0; i < ARRAY_SIZE(zone_cases); i++)
		tests[9 + i] = (struct CMUnitTest){
			.name = zone_cases[i].name,
			.test_func = test_launchpads_format_in_local_time,
			.setup_func = enter,
			.teardown_func = leave,
			.initial_state = &zone_cases[i],
		};
	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
