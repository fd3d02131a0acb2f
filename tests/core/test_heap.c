/* heap: jemalloc in all its states, by fakes and for real.  Each case has a
   process of its own: what a probe finds active stays so. */

#include "serving.h"

#include "core/clock.h"
#include "core/heap.h"
#include "core/shared.h"

extern int mallctl(const char *name, void *oldp, size_t *oldlenp, void *newp,
		   size_t newlen) __attribute__((weak));

#define INTERVAL_NS (MP_NS_PER_S / 1000)

/* Totals of the fake. */
#define ALLOCATED 3
#define ACTIVE	  5

/* ---- a jemalloc of our own making ---- */

static struct fake {
	uint64_t allocated, freed;
	uint64_t peak;
	size_t resident;
	int64_t epoch_ns; /* what a refresh takes */
	unsigned epochs;
	bool no_peak;
	bool no_freed;
	bool no_totals;
} fake;

static void spend(int64_t ns)
{
	int64_t until = mp_clock_mono_ns() + ns;

	while (mp_clock_mono_ns() < until)
		;
}

static int fake_mallctl(const char *name, void *oldp, size_t *oldlenp,
			void *newp, size_t newlen)
{
	const uint64_t *p = NULL;

	(void)newp;
	(void)newlen;
	if (!strcmp(name, "thread.allocatedp")) {
		p = &fake.allocated;
		memcpy(oldp, &p, sizeof(p));
	} else if (!strcmp(name, "thread.deallocatedp") && !fake.no_freed) {
		p = &fake.freed;
		memcpy(oldp, &p, sizeof(p));
	} else if (!strcmp(name, "thread.peak.read") && !fake.no_peak) {
		memcpy(oldp, &fake.peak, *oldlenp);
	} else if (!strcmp(name, "thread.peak.reset") && !fake.no_peak) {
		fake.peak = 0;
	} else if (!strcmp(name, "epoch")) {
		fake.epochs++;
		spend(fake.epoch_ns);
	} else if (fake.no_totals) {
		return ENOENT;
	} else if (!strcmp(name, "stats.allocated")) {
		memcpy(oldp, &(size_t){ ALLOCATED }, sizeof(size_t));
	} else if (!strcmp(name, "stats.active")) {
		memcpy(oldp, &(size_t){ ACTIVE }, sizeof(size_t));
	} else if (!strcmp(name, "stats.resident")) {
		memcpy(oldp, &fake.resident, sizeof(fake.resident));
	} else {
		return ENOENT;
	}
	return 0;
}

static struct memprof *serve_fake(const char *keys)
{
	memprof_set_mallctl(fake_mallctl);
	return serve(keys);
}

/* ---- states ---- */

static int take_all_from_the_one_given(void *arg)
{
	struct memprof_request r = { 0 };
	struct memprof *mp = serve_fake("");
	struct memprof_result ret;

	(void)arg;
	CHILD_CHECK(stats_of(mp).heap == MEMPROF_HEAP_ACTIVE);
	fake.allocated = 1000;
	memprof_begin(mp, &r, "page");
	fake.allocated += 70000;
	fake.freed += 20000;
	fake.peak = 66000;
	memprof_end(&r, NULL);
	ret = result_of(&r);
	CHILD_CHECK(ret.allocated == 70000 && ret.freed == 20000);
	CHILD_CHECK(ret.peak == 66000);
	return memprof_close(mp);
}

static int have_no_peak(void *arg)
{
	struct memprof_request r = { 0 };
	struct memprof *mp;
	struct memprof_result ret;

	(void)arg;
	fake.no_peak = true;
	mp = serve_fake("");
	memprof_begin(mp, &r, "page");
	fake.allocated += 70000;
	memprof_end(&r, NULL);
	ret = result_of(&r);
	CHILD_CHECK(ret.allocated == 70000 && ret.freed == 0);
	CHILD_CHECK(ret.peak == MEMPROF_UNKNOWN);
	return memprof_close(mp);
}

static int have_no_counters(void *arg)
{
	struct memprof_request r = { 0 };
	struct memprof *mp;
	struct memprof_result ret;
	struct lines l;

	(void)arg;
	fake.no_freed = true;
	mp = serve_fake("");
	CHILD_CHECK(stats_of(mp).heap == MEMPROF_HEAP_INACTIVE);
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	ret = result_of(&r);
	CHILD_CHECK(ret.allocated == MEMPROF_UNKNOWN);
	CHILD_CHECK(ret.freed == MEMPROF_UNKNOWN);
	CHILD_CHECK(ret.peak == MEMPROF_UNKNOWN);
	l = read_lines(LOG_NAME);
	CHILD_CHECK(l.r[1].heap_allocated == MP_UNKNOWN);
	free_lines(&l);
	return memprof_close(mp);
}

static int no_one_at_all(const char *name, void *oldp, size_t *oldlenp,
			 void *newp, size_t newlen)
{
	(void)name;
	(void)oldp;
	(void)oldlenp;
	(void)newp;
	(void)newlen;
	return ENOENT;
}

static int refuse_everything(void *arg)
{
	struct memprof_request r = { 0 };
	struct memprof *mp;

	(void)arg;
	memprof_set_mallctl(no_one_at_all);
	mp = serve("");
	CHILD_CHECK(stats_of(mp).heap == MEMPROF_HEAP_INACTIVE);
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	CHILD_CHECK(result_of(&r).allocated == MEMPROF_UNKNOWN);
	CHILD_CHECK(result_of(&r).end_rss > 0);
	return memprof_close(mp);
}

static int find_the_one_that_is_linked(void *arg)
{
	struct memprof *mp = serve("");
	int want = has_jemalloc() ? MEMPROF_HEAP_ACTIVE : MEMPROF_HEAP_NONE;

	(void)arg;
	CHILD_CHECK(stats_of(mp).heap == want);
	return memprof_close(mp);
}

/* ---- the process's totals ---- */

static int refresh_each_time(void *arg)
{
	struct memprof *mp = serve_fake("heap_stats_interval: 0");
	struct memprof_request r = { 0 };
	struct lines l;

	(void)arg;
	for (unsigned i = 1; i <= 20; i++) {
		fake.resident = i * 1000;
		memprof_begin(mp, &r, "page");
		memprof_end(&r, NULL);
	}
	l = read_lines(LOG_NAME);
	CHILD_CHECK(l.count == 21);
	CHILD_CHECK(l.r[0].heap_allocated == ALLOCATED);
	CHILD_CHECK(l.r[0].heap_active == ACTIVE);
	for (unsigned i = 1; i <= 20; i++) {
		CHILD_CHECK(l.r[i].heap_allocated == ALLOCATED);
		CHILD_CHECK(l.r[i].heap_active == ACTIVE);
		CHILD_CHECK(l.r[i].heap_resident == i * 1000);
	}
	free_lines(&l);
	CHILD_CHECK(stats_of(mp).heap_refreshes == 21);
	CHILD_CHECK(fake.epochs == 21);
	return memprof_close(mp);
}

/* A jemalloc may be built without statistics. */
static int have_no_totals(void *arg)
{
	struct mp_heap_totals totals;

	(void)arg;
	fake.no_totals = true;
	fake.resident = 7;
	memprof_set_mallctl(fake_mallctl);
	mp_heap_probe();
	CHILD_CHECK(mp_heap_state() == MEMPROF_HEAP_ACTIVE);
	totals = mp_heap_totals();
	CHILD_CHECK(totals.allocated == MP_UNKNOWN);
	CHILD_CHECK(totals.active == MP_UNKNOWN);
	CHILD_CHECK(totals.resident == MP_UNKNOWN);
	return 0;
}

static int refresh_never(void *arg)
{
	struct memprof *mp = serve_fake("heap_stats_interval: off");
	struct memprof_request r = { 0 };
	struct lines l;

	(void)arg;
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	l = read_lines(LOG_NAME);
	CHILD_CHECK(l.r[1].heap_allocated == MP_UNKNOWN);
	CHILD_CHECK(l.r[1].heap_active == MP_UNKNOWN);
	CHILD_CHECK(l.r[1].heap_resident == MP_UNKNOWN);
	CHILD_CHECK(l.r[1].allocated == 0);
	free_lines(&l);
	CHILD_CHECK(fake.epochs == 0);
	return memprof_close(mp);
}

/* What is read is never older than the interval. */
static int refresh_when_due(void *arg)
{
	struct mp_shared_statm statm;
	struct mp_shared_totals t;
	int64_t now_ns = mp_clock_mono_ns(), end_ns = now_ns + MP_NS_PER_S / 5;
	int64_t at_ns = 0;
	size_t seen = 0;

	(void)arg;
	memprof_set_mallctl(fake_mallctl);
	mp_heap_probe();
	mp_shared_init(&statm, &t);
	fake.resident = 1;
	while (now_ns < end_ns) {
		struct mp_heap_totals v =
			mp_shared_totals_get(&t, 10 * INTERVAL_NS, now_ns);

		CHILD_CHECK(v.resident == (int64_t)seen ||
			    v.resident == (int64_t)seen + 1);
		if (v.resident != (int64_t)seen) {
			CHILD_CHECK(seen == 0 ||
				    now_ns - at_ns >= 9 * INTERVAL_NS);
			seen = fake.resident++;
			at_ns = now_ns;
		}
		/* A refresh was due by then, and we were there; a dear one
		   puts the next off. */
		CHILD_CHECK(now_ns - at_ns <=
			    11 * INTERVAL_NS +
				    1000 * (int64_t)atomic_load(&t.refresh_ns));
		now_ns = mp_clock_mono_ns();
	}
	CHILD_CHECK(seen >= 2);
	return 0;
}

/* Each refresh puts the next one off by a thousand times what it took; that time
   only seems to pass here. */
static int back_off_from(struct mp_shared_totals *t, const char *what)
{
	int64_t now_ns = mp_clock_mono_ns(), cost_ns = 0;

	for (uint64_t n = 1; n <= 5; n++) {
		int64_t began_ns = mp_clock_mono_ns(), due_ns;
		uint64_t before = atomic_load(&t->refresh_ns);

		mp_shared_totals_get(t, INTERVAL_NS, now_ns);
		CHILD_CHECK(atomic_load(&t->refreshes) == n);
		cost_ns = (int64_t)(atomic_load(&t->refresh_ns) - before);
		due_ns = atomic_load(&t->due_ns);
		CHILD_CHECK(due_ns >= began_ns + 1000 * cost_ns);
		CHILD_CHECK(due_ns <= mp_clock_mono_ns() + 1000 * cost_ns);
		mp_shared_totals_get(t, INTERVAL_NS, due_ns - 1);
		CHILD_CHECK(atomic_load(&t->refreshes) == n);
		now_ns = due_ns;
	}
	printf("%s: a refresh takes %jd us\n", what,
	       (intmax_t)(cost_ns / 1000));
	fflush(stdout);
	return 0;
}

static int back_off_from_a_slow_one(void *arg)
{
	struct mp_shared_statm statm;
	struct mp_shared_totals t;

	(void)arg;
	fake.epoch_ns = 5 * (MP_NS_PER_S / 1000);
	memprof_set_mallctl(fake_mallctl);
	mp_heap_probe();
	mp_shared_init(&statm, &t);
	return back_off_from(&t, "5 ms");
}

static int back_off_with_200_arenas(void *arg)
{
	struct mp_shared_statm statm;
	struct mp_shared_totals t;
	unsigned arena;
	size_t size = sizeof(arena);

	(void)arg;
	for (int i = 0; i < 200; i++)
		CHILD_CHECK(!mallctl("arenas.create", &arena, &size, NULL, 0));
	CHILD_CHECK(arena >= 200);
	mp_heap_probe();
	CHILD_CHECK(mp_heap_state() == MEMPROF_HEAP_ACTIVE);
	mp_shared_init(&statm, &t);
	return back_off_from(&t, "200 arenas");
}

static void *begin_first(void *arg)
{
	struct memprof_request r = { 0 };

	memprof_begin(arg, &r, "page");
	memprof_end(&r, NULL);
	return NULL;
}

/* Each open probes anew while there is none; new threads look at it. */
static int open_while_threads_begin(void *arg)
{
	struct memprof *mp = serve(""), *second;
	pthread_t thread;

	(void)arg;
	for (int i = 0; i < 50; i++) {
		CHILD_CHECK(!pthread_create(&thread, NULL, begin_first, mp));
		CHILD_CHECK(!memprof_open_log("second", &second));
		CHILD_CHECK(!memprof_close(second));
		pthread_join(thread, NULL);
	}
	CHILD_CHECK(stats_of(mp).logged == 50);
	return memprof_close(mp);
}

static struct state_case {
	const char *name;
	int (*run)(void *);
	bool real;
} state_cases[] = {
	{ "all comes from the one given", take_all_from_the_one_given, false },
	{ "no thread.peak", have_no_peak, false },
	{ "no thread.deallocatedp", have_no_counters, false },
	{ "one that refuses everything", refuse_everything, false },
	{ "the one that is linked", find_the_one_that_is_linked, false },
	{ "opening while threads begin", open_while_threads_begin, false },
	{ "totals each time", refresh_each_time, false },
	{ "no totals", have_no_totals, false },
	{ "totals never", refresh_never, false },
	{ "totals when due", refresh_when_due, false },
	{ "back off from a slow one", back_off_from_a_slow_one, false },
	{ "back off with 200 arenas", back_off_with_200_arenas, true },
};

static void test_state(void **state)
{
	const struct state_case *c = *state;

	if (c->real)
		need_jemalloc();
	fflush(stdout);
	assert_int_equal(in_child(c->run, NULL), 0);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(state_cases)];

	for (size_t i = 0; i < ARRAY_SIZE(state_cases); i++)
		tests[i] = (struct CMUnitTest){
			.name = state_cases[i].name,
			.test_func = test_state,
			.initial_state = &state_cases[i],
		};
	return cmocka_run_group_tests_name("heap", tests, enter, leave);
}
