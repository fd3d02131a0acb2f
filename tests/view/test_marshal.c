/* marshal: the very bytes that Python's marshal.loads() reads. */

#include "test.h"

#include "view/marshal.h"

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct number_case {
	const char *name;
	uint64_t value;
	const char *want;
	size_t len;
} number_cases[] = {
	{ "0", 0, "i\0\0\0\0", 5 },
	{ "258", 258, "i\2\1\0\0", 5 },
	{ "largest of 32 bits", INT32_MAX, "i\xff\xff\xff\x7f", 5 },
	{ "smallest of more", 1U << 31, "l\3\0\0\0\0\0\0\0\2\0", 11 },
	{ "by 15 bits", UINT64_C(1) << 45 | 5, "l\4\0\0\0\5\0\0\0\0\0\1\0",
	  13 },
	{ "largest", UINT64_MAX,
	  "l\5\0\0\0\xff\x7f\xff\x7f\xff\x7f\xff\x7f\x0f\0", 15 },
};

static void assert_bytes(struct mp_bytes *b, const char *want, size_t len)
{
	assert_int_equal(b->len, len);
	assert_memory_equal(b->p, want, len);
	mp_bytes_release(b);
}

static void test_number(void **state)
{
	const struct number_case *c = *state;
	struct mp_bytes b = { 0 };

	mp_marshal_number(&b, c->value);
	assert_bytes(&b, c->want, c->len);
}

static void test_doubles_are_little_endian(void **state)
{
	struct mp_bytes b = { 0 };

	(void)state;
	mp_marshal_double(&b, 1.5);
	assert_bytes(&b, "g\0\0\0\0\0\0\xf8\x3f", 9);
}

static void test_strings_are_utf8(void **state)
{
	struct mp_bytes b = { 0 };

	(void)state;
	mp_marshal_string(&b, "\xc3\xa9\n");
	assert_bytes(&b, "u\5\0\0\0\xc3\xa9%0A", 10);
	mp_marshal_string(&b, "");
	assert_bytes(&b, "u\0\0\0\0", 5);
}

static void test_containers(void **state)
{
	struct mp_bytes b = { 0 };

	(void)state;
	mp_marshal_dict(&b);
	mp_marshal_tuple(&b, 1);
	mp_marshal_number(&b, 1);
	mp_marshal_tuple(&b, 0);
	mp_marshal_dict_end(&b);
	assert_bytes(&b, "{)\1i\1\0\0\0)\0000", 11);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(number_cases) + 3] = {
		cmocka_unit_test(test_doubles_are_little_endian),
		cmocka_unit_test(test_strings_are_utf8),
		cmocka_unit_test(test_containers),
	};

	for (size_t i = 0; i < ARRAY_SIZE(number_cases); i++)
		tests[i + 3] = (struct CMUnitTest){
			.name = number_cases[i].name,
			.test_func = test_number,
			.initial_state = &number_cases[i],
		};
	return cmocka_run_group_tests_name("marshal", tests, NULL, NULL);
}
