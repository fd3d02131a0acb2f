/* density: every request is in one box, and boxes have the edges they say. */

#include "test.h"

#include "lines.h"
#include "report/density.h"

#include <math.h>
#include <string.h>

static struct mp_density density, other;

static int set_up(void **state)
{
	(void)state;
	memset(&density, 0, sizeof(density));
	memset(&other, 0, sizeof(other));
	return 0;
}

/* A request of so much; any of it may be unknown. */
static void add(struct mp_density *d, int64_t us, int64_t peak, int64_t rss)
{
	struct mp_record r = lines_record("Page");

	r.duration_us = us;
	r.peak = peak;
	r.rss_delta = rss;
	mp_density_add(d, &r);
}

static uint64_t count_at(const struct mp_density *d, int64_t us, int64_t size)
{
	return d->counts[mp_density_bin(us, MP_DENSITY_DURATIONS)]
			[mp_density_bin(size, MP_DENSITY_SIZES)];
}

static uint64_t count_all(const struct mp_density *d)
{
	uint64_t count = 0;

	for (unsigned x = 0; x < MP_DENSITY_DURATIONS; x++)
		for (unsigned y = 0; y < MP_DENSITY_SIZES; y++)
			count += d->counts[x][y];
	return count;
}

static struct bin_case {
	const char *name;
	int64_t v;
	unsigned bin;
} bin_cases[] = {
	{ "0", 0, 0 },
	{ "what shrank", -5, 0 },
	{ "1", 1, 1 },
	{ "2", 2, 5 },
	{ "3: the third quarter from 2 on", 3, 7 },
	{ "4", 4, 9 },
	{ "5", 5, 10 },
	{ "7", 7, 12 },
	{ "8", 8, 13 },
	{ "9", 9, 13 },
	{ "1023", 1023, 40 },
	{ "1024", 1024, 41 },
	{ "the largest number", INT64_MAX, MP_DENSITY_SIZES - 1 },
};

static void test_bin(void **state)
{
	const struct bin_case *c = *state;

	assert_int_equal(mp_density_bin(c->v, MP_DENSITY_SIZES), c->bin);
}

/* Of every bin that a whole number can be in. */
static void test_a_number_lies_between_the_edges_of_its_bin(void **state)
{
	(void)state;
	for (int64_t v = 1; v < (INT64_C(1) << 48); v += 1 + v / 7) {
		unsigned bin = mp_density_bin(v, MP_DENSITY_SIZES);

		assert_true(exp2(mp_density_edge(bin)) <= (double)v + 1e-6);
		assert_true((double)v < exp2(mp_density_edge(bin + 1)) + 1e-6);
	}
}

static void test_what_is_not_known_is_not_counted(void **state)
{
	(void)state;
	add(&density, MP_UNKNOWN, 5, 5);
	add(&density, 5, MP_UNKNOWN, MP_UNKNOWN);
	assert_int_equal(density.requests, 0);
	assert_int_equal(count_all(&density), 0);
}

static void test_peaks_replace_what_rss_told(void **state)
{
	(void)state;
	add(&density, 10, MP_UNKNOWN, 4096);
	assert_false(density.peak);
	assert_int_equal(count_at(&density, 10, 4096), 1);
	add(&density, 10, 100, 8192);
	add(&density, 10, MP_UNKNOWN, 4096);
	assert_true(density.peak);
	assert_int_equal(density.requests, 1);
	assert_int_equal(count_all(&density), 1);
	assert_int_equal(count_at(&density, 10, 100), 1);
}

static void test_parts_are_merged(void **state)
{
	(void)state;
	add(&density, 10, 100, 0);
	add(&other, 10, 100, 0);
	add(&other, 20, 0, 0);
	mp_density_merge(&density, &other);
	assert_int_equal(density.requests, 3);
	assert_int_equal(count_at(&density, 10, 100), 2);
	assert_int_equal(count_at(&density, 20, 0), 1);
}

/* Whichever part knows of peaks. */
static void test_peaks_of_one_part_replace_rss_of_another(void **state)
{
	static struct mp_density empty;

	(void)state;
	add(&density, 10, 100, 0);
	add(&other, 10, MP_UNKNOWN, 4096);
	mp_density_merge(&density, &other);
	mp_density_merge(&density, &empty);
	assert_int_equal(density.requests, 1);
	mp_density_merge(&other, &density);
	assert_true(other.peak);
	assert_int_equal(other.requests, 1);
	assert_int_equal(count_all(&other), 1);
}

int main(void)
{
	struct CMUnitTest tests[5 + ARRAY_SIZE(bin_cases)] = {
		cmocka_unit_test(
			test_a_number_lies_between_the_edges_of_its_bin),
		cmocka_unit_test_setup(test_what_is_not_known_is_not_counted,
				       set_up),
		cmocka_unit_test_setup(test_peaks_replace_what_rss_told,
				       set_up),
		cmocka_unit_test_setup(test_parts_are_merged, set_up),
		cmocka_unit_test_setup(
			test_peaks_of_one_part_replace_rss_of_another, set_up),
	};

	for (size_t i = 0; i < ARRAY_SIZE(bin_cases); i++)
		tests[5 + i] = (struct CMUnitTest){
			.name = bin_cases[i].name,
			.test_func = test_bin,
			.initial_state = &bin_cases[i],
		};
	return cmocka_run_group_tests_name("density", tests, NULL, NULL);
}
