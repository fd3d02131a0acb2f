/* procs: how processes ended, and what came in their place. */

#include "test.h"

#include "lines.h"

#include "report/procs.h"

#include <string.h>

#define SECOND INT64_C(1000000)
#define NOON   INT64_C(1795003200000000)

static void add(struct mp_history *h, const char *id, int64_t second,
		int64_t pid, const char *host)
{
	struct mp_record r = lines_record(id);

	r.timestamp_us = NOON + second * SECOND;
	r.pid = pid;
	r.host = lines_text(host);
	r.start_rss = pid << 10;
	r.end_rss = pid << 10;
	assert_int_equal(
		mp_history_add(h, &r, mp_own_kind(&r, MP_RECORD_FORMAT_1)), 0);
}

static void add_requests(struct mp_history *h, int64_t from, int64_t until,
			 int64_t pid, const char *host)
{
	for (int64_t second = from; second <= until; second++)
		add(h, "Root:page", second, pid, host);
}

static const struct mp_proc *find(const struct mp_procs *p, int64_t pid,
				  int64_t began)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->procs[i].pid == pid &&
		    (began < 0 ||
		     p->procs[i].run->began_us == NOON + began * SECOND))
			return &p->procs[i];
	fail();
	return NULL;
}

static void test_no_lines_no_processes(void **state)
{
	struct mp_history h;
	struct mp_procs p;

	(void)state;
	mp_history_init(&h);
	assert_int_equal(mp_procs_list(&h, &p), 0);
	assert_int_equal(p.count, 0);
	assert_int_equal(p.hosts, 0);
	mp_procs_release(&p);
	mp_history_release(&h);
}

static void test_who_said_so_has_stopped(void **state)
{
	struct mp_history h;
	struct mp_procs p;

	(void)state;
	mp_history_init(&h);
	add(&h, "(started)", 0, 7, "web1");
	add_requests(&h, 1, 50, 7, "web1");
	add(&h, "(stopped)", 51, 7, "web1");
	add_requests(&h, 0, 1000, 8, "web1");
	assert_int_equal(mp_procs_list(&h, &p), 0);
	assert_int_equal(p.count, 2);
	assert_int_equal(p.hosts, 1);
	assert_int_equal(find(&p, 7, 0)->end, MP_PROC_STOPPED);
	assert_int_equal(find(&p, 8, -1)->end, MP_PROC_OPEN);
	assert_true(mp_proc_began(find(&p, 7, 0)) == NOON);
	assert_true(mp_proc_began(find(&p, 8, -1)) == INT64_MIN);
	assert_int_equal(p.gone + p.silent + p.restarted + p.again, 0);
	mp_procs_release(&p);
	mp_history_release(&h);
}

static void test_who_is_replaced_is_gone(void **state)
{
	struct mp_history h;
	struct mp_procs p;
	const struct mp_proc *first;

	(void)state;
	mp_history_init(&h);
	add(&h, "(started)", 0, 1, "pod");
	add_requests(&h, 1, 50, 1, "pod");
	add(&h, "(started)", 53, 1, "pod");
	add_requests(&h, 54, 60, 1, "pod");
	assert_int_equal(mp_procs_list(&h, &p), 0);
	assert_int_equal(p.count, 2);
	first = &p.procs[0];
	assert_true(first->run->began_us == NOON);
	assert_int_equal(first->end, MP_PROC_GONE);
	assert_false(first->again);
	assert_int_equal(first->restarted_us, 3 * SECOND);
	assert_int_equal(first->restarted_pid, 1);
	assert_int_equal(p.procs[1].end, MP_PROC_OPEN);
	assert_true(p.procs[1].again);
	assert_true(p.procs[1].restarted_us == MP_UNKNOWN);
	assert_int_equal(p.gone, 1);
	assert_int_equal(p.restarted, 1);
	assert_int_equal(p.again, 1);
	mp_procs_release(&p);
	mp_history_release(&h);
}

static void test_who_left_requests_unfinished_is_gone(void **state)
{
	struct mp_record r = lines_record("Root:page");
	struct mp_history h;
	struct mp_procs p;

	(void)state;
	mp_history_init(&h);
	add_requests(&h, 1, 5, 7, "web1");
	r.timestamp_us = NOON + 3 * SECOND;
	r.oops_id = lines_text(MP_RECORD_UNFINISHED);
	assert_int_equal(mp_own_kind(&r, MP_RECORD_FORMAT_1),
			 MP_OWN_UNFINISHED);
	assert_int_equal(mp_history_add(&h, &r, MP_OWN_UNFINISHED), 0);
	assert_int_equal(mp_procs_list(&h, &p), 0);
	assert_int_equal(p.procs[0].end, MP_PROC_GONE);
	assert_int_equal(p.procs[0].run->requests, 5);
	assert_int_equal(p.procs[0].run->killed, 1);
	assert_int_equal(p.gone, 1);
	mp_procs_release(&p);
	mp_history_release(&h);
}

static void test_who_stopped_before_is_not_gone(void **state)
{
	struct mp_history h;
	struct mp_procs p;

	(void)state;
	mp_history_init(&h);
	add(&h, "(started)", 0, 1, "pod");
	add(&h, "(stopped)", 9, 1, "pod");
	add(&h, "(started)", 10, 1, "pod");
	assert_int_equal(mp_procs_list(&h, &p), 0);
	assert_int_equal(p.count, 2);
	assert_int_equal(find(&p, 1, 0)->end, MP_PROC_STOPPED);
	assert_true(find(&p, 1, 0)->restarted_us == MP_UNKNOWN);
	assert_int_equal(p.gone, 0);
	assert_int_equal(p.again, 1);
	mp_procs_release(&p);
	mp_history_release(&h);
}

static void test_two_sessions_of_one_process(void **state)
{
	struct mp_history h;
	struct mp_procs p;
	struct mp_record r = lines_record("Root:long");

	(void)state;
	mp_history_init(&h);
	add(&h, "(started)", 0, 1, "web1");
	r.timestamp_us = NOON + SECOND;
	r.duration_us = 60 * SECOND;
	r.pid = 1;
	assert_int_equal(mp_history_add(&h, &r, MP_OWN_NONE), 0);
	add(&h, "(started)", 10, 1, "web1");
	assert_int_equal(mp_procs_list(&h, &p), 0);
	assert_int_equal(find(&p, 1, 0)->end, MP_PROC_OPEN);
	mp_procs_release(&p);
	mp_history_release(&h);
}

static struct silence_case {
	const char *name;
	int64_t requests;  /* one a second */
	int64_t every;	   /* so many seconds apart */
	int64_t until;	   /* the last second of the host's other process */
	const char *other; /* that host */
	enum mp_proc_end want;
} silence_cases[] = {
	{ "long silence", 50, 1, 200, "web1", MP_PROC_SILENT },
	{ "short silence", 50, 1, 105, "web1", MP_PROC_OPEN },
	{ "silence of another host", 50, 1, 9000, "web2", MP_PROC_OPEN },
	{ "few requests", 9, 1, 9000, "web1", MP_PROC_OPEN },
	{ "seldom asked, silent for a while", 50, 10, 600, "web1",
	  MP_PROC_OPEN },
	{ "seldom asked, silent for long", 50, 10, 800, "web1",
	  MP_PROC_SILENT },
};

static void test_silence(void **state)
{
	const struct silence_case *c = *state;
	struct mp_history h;
	struct mp_procs p;

	mp_history_init(&h);
	for (int64_t i = 1; i <= c->requests; i++)
		add(&h, "Root:page", i * c->every, 7, "web1");
	add_requests(&h, 0, c->until, 8, c->other);
	assert_int_equal(mp_procs_list(&h, &p), 0);
	assert_int_equal(find(&p, 7, -1)->end, c->want);
	assert_int_equal(find(&p, 8, -1)->end, MP_PROC_OPEN);
	assert_int_equal(p.silent, c->want == MP_PROC_SILENT);
	assert_int_equal(p.hosts, strcmp(c->other, "web1") ? 2 : 1);
	mp_procs_release(&p);
	mp_history_release(&h);
}

static void test_who_comes_soon_after_is_a_restart(void **state)
{
	struct mp_history h;
	struct mp_procs p;

	(void)state;
	mp_history_init(&h);
	add(&h, "(started)", 0, 7, "web1");
	add_requests(&h, 1, 50, 7, "web1");
	/* Another host's, one that was there, one too late. */
	add(&h, "(started)", 51, 20, "web2");
	add(&h, "(started)", 40, 21, "web1");
	add_requests(&h, 52, 60, 22, "web1");
	add(&h, "(started)", 55, 9, "web1");
	add(&h, "(started)", 61, 10, "web1");
	add_requests(&h, 0, 500, 8, "web1");
	assert_int_equal(mp_procs_list(&h, &p), 0);
	assert_int_equal(p.procs[0].pid, 7);
	assert_int_equal(p.procs[0].end, MP_PROC_SILENT);
	assert_int_equal(p.procs[0].restarted_us, 5 * SECOND);
	assert_int_equal(p.procs[0].restarted_pid, 9);
	assert_int_equal(p.restarted, 1);
	/* Who never served may be the parent of those that do. */
	assert_int_equal(find(&p, 21, 40)->end, MP_PROC_OPEN);
	assert_int_equal(find(&p, 22, -1)->end, MP_PROC_OPEN);
	/* Then those whose RSS was largest. */
	assert_int_equal(p.procs[1].pid, 22);
	assert_int_equal(p.procs[2].pid, 21);
	mp_procs_release(&p);
	mp_history_release(&h);
}

static void test_a_restart_tells_a_short_silence(void **state)
{
	(void)state;
	for (int64_t began = 50; began <= 62; began += 12)
		for (int64_t until = 69; until <= 70; until++) {
			struct mp_history h;
			struct mp_procs p;

			mp_history_init(&h);
			add_requests(&h, 1, 50, 7, "web1");
			add(&h, "(started)", began, 8, "web1");
			add_requests(&h, began + 1, until, 8, "web1");
			assert_int_equal(mp_procs_list(&h, &p), 0);
			/* 49 s for 50 requests are the usual. */
			assert_int_equal(find(&p, 7, -1)->end,
					 began == 50 && until == 70
						 ? MP_PROC_SILENT
						 : MP_PROC_OPEN);
			assert_int_equal(p.restarted, p.silent);
			mp_procs_release(&p);
			mp_history_release(&h);
		}
}

static void test_who_comes_later_is_no_restart(void **state)
{
	struct mp_history h;
	struct mp_procs p;

	(void)state;
	mp_history_init(&h);
	add(&h, "(started)", 0, 1, "pod");
	add_requests(&h, 1, 50, 1, "pod");
	add(&h, "(started)", 61, 1, "pod");
	assert_int_equal(mp_procs_list(&h, &p), 0);
	assert_int_equal(p.procs[0].end, MP_PROC_GONE);
	assert_true(p.procs[0].restarted_us == MP_UNKNOWN);
	assert_int_equal(p.restarted, 0);
	mp_procs_release(&p);
	mp_history_release(&h);
}

#define PLAIN_TESTS 9

int main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ARRAY_SIZE(silence_cases)] = {
		cmocka_unit_test(test_no_lines_no_processes),
		cmocka_unit_test(test_who_said_so_has_stopped),
		cmocka_unit_test(test_who_is_replaced_is_gone),
		cmocka_unit_test(test_who_left_requests_unfinished_is_gone),
		cmocka_unit_test(test_who_stopped_before_is_not_gone),
		cmocka_unit_test(test_two_sessions_of_one_process),
		cmocka_unit_test(test_who_comes_soon_after_is_a_restart),
		cmocka_unit_test(test_a_restart_tells_a_short_silence),
		cmocka_unit_test(test_who_comes_later_is_no_restart),
	};

	for (size_t i = 0; i < ARRAY_SIZE(silence_cases); i++)
		tests[PLAIN_TESTS + i] = (struct CMUnitTest){
			.name = silence_cases[i].name,
			.test_func = test_silence,
			.initial_state = &silence_cases[i],
		};
	return cmocka_run_group_tests_name("procs", tests, NULL, NULL);
}
