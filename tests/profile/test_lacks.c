/* lacks: sentences, each once, with the reason where there is one. */

#include "test.h"

#include "profile/lacks.h"

#include <errno.h>
#include <string.h>

static void test_nothing_is_lacking(void **state)
{
	struct mp_lacks none = { 0 };
	struct mp_lacks_text t;

	(void)state;
	mp_lacks_tell(&none, &t);
	assert_int_equal(t.count, 0);
}

static void test_each_is_a_sentence(void **state)
{
	struct mp_lacks all = { 0 };
	struct mp_lacks_text t;

	(void)state;
	for (unsigned i = 0; i < MP_LACKS; i++)
		mp_lacks_note(&all, i, 0);
	mp_lacks_tell(&all, &t);
	assert_int_equal(t.count, MP_LACKS);
	for (unsigned i = 0; i < MP_LACKS; i++) {
		size_t len = strlen(t.list[i]);

		assert_in_range(len, 20, MP_LACKS_TEXT_MAX - 40);
		assert_int_equal(t.list[i][len - 1], '.');
		assert_null(strpbrk(t.list[i], "\t\n"));
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(t.list[i], t.list[k]);
	}
}

static void test_the_last_reason_is_told(void **state)
{
	struct mp_lacks sum = { 0 }, more = { 0 };
	struct mp_lacks_text t;

	(void)state;
	mp_lacks_note(&sum, MP_LACK_AWAY, 0);
	mp_lacks_note(&sum, MP_LACK_TIMER, -ENOMEM);
	mp_lacks_note(&more, MP_LACK_TIMER, -EAGAIN);
	mp_lacks_add(&sum, &more);
	mp_lacks_tell(&sum, &t);
	assert_int_equal(t.count, 2);
	assert_string_equal(t.list[0],
			    "There are no samples: the kernel gave no timer: "
			    "Resource temporarily unavailable.");
	mp_lacks_note(&sum, MP_LACK_TIMER, -100000);
	mp_lacks_tell(&sum, &t);
	assert_string_equal(t.list[0], "There are no samples: the kernel gave "
				       "no timer: unknown error.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_lacking),
		cmocka_unit_test(test_each_is_a_sentence),
		cmocka_unit_test(test_the_last_reason_is_told),
	};

	return cmocka_run_group_tests_name("lacks", tests, NULL, NULL);
}
