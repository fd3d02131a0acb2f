/* recover: each state that a killed process leaves a request in, and each that
   its log may be in. */

#include "core/remains.h"

#include <sched.h>
#include <sys/mount.h>

static char *log_dir; /* on tmpfs or on disk; the log is in it */

/* A fresh folder, as `*state` says where. */
static int enter_at(void **state)
{
	log_dir = *state;
	snprintf(logging_dir, sizeof(logging_dir), "%s/test_recover.XXXXXX",
		 log_dir);
	if (!mkdtemp(logging_dir) || chdir(logging_dir) || mkdir("run", 0700))
		return -1;
	begin_remains(LOG);
	return 0;
}

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
	append_text(LOG, mp_record_header);
	put_ended(0, MP_RECORDER_ENDING, "done", LOG, mp_record_header_len);
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
	append_text(LOG, mp_record_header);
	put_ended(0, MP_RECORDER_ENDING, "done", LOG, mp_record_header_len);
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

/* ---- torn lines ---- */

/* Whatever the kernel left of a line, it is there once as a whole, and what
   was left is one line that is none. */
static void test_a_torn_last_line_is_cut_off_and_repeated(void **state)
{
	char line[MP_RECORD_MAX];
	size_t len;

	(void)state;
	put_ended(0, MP_RECORDER_ENDING, "done", NULL, 0);
	len = line_of(0, line);
	for (size_t torn = 1; torn < len; torn += torn < len - 3 ? 3 : 1) {
		struct account a;

		unlink(LOG);
		append_text(LOG, mp_record_header);
		put_ended(0, MP_RECORDER_ENDING, "done", LOG,
			  mp_record_header_len);
		append_line(LOG, 0, torn);
		write_remains(0);
		assert_int_equal(recover().written, 1);
		assert_int_equal(times_logged(LOG, 0), 1);
		a = account_of(LOG);
		assert_int_equal(a.requests, 1);
		assert_int_equal(a.faults, 1);
		assert_int_equal(a.empty, 0);
	}
}

static void test_a_line_behind_a_fragment_is_swallowed(void **state)
{
	struct mp_recover_account a;

	(void)state;
	append_text(LOG, mp_record_header);
	for (uint32_t i = 0; i < 2; i++)
		put_ended(i, MP_RECORDER_ENDING, "done", LOG,
			  mp_record_header_len);
	append_line(LOG, 0, 40);
	append_line(LOG, 1, 0);
	write_remains(0);
	a = recover();
	assert_int_equal(a.written, 2);
	assert_int_equal(a.repeated, 0);
	assert_int_equal(times_logged(LOG, 0), 1);
	assert_int_equal(times_logged(LOG, 1), 1);
}

/* Another process, alive, wrote behind the fragment and knows of nothing. */
static void test_a_swallowed_line_of_another_is_repeated_once(void **state)
{
	char line[MP_RECORD_MAX];
	size_t len = line_of_another(0, line);

	(void)state;
	append_text(LOG, mp_record_header);
	put_ended(0, MP_RECORDER_ENDING, "done", LOG, mp_record_header_len);
	append_line(LOG, 0, 33);
	append(LOG, line, len);
	for (unsigned i = 0; i < 2; i++) {
		struct mp_recover_account a;

		write_remains(0);
		a = recover();
		assert_int_equal(a.repeated, i == 0);
		assert_int_equal(a.written, i == 0);
		assert_int_equal(a.found, i != 0);
	}
	assert_int_equal(times(LOG, line, len), 1);
	assert_int_equal(times_logged(LOG, 0), 1);
}

static void test_a_fragment_of_two_pages_is_searched_too(void **state)
{
	char line[MP_RECORD_MAX];
	size_t len = line_of_another(0, line);

	(void)state;
	append_text(LOG, mp_record_header);
	for (uint32_t i = 0; i < 2; i++)
		put_ended(i, MP_RECORDER_ENDING, "done", LOG,
			  mp_record_header_len);
	append_line(LOG, 0, 100);
	append_line(LOG, 1, 50);
	append(LOG, line, len);
	write_remains(0);
	assert_int_equal(recover().repeated, 1);
	assert_int_equal(times(LOG, line, len), 1);
	assert_int_equal(times_logged(LOG, 0), 1);
	assert_int_equal(times_logged(LOG, 1), 1);
}

/* Its own lines have no slot. */
static void test_any_fragment_that_stays_is_cut_off(void **state)
{
	(void)state;
	append_text(LOG, mp_record_header);
	put_ended(0, MP_RECORDER_ENDING, "done", LOG, mp_record_header_len);
	append_text(LOG, "2026-11-21T01:02:03.123456Z\t(outside)\t-\t1.0");
	write_remains(0);
	recover();
	assert_int_equal(times_logged(LOG, 0), 1);
	assert_int_equal(account_of(LOG).faults, 1);
}

static void test_the_mark_may_be_inside_a_line(void **state)
{
	char line[MP_RECORD_MAX];
	size_t len = line_of_another(0, line);

	(void)state;
	append_text(LOG, mp_record_header);
	append_text(LOG, "a fragment");
	put_ended(0, MP_RECORDER_ENDING, "done", LOG,
		  mp_record_header_len + 10);
	append_line(LOG, 0, 0);
	append(LOG, line, len);
	write_remains(0);
	assert_int_equal(recover().written, 1);
	assert_int_equal(times_logged(LOG, 0), 1);
	assert_int_equal(times(LOG, line, len), 1);
}

/* ---- the log ---- */

static void test_a_rotated_log_is_searched(void **state)
{
	struct mp_recover_account a;

	(void)state;
	append_text(LOG, mp_record_header);
	for (uint32_t i = 0; i < 3; i++)
		put_ended(i, MP_RECORDER_ENDING, "done", LOG,
			  mp_record_header_len);
	append_line(LOG, 0, 0);
	assert_int_equal(rename(LOG, LOG ".1"), 0);
	append_text(LOG, mp_record_header);
	append_line(LOG, 1, 0);
	write_remains(0);
	a = recover();
	assert_int_equal(a.found, 2);
	assert_int_equal(a.written, 1);
	assert_int_equal(a.unsure, 0);
	assert_int_equal(times_logged(LOG ".1", 0), 1);
	assert_int_equal(times_logged(LOG, 0), 0);
	assert_int_equal(times_logged(LOG, 1), 1);
	assert_int_equal(times_logged(LOG, 2), 1);
}

static void test_a_log_rotated_twice_by_date_is_searched(void **state)
{
	(void)state;
	append_text(LOG, mp_record_header);
	for (uint32_t i = 0; i < 2; i++)
		put_ended(i, MP_RECORDER_ENDING, "done", LOG,
			  mp_record_header_len);
	assert_int_equal(rename(LOG, LOG "-20261120"), 0);
	append_text(LOG, mp_record_header);
	append_line(LOG, 0, 0);
	assert_int_equal(rename(LOG, LOG "-20261121"), 0);
	write_remains(0);
	assert_int_equal(recover().found, 1);
	assert_int_equal(times_logged(LOG, 0), 0);
	assert_int_equal(times_logged(LOG, 1), 1);
	assert_int_equal(account_of(LOG).headers, 1);
}

/* The log of the mark is gone, and a later one has its inode. */
static void test_a_younger_log_is_searched_from_its_start(void **state)
{
	struct mp_recorder_slot *s;

	(void)state;
	append_text(LOG, mp_record_header);
	s = put_ended(0, MP_RECORDER_ENDING, "done", LOG, 0);
	s->begin_real_us -= 3600 * INT64_C(1000000);
	append_line(LOG, 0, 0);
	s->mark.size = mp_record_header_len + 1;
	write_remains(0);
	assert_int_equal(recover().found, 1);
	assert_int_equal(times_logged(LOG, 0), 1);
}

static void test_an_emptied_log_is_searched_from_its_start(void **state)
{
	(void)state;
	append_text(LOG, mp_record_header);
	put_ended(0, MP_RECORDER_ENDING, "done", LOG, 100000);
	append_line(LOG, 0, 0);
	write_remains(0);
	assert_int_equal(recover().found, 1);
	assert_int_equal(times_logged(LOG, 0), 1);
}

static void test_a_lost_log_is_made_anew_and_said(void **state)
{
	struct mp_recover_account a;

	(void)state;
	append_text(LOG, mp_record_header);
	put_ended(0, MP_RECORDER_ENDING, "done", LOG, 0);
	put_in_flight(1, "slow");
	append_text("kept", "its inode stays in use");
	assert_int_equal(rename(LOG, "away"), 0);
	write_remains(0);
	a = recover();
	assert_int_equal(a.written, 1);
	assert_int_equal(a.unsure, 1);
	assert_int_equal(a.unfinished, 1);
	assert_int_equal(times_logged(LOG, 0), 1);
	assert_int_equal(account_of(LOG).headers, 1);
}

static void test_an_account_for_a_folder_that_is_gone_is_lost(void **state)
{
	(void)state;
	begin_remains("gone/log");
	put_ended(0, MP_RECORDER_LOGGED, "done", NULL, 0);
	write_remains(0);
	recover();
	assert_int_equal(access("gone", F_OK), -1);
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

static void test_a_log_whose_folder_is_gone_stays_to_be_recovered(void **state)
{
	struct mp_recover_account a;
	const char *why;

	(void)state;
	begin_remains("gone/" LOG);
	put_in_flight(0, "slow");
	write_remains(0);
	assert_int_equal(recover_into(-1, &a, &why), -ENOENT);
	assert_int_equal(access(remains_name(0), F_OK), 0);
	assert_int_equal(mkdir("gone", 0700), 0);
	assert_int_equal(recover().unfinished, 1);
	assert_int_equal(account_of("gone/" LOG).requests, 1);
}

static void test_a_fifo_is_only_written_to_by_the_command(void **state)
{
	struct mp_recover_account a;
	const char *why;
	int out;

	(void)state;
	assert_int_equal(mkfifo(LOG, 0600), 0);
	put_in_flight(0, "slow");
	put_ended(1, MP_RECORDER_ENDING, "done", NULL, 0);
	write_remains(0);
	assert_int_equal(recover_into(-1, &a, &why), -EMEDIUMTYPE);
	assert_int_equal(access(remains_name(0), F_OK), 0);
	out = open("out", O_WRONLY | O_CREAT, 0600);
	assert_int_equal(recover_into(out, &a, &why), 0);
	close(out);
	assert_int_equal(a.unfinished, 1);
	assert_int_equal(a.written, 1);
	assert_int_equal(account_of("out").requests, 2);
	assert_int_equal(access(remains_name(0), F_OK), -1);
}

static void test_a_descriptors_name_is_no_log(void **state)
{
	struct mp_recover_account a;
	const char *why;
	char path[32];
	int fd = open("ours", O_RDWR | O_CREAT, 0600);

	(void)state;
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	begin_remains(path);
	put_in_flight(0, "slow");
	write_remains(0);
	assert_int_equal(recover_into(-1, &a, &why), -EMEDIUMTYPE);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	close(fd);
}

static void test_a_log_that_may_not_be_read_stays_to_be_recovered(void **state)
{
	struct mp_recover_account a;
	const char *why;

	(void)state;
	if (geteuid() == 0) {
		printf("skipped: root may read everything\n");
		skip();
	}
	append_text(LOG, "");
	assert_int_equal(chmod(LOG, 0200), 0);
	put_in_flight(0, "slow");
	write_remains(0);
	assert_int_equal(recover_into(-1, &a, &why), -EACCES);
}

static void test_a_long_line_of_others_hides_nothing(void **state)
{
	char *dots = malloc(300000);

	(void)state;
	memset(dots, '.', 300000);
	append_text(LOG, mp_record_header);
	put_ended(0, MP_RECORDER_ENDING, "done", LOG, mp_record_header_len);
	append(LOG, dots, 300000);
	append_text(LOG, "\n");
	append_line(LOG, 0, 0);
	append(LOG, dots, 300000);
	free(dots);
	write_remains(0);
	assert_int_equal(recover().found, 1);
	assert_int_equal(times_logged(LOG, 0), 1);
}

static void test_many_lines_are_searched_and_written(void **state)
{
	struct mp_recover_account a;

	(void)state;
	append_text(LOG, mp_record_header);
	for (uint32_t i = 0; i < SLOTS; i++) {
		char page[300];

		memset(page, 'x', 255);
		page[255] = '\0';
		put_ended(i, MP_RECORDER_ENDING, page, LOG, 0);
		if (i % 2)
			append_line(LOG, i, 0);
	}
	write_remains(0);
	a = recover();
	assert_int_equal(a.found, SLOTS / 2);
	assert_int_equal(a.written, SLOTS / 2);
	for (uint32_t i = 0; i < SLOTS; i++)
		assert_int_equal(times_logged(LOG, i), 1);
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
	h->counts.logged = 50;
	h->counts.dropped = 2;
	h->counts.skipped_sampling = 10;
	h->counts.skipped_threshold = 11;
	h->counts.skipped_paused = 12;
	h->counts.cancelled = 4;
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

/* ---- a full disk ---- */

static void with_a_small_disk(void *arg)
{
	struct mp_recover_account a;
	const char *why;
	char fill[4096] = { 0 };
	int filler;

	(void)arg;
	MUST(!mount("none", "mnt", "tmpfs", 0, "size=64k"));
	begin_remains("mnt/" LOG);
	append_text("mnt/" LOG, mp_record_header);
	for (uint32_t i = 0; i < SLOTS; i++)
		put_ended(i, MP_RECORDER_ENDING, "a-page-of-some-length",
			  "mnt/" LOG, mp_record_header_len);
	write_remains(0);
	filler = open("mnt/filler", O_CREAT | O_WRONLY, 0600);
	while (write(filler, fill, sizeof(fill)) == sizeof(fill))
		;
	MUST(!ftruncate(filler, 56 * 1024));
	/* Room for one page more, and 128 lines are some seven. */
	MUST(recover_into(-1, &a, &why) == -ENOSPC);
	MUST(!access(remains_name(0), F_OK));
	MUST(recover_into(-1, &a, &why) == -ENOSPC);
	MUST(!ftruncate(filler, 0));
	MUST(!recover_into(-1, &a, &why));
	MUST(a.found > 0 && a.written > 0 && a.found + a.written == SLOTS);
	for (uint32_t i = 0; i < SLOTS; i++)
		MUST(times_logged("mnt/" LOG, i) == 1);
}

static void in_a_name_space(void *arg)
{
	MUST(!unshare(CLONE_NEWNS));
	/* Below chroot(2) the root is no mount, and then nothing is shared. */
	MUST(!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	     errno == EINVAL);
	with_a_small_disk(arg);
}

static void test_a_full_disk_is_gone_on_from(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		printf("skipped: only root mounts\n");
		skip();
	}
	assert_int_equal(mkdir("mnt", 0700), 0);
	in_child(in_a_name_space, NULL);
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

#define TEST(f)                                                     \
	{                                                           \
		.name = #f, .test_func = f, .setup_func = enter_at, \
		.teardown_func = leave, .initial_state = NULL,      \
	}

static const struct CMUnitTest all[] = {
	TEST(test_a_request_in_flight_is_told_as_unfinished),
	TEST(test_slices_that_are_over_are_told),
	TEST(test_what_began_after_the_last_reading_has_not_grown),
	TEST(test_without_a_reading_the_end_is_its_beginning),
	TEST(test_half_a_reading_is_none),
	TEST(test_what_was_sampled_out_is_named),
	TEST(test_a_slot_being_changed_keeps_what_was_not),
	TEST(test_a_line_that_is_there_is_not_repeated),
	TEST(test_a_line_that_is_missing_is_written),
	TEST(test_a_line_of_our_own_is_written_and_is_no_request),
	TEST(test_what_was_logged_is_left_alone),
	TEST(test_lines_that_are_alike_are_counted),
	TEST(test_what_stands_before_the_mark_is_another),
	TEST(test_a_torn_last_line_is_cut_off_and_repeated),
	TEST(test_a_line_behind_a_fragment_is_swallowed),
	TEST(test_a_swallowed_line_of_another_is_repeated_once),
	TEST(test_a_fragment_of_two_pages_is_searched_too),
	TEST(test_any_fragment_that_stays_is_cut_off),
	TEST(test_the_mark_may_be_inside_a_line),
	TEST(test_a_rotated_log_is_searched),
	TEST(test_a_log_rotated_twice_by_date_is_searched),
	TEST(test_a_younger_log_is_searched_from_its_start),
	TEST(test_an_emptied_log_is_searched_from_its_start),
	TEST(test_a_lost_log_is_made_anew_and_said),
	TEST(test_an_account_for_a_folder_that_is_gone_is_lost),
	TEST(test_the_account_stands_in_the_log_once),
	TEST(test_a_log_whose_folder_is_gone_stays_to_be_recovered),
	TEST(test_a_fifo_is_only_written_to_by_the_command),
	TEST(test_a_descriptors_name_is_no_log),
	TEST(test_a_log_that_may_not_be_read_stays_to_be_recovered),
	TEST(test_a_long_line_of_others_hides_nothing),
	TEST(test_many_lines_are_searched_and_written),
	TEST(test_the_ledger_balances),
	TEST(test_what_was_given_up_and_is_named_counts_once),
	TEST(test_counts_that_are_too_high_are_said),
	TEST(test_looking_changes_nothing),
	TEST(test_a_full_disk_is_gone_on_from),
	TEST(test_a_recorder_that_is_locked_is_left_alone),
	TEST(test_only_its_log_is_recovered_by_the_library),
};

/* All of them twice: with the log on disk, and on tmpfs. */
int main(void)
{
	static char disk[] = "/tmp", tmpfs[] = "/dev/shm";
	struct CMUnitTest tests[2 * ARRAY_SIZE(all)];

	for (size_t i = 0; i < 2 * ARRAY_SIZE(all); i++) {
		tests[i] = all[i / 2];
		tests[i].initial_state = i % 2 ? tmpfs : disk;
	}
	return cmocka_run_group_tests_name("recover", tests, NULL, NULL);
}
