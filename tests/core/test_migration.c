/* migration: requests that go from thread to thread and by slices; and whose
   growth it is when they run beside each other. */

#include "serving.h"

#include <semaphore.h>

#define MB	(1 << 20)
#define LOOK	65536
#define IN_LOOP 500
#define MOVES	50
#define LEAK	112000
#define PIECE	112
#define CACHED	20000

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
	return !is_balanced(&s) || s.in_flight || memprof_close(mp);
}

/* ---- from thread to thread ---- */

struct leg {
	struct memprof_request r;
	int64_t bytes;
	void *kept;
	bool properly; /* by detach and attach */
};

static void *work_a_leg(void *arg)
{
	struct leg *leg = arg;

	if (leg->properly)
		memprof_attach(&leg->r);
	free(leg->kept);
	leg->kept = work_alloc(200000);
	leg->bytes += (int64_t)malloc_usable_size(leg->kept);
	if (leg->properly)
		memprof_detach(&leg->r);
	return NULL;
}

static void *end_a_leg(void *arg)
{
	struct leg *leg = arg;

	if (leg->properly)
		memprof_attach(&leg->r);
	memprof_end(&leg->r, NULL);
	return NULL;
}

static void test_with_detach_and_attach_it_stays_exact(void **state)
{
	struct leg leg = { .properly = true };
	struct memprof_result r;
	int64_t size;

	(void)state;
	memprof_begin(mp, &leg.r, "moving");
	memprof_detach(&leg.r);
	for (int i = 0; i < MOVES; i++)
		run_thread(work_a_leg, &leg);
	size = (int64_t)malloc_usable_size(leg.kept);
	run_thread(end_a_leg, &leg);
	free(leg.kept);
	r = result_of(&leg.r);
	assert_int_equal(r.overlap, 0);
	if (!has_jemalloc())
		return;
	assert_int_equal(r.allocated, leg.bytes);
	assert_int_equal(r.freed, leg.bytes - size);
	assert_true(r.peak >= size && r.peak <= size + LOOK);
}

static void test_a_peak_stands_on_what_slices_before_kept(void **state)
{
	struct memprof_request r = { 0 };
	int64_t low, high;
	void *kept, *spike;

	(void)state;
	need_jemalloc();
	memprof_begin(mp, &r, "sliced");
	kept = work_alloc(10 * MB);
	low = (int64_t)malloc_usable_size(kept);
	memprof_detach(&r);
	free(work_alloc(40 * MB));
	memprof_attach(&r);
	spike = work_alloc(5 * MB);
	high = low + (int64_t)malloc_usable_size(spike);
	free(spike);
	memprof_end(&r, NULL);
	free(kept);
	assert_true(result_of(&r).peak <= high);
	assert_true(result_of(&r).peak >= high - LOOK);
}

static void test_without_it_is_unknown(void **state)
{
	struct leg leg = { .properly = false };
	struct memprof_result r;
	struct lines l;

	(void)state;
	memprof_begin(mp, &leg.r, "moving");
	run_thread(work_a_leg, &leg);
	run_thread(end_a_leg, &leg);
	free(leg.kept);
	r = result_of(&leg.r);
	assert_int_equal(r.allocated, MEMPROF_UNKNOWN);
	assert_int_equal(r.freed, MEMPROF_UNKNOWN);
	assert_int_equal(r.peak, MEMPROF_UNKNOWN);
	assert_int_equal(r.overlap, 0);
	assert_true(r.end_rss > 0);
	l = read_lines(LOG_NAME);
	assert_int_equal(l.r[1].allocated, MP_UNKNOWN);
	assert_int_equal(l.r[1].peak, MP_UNKNOWN);
	free_lines(&l);
}

static void test_it_may_go_on_where_its_thread_has_ended(void **state)
{
	struct leg leg = { .properly = false };

	(void)state;
	for (int i = 0; i < 20; i++) {
		memprof_begin(mp, &leg.r, "moving");
		run_thread(end_a_leg, &leg);
	}
	assert_int_equal(count_logged("moving"), 20);
	assert_int_equal(stats_of(mp).in_flight, 0);
}

/* What is attached to another thread is not on this one's stack of frames. */
static void test_a_request_left_on_a_thread_is_no_ancestor_there(void **state)
{
	struct memprof_request left = { 0 }, next = { 0 };
	struct leg leg = { .properly = false };

	(void)state;
	memprof_begin(mp, &leg.r, "moving");
	run_thread(end_a_leg, &leg);
	memprof_begin(mp, &left, "left");
	memprof_detach(&left);
	memprof_begin(mp, &next, "next");
	memprof_end(&next, NULL);
	assert_int_equal(result_of(&next).overlap, 1);
	memprof_end(&left, NULL);
	assert_int_equal(result_of(&left).overlap, 1);
}

/* ---- an event loop ---- */

struct client {
	struct memprof_request r;
	int64_t allocated, freed, held, peak;
	void *kept;
	unsigned slices;
	bool live;
};

static void begin_client(struct client *c)
{
	memset(c, 0, sizeof(*c));
	memprof_begin(mp, &c->r, "looped");
	memprof_detach(&c->r);
	c->live = true;
}

static void run_slice(struct client *c, size_t size)
{
	memprof_attach(&c->r);
	if (c->kept) {
		int64_t n = (int64_t)malloc_usable_size(c->kept);

		free(c->kept);
		c->freed += n;
		c->held -= n;
		c->kept = NULL;
	} else {
		c->kept = work_alloc(size);
		c->held += (int64_t)malloc_usable_size(c->kept);
		c->allocated += (int64_t)malloc_usable_size(c->kept);
	}
	memprof_detach(&c->r);
	if (c->peak < c->held)
		c->peak = c->held;
	c->slices++;
}

static void end_client(struct client *c)
{
	struct memprof_result r;

	memprof_end(&c->r, NULL);
	r = result_of(&c->r);
	assert_true(r.overlap > 0);
	if (has_jemalloc()) {
		assert_int_equal(r.allocated, c->allocated);
		assert_int_equal(r.freed, c->freed);
		assert_true(r.peak <= c->peak);
		assert_true(r.peak >= c->peak - LOOK);
		assert_true(r.peak >= r.allocated - r.freed);
	}
	free(c->kept);
	c->live = false;
}

static void test_500_on_one_loop_are_each_exact(void **state)
{
	static struct client clients[IN_LOOP];
	uint64_t s = seed();
	void *others;

	(void)state;
	for (unsigned i = 0; i < IN_LOOP; i++)
		begin_client(&clients[i]);
	for (unsigned n = 0; n < IN_LOOP * 40; n++) {
		struct client *c = &clients[chance(&s) % IN_LOOP];

		/* The loop's own work is nobody's. */
		others = work_alloc(chance(&s) % 5000);
		run_slice(c, chance(&s) % 200000);
		free(others);
		if (c->slices > 30) {
			end_client(c);
			begin_client(c);
		}
	}
	for (unsigned i = 0; i < IN_LOOP - 1; i++)
		end_client(&clients[i]);
	end_client(&clients[IN_LOOP - 1]);
}

/* ---- beside each other, and what RSS can't see ---- */

struct beside {
	sem_t go, done;
	struct memprof_request r;
	void *kept;
};

static void *serve_small(void *arg)
{
	struct beside *b = arg;

	sem_wait(&b->go);
	memprof_begin(mp, &b->r, "small");
	sem_post(&b->done);
	sem_wait(&b->go);
	b->kept = work_alloc(65536);
	memprof_end(&b->r, NULL);
	sem_post(&b->done);
	return NULL;
}

static void test_64_mib_and_64_kib_beside_each_other(void **state)
{
	struct beside b = { .kept = NULL };
	struct memprof_request big = { 0 };
	pthread_t thread;
	void *kept;

	(void)state;
	sem_init(&b.go, 0, 0);
	sem_init(&b.done, 0, 0);
	assert_int_equal(pthread_create(&thread, NULL, serve_small, &b), 0);
	sem_post(&b.go);
	sem_wait(&b.done);
	memprof_begin(mp, &big, "big");
	kept = work_alloc(64 * MB);
	sem_post(&b.go);
	sem_wait(&b.done);
	memprof_end(&big, NULL);
	pthread_join(thread, NULL);

	assert_int_equal(result_of(&b.r).overlap, 1);
	assert_int_equal(result_of(&big).overlap, 1);
	if (has_jemalloc()) {
		/* RSS blames the small one; the counters don't. */
		assert_true(result_of(&b.r).end_rss -
				    result_of(&b.r).start_rss >=
			    63 * MB);
		assert_int_equal(result_of(&b.r).allocated,
				 (int64_t)malloc_usable_size(b.kept));
		assert_int_equal(result_of(&big).allocated,
				 (int64_t)malloc_usable_size(kept));
	}
	free(kept);
	free(b.kept);
}

static void test_112000_bytes_leaked_into_free_slots_are_seen(void **state)
{
	static void *cache[CACHED];
	static void *leaked[LEAK / PIECE];
	struct memprof_request r = { 0 };

	(void)state;
	need_jemalloc();
	for (int i = 0; i < CACHED; i++)
		cache[i] = work_alloc(PIECE);
	for (int i = 0; i < CACHED; i += 2)
		free(cache[i]);
	memprof_begin(mp, &r, "leak");
	for (size_t i = 0; i < ARRAY_SIZE(leaked); i++)
		leaked[i] = work_alloc(PIECE);
	memprof_end(&r, NULL);
	assert_int_equal(result_of(&r).allocated, LEAK);
	assert_int_equal(result_of(&r).freed, 0);
	assert_true(result_of(&r).peak >= LEAK);
	assert_true(result_of(&r).end_rss - result_of(&r).start_rss < LEAK);
	for (size_t i = 0; i < ARRAY_SIZE(leaked); i++)
		free(leaked[i]);
	for (int i = 1; i < CACHED; i += 2)
		free(cache[i]);
}

static void test_a_spike_that_was_freed_is_in_the_peak(void **state)
{
	struct memprof_request r = { 0 };

	(void)state;
	need_jemalloc();
	memprof_begin(mp, &r, "spike");
	free(work_alloc(64 * MB));
	memprof_end(&r, NULL);
	assert_true(result_of(&r).peak >= 64 * MB - LOOK);
	assert_true(result_of(&r).peak <= 64 * MB + LOOK);
	assert_int_equal(result_of(&r).allocated - result_of(&r).freed, 0);
}

/* Below what jemalloc looks at, the peak is what was kept, at least. */
static void test_the_peak_is_never_below_what_was_kept(void **state)
{
	struct memprof_request r = { 0 };

	(void)state;
	need_jemalloc();
	for (size_t size = 1; size < 200000; size += 1 + size / 3) {
		void *p;

		memprof_begin(mp, &r, "kept");
		p = work_alloc(size);
		memprof_end(&r, NULL);
		assert_true(result_of(&r).peak >=
			    (int64_t)malloc_usable_size(p));
		free(p);
	}
}

int main(void)
{
#define ONE(name) \
	cmocka_unit_test_setup_teardown(name, open_session, close_session)
	const struct CMUnitTest tests[] = {
		ONE(test_with_detach_and_attach_it_stays_exact),
		ONE(test_a_peak_stands_on_what_slices_before_kept),
		ONE(test_without_it_is_unknown),
		ONE(test_it_may_go_on_where_its_thread_has_ended),
		ONE(test_a_request_left_on_a_thread_is_no_ancestor_there),
		ONE(test_500_on_one_loop_are_each_exact),
		ONE(test_64_mib_and_64_kib_beside_each_other),
		ONE(test_112000_bytes_leaked_into_free_slots_are_seen),
		ONE(test_a_spike_that_was_freed_is_in_the_peak),
		ONE(test_the_peak_is_never_below_what_was_kept),
	};

	return cmocka_run_group_tests_name("migration", tests, enter, leave);
}
