/* recover: each state that a killed process leaves a request in. */

#include "core/remains.h"

/* ---- requests in flight ---- */

static void test_a_request_in_flight_is_told_as_unfinished(void **state)
{
	struct mp_recover_account a;
	char line[MP_RECORD_MAX];
	struct mp_record r;

	(void)state;
	/* What the slot was used for before says nothing. */
	put_in_flight(0, "slow")->mark = (struct mp_recorder_mark){ 1, 2, 3 };
	write_remains(0);
	a = recover();
	assert_int_equal(a.unfinished, 1);
	assert_int_equal(a.found + a.written + a.repeated + a.unsure, 0);

	only_record(LOG, "slow", line, &r);
	assert_int_equal(r.oops_id.len, 10);
	assert_memory_equal(r.oops_id.p, "UNFINISHED", 10);
	assert_int_equal(r.timestamp_us, began_us);
	assert_int_equal(r.duration_us, 2000);
	assert_int_equal(r.start_vss, 1000 * PAGES);
	assert_int_equal(r.end_vss, 1100 * PAGES);
	assert_int_equal(r.end_rss, 600 * PAGES);
	assert_int_equal(r.vss_delta, 100 * PAGES);
	assert_int_equal(r.rss_delta, 100 * PAGES);
	assert_int_equal(r.allocated, MP_UNKNOWN);
	assert_int_equal(r.freed, MP_UNKNOWN);
	assert_int_equal(r.peak, MP_UNKNOWN);
	assert_int_equal(r.overlap, MP_UNKNOWN);
	assert_int_equal(r.heap_allocated, MP_UNKNOWN);
	assert_int_equal(r.pid, DEAD);
	assert_int_equal(r.tid, 1000);
	assert_int_equal(account_of(LOG).headers, 1);
	assert_int_equal(account_of(LOG).faults, 0);
}

static void test_slices_that_are_over_are_told(void **state)
{
	struct mp_recorder_slot *s = put_in_flight(5, "slices");
	char line[MP_RECORD_MAX];
	struct mp_record r;

	(void)state;
	s->allocated = 100;
	s->freed = 0;
	s->peak = 100;
	write_remains(0);
	recover();
	only_record(LOG, "slices", line, &r);
	assert_int_equal(r.allocated, 100);
	assert_int_equal(r.freed, 0);
	assert_int_equal(r.peak, 100);
}

static void test_what_began_after_the_last_reading_has_not_grown(void **state)
{
	struct mp_recorder_slot *s = put_in_flight(5, "late");
	char line[MP_RECORD_MAX];
	struct mp_record r;

	(void)state;
	s->begin_mono_ns = remains.h.reading.mono_ns + 1;
	write_remains(0);
	recover();
	only_record(LOG, "late", line, &r);
	assert_int_equal(r.duration_us, 0);
	assert_int_equal(r.end_rss, 500 * PAGES);
	assert_int_equal(r.rss_delta, 0);
}

static void test_without_a_reading_the_end_is_its_beginning(void **state)
{
	char line[MP_RECORD_MAX];
	struct mp_record r;

	(void)state;
	remains.h.reading.mono_ns = 0;
	remains.h.reading.rss = MP_UNKNOWN;
	put_in_flight(5, "unread");
	write_remains(0);
	recover();
	only_record(LOG, "unread", line, &r);
	assert_int_equal(r.end_rss, 500 * PAGES);
	assert_int_equal(r.duration_us, 0);
}

static void test_half_a_reading_is_none(void **state)
{
	char line[MP_RECORD_MAX];
	struct mp_record r;

	(void)state;
	remains.h.reading.seq.n = 3;
	put_in_flight(5, "torn");
	write_remains(0);
	recover();
	only_record(LOG, "torn", line, &r);
	assert_int_equal(r.end_rss, MP_UNKNOWN);
	assert_int_equal(r.rss_delta, MP_UNKNOWN);
	assert_int_equal(r.duration_us, 1995);
}

static void test_what_was_sampled_out_is_named(void **state)
{
	struct mp_recorder_slot *s = put_in_flight(3, "sampled");
	char line[MP_RECORD_MAX];
	struct mp_record r;

	(void)state;
	s->flags = MP_RECORDER_UNMEASURED;
	s->start = (struct mp_statm){ MP_UNKNOWN, MP_UNKNOWN };
	s->allocated = s->freed = s->peak = MP_UNKNOWN;
	write_remains(0);
	assert_int_equal(recover().unfinished, 1);
	only_record(LOG, "sampled", line, &r);
	assert_int_equal(r.start_rss, MP_UNKNOWN);
	assert_int_equal(r.end_rss, 600 * PAGES);
	assert_int_equal(r.rss_delta, MP_UNKNOWN);
}

static void test_a_slot_being_changed_keeps_what_was_not(void **state)
{
	struct mp_recorder_slot *s;
	char line[MP_RECORD_MAX];
	struct mp_record r;

	(void)state;
	s = put_slot(1, 1, MP_RECORDER_IN_FLIGHT, "whole");
	s->allocated = 100;
	s->freed = 50;
	s->peak = 70;
	s = put_slot(2, 1, MP_RECORDER_IN_FLIGHT, "half");
	s->page_len = 0;
	put_slot(3, 1, MP_RECORDER_FREE, "not begun");
	write_remains(0);
	assert_int_equal(recover().unfinished, 2);
	only_record(LOG, "whole", line, &r);
	assert_int_equal(r.start_rss, 500 * PAGES);
	assert_int_equal(r.allocated, MP_UNKNOWN);
	assert_int_equal(r.freed, MP_UNKNOWN);
	assert_int_equal(r.peak, MP_UNKNOWN);
	only_record(LOG, "Unknown", line, &r);
	assert_int_equal(r.tid, 1002);
}

/* ---- requests that were ended ---- */

static void test_a_line_that_is_there_is_not_repeated(void **state)
{
	struct mp_recover_account a;

	(void)state;
	begin_log(1);
	append_line(LOG, 0, 0);
	write_remains(0);
	a = recover();
	assert_int_equal(a.found, 1);
	assert_int_equal(a.written, 0);
	assert_int_equal(times_logged(LOG, 0), 1);
}

static void test_a_line_that_is_missing_is_written(void **state)
{
	struct mp_recover_account a;

	(void)state;
	begin_log(1);
	write_remains(0);
	a = recover();
	assert_int_equal(a.found, 0);
	assert_int_equal(a.written, 1);
	assert_int_equal(a.unsure, 0);
	assert_int_equal(times_logged(LOG, 0), 1);
	assert_int_equal(account_of(LOG).headers, 1);
}

static void test_a_line_of_our_own_is_written_and_is_no_request(void **state)
{
	struct mp_recover_account a;
	struct mp_recorder_slot *s;
	char line[MP_RECORD_MAX];
	struct mp_record r;

	(void)state;
	append_text(LOG, mp_record_header);
	s = put_ended(0, MP_RECORDER_ENDING, "", LOG, mp_record_header_len);
	s->page_len = 9;
	memcpy(s->page, "(outside)", 9);
	/* Of several gaps: they have no common start. */
	s->start = (struct mp_statm){ MP_UNKNOWN, MP_UNKNOWN };
	write_remains(0);
	a = recover();
	assert_int_equal(a.found + a.written, 0);
	assert_int_equal(a.logged, 0);
	assert_true(a.balances);
	assert_int_equal(account_of(LOG).own, 2); /* with `(recovered)` */
	assert_int_equal(account_of(LOG).requests, 0);
	only_record(LOG, "(outside)", line, &r);
	assert_int_equal(r.rss_delta, 2 * PAGES);
	assert_int_equal(r.start_rss, MP_UNKNOWN);
}

static void test_what_was_logged_is_left_alone(void **state)
{
	struct mp_recover_account a;

	(void)state;
	append_text(LOG, mp_record_header);
	put_ended(0, MP_RECORDER_LOGGED, "done", LOG, 0);
	put_ended(1, MP_RECORDER_FREE, "free", LOG, 0);
	write_remains(0);
	a = recover();
	assert_int_equal(a.found + a.written + a.unfinished, 0);
	assert_int_equal(account_of(LOG).requests, 0);
}

/* In Launchpad's format nothing tells two requests apart that began within the
   same millisecond. */
static void test_lines_that_are_alike_are_counted(void **state)
{
	struct mp_recover_account a;
	unsigned n;

	(void)state;
	remains.h.format = MP_FORMAT_LAUNCHPAD;
	remains.h.utc_offset_s = 3600;
	append_text(LOG, "");
	for (uint32_t i = 0; i < 3; i++)
		put_ended(i, MP_RECORDER_ENDING, "same", LOG, 0);
	append_line(LOG, 0, 0);
	append_line(LOG, 0, 0);
	write_remains(0);
	a = recover();
	n = times_logged(LOG, 0);
	assert_int_equal(a.found, 2);
	assert_int_equal(a.written, 1);
	assert_int_equal(n, 3);
	assert_int_equal(account_of(LOG).headers, 0);
}

static void test_what_stands_before_the_mark_is_another(void **state)
{
	struct stat st;

	(void)state;
	append_text(LOG, mp_record_header);
	put_ended(0, MP_RECORDER_ENDING, "done", NULL, 0);
	append_line(LOG, 0, 0);
	assert_int_equal(stat(LOG, &st), 0);
	put_ended(0, MP_RECORDER_ENDING, "done", LOG, (uint64_t)st.st_size);
	write_remains(0);
	assert_int_equal(recover().written, 1);
	assert_int_equal(times_logged(LOG, 0), 2);
}

static void test_the_account_stands_in_the_log_once(void **state)
{
	char line[MP_RECORD_MAX];
	struct mp_record r;

	(void)state;
	put_in_flight(0, "slow");
	put_ended(1, MP_RECORDER_ENDING, "done", NULL, 0);
	remains.h.overlap.word = (uint64_t)9 << 32 | 1;
	remains.h.counts.logged = 6;
	remains.h.counts.cancelled = 1;
	write_remains(0);
	recover();
	only_record(LOG, "(recovered)", line, &r);
	assert_int_equal(r.end_rss, 600 * PAGES);
	assert_int_equal(r.duration_us, 1002000);
	assert_int_equal(r.pid, DEAD);
	line[r.oops_id.p + r.oops_id.len - line] = '\0';
	assert_string_equal(r.oops_id.p,
			    "begun=9,logged=7,skipped=0,dropped=0,cancelled=1,"
			    "abandoned=0,unfinished=1,unnamed=0");
	/* As if the recoverer had been killed before it was done. */
	write_remains(0);
	recover();
	only_record(LOG, "(recovered)", line, &r);
}

/* ---- the account ---- */

static void test_the_ledger_balances(void **state)
{
	struct mp_recorder *h = &remains.h;
	struct mp_recover_account a;

	(void)state;
	append_text(LOG, mp_record_header);
	mp_overlap_init(&h->overlap, MP_NS_PER_S);
	for (int i = 0; i < 100; i++)
		mp_overlap_begin(&h->overlap, BEGAN_NS);
	h->overlap.abandoned = 3;
	h->counts = (struct mp_recorder_counts){
		.logged = 50,
		.dropped = 2,
		.skipped_sampling = 10,
		.skipped_threshold = 11,
		.skipped_paused = 12,
		.cancelled = 4,
	};
	/* 92 are counted, and these are 6. */
	put_in_flight(0, "slow");
	put_ended(1, MP_RECORDER_ENDING, "found", LOG, mp_record_header_len);
	append_line(LOG, 1, 0);
	put_ended(2, MP_RECORDER_ENDING, "written", LOG, mp_record_header_len);
	for (uint32_t i = 3; i < 6; i++)
		put_ended(i, MP_RECORDER_LOGGED, "uncounted", LOG, 0);
	write_remains(0);
	a = recover();
	assert_true(a.balances);
	assert_int_equal(a.begun, 100);
	assert_int_equal(a.logged, 55);
	assert_int_equal(a.skipped, 33);
	assert_int_equal(a.dropped, 2);
	assert_int_equal(a.cancelled, 4);
	assert_int_equal(a.abandoned, 3);
	assert_int_equal(a.unfinished, 1);
	assert_int_equal(a.unnamed, 2);
}

static void test_what_was_given_up_and_is_named_counts_once(void **state)
{
	struct mp_recorder *h = &remains.h;
	struct mp_recover_account a;

	(void)state;
	mp_overlap_init(&h->overlap, MP_NS_PER_S);
	for (int i = 0; i < 5; i++)
		mp_overlap_begin(&h->overlap, BEGAN_NS);
	h->overlap.abandoned = 5;
	put_in_flight(0, "slow");
	put_in_flight(1, "slow");
	write_remains(0);
	a = recover();
	assert_true(a.balances);
	assert_int_equal(a.abandoned, 3);
	assert_int_equal(a.unfinished, 2);
	assert_int_equal(a.unnamed, 0);
}

static void test_counts_that_are_too_high_are_said(void **state)
{
	(void)state;
	remains.h.counts.logged = 1;
	write_remains(0);
	assert_false(recover().balances);
}

static void test_looking_changes_nothing(void **state)
{
	struct mp_recover_account a;
	struct mp_recorders_entry entry;
	struct mp_recorders in;
	struct mp_recover r;
	struct remains after;
	const char *why;
	int fd;

	(void)state;
	put_in_flight(0, "slow");
	put_ended(1, MP_RECORDER_ENDING, "done", NULL, 0);
	write_remains(0);
	assert_int_equal(mp_recorders_open("run", &in), 0);
	assert_true(mp_recorders_next(&in, &entry));
	assert_int_equal(mp_recover_open(&in, &entry, geteuid(), &r, &why), 0);
	assert_int_equal(mp_recover_look(&r, &a), 0);
	mp_recover_close(&r);
	mp_recorders_close(&in);
	assert_int_equal(a.unfinished, 1);
	assert_int_equal(a.written, 1);
	fd = open(remains_name(0), O_RDONLY);
	assert_int_equal(read(fd, &after, sizeof(after)), sizeof(after));
	close(fd);
	assert_memory_equal(&after, &remains, sizeof(after));
	assert_int_equal(access(LOG, F_OK), -1);
}

/* ---- who recovers ---- */

static void lock_remains(void *arg)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int *ready = arg;
	int fd = open(remains_name(0), O_RDWR);

	MUST(!fcntl(fd, F_SETLK, &lock));
	MUST(write(ready[1], "", 1) == 1);
	pause();
}

static void test_a_recorder_that_is_locked_is_left_alone(void **state)
{
	struct mp_recover_account a;
	const char *why;
	int ready[2];
	char byte;
	pid_t pid;

	(void)state;
	put_in_flight(0, "slow");
	write_remains(0);
	assert_int_equal(pipe(ready), 0);
	pid = child(lock_remains, ready);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(recover_into(-1, &a, &why), -EBUSY);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	assert_int_equal(recover().unfinished, 1);
}

static bool is_none(struct mp_sys_id id)
{
	(void)id;
	return false;
}

static bool is_any(struct mp_sys_id id)
{
	(void)id;
	return true;
}

static void test_only_its_log_is_recovered_by_the_library(void **state)
{
	char run[80], other[80];

	(void)state;
	snprintf(run, sizeof(run), "%s/run", logging_dir);
	for (unsigned i = 0; i < 3; i++) {
		char page[8];

		snprintf(page, sizeof(page), "p%u", i);
		put_in_flight(i, page);
		write_remains(i);
		remains.slots[i].word = 0;
	}
	snprintf(other, sizeof(other), "%s/other", logging_dir);
	assert_int_equal(mp_recover_log(run, other, 9, 0, is_none), 0);
	assert_int_equal(mp_recover_log(run, remains_log, 9, 0, is_any), 0);
	assert_int_equal(mp_recover_log("/nowhere", remains_log, 9, 0, is_none),
			 0);
	assert_int_equal(mp_recover_log(run, remains_log, 2, 0, is_none), 2);
	assert_int_equal(mp_recover_log(run, remains_log, 2, 0, is_none), 1);
	assert_int_equal(account_of(LOG).requests, 3);
}

int main(void)
{
	static const struct CMUnitTest all[] = {
		ANYWHERE(test_a_request_in_flight_is_told_as_unfinished),
		ANYWHERE(test_slices_that_are_over_are_told),
		ANYWHERE(test_what_began_after_the_last_reading_has_not_grown),
		ANYWHERE(test_without_a_reading_the_end_is_its_beginning),
		ANYWHERE(test_half_a_reading_is_none),
		ANYWHERE(test_what_was_sampled_out_is_named),
		ANYWHERE(test_a_slot_being_changed_keeps_what_was_not),
		ANYWHERE(test_a_line_that_is_there_is_not_repeated),
		ANYWHERE(test_a_line_that_is_missing_is_written),
		ANYWHERE(test_a_line_of_our_own_is_written_and_is_no_request),
		ANYWHERE(test_what_was_logged_is_left_alone),
		ANYWHERE(test_lines_that_are_alike_are_counted),
		ANYWHERE(test_what_stands_before_the_mark_is_another),
		ANYWHERE(test_the_account_stands_in_the_log_once),
		ANYWHERE(test_the_ledger_balances),
		ANYWHERE(test_what_was_given_up_and_is_named_counts_once),
		ANYWHERE(test_counts_that_are_too_high_are_said),
		ANYWHERE(test_looking_changes_nothing),
		ANYWHERE(test_a_recorder_that_is_locked_is_left_alone),
		ANYWHERE(test_only_its_log_is_recovered_by_the_library),
	};
	struct CMUnitTest tests[2 * ARRAY_SIZE(all)];

	anywhere(all, ARRAY_SIZE(all), tests);
	return cmocka_run_group_tests_name("recover", tests, NULL, NULL);
}
