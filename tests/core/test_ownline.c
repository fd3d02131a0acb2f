/* ownline: what the process says of itself: (started), (skipped), (stopped). */

#include "logging.h"

#include "core/clock.h"
#include "core/escape.h"
#include "core/session.h"

#include <sys/utsname.h>

static char *text; /* what the records point into */

static void forget_text(void)
{
	free(text);
	text = NULL;
}

static int forget(void **state)
{
	forget_text();
	return leave(state);
}

/* The records of the log, `max` at most, header left out. */
static size_t read_records(struct mp_record *ret, size_t max)
{
	size_t len, n = 0;

	forget_text();
	text = read_whole(LOG, &len);
	assert_non_null(text);
	for (char *p = text, *end; (end = strchr(p, '\n')); p = end + 1) {
		struct mp_record r;
		int form = mp_record_parse(p, (size_t)(end - p), &r, NULL);

		assert_true(form >= 0);
		if (form == MP_RECORD_HEADER)
			continue;
		assert_true(n < max);
		ret[n++] = r;
	}
	return n;
}

static void assert_text(struct mp_text got, const char *want)
{
	assert_int_equal(got.len, strlen(want));
	assert_memory_equal(got.p, want, got.len);
}

/* What all of our own lines have in common. */
static void assert_own(const struct mp_record *r, const char *id)
{
	int64_t now_us = mp_clock_real_us();
	struct utsname name;
	char host[MP_ESCAPE_MAX + 1];

	assert_text(r->page_id, id);
	assert_in_range(r->timestamp_us, now_us - 60000000, now_us);
	assert_true(r->allocated == MP_UNKNOWN);
	assert_true(r->freed == MP_UNKNOWN);
	assert_true(r->peak == MP_UNKNOWN);
	assert_true(r->overlap == MP_UNKNOWN);
	assert_int_equal(r->pid, getpid());
	assert_int_equal(r->tid, gettid());
	assert_int_equal(uname(&name), 0);
	host[mp_escape(name.nodename, "-", host)] = '\0';
	assert_text(r->host, host);
}

static void assert_heap_totals(const struct mp_record *r)
{
	if (mp_heap_state() == MEMPROF_HEAP_ACTIVE)
		assert_true(r->heap_allocated > 0 &&
			    r->heap_active >= r->heap_allocated &&
			    r->heap_resident >= r->heap_active);
	else
		assert_true(r->heap_allocated == MP_UNKNOWN);
}

static void test_started_and_stopped_tell_of_the_process(void **state)
{
	struct mp_record r[4];
	struct memprof *mp = open_log(LOG);

	(void)state;
	request(mp, 0);
	assert_int_equal(stats_of(mp).own_lines, 1);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(read_records(r, 4), 3);

	assert_own(&r[0], "(started)");
	assert_text(r[0].oops_id, "-");
	assert_true(r[0].duration_us == MP_UNKNOWN);
	assert_true(r[0].start_rss == MP_UNKNOWN);
	assert_true(r[0].start_vss == MP_UNKNOWN);
	assert_true(r[0].rss_delta == MP_UNKNOWN);
	assert_true(r[0].end_rss > 100000 && r[0].end_vss > r[0].end_rss);
	assert_heap_totals(&r[0]);

	assert_text(r[1].page_id, "p0");

	assert_own(&r[2], "(stopped)");
	assert_text(r[2].oops_id, "-");
	assert_in_range(r[2].duration_us, 1, 60000000);
	assert_true(r[2].timestamp_us >= r[0].timestamp_us);
	assert_int_equal(r[2].start_rss, r[0].end_rss);
	assert_int_equal(r[2].start_vss, r[0].end_vss);
	assert_int_equal(r[2].rss_delta, r[2].end_rss - r[2].start_rss);
	assert_int_equal(r[2].vss_delta, r[2].end_vss - r[2].start_vss);
	assert_heap_totals(&r[2]);
}

#define SKIPPING                        \
	"memory_profile_log: " LOG "\n" \
	"log_threshold: 1G\n"

/* As if they had passed since the last `(skipped)`, however long it took. */
static void let_seconds_pass(struct memprof *mp, int64_t seconds)
{
	int64_t now_ns = mp_clock_mono_ns();

	mp->told.mono_ns = now_ns - seconds * MP_NS_PER_S;
	atomic_store(&mp->tick_at_ns, 0);
	mp_session_tick(mp, now_ns);
}

static void test_skipped_is_told_after_a_minute_and_at_close(void **state)
{
	struct mp_record r[8];
	struct memprof *mp = open_keys(SKIPPING);

	(void)state;
	for (size_t i = 0; i < 5; i++)
		request(mp, i);
	let_seconds_pass(mp, 59);
	assert_int_equal(stats_of(mp).own_lines, 1);
	let_seconds_pass(mp, 60);
	assert_int_equal(stats_of(mp).own_lines, 2);
	/* Nothing new, nothing told. */
	let_seconds_pass(mp, 61);
	assert_int_equal(stats_of(mp).own_lines, 2);
	for (size_t i = 0; i < 3; i++)
		request(mp, i);
	assert_int_equal(memprof_close(mp), 0);

	assert_int_equal(read_records(r, 8), 4);
	assert_own(&r[1], "(skipped)");
	assert_text(r[1].oops_id, "sampled=0,threshold=5,one_in=1");
	assert_int_equal(r[1].duration_us, 60000000);
	assert_true(r[1].end_rss == MP_UNKNOWN);
	assert_true(r[1].heap_allocated == MP_UNKNOWN);
	assert_own(&r[2], "(skipped)");
	assert_text(r[2].oops_id, "sampled=0,threshold=3,one_in=1");
	assert_own(&r[3], "(stopped)");
}

static void test_skipped_tells_what_sampling_left_out(void **state)
{
	struct mp_record r[200];
	struct memprof *mp = open_keys("memory_profile_log: " LOG "\n"
				       "sample_one_in: 10\n");
	uint64_t first, all;
	char want[64];
	size_t n, at;

	(void)state;
	for (size_t i = 0; i < 200; i++)
		request(mp, i);
	first = stats_of(mp).skipped_sampling;
	let_seconds_pass(mp, 61);
	at = 1 + stats_of(mp).logged;
	for (size_t i = 0; i < 300; i++)
		request(mp, i);
	all = stats_of(mp).skipped_sampling;
	assert_int_equal(stats_of(mp).logged + all, 500);
	assert_in_range(stats_of(mp).logged, 20, 100);
	assert_int_equal(memprof_close(mp), 0);

	n = read_records(r, 200);
	assert_text(r[at].page_id, "(skipped)");
	snprintf(want, sizeof(want), "sampled=%ju,threshold=0,one_in=10",
		 (uintmax_t)first);
	assert_text(r[at].oops_id, want);
	assert_text(r[n - 2].page_id, "(skipped)");
	snprintf(want, sizeof(want), "sampled=%ju,threshold=0,one_in=10",
		 (uintmax_t)(all - first));
	assert_text(r[n - 2].oops_id, want);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, enter, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_started_and_stopped_tell_of_the_process),
		TEST(test_skipped_is_told_after_a_minute_and_at_close),
		TEST(test_skipped_tells_what_sampling_left_out),
	};

	return cmocka_run_group_tests_name("ownline", tests, NULL, NULL);
}
