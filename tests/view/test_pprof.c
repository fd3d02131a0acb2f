/* pprof: that it is gzip'd, and the same each time; tests/view/test_readers.sh
   says what is in it. */

#include "test.h"

#include "view/pprof.h"
#include "view/printed.h"
#include "view/sampled.h"

#include <string.h>

static void test_equal_profiles_are_equal_files(void **state)
{
	char *text[2];
	size_t len[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct mp_calls c;

		sampled_init(&c);
		text[i] = printed(mp_write_pprof, &c, &len[i]);
		mp_calls_release(&c);
	}
	assert_int_equal(len[0], len[1]);
	assert_memory_equal(text[0], text[1], len[0]);
	assert_memory_equal(text[0], "\x1f\x8b", 2);
	free(text[0]);
	free(text[1]);
}

static void test_a_full_disk_is_told(void **state)
{
	struct mp_calls c;

	(void)state;
	sampled_init(&c);
	assert_full_disk_is_told(mp_write_pprof, &c);
	mp_calls_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_profiles_are_equal_files),
		cmocka_unit_test(test_a_full_disk_is_told),
	};

	return cmocka_run_group_tests_name("pprof", tests, NULL, NULL);
}
