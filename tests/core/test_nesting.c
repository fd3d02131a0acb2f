/* nesting: what requests in requests did, each told right. */

#include "serving.h"

#include "core/thread.h"

#define MB	1000000
#define LOOK	65536 /* jemalloc looks at the peak each so many bytes */
#define DEEPEST MP_THREAD_FRAMES

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
	return !is_balanced(&s) || memprof_close(mp);
}

/* Allocate and free `size` bytes, and return what jemalloc counts for them. */
static int64_t spike(size_t size)
{
	void *p = work_alloc(size);
	int64_t n = (int64_t)malloc_usable_size(p);

	free(p);
	return n;
}

static void assert_peak(const struct memprof_request *r, int64_t want)
{
	int64_t peak = result_of(r).peak;

	if (peak > want || peak < want - LOOK)
		fail_msg("peak is %jd, not %jd", (intmax_t)peak,
			 (intmax_t)want);
}

static void test_an_inner_reset_does_not_lose_the_outers_peak(void **state)
{
	struct memprof_request outer = { 0 }, inner = { 0 };
	int64_t kept, top;
	void *p, *q;

	(void)state;
	need_jemalloc();
	memprof_begin(mp, &outer, "outer");
	p = work_alloc(10 * MB);
	kept = (int64_t)malloc_usable_size(p);
	top = kept + spike(34 * MB);
	memprof_begin(mp, &inner, "inner");
	q = work_alloc(5 * MB);
	memprof_end(&inner, NULL);
	memprof_end(&outer, NULL);
	assert_peak(&inner, (int64_t)malloc_usable_size(q));
	assert_peak(&outer, top);
	free(p);
	free(q);
}

static void test_a_spike_in_the_inner_is_the_outers_too(void **state)
{
	struct memprof_request outer = { 0 }, inner = { 0 };
	int64_t kept, top;
	void *p;

	(void)state;
	need_jemalloc();
	memprof_begin(mp, &outer, "outer");
	p = work_alloc(10 * MB);
	kept = (int64_t)malloc_usable_size(p);
	memprof_begin(mp, &inner, "inner");
	top = spike(34 * MB);
	memprof_end(&inner, NULL);
	spike(20 * MB);
	memprof_end(&outer, NULL);
	assert_peak(&inner, top);
	assert_peak(&outer, kept + top);
	free(p);
}

static void test_a_spike_after_the_inner_is_the_outers(void **state)
{
	struct memprof_request outer = { 0 }, inner = { 0 };
	int64_t kept, top;
	void *p;

	(void)state;
	need_jemalloc();
	memprof_begin(mp, &outer, "outer");
	memprof_begin(mp, &inner, "inner");
	p = work_alloc(10 * MB);
	kept = (int64_t)malloc_usable_size(p);
	memprof_end(&inner, NULL);
	top = kept + spike(34 * MB);
	memprof_end(&outer, NULL);
	assert_peak(&inner, kept);
	assert_peak(&outer, top);
	assert_int_equal(result_of(&outer).allocated, top);
	assert_int_equal(result_of(&outer).freed, top - kept);
	free(p);
}

static void test_what_the_outer_freed_before_counts_for_the_inner(void **state)
{
	struct memprof_request outer = { 0 }, inner = { 0 };
	int64_t size;
	void *p;

	(void)state;
	need_jemalloc();
	memprof_begin(mp, &outer, "outer");
	p = work_alloc(20 * MB);
	size = (int64_t)malloc_usable_size(p);
	memprof_begin(mp, &inner, "inner");
	free(p);
	spike(8 * MB);
	memprof_end(&inner, NULL);
	memprof_end(&outer, NULL);
	assert_int_equal(result_of(&inner).peak, 0);
	assert_peak(&outer, size);
}

static void test_ends_may_come_in_any_order(void **state)
{
	struct memprof_request a = { 0 }, b = { 0 }, c = { 0 };
	int64_t first, second, third;
	void *p;

	(void)state;
	memprof_begin(mp, &a, "a");
	first = spike(3 * MB);
	memprof_begin(mp, &b, "b");
	p = work_alloc(2 * MB);
	second = (int64_t)malloc_usable_size(p);
	memprof_end(&a, NULL);
	memprof_begin(mp, &c, "c");
	third = spike(9 * MB);
	memprof_end(&b, NULL);
	memprof_end(&c, NULL);
	free(p);

	/* `a` and `c` never met; `b` held both, or was held. */
	assert_int_equal(result_of(&a).overlap, 0);
	assert_int_equal(result_of(&b).overlap, 0);
	assert_int_equal(result_of(&c).overlap, 0);
	if (!has_jemalloc())
		return;
	assert_peak(&a, first);
	assert_peak(&b, second + third);
	assert_peak(&c, third);
	assert_int_equal(result_of(&a).allocated, first + second);
	assert_int_equal(result_of(&b).allocated, second + third);
	assert_int_equal(result_of(&c).allocated, third);
}

static void test_siblings_in_turn_are_nobodys_others(void **state)
{
	struct memprof_request outer = { 0 }, inner = { 0 };

	(void)state;
	memprof_begin(mp, &outer, "outer");
	for (int i = 0; i < 100; i++) {
		memprof_begin(mp, &inner, "inner");
		memprof_end(&inner, NULL);
		assert_int_equal(result_of(&inner).overlap, 0);
	}
	memprof_end(&outer, NULL);
	assert_int_equal(result_of(&outer).overlap, 0);
}

static void test_a_detached_sibling_is_another(void **state)
{
	struct memprof_request outer = { 0 }, a = { 0 }, b = { 0 };

	(void)state;
	memprof_begin(mp, &outer, "outer");
	memprof_begin(mp, &a, "a");
	memprof_detach(&a);
	memprof_begin(mp, &b, "b");
	memprof_end(&b, NULL);
	memprof_attach(&a);
	memprof_end(&a, NULL);
	memprof_end(&outer, NULL);
	assert_int_equal(result_of(&a).overlap, 1);
	assert_int_equal(result_of(&b).overlap, 1);
	assert_int_equal(result_of(&outer).overlap, 0);
}

/* ---- how deep ---- */

static struct depth_case {
	const char *name;
	unsigned depth;
} depth_cases[] = {
	{ "2 deep", 2 }, { "3 deep", 3 }, { "4 deep", 4 }, { "5 deep", 5 },
	{ "6 deep", 6 }, { "7 deep", 7 }, { "8 deep", 8 },
};

static void test_depth(void **state)
{
	const struct depth_case *c = *state;
	struct memprof_request r[DEEPEST] = { 0 };
	int64_t sizes[DEEPEST], sum = 0;
	void *p[DEEPEST];

	mp = serve("");
	for (unsigned i = 0; i < c->depth; i++) {
		memprof_begin(mp, &r[i], "nested");
		p[i] = work_alloc((i + 1) * MB);
		sizes[i] = (int64_t)malloc_usable_size(p[i]);
	}
	for (unsigned i = c->depth; i-- > 0;) {
		memprof_end(&r[i], NULL);
		sum += sizes[i];
		assert_int_equal(result_of(&r[i]).overlap, 0);
		if (has_jemalloc()) {
			assert_int_equal(result_of(&r[i]).allocated, sum);
			assert_int_equal(result_of(&r[i]).freed,
					 sum - sizes[i]);
			assert_int_equal(result_of(&r[i]).peak, sum);
		}
		free(p[i]);
	}
	close_session(NULL);
}

static void test_deeper_the_outermost_loses_its_peak_and_no_bytes(void **state)
{
	struct memprof_request r[DEEPEST + 2] = { 0 };
	struct memprof_result result;
	int64_t sizes[DEEPEST + 2], sum = 0;
	void *p[DEEPEST + 2];

	(void)state;
	for (unsigned i = 0; i < DEEPEST + 2; i++) {
		memprof_begin(mp, &r[i], "nested");
		p[i] = work_alloc((i + 1) * MB);
		sizes[i] = (int64_t)malloc_usable_size(p[i]);
	}
	for (unsigned i = DEEPEST + 2; i-- > 0;) {
		memprof_end(&r[i], NULL);
		result = result_of(&r[i]);
		sum += sizes[i];
		free(p[i]);
		/* Too many rather than too few: never clean by mistake. */
		assert_true(result.overlap >= 0);
		assert_true(result.overlap <= DEEPEST + 1);
		if (!has_jemalloc())
			continue;
		assert_int_equal(result.allocated, sum);
		assert_int_equal(result.peak, i < 2 ? MEMPROF_UNKNOWN : sum);
	}
}

/* ---- over threads ---- */

static void *end_here(void *arg)
{
	memprof_end(arg, NULL);
	return NULL;
}

static void test_an_inner_ended_elsewhere_rings_here(void **state)
{
	struct memprof_request outer = { 0 }, inner = { 0 }, next = { 0 };
	int64_t size;

	(void)state;
	memprof_begin(mp, &outer, "outer");
	memprof_begin(mp, &inner, "inner");
	run_thread(end_here, &inner);
	memprof_begin(mp, &next, "next");
	size = spike(4 * MB);
	memprof_end(&next, NULL);
	memprof_end(&outer, NULL);
	assert_true(result_of(&outer).overlap >= 0);
	if (!has_jemalloc())
		return;
	assert_int_equal(result_of(&inner).allocated, MEMPROF_UNKNOWN);
	assert_int_equal(result_of(&inner).peak, MEMPROF_UNKNOWN);
	assert_peak(&next, size);
	/* Starting a thread allocates, too. */
	assert_true(result_of(&outer).allocated >= size);
	assert_true(result_of(&outer).allocated < size + LOOK);
	assert_int_equal(result_of(&outer).peak, MEMPROF_UNKNOWN);
}

static void test_an_inner_that_never_ends_leaves_the_outer_whole(void **state)
{
	struct memprof_request outer = { 0 };
	struct memprof_request *inner = calloc(1, sizeof(*inner));
	int64_t top;

	(void)state;
	assert_non_null(inner);
	memprof_begin(mp, &outer, "outer");
	memprof_begin(mp, inner, "inner");
	top = spike(7 * MB);
	memset(inner, 0x5a, sizeof(*inner));
	free(inner);
	memprof_end(&outer, NULL);
	assert_int_equal(result_of(&outer).overlap, 0);
	assert_int_equal(stats_of(mp).in_flight, 1);
	if (!has_jemalloc())
		return;
	assert_int_equal(result_of(&outer).peak >= top - LOOK, 1);
}

/* ---- two sessions, and those that are not measured ---- */

static void test_sessions_nest_and_do_not_count_each_other(void **state)
{
	struct memprof_request a = { 0 }, b = { 0 };
	struct memprof *other = NULL;
	int64_t size, inner;

	(void)state;
	assert_int_equal(memprof_open_log("other", &other), 0);
	memprof_begin(mp, &a, "a");
	size = spike(6 * MB);
	memprof_begin(other, &b, "b");
	inner = spike(2 * MB);
	memprof_end(&b, NULL);
	memprof_end(&a, NULL);
	assert_int_equal(result_of(&a).overlap, 0);
	assert_int_equal(result_of(&b).overlap, 0);
	if (has_jemalloc()) {
		assert_peak(&a, size);
		assert_peak(&b, inner);
	}
	assert_int_equal(memprof_close(other), 0);
	unlink("other");
}

int main(void)
{
#define ONE(name) \
	cmocka_unit_test_setup_teardown(name, open_session, close_session)
	const struct CMUnitTest single[] = {
		ONE(test_an_inner_reset_does_not_lose_the_outers_peak),
		ONE(test_a_spike_in_the_inner_is_the_outers_too),
		ONE(test_a_spike_after_the_inner_is_the_outers),
		ONE(test_what_the_outer_freed_before_counts_for_the_inner),
		ONE(test_ends_may_come_in_any_order),
		ONE(test_siblings_in_turn_are_nobodys_others),
		ONE(test_a_detached_sibling_is_another),
		ONE(test_deeper_the_outermost_loses_its_peak_and_no_bytes),
		ONE(test_an_inner_ended_elsewhere_rings_here),
		ONE(test_an_inner_that_never_ends_leaves_the_outer_whole),
		ONE(test_sessions_nest_and_do_not_count_each_other),
	};
	struct CMUnitTest tests[ARRAY_SIZE(single) + ARRAY_SIZE(depth_cases)];

	memcpy(tests, single, sizeof(single));
	for (size_t i = 0; i < ARRAY_SIZE(depth_cases); i++)
		tests[ARRAY_SIZE(single) + i] = (struct CMUnitTest){
			.name = depth_cases[i].name,
			.test_func = test_depth,
			.initial_state = &depth_cases[i],
		};
	return cmocka_run_group_tests_name("nesting", tests, enter, leave);
}
