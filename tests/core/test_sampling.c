/* sampling: which requests are measured and logged, each counted once. */

#include "serving.h"

#include <math.h>

#define REQUESTS 20000
#define STORMERS 8
#define STORM	 20000
#define MINE	 6

static void serve_one(struct memprof *mp, const char *oops)
{
	struct memprof_request r = { 0 };

	memprof_begin(mp, &r, "page");
	memprof_end(&r, oops);
}

/* ---- one in N ---- */

static struct ratio_case {
	const char *name;
	const char *keys;
	double n;
} ratio_cases[] = {
	{ "1 in 1", "sample_one_in: 1", 1 },
	{ "1 in 2", "sample_one_in: 2", 2 },
	{ "1 in 3", "sample_one_in: 3", 3 },
	{ "1 in 10", "sample_one_in: 10", 10 },
	{ "1 in 100", "sample_one_in: 100", 100 },
	{ "1 in 1000", "sample_one_in: 1000", 1000 },
};

/* Even and odd ones, as two pages that take turns: neither is preferred. */
static void test_ratio(void **state)
{
	const struct ratio_case *c = *state;
	struct memprof *mp = serve(c->keys);
	double want = REQUESTS / c->n / 2;
	/* Five standard deviations: one run in a million is out. */
	double bound = 5 * sqrt(want * (1 - 1 / c->n));
	uint64_t measured[2] = { 0, 0 };
	struct memprof_stats s;

	for (int i = 0; i < REQUESTS; i++) {
		struct memprof_result ret = { .size = sizeof(ret) };
		struct memprof_request r = { 0 };
		int err;

		memprof_begin(mp, &r, "page");
		memprof_end(&r, NULL);
		err = memprof_result(&r, &ret);
		assert_true(err == 0 || err == -ENODATA);
		measured[i % 2] += !err;
	}
	s = stats_of(mp);
	print_message("%s: %ju and %ju of %d\n", c->name,
		      (uintmax_t)measured[0], (uintmax_t)measured[1],
		      REQUESTS / 2);
	for (int i = 0; i < 2; i++)
		assert_true(fabs((double)measured[i] - want) <= bound);
	assert_int_equal(s.begun, REQUESTS);
	assert_int_equal(s.logged, measured[0] + measured[1]);
	assert_int_equal(s.skipped_sampling, REQUESTS - s.logged);
	assert_int_equal(count_logged("page"), s.logged);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(count_logged("(skipped)"), s.skipped_sampling > 0);
}

static void test_what_is_left_out_counts_as_others(void **state)
{
	struct memprof *mp = serve("sample_one_in: 2");
	struct memprof_request other = { 0 }, r = { 0 };
	struct memprof_result ret = { .size = sizeof(ret) };

	(void)state;
	do {
		memprof_begin(mp, &other, "other");
		memprof_detach(&other);
		memprof_begin(mp, &r, "page");
		memprof_end(&r, NULL);
		memprof_end(&other, NULL);
	} while (memprof_result(&r, &ret) || !memprof_result(&other, &ret));
	assert_int_equal(result_of(&r).overlap, 1);
	assert_int_equal(memprof_close(mp), 0);
}

/* An outer one that is left out costs the inner one nothing. */
static void test_nesting_in_what_is_left_out(void **state)
{
	struct memprof *mp = serve("sample_one_in: 2");
	struct memprof_request outer = { 0 }, inner = { 0 };
	struct memprof_result ret = { .size = sizeof(ret) };
	int64_t size = 0;
	void *p;

	(void)state;
	for (int i = 0; i < 200; i++) {
		memprof_begin(mp, &outer, "outer");
		memprof_begin(mp, &inner, "inner");
		p = work_alloc(1 << 20);
		size = (int64_t)malloc_usable_size(p);
		memprof_end(&inner, NULL);
		memprof_end(&outer, NULL);
		free(p);
		if (!memprof_result(&inner, &ret)) {
			assert_int_equal(ret.overlap, 0);
			assert_int_equal(ret.peak, has_jemalloc()
							   ? size
							   : MEMPROF_UNKNOWN);
		}
		if (!memprof_result(&outer, &ret)) {
			assert_int_equal(ret.overlap, 0);
			assert_int_equal(ret.peak, has_jemalloc()
							   ? size
							   : MEMPROF_UNKNOWN);
		}
	}
	assert_int_equal(memprof_close(mp), 0);
}

/* ---- the threshold ---- */

static struct threshold_case {
	const char *name;
	size_t bytes;
	const char *oops;
	bool keep; /* what was allocated */
	bool logged;
} threshold_cases[] = {
	{ "nothing", 0, NULL, true, false },
	{ "nothing, with an oops", 0, "OOPS-1", true, true },
	{ "an oops that is empty", 0, "", true, false },
	{ "kept below it", 500000, NULL, true, false },
	{ "kept above it", 4000000, NULL, true, true },
	{ "freed again", 400000, NULL, false, false },
};

static void test_threshold(void **state)
{
	const struct threshold_case *c = *state;
	struct memprof_request r = { 0 };
	struct memprof_stats s;
	struct memprof *mp;
	void *p;

	if (c->bytes)
		need_jemalloc(); /* RSS has shadows else */
	mp = serve("log_threshold: 1M");
	/* Pages that are there already: RSS stays. */
	p = work_alloc(2000000);
	free(p);
	memprof_begin(mp, &r, "page");
	p = work_alloc(c->bytes);
	if (!c->keep)
		free(p);
	memprof_end(&r, c->oops);
	if (c->keep)
		free(p);
	s = stats_of(mp);
	assert_int_equal(s.logged, c->logged);
	assert_int_equal(s.skipped_threshold, !c->logged);
	assert_true(is_balanced(&s));
	/* The caller gets its numbers all the same. */
	assert_true(result_of(&r).end_rss > 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(count_logged("page"), c->logged);
	assert_int_equal(count_logged("(skipped)"), !c->logged);
}

/* RSS grew, and nothing was kept in the heap: memory mapped by hand. */
static void test_growth_of_rss_alone_is_over_the_threshold(void **state)
{
	struct memprof *mp = serve("log_threshold: 1M");
	struct memprof_request r = { 0 };
	static char touched[4 << 20];

	(void)state;
	memprof_begin(mp, &r, "page");
	memset(touched, 1, sizeof(touched));
	__asm__ volatile("" : : "r"(touched) : "memory");
	memprof_end(&r, NULL);
	assert_int_equal(stats_of(mp).logged, 1);
	serve_one(mp, NULL);
	assert_int_equal(stats_of(mp).skipped_threshold, 1);
	assert_int_equal(memprof_close(mp), 0);
}

/* ---- the balance, whatever is done ---- */

static struct memprof *stormed;
static uint64_t storm_seed;

static void do_anything(struct memprof_request *r, uint64_t *s)
{
	struct memprof_result ret = { .size = sizeof(ret) };

	switch (chance(s) % 12) {
	case 0:
	case 1:
	case 2:
		memprof_begin(stormed, r, "page");
		break;
	case 3:
		memprof_page(r, "late");
		break;
	case 4:
		memprof_detach(r);
		break;
	case 5:
		memprof_attach(r);
		break;
	case 6:
	case 7:
		memprof_end(r, chance(s) % 2 ? NULL : "OOPS");
		break;
	case 8:
		memprof_cancel(r);
		break;
	case 9:
		memprof_result(r, &ret);
		break;
	case 10:
		free(work_alloc(chance(s) % 3000));
		break;
	default:
		if (chance(s) % 50 == 0)
			memprof_reopen(stormed);
		if (chance(s) % 100 == 0)
			memset(r, 0, sizeof(*r));
	}
}

/* Requests that any thread may take: one at a time. */
static struct {
	pthread_mutex_t lock;
	struct memprof_request r;
} shared[STORMERS];

static void *storm(void *arg)
{
	uint64_t s = storm_seed + 2 * (uint64_t)(uintptr_t)arg;
	struct memprof_request mine[MINE] = { 0 };

	for (int i = 0; i < STORM; i++) {
		unsigned n = (unsigned)(chance(&s) % (MINE + 2));

		if (n < MINE) {
			do_anything(&mine[n], &s);
			continue;
		}
		n = (unsigned)(chance(&s) % STORMERS);
		pthread_mutex_lock(&shared[n].lock);
		do_anything(&shared[n].r, &s);
		pthread_mutex_unlock(&shared[n].lock);
	}
	return NULL;
}

static void test_all_is_counted_once_after_a_storm_of_calls(void **state)
{
	pthread_t threads[STORMERS];
	struct memprof_stats s;
	struct lines l;

	(void)state;
	storm_seed = seed();
	stormed = serve("sample_one_in: 2\nlog_threshold: 1");
	for (int i = 0; i < STORMERS; i++) {
		pthread_mutex_init(&shared[i].lock, NULL);
		memset(&shared[i].r, 0, sizeof(shared[i].r));
	}
	for (intptr_t i = 0; i < STORMERS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, storm, (void *)i), 0);
	for (int i = 0; i < STORMERS; i++)
		pthread_join(threads[i], NULL);
	s = stats_of(stormed);
	print_message("%ju begun = %ju logged + %ju dropped + %ju + %ju "
		      "skipped + %ju cancelled + %ju abandoned + %ju in "
		      "flight; %ju misused\n",
		      (uintmax_t)s.begun, (uintmax_t)s.logged,
		      (uintmax_t)s.dropped, (uintmax_t)s.skipped_sampling,
		      (uintmax_t)s.skipped_threshold, (uintmax_t)s.cancelled,
		      (uintmax_t)s.abandoned, (uintmax_t)s.in_flight,
		      (uintmax_t)s.misused);
	assert_true(is_balanced(&s));
	assert_int_equal(s.dropped, 0);
	assert_true(s.logged > 0 && s.skipped_sampling > 0 && s.cancelled > 0);
	assert_int_equal(memprof_close(stormed), 0);
	l = read_lines(LOG_NAME);
	assert_int_equal(l.bad, 0);
	assert_int_equal(count_page(&l, "page") + count_page(&l, "late"),
			 s.logged);
	for (size_t i = 0; i < l.count; i++)
		if (!mp_record_is_own(&l.r[i]))
			assert_true(l.r[i].overlap >= 0 &&
				    l.r[i].overlap <= (int64_t)s.begun);
	free_lines(&l);
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(test_what_is_left_out_counts_as_others),
		cmocka_unit_test(test_nesting_in_what_is_left_out),
		cmocka_unit_test(
			test_growth_of_rss_alone_is_over_the_threshold),
		cmocka_unit_test(
			test_all_is_counted_once_after_a_storm_of_calls),
	};
	struct CMUnitTest tests[ARRAY_SIZE(single) + ARRAY_SIZE(ratio_cases) +
				ARRAY_SIZE(threshold_cases)];
	size_t n = ARRAY_SIZE(single);

	memcpy(tests, single, sizeof(single));
	for (size_t i = 0; i < ARRAY_SIZE(ratio_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = ratio_cases[i].name,
			.test_func = test_ratio,
			.initial_state = &ratio_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(threshold_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = threshold_cases[i].name,
			.test_func = test_threshold,
			.initial_state = &threshold_cases[i],
		};
	return cmocka_run_group_tests_name("sampling", tests, enter, leave);
}
