/* inflight: what the recorder of a session shows of its requests. */

#include "recorded.h"

#include "core/slot.h"

#define MANY 2000

/* ---- one request ---- */

static void test_it_shows_how_a_request_began(void **state)
{
	struct memprof_request r = { 0 };
	struct mp_recorder_slot slot;

	(void)state;
	memprof_begin(mp, &r, "a b");
	assert_int_equal(count_taken(), 1);
	assert_int_equal(state_of(&r), MP_RECORDER_IN_FLIGHT);
	slot = slot_of(&r);
	assert_true(is_named(&slot, "a%20b"));
	assert_true(slot.number == inside(&r)->number);
	assert_int_equal(slot.tid, gettid());
	assert_int_equal(slot.flags, 0);
	assert_int_equal(slot.begin_mono_ns, inside(&r)->begin_mono_ns);
	assert_int_equal(slot.begin_real_us, inside(&r)->begin_real_us);
	assert_true(slot.start.rss > 0 && slot.start.vss > slot.start.rss);

	memprof_page(&r, "other");
	slot = slot_of(&r);
	assert_true(is_named(&slot, "other"));
	assert_int_equal(state_of(&r), MP_RECORDER_IN_FLIGHT);
	memprof_end(&r, NULL);
	assert_int_equal(state_of(&r), MP_RECORDER_FREE);
	assert_int_equal(count_taken(), 0);
}

static void test_it_shows_the_slices_that_are_over(void **state)
{
	struct memprof_request r = { 0 };
	struct mp_recorder_slot slot;
	void *p;

	(void)state;
	need_jemalloc();
	memprof_begin(mp, &r, "page");
	p = work_alloc(1 << 20);
	assert_int_equal(slot_of(&r).allocated, 0);
	memprof_detach(&r);
	slot = slot_of(&r);
	assert_int_equal(slot.allocated, 1 << 20);
	assert_int_equal(slot.freed, 0);
	assert_int_equal(slot.peak, 1 << 20);
	free(p);
	memprof_attach(&r);
	p = work_alloc(1 << 20);
	free(p);
	memprof_detach(&r);
	slot = slot_of(&r);
	assert_int_equal(slot.allocated, 2 << 20);
	assert_int_equal(slot.freed, 1 << 20);
	assert_int_equal(state_of(&r), MP_RECORDER_IN_FLIGHT);
	memprof_end(&r, NULL);
	assert_int_equal(count_taken(), 0);
}

/* Without jemalloc, or on a thread that it was not attached to. */
static void *detach_elsewhere(void *arg)
{
	memprof_detach(arg);
	return NULL;
}

static void test_what_is_not_known_is_not_shown(void **state)
{
	struct memprof_request r = { 0 };

	(void)state;
	memprof_begin(mp, &r, "page");
	run_thread(detach_elsewhere, &r);
	assert_int_equal(slot_of(&r).allocated, 0);
	inside(&r)->flags |= MP_REQUEST_NO_PEAK;
	free(work_alloc(1 << 20));
	memprof_detach(&r);
	if (has_jemalloc())
		assert_true(slot_of(&r).allocated >= 1 << 20);
	else
		assert_true(slot_of(&r).allocated == MP_UNKNOWN);
	assert_true(slot_of(&r).peak == MP_UNKNOWN);
	memprof_cancel(&r);
}

/* What is shown last is the line that was written, byte for byte. */
static void test_it_ends_with_the_record_that_is_logged(void **state)
{
	struct memprof_request r = { 0 };
	struct mp_recorder_slot slot;
	struct mp_recorder h;
	struct mp_record record;
	char line[MP_RECORD_MAX], text[MP_RECORD_MAX] = "";
	size_t len;
	FILE *f;

	(void)state;
	memprof_begin(mp, &r, "page");
	memprof_end(&r, "OOPS-1 2");
	slot = slot_of(&r);
	h = header();
	record = mp_slot_record(&h, &slot);
	len = mp_record_format(&record, line);
	f = fopen(LOG_NAME, "r");
	assert_non_null(f);
	while (fgets(text, sizeof(text), f))
		;
	fclose(f);
	assert_int_equal(strlen(text), len);
	assert_memory_equal(text, line, len);
	assert_true(slot.end_mono_ns > slot.begin_mono_ns);
	assert_true(slot.mark.size > 0 && slot.mark.ino > 0);
	assert_true(slot.mark.dev == (uint64_t)h.log_state.dev);
}

static void end_it(struct memprof_request *r)
{
	memprof_end(r, NULL);
}

static void end_twice(struct memprof_request *r)
{
	uint64_t misused = stats_of(mp).misused;
	struct memprof_request copy;

	memcpy(&copy, r, sizeof(copy));
	memprof_end(r, NULL);
	assert_int_equal(stats_of(mp).misused, misused);
	memprof_end(&copy, NULL);
	memprof_end(r, NULL);
	assert_int_equal(stats_of(mp).misused, misused + 2);
	assert_int_equal(stats_of(mp).logged, 1);
	assert_int_equal(stats_of(mp).in_flight, 1);
}

static void move_it(struct memprof_request *r)
{
	struct memprof_request *elsewhere = malloc(sizeof(*elsewhere));

	memcpy(elsewhere, r, sizeof(*r));
	memset(r, 0, sizeof(*r));
	memprof_page(elsewhere, "moved");
	memprof_end(elsewhere, NULL);
	free(elsewhere);
}

static struct gone_case {
	const char *name;
	const char *keys;
	void (*end)(struct memprof_request *);
} gone_cases[] = {
	{ "ended, its slot is free", "", end_it },
	{ "cancelled, its slot is free", "", memprof_cancel },
	{ "ended twice, its slot is free once", "", end_twice },
	{ "moved, its slot is found", "", move_it },
	{ "below the threshold, its slot is free", "log_threshold: 1G",
	  end_it },
	{ "sampled out, its slot is free", "sample_one_in: 1000000000",
	  end_it },
};

static void test_gone(void **state)
{
	const struct gone_case *c = *state;
	struct memprof_request other = { 0 }, r = { 0 };

	open_with(c->keys);
	memprof_begin(mp, &r, "page");
	memprof_begin(mp, &other, "other");
	assert_int_equal(count_taken(), 2);
	c->end(&r);
	assert_int_equal(count_taken(), 1);
	assert_int_equal(state_of(&other), MP_RECORDER_IN_FLIGHT);
	memprof_end(&other, NULL);
	assert_int_equal(count_taken(), 0);
	assert_int_equal(close_session(NULL), 0);
}

static void test_one_that_is_sampled_out_is_named(void **state)
{
	struct memprof_request r = { 0 };
	struct mp_recorder_slot slot;

	(void)state;
	open_with("sample_one_in: 1000000000");
	memprof_begin(mp, &r, "page");
	slot = slot_of(&r);
	assert_true(is_named(&slot, "page"));
	assert_int_equal(slot.flags, MP_RECORDER_UNMEASURED);
	assert_true(slot.start.rss == MP_UNKNOWN);
	assert_true(slot.begin_real_us > 0);
	memprof_page(&r, "other");
	slot = slot_of(&r);
	assert_true(is_named(&slot, "other"));
	memprof_end(&r, NULL);
	assert_int_equal(close_session(NULL), 0);
}

/* ---- many ---- */

static void test_more_than_there_is_room_for(void **state)
{
	struct memprof_request *r = calloc(MANY, sizeof(*r)), last = { 0 };
	struct memprof_stats s;

	(void)state;
	assert_non_null(r);
	for (int i = 0; i < MANY; i++) {
		memprof_begin(mp, &r[i], "page");
		memprof_detach(&r[i]);
	}
	assert_int_equal(count_taken(), MP_RECORDER_SLOTS);
	assert_int_equal(stats_of(mp).slotless, MANY - MP_RECORDER_SLOTS);
	for (int i = 0; i < MANY; i++)
		memprof_end(&r[i], NULL);
	s = stats_of(mp);
	assert_int_equal(s.logged, MANY);
	assert_int_equal(count_taken(), 0);
	assert_int_equal(count_logged("page"), MANY);
	memprof_begin(mp, &last, "page");
	assert_int_equal(count_taken(), 1);
	memprof_end(&last, NULL);
	assert_int_equal(stats_of(mp).slotless, s.slotless);
	free(r);
}

static void test_two_sessions_have_one_each(void **state)
{
	struct memprof_request r = { 0 };
	struct memprof *other = NULL;

	(void)state;
	assert_int_equal(memprof_open("c.conf", &other), 0);
	assert_int_equal(count_recorders(), 2);
	memprof_begin(other, &r, "page");
	assert_int_equal(count_taken(), 0);
	memprof_end(&r, NULL);
	assert_int_equal(memprof_close(other), 0);
	assert_int_equal(count_recorders(), 1);
}

/* Sessions are used again, and so are their addresses. */
static void test_many_sessions_one_after_the_other(void **state)
{
	struct memprof_request r = { 0 };

	(void)state;
	memprof_begin(mp, &r, "in flight");
	close_session(NULL);
	for (int i = 0; i < 30; i++) {
		struct memprof_request next = { 0 };

		open_with("");
		assert_int_equal(count_taken(), 0);
		assert_int_equal(stats_of(mp).begun, 0);
		memprof_begin(mp, &next, "page");
		memprof_end(&r, NULL); /* of a session that is closed */
		assert_int_equal(count_taken(), 1);
		memprof_end(&next, NULL);
		assert_int_equal(stats_of(mp).logged, 1);
		assert_int_equal(close_session(NULL), 0);
	}
	open_with("");
}

static void test_counts_stay_when_it_is_closed(void **state)
{
	struct memprof_request r = { 0 };
	struct memprof_stats s;

	(void)state;
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(count_recorders(), 0);
	s = stats_of(mp);
	assert_int_equal(s.logged, 1);
	assert_int_equal(s.begun, 1);
	assert_int_equal(s.recorder, MEMPROF_RECORDER_NONE);
	close(fd);
	open_with("");
}

/* ---- without one ---- */

static struct without_case {
	const char *name;
	const char *run_dir;
	int recorder;
} without_cases[] = {
	{ "all goes on where no recorder is wanted", "", 0 },
	{ "all goes on where it would be on a disk", "/proc", -EMEDIUMTYPE },
	{ "all goes on where its folder is missing", "/none/none", -ENOENT },
};

static void test_without(void **state)
{
	const struct without_case *c = *state;
	struct memprof_request r = { 0 };
	struct memprof_stats s;

	snprintf(keys, sizeof(keys), "run_dir: %s\n", c->run_dir);
	mp = serve(keys);
	for (int i = 0; i < 3; i++) {
		memprof_begin(mp, &r, "page");
		memprof_page(&r, "other");
		memprof_detach(&r);
		memprof_end(&r, NULL);
	}
	s = stats_of(mp);
	assert_int_equal(s.recorder, c->recorder);
	assert_int_equal(s.logged, 3);
	assert_int_equal(s.slotless, 0);
	assert_true(is_balanced(&s));
	assert_int_equal(count_logged("other"), 3);
	assert_int_equal(memprof_close(mp), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RECORDED_TEST(test_it_shows_how_a_request_began),
		RECORDED_TEST(test_it_shows_the_slices_that_are_over),
		RECORDED_TEST(test_what_is_not_known_is_not_shown),
		RECORDED_TEST(test_it_ends_with_the_record_that_is_logged),
		cmocka_unit_test(test_one_that_is_sampled_out_is_named),
		RECORDED_TEST(test_more_than_there_is_room_for),
		RECORDED_TEST(test_two_sessions_have_one_each),
		RECORDED_TEST(test_many_sessions_one_after_the_other),
		RECORDED_TEST(test_counts_stay_when_it_is_closed),
	};
	struct CMUnitTest all[ARRAY_SIZE(tests) + ARRAY_SIZE(gone_cases) +
			      ARRAY_SIZE(without_cases)];
	size_t n = ARRAY_SIZE(tests);

	memcpy(all, tests, sizeof(tests));
	for (size_t i = 0; i < ARRAY_SIZE(gone_cases); i++)
		all[n++] = (struct CMUnitTest){
			.name = gone_cases[i].name,
			.test_func = test_gone,
			.initial_state = &gone_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(without_cases); i++)
		all[n++] = (struct CMUnitTest){
			.name = without_cases[i].name,
			.test_func = test_without,
			.initial_state = &without_cases[i],
		};
	return cmocka_run_group_tests_name("inflight", all, enter_shm,
					   leave_shm);
}
