/* snapshot: what a recorder tells, and that a hostile one is refused. */

#include "shooting.h"

#include <errno.h>

/* Write `made`, and read it back. */
static int read_back(struct mp_snapshot *ret)
{
	int fd = recording_write(&made, dir, false, path, sizeof(path));
	int err = mp_snapshot_read(fd, ret);

	close(fd);
	assert_int_equal(unlink(path), 0);
	return err;
}

static void assert_reads(struct mp_snapshot *ret)
{
	assert_int_equal(read_back(ret), 0);
}

static void assert_refused(int want)
{
	struct mp_snapshot untouched, shot;

	memset(&untouched, 0x5a, sizeof(untouched));
	shot = untouched;
	assert_int_equal(read_back(&shot), want);
	assert_memory_equal(&shot, &untouched, sizeof(shot));
}

static void test_header_is_told(void **state)
{
	struct mp_recorder *h = made.header;
	struct mp_snapshot s;

	(void)state;
	h->async = 1;
	h->format = 1;
	h->sample_one_in = 10;
	h->log_threshold = 4096;
	h->pause.on = 1;
	h->pause.uid = 33;
	h->pause.pid = 77;
	h->pause.since_us = 1000;
	h->cost.requests = 3;
	h->cost.ns = 4;
	h->cost.writer_ns = 5;
	assert_reads(&s);
	assert_int_equal(s.pid, getpid());
	assert_int_equal(s.uid, geteuid());
	assert_true(s.start_ticks == h->start_ticks);
	assert_true(s.opened_real_us == h->opened_real_us);
	assert_true(s.opened_mono_ns == h->opened_mono_ns);
	assert_true(s.async && s.launchpad);
	assert_int_equal(s.sample_one_in, 10);
	assert_int_equal(s.log_threshold, 4096);
	assert_string_equal(s.log, "/log/memory.7.log");
	assert_string_equal(s.log_pattern, "/log/memory.%p.log");
	assert_true(s.pause.on && !s.pause.by_config);
	assert_int_equal(s.pause.uid, 33);
	assert_int_equal(s.pause.pid, 77);
	assert_int_equal(s.pause.since_us, 1000);
	assert_int_equal(s.cost_requests, 3);
	assert_int_equal(s.cost_ns, 4);
	assert_int_equal(s.writer_ns, 5);
	assert_int_equal(s.count, 0);
	assert_null(s.requests);
	mp_snapshot_release(&s);
}

static void test_ledger_balances(void **state)
{
	struct mp_recorder_counts *c = &made.header->counts;
	struct mp_snapshot s;
	struct mp_ledger sum = { 0 };

	(void)state;
	*c = (struct mp_recorder_counts){
		.logged = 1,
		.dropped = 20,
		.cancelled = 300,
		.skipped_sampling = 4000,
		.skipped_threshold = 50000,
		.skipped_paused = 600000,
		.slotless = 9,
	};
	made.header->profiles.profiled = 10;
	made.header->profiles.written = 20;
	made.header->profiles.failed = 30;
	made.header->profiles.refused = 40;
	made.header->profiles.error = -ENOSPC;
	made.header->overlap.abandoned = 7000000;
	/* 32 bits of 64, the rest of them as they were when last looked at;
	   they have wrapped since. */
	made.header->overlap.begun = UINT64_C(0x1fffffff0);
	made.header->overlap.word = UINT64_C(5) << 32 | 2;
	assert_reads(&s);
	assert_true(s.ledger.begun == UINT64_C(0x200000005));
	assert_int_equal(s.ledger.in_flight, 2);
	assert_int_equal(s.ledger.slotless, 9);
	assert_int_equal(mp_ledger_skipped(&s.ledger), 654000);
	assert_true(mp_ledger_rest(&s.ledger) ==
		    INT64_C(0x200000005) - 7654323);
	mp_ledger_add(&sum, &s.ledger);
	mp_ledger_add(&sum, &s.ledger);
	assert_true(mp_ledger_rest(&sum) == 2 * mp_ledger_rest(&s.ledger));
	assert_int_equal(sum.slotless, 18);
	assert_int_equal(sum.profiled, 20);
	assert_int_equal(sum.profiles_written, 40);
	assert_int_equal(sum.profiles_failed, 60);
	assert_int_equal(sum.profiles_refused, 80);
	assert_int_equal(sum.profile_error, -ENOSPC);
	mp_snapshot_release(&s);
}

static void test_requests_come_oldest_first(void **state)
{
	struct mp_recorder_slot *slot;
	struct mp_snapshot s;

	(void)state;
	recording_begin(&made, 70, "young", 1000);
	slot = recording_begin(&made, 1023, "oldest", 3000000);
	slot->flags = MP_RECORDER_UNMEASURED;
	slot = recording_begin(&made, 3, "old", 2000000);
	slot->allocated = 50;
	slot->freed = 20;
	slot->peak = 40;
	slot->word = mp_recorder_word(9, 4, MP_RECORDER_IN_FLIGHT);
	assert_reads(&s);
	assert_int_equal(s.count, 3);
	assert_memory_equal(s.requests[0].page, "oldest", 6);
	assert_memory_equal(s.requests[1].page, "old", 3);
	assert_memory_equal(s.requests[2].page, "young", 5);
	assert_int_equal(s.requests[1].page_len, 3);
	assert_false(s.requests[0].measured);
	assert_true(s.requests[1].measured);
	assert_int_equal(s.requests[1].number, 4);
	assert_int_equal(s.requests[1].allocated, 50);
	assert_int_equal(s.requests[1].freed, 20);
	assert_int_equal(s.requests[1].peak, 40);
	assert_int_equal(s.requests[1].start.rss, 4096);
	assert_int_equal(s.requests[1].tid, getpid());
	assert_true(s.requests[1].begin_mono_ns == slot->begin_mono_ns);
	mp_snapshot_release(&s);
}

static void test_only_what_is_in_flight_counts(void **state)
{
	struct mp_snapshot s;

	(void)state;
	recording_begin(&made, 0, "free", 0)->word =
		mp_recorder_word(1, 2, MP_RECORDER_FREE);
	recording_begin(&made, 1, "logged", 0)->word =
		mp_recorder_word(1, 2, MP_RECORDER_LOGGED);
	recording_begin(&made, 2, "nonsense", 0)->word = 0x102c8;
	recording_begin(&made, 3, "begun", 0)->word =
		mp_recorder_word(1, 3, MP_RECORDER_FREE);
	recording_begin(&made, 5, "ended", 0)->word =
		mp_recorder_word(1, 4, MP_RECORDER_ENDING);
	recording_begin(&made, 4, "not taken", 0);
	made.header->taken[0] &= ~UINT64_C(0x10);
	assert_reads(&s);
	assert_int_equal(s.count, 0);
	assert_int_equal(s.waiting, 1);
	mp_snapshot_release(&s);
}

static void test_killed_while_it_wrote_the_begin_stands(void **state)
{
	struct mp_recorder_slot *slot = recording_begin(&made, 0, "page", 0);
	struct mp_snapshot s;

	(void)state;
	slot->word = mp_recorder_word(1, 3, MP_RECORDER_IN_FLIGHT);
	slot->peak = 5;
	assert_reads(&s);
	assert_int_equal(s.count, 1);
	assert_memory_equal(s.requests[0].page, "page", 4);
	assert_true(s.requests[0].begin_mono_ns == slot->begin_mono_ns);
	assert_int_equal(s.requests[0].start.rss, 4096);
	assert_true(s.requests[0].allocated == MP_UNKNOWN);
	assert_true(s.requests[0].freed == MP_UNKNOWN);
	assert_true(s.requests[0].peak == MP_UNKNOWN);
	mp_snapshot_release(&s);
}

static void test_reading_counts_when_it_stands_still(void **state)
{
	struct mp_recorder_reading *r = &made.header->reading;
	struct mp_snapshot s;

	(void)state;
	r->mono_ns = 3;
	r->vss = 2;
	r->rss = 1;
	for (uint32_t seq = 0; seq <= 2; seq++) {
		bool good = seq == 2;

		r->seq.n = seq;
		assert_reads(&s);
		assert_true(s.reading.rss == (good ? 1 : MP_UNKNOWN));
		assert_true(s.reading.vss == (good ? 2 : MP_UNKNOWN));
		assert_true(s.reading_mono_ns == (good ? 3 : MP_UNKNOWN));
		mp_snapshot_release(&s);
	}
}

/* ---- what is hostile ---- */

static struct page_case {
	const char *name;
	const char *page;
	unsigned len;
	const char *want;
} page_cases[] = {
	{ "plain", "page", 4, "page" },
	{ "none", "page", 0, "?" },
	{ "too long", "page", 256, "?" },
	{ "much too long", "page", 65535, "?" },
	{ "steers the terminal", "a\x1b[31m", 6, "?" },
	{ "a blank", "a b", 3, "?" },
	{ "a newline", "a\nb", 3, "?" },
	{ "half a character", "caf\xc3", 4, "?" },
	{ "a null byte", "a\0b", 3, "?" },
};

static void test_page(void **state)
{
	const struct page_case *c = *state;
	struct mp_recorder_slot *slot;
	struct mp_snapshot s;

	setup(NULL);
	slot = recording_begin(&made, 0, "x", 0);
	memcpy(slot->page, c->page, 4);
	if (c->len <= 6)
		memcpy(slot->page, c->page, c->len);
	slot->page_len = (uint16_t)c->len;
	assert_reads(&s);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.requests[0].page_len, strlen(c->want));
	assert_memory_equal(s.requests[0].page, c->want, strlen(c->want));
	mp_snapshot_release(&s);
	teardown(NULL);
}

static void test_others_are_refused(void **state)
{
	struct mp_recorder *h = made.header;
	struct mp_recorder was = *h;

	(void)state;
	h->magic++;
	assert_refused(-EBADMSG);
	*h = was;
	h->version++;
	assert_refused(-EPROTO);
	*h = was;
	h->header_size += 64;
	assert_refused(-EPROTO);
	*h = was;
	h->slot_size--;
	assert_refused(-EPROTO);
	*h = was;
	h->slot_count += 64;
	assert_refused(-EBADMSG);
	h->slot_count = 100;
	assert_refused(-EBADMSG);
	h->slot_count = UINT32_MAX - 63;
	assert_refused(-EBADMSG);
	*h = was;
	memset(h->log, 'x', sizeof(h->log));
	assert_refused(-EBADMSG);
	*h = was;
	memset(h->log_pattern, 'x', sizeof(h->log_pattern));
	assert_refused(-EBADMSG);
	*h = was;
}

static void test_more_slots_than_allowed_are_refused(void **state)
{
	struct mp_snapshot s;
	int fd;

	(void)state;
	made.header->slot_count = MP_RECORDER_SLOTS_MAX + 64;
	made.size = sizeof(*made.header);
	fd = recording_write(&made, dir, false, path, sizeof(path));
	assert_int_equal(ftruncate(fd, (off_t)mp_recorder_size(
					       MP_RECORDER_SLOTS_MAX + 64)),
			 0);
	assert_int_equal(mp_snapshot_read(fd, &s), -EBADMSG);
	close(fd);
	assert_int_equal(unlink(path), 0);
}

static void test_no_place_is_a_day_from_utc(void **state)
{
	const int64_t given[] = { -43200, 50400, 86400, INT64_MIN };
	const int64_t want[] = { -43200, 50400, 0, 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
		struct mp_snapshot s;

		made.header->utc_offset_s = given[i];
		assert_reads(&s);
		assert_true(s.utc_offset_s == want[i]);
		mp_snapshot_release(&s);
	}
}

static void test_cut_ones_are_refused(void **state)
{
	const size_t sizes[] = { 0,
				 1,
				 7,
				 4096,
				 sizeof(struct mp_recorder) - 1,
				 sizeof(struct mp_recorder),
				 made.size - 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		made.size = sizes[i];
		assert_refused(-EBADMSG);
	}
}

static void test_without_slots_is_fine(void **state)
{
	struct mp_snapshot s;

	(void)state;
	made.header->slot_count = 0;
	made.header->taken[0] = UINT64_MAX;
	made.size = sizeof(*made.header);
	assert_reads(&s);
	assert_int_equal(s.count, 0);
	mp_snapshot_release(&s);
}

static void test_difference_of_the_unknown_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(mp_snapshot_minus(7, 9), -2);
	assert_true(mp_snapshot_minus(MP_UNKNOWN, 1) == MP_UNKNOWN);
	assert_true(mp_snapshot_minus(1, MP_UNKNOWN) == MP_UNKNOWN);
	assert_true(mp_snapshot_minus(INT64_MAX, -1) == MP_UNKNOWN);
}

int main(void)
{
	struct CMUnitTest pages[ARRAY_SIZE(page_cases)];
	const struct CMUnitTest tests[] = {
		SNAPSHOT_TEST(test_header_is_told),
		SNAPSHOT_TEST(test_ledger_balances),
		SNAPSHOT_TEST(test_requests_come_oldest_first),
		SNAPSHOT_TEST(test_only_what_is_in_flight_counts),
		SNAPSHOT_TEST(test_killed_while_it_wrote_the_begin_stands),
		SNAPSHOT_TEST(test_reading_counts_when_it_stands_still),
		SNAPSHOT_TEST(test_others_are_refused),
		SNAPSHOT_TEST(test_more_slots_than_allowed_are_refused),
		SNAPSHOT_TEST(test_no_place_is_a_day_from_utc),
		SNAPSHOT_TEST(test_cut_ones_are_refused),
		SNAPSHOT_TEST(test_without_slots_is_fine),
		SNAPSHOT_TEST(test_difference_of_the_unknown_is_unknown),
	};
	int failed;

	for (size_t i = 0; i < ARRAY_SIZE(page_cases); i++)
		pages[i] = (struct CMUnitTest){
			.name = page_cases[i].name,
			.test_func = test_page,
			.initial_state = &page_cases[i],
		};
	failed = cmocka_run_group_tests_name("page", pages, make_dir, NULL);
	failed += cmocka_run_group_tests_name("snapshot", tests, NULL,
					      remove_dir);
	return failed ? 1 : 0;
}
