/* compare: Student's t, the permutation test, and Holm's correction. */

#include "test.h"

#include "report/compare.h"

#include <math.h>

static void assert_near(double got, double want, double error)
{
	if (!(fabs(got - want) <= error))
		fail_msg("%.9g is not %.9g", got, want);
}

/* ---- Student's t: tables of two-sided quantiles ---- */

static struct student_case {
	const char *name;
	double t, freedom, p;
} student_cases[] = {
	{ "1 degree", 12.7062, 1, 0.05 },
	{ "2 degrees", 4.30265, 2, 0.05 },
	{ "3 degrees", 5.84091, 3, 0.01 },
	{ "10 degrees", 2.22814, 10, 0.05 },
	{ "15 degrees", 4.0728, 15, 0.001 },
	{ "60 degrees", 3.46020, 60, 0.001 },
	{ "nothing", 0, 7, 1 },
};

static void test_student(void **state)
{
	const struct student_case *c = *state;

	assert_near(mp_student(c->t, c->freedom), c->p, 2e-5);
}

/* ---- the test ---- */

static double compare(const double *a, size_t n, const double *b, size_t m,
		      double margin, bool two_sided)
{
	return mp_compare((struct mp_sample){ a, n },
			  (struct mp_sample){ b, m }, margin, two_sided, 1);
}

static void test_four_and_four_that_are_apart(void **state)
{
	const double a[] = { 1, 2, 3, 4 }, b[] = { 11, 12, 13, 14 };

	(void)state;
	/* One of 70 ways to deal, and as extreme on the other side. */
	assert_near(compare(a, 4, b, 4, 0, true), 2.0 / 70, 0.01);
	assert_near(compare(a, 4, b, 4, 0, false), 1.0 / 70, 0.007);
	assert_near(compare(b, 4, a, 4, 0, false), 1, 0.1);
	/* All of it is within the margin. */
	assert_in_range((int)(100 * compare(a, 4, b, 4, 10, false)), 40, 80);
}

static void test_constants_that_differ(void **state)
{
	const double a[] = { 5, 5, 5, 5, 5 }, b[] = { 7, 7, 7, 7, 7 };

	(void)state;
	assert_near(compare(a, 5, b, 5, 0, true), 2.0 / 252, 0.004);
	assert_near(compare(a, 5, a, 5, 0, true), 1, 0.001);
}

static void test_one_huge_number_alone_is_no_difference(void **state)
{
	double a[20], b[20];

	(void)state;
	for (int i = 0; i < 20; i++)
		a[i] = b[i] = 100 + i % 3;
	b[7] = 1e9;
	assert_true(compare(a, 20, b, 20, 0, true) > 0.2);
}

static void test_what_is_clear_is_below_what_deals_can_tell(void **state)
{
	double a[20], b[20];

	(void)state;
	for (int i = 0; i < 20; i++) {
		a[i] = 100 + i % 3;
		b[i] = 110 + i % 3;
	}
	assert_true(compare(a, 20, b, 20, 0, true) < 1e-9);
	assert_true(compare(a, 20, b, 20, 5, false) < 1e-9);
	assert_true(compare(a, 20, b, 20, 15, false) > 0.9);
}

static void test_holm(void **state)
{
	double p[] = { 0.01, 0.5, 0.004, 0.012, 0.9 };
	double *pointers[] = { &p[0], &p[1], &p[2], &p[3], &p[4] };
	const double want[] = { 0.04, 1, 0.02, 0.04, 1 };

	(void)state;
	mp_compare_holm(pointers, ARRAY_SIZE(p));
	for (size_t i = 0; i < ARRAY_SIZE(p); i++)
		assert_near(p[i], want[i], 1e-12);
	mp_compare_holm(pointers, 0);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(student_cases) + 5] = {
		cmocka_unit_test(test_four_and_four_that_are_apart),
		cmocka_unit_test(test_constants_that_differ),
		cmocka_unit_test(test_one_huge_number_alone_is_no_difference),
		cmocka_unit_test(
			test_what_is_clear_is_below_what_deals_can_tell),
		cmocka_unit_test(test_holm),
	};

	for (size_t i = 0; i < ARRAY_SIZE(student_cases); i++)
		tests[i + 5] = (struct CMUnitTest){
			.name = student_cases[i].name,
			.test_func = test_student,
			.initial_state = &student_cases[i],
		};
	return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
