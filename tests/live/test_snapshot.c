/* snapshot: what a recorder tells, and that a hostile one is refused. */

#include "test.h"

#include "live/recording.h"

#include "live/snapshot.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>

static struct recording made;
static char dir[] = "/tmp/memprof-snapshot-XXXXXX";
static char path[PATH_MAX];

static int setup(void **state)
{
	(void)state;
	made = recording_new("/log/memory.7.log", "/log/memory.%p.log");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	recording_free(&made);
	return 0;
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

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
	c->logged = 1;
	c->dropped = 20;
	c->cancelled = 300;
	c->skipped_sampling = 4000;
	c->skipped_threshold = 50000;
	c->skipped_paused = 600000;
	c->slotless = 9;
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

/* ---- while it is written ---- */

static struct mp_recorder_slot *moving; /* mapped, or null */
static unsigned reads;			/* of it, so far */
static void (*between)(unsigned reads);

ssize_t __real_pread(int fd, void *ret, size_t len, off_t offset);
ssize_t __wrap_pread(int fd, void *ret, size_t len, off_t offset);

ssize_t __wrap_pread(int fd, void *ret, size_t len, off_t offset)
{
	ssize_t n = __real_pread(fd, ret, len, offset);

	if (moving && (size_t)offset >= sizeof(struct mp_recorder))
		between(++reads);
	return n;
}

/* The next request, in the same slot, all of it. */
static void put_next(void)
{
	uint64_t word = atomic_load(&moving->word);

	moving->number++;
	moving->peak++;
	atomic_store(&moving->word,
		     mp_recorder_word(mp_recorder_generation(word) + 1,
				      mp_recorder_sequence(word) + 2,
				      MP_RECORDER_IN_FLIGHT));
}

static void once_before_the_slot(unsigned n)
{
	if (n == 1)
		put_next();
}

static void once_behind_the_slot(unsigned n)
{
	if (n == 2)
		put_next();
}

static void each_time(unsigned n)
{
	if (n % 3 == 2)
		put_next();
}

static void beside_the_word(unsigned n)
{
	if (n % 3 == 0)
		moving->peak++;
}

static struct moving_case {
	const char *name;
	void (*between)(unsigned reads);
	uint32_t sequence; /* at first */
	size_t count;
	unsigned reads;
	int64_t peak;
} moving_cases[] = {
	{ "it changes before it is read", once_before_the_slot, 2, 1, 6, 1 },
	{ "it changes behind that", once_behind_the_slot, 2, 1, 6, 1 },
	{ "it changes each time", each_time, 2, 0, 12, 0 },
	{ "a held up writer goes on", beside_the_word, 3, 0, 12, 0 },
};

static void test_moving(void **state)
{
	const struct moving_case *c = *state;
	struct mp_snapshot s;
	char *map;
	int fd;

	setup(NULL);
	recording_begin(&made, 0, "x", 0)->word =
		mp_recorder_word(1, c->sequence, MP_RECORDER_IN_FLIGHT);
	fd = recording_write(&made, dir, false, path, sizeof(path));
	map = mmap(NULL, made.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(map != MAP_FAILED);
	moving = (struct mp_recorder_slot *)(void *)(map + mp_recorder_size(0));
	between = c->between;
	reads = 0;
	assert_int_equal(mp_snapshot_read(fd, &s), 0);
	moving = NULL;
	assert_int_equal(s.count, c->count);
	assert_int_equal(reads, c->reads);
	if (s.count > 0) {
		assert_int_equal(s.requests[0].peak, c->peak);
		assert_int_equal(s.requests[0].number, 1 + c->peak);
	}
	mp_snapshot_release(&s);
	munmap(map, made.size);
	close(fd);
	assert_int_equal(unlink(path), 0);
	teardown(NULL);
}

#define ROUNDS 2000

static struct mp_recorder *shared;
static _Atomic int over;

/* Fill slot 0 with one number after the other, each everywhere. */
static void *write_slot(void *arg)
{
	struct mp_recorder_slot *s = (struct mp_recorder_slot *)(shared + 1);
	uint32_t seq = 2;

	while (!atomic_load(&over)) {
		char letter = (char)('a' + seq / 2 % 26);

		atomic_store(&s->word, mp_recorder_word(seq / 2, seq + 1,
							MP_RECORDER_IN_FLIGHT));
		atomic_thread_fence(memory_order_seq_cst);
		s->number = seq;
		memset(s->page, letter, MP_ESCAPE_MAX);
		s->page_len = MP_ESCAPE_MAX;
		s->peak = seq;
		atomic_thread_fence(memory_order_seq_cst);
		seq += 2;
		atomic_store(&s->word, mp_recorder_word(seq / 2, seq,
							MP_RECORDER_IN_FLIGHT));
	}
	return arg;
}

static void assert_whole(const struct mp_snapshot_request *r)
{
	/* Held up while it wrote. */
	if (r->peak == MP_UNKNOWN)
		return;
	assert_int_equal(r->number, r->peak);
	assert_int_equal(r->page_len, MP_ESCAPE_MAX);
	for (size_t i = 0; i < r->page_len; i++)
		assert_int_equal(r->page[i], 'a' + (int)(r->number / 2 % 26));
}

static void test_no_torn_slot_is_told(void **state)
{
	unsigned whole = 0;
	pthread_t thread;
	int fd;

	(void)state;
	recording_begin(&made, 0, "x", 0)->word =
		mp_recorder_word(1, 2, MP_RECORDER_FREE);
	fd = recording_write(&made, dir, false, path, sizeof(path));
	shared = mmap(NULL, made.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		      0);
	assert_true(shared != MAP_FAILED);
	assert_int_equal(pthread_create(&thread, NULL, write_slot, NULL), 0);
	for (int i = 0; i < ROUNDS; i++) {
		struct mp_snapshot s;

		assert_int_equal(mp_snapshot_read(fd, &s), 0);
		if (s.count > 0)
			assert_whole(&s.requests[0]);
		whole += s.count > 0;
		mp_snapshot_release(&s);
	}
	atomic_store(&over, 1);
	pthread_join(thread, NULL);
	munmap(shared, made.size);
	close(fd);
	assert_int_equal(unlink(path), 0);
	printf("read whole in %u of %d times\n", whole, ROUNDS);
}

static void test_difference_of_the_unknown_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(mp_snapshot_minus(7, 9), -2);
	assert_true(mp_snapshot_minus(MP_UNKNOWN, 1) == MP_UNKNOWN);
	assert_true(mp_snapshot_minus(1, MP_UNKNOWN) == MP_UNKNOWN);
	assert_true(mp_snapshot_minus(INT64_MAX, -1) == MP_UNKNOWN);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	struct CMUnitTest pages[ARRAY_SIZE(page_cases)];
	struct CMUnitTest movings[ARRAY_SIZE(moving_cases)];
	const struct CMUnitTest tests[] = {
		TEST(test_header_is_told),
		TEST(test_ledger_balances),
		TEST(test_requests_come_oldest_first),
		TEST(test_only_what_is_in_flight_counts),
		TEST(test_killed_while_it_wrote_the_begin_stands),
		TEST(test_reading_counts_when_it_stands_still),
		TEST(test_others_are_refused),
		TEST(test_more_slots_than_allowed_are_refused),
		TEST(test_no_place_is_a_day_from_utc),
		TEST(test_cut_ones_are_refused),
		TEST(test_without_slots_is_fine),
		TEST(test_no_torn_slot_is_told),
		TEST(test_difference_of_the_unknown_is_unknown),
	};
	int failed;

	for (size_t i = 0; i < ARRAY_SIZE(page_cases); i++)
		pages[i] = (struct CMUnitTest){
			.name = page_cases[i].name,
			.test_func = test_page,
			.initial_state = &page_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(moving_cases); i++)
		movings[i] = (struct CMUnitTest){
			.name = moving_cases[i].name,
			.test_func = test_moving,
			.initial_state = &moving_cases[i],
		};
	failed = cmocka_run_group_tests_name("page", pages, make_dir, NULL);
	failed += cmocka_run_group_tests_name("moving", movings, NULL, NULL);
	failed += cmocka_run_group_tests_name("snapshot", tests, NULL,
					      remove_dir);
	return failed ? 1 : 0;
}
