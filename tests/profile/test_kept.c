/* kept: the last files are found by their profiles, and no others. */

#include "test.h"

#include "profile/kept.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

static struct mp_profile_ref ref(uint32_t index, uint32_t generation)
{
	return (struct mp_profile_ref){ index, generation };
}

static void test_nothing_is_found_before_it_is_there(void **state)
{
	char path[PATH_MAX] = "as it was", oops[MP_KEPT_OOPS_MAX];

	(void)state;
	assert_int_equal(mp_kept_find(ref(0, 0), path, oops), -ENOENT);
	assert_int_equal(mp_kept_find(ref(0, 1), path, oops), -ENOENT);
	assert_string_equal(path, "as it was");
}

static void test_a_place_has_another_profile_each_time(void **state)
{
	char path[PATH_MAX], oops[MP_KEPT_OOPS_MAX];

	(void)state;
	mp_kept_add(ref(3, 1), "/a", NULL);
	mp_kept_add(ref(3, 2), "/b", NULL);
	mp_kept_add(ref(4, 1), "/c", "OOPS-1a");
	assert_int_equal(mp_kept_find(ref(3, 1), path, oops), 0);
	assert_string_equal(path, "/a");
	assert_string_equal(oops, "");
	assert_int_equal(mp_kept_find(ref(3, 2), path, oops), 0);
	assert_string_equal(path, "/b");
	assert_int_equal(mp_kept_find(ref(4, 1), path, oops), 0);
	assert_string_equal(path, "/c");
	assert_string_equal(oops, "OOPS-1a");
	assert_int_equal(mp_kept_find(ref(4, 2), path, oops), -ENOENT);
	assert_int_equal(mp_kept_find(ref(3, 0), path, oops), -ENOENT);
}

static void test_the_oldest_are_forgotten(void **state)
{
	char path[PATH_MAX], oops[MP_KEPT_OOPS_MAX], want[32];

	(void)state;
	for (uint32_t i = 1; i <= MP_KEPT_MAX + 5; i++) {
		snprintf(want, sizeof(want), "/%u", i);
		mp_kept_add(ref(7, 100 + i), want, NULL);
	}
	for (uint32_t i = 1; i <= MP_KEPT_MAX + 5; i++) {
		int err = mp_kept_find(ref(7, 100 + i), path, oops);

		snprintf(want, sizeof(want), "/%u", i);
		assert_int_equal(err, i <= 5 ? -ENOENT : 0);
		if (!err)
			assert_string_equal(path, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_found_before_it_is_there),
		cmocka_unit_test(test_a_place_has_another_profile_each_time),
		cmocka_unit_test(test_the_oldest_are_forgotten),
	};

	return cmocka_run_group_tests_name("kept", tests, NULL, NULL);
}
