/* pstats: the whole file; Python reads it in tests/view/test_readers.sh. */

#include "test.h"

#include "view/printed.h"
#include "view/pstats.h"
#include "view/sampled.h"

#include <string.h>

/* The double of 1.0, and of 2.0. */
#define ONE "g\0\0\0\0\0\0\xf0\x3f"
#define TWO "g\0\0\0\0\0\0\0\x40"

static void test_the_whole_file(void **state)
{
	static const char want[] = "{)\3u\3\0\0\0a.ci\4\0\0\0u\1\0\0\0f"
				   ")\5i\2\0\0\0i\4\0\0\0" ONE ONE "{"
				   ")\3u\3\0\0\0a.ci\4\0\0\0u\1\0\0\0f"
				   ")\4i\2\0\0\0i\2\0\0\0" ONE ONE "0"
				   ")\3u\1\0\0\0~i\0\0\0\0u\1\0\0\0g"
				   ")\5i\0\0\0\0i\0\0\0\0" TWO TWO "{00";
	struct mp_function g = { .name = "g" };
	uint32_t places[2];
	struct mp_calls c;
	size_t len;
	char *text;

	(void)state;
	sampled_init_empty(&c);
	places[0] = places[1] = sampled_place(&c, "f", "a.c", 4, 5, false);
	mp_calls_stack(&c, &(struct mp_stack){ places, 2, 0, MP_KIND_CPU, 2,
					       1000000000 });
	places[0] = mp_calls_place(
		&c,
		&(struct mp_place){ mp_calls_function(&c, &g), 0, 0, false });
	mp_calls_stack(&c, &(struct mp_stack){ places, 1, 0, MP_KIND_CPU, 0,
					       2000000000 });
	text = printed(mp_write_pstats, &c, &len);
	assert_int_equal(len, sizeof(want) - 1);
	assert_memory_equal(text, want, len);
	free(text);
	mp_calls_release(&c);
}

static void test_an_empty_profile_is_an_empty_dictionary(void **state)
{
	struct mp_calls c;

	(void)state;
	sampled_init_empty(&c);
	assert_printed(mp_write_pstats, &c, "{0");
	mp_calls_release(&c);
}

static void test_a_full_disk_is_told(void **state)
{
	struct mp_calls c;

	(void)state;
	sampled_init(&c);
	assert_full_disk_is_told(mp_write_pstats, &c);
	mp_calls_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_whole_file),
		cmocka_unit_test(test_an_empty_profile_is_an_empty_dictionary),
		cmocka_unit_test(test_a_full_disk_is_told),
	};

	return cmocka_run_group_tests_name("pstats", tests, NULL, NULL);
}
