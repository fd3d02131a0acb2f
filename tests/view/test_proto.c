/* proto: the very bytes of the wire format. */

#include "test.h"

#include "view/proto.h"

#include <errno.h>

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct varint_case {
	const char *name;
	uint64_t value;
	const char *want;
	size_t len;
} varint_cases[] = {
	{ "0", 0, "\0", 1 },
	{ "largest of one byte", 127, "\x7f", 1 },
	{ "smallest of two", 128, "\x80\1", 2 },
	{ "300", 300, "\xac\2", 2 },
	{ "largest", UINT64_MAX, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\1", 10 },
};

static void assert_bytes(struct mp_bytes *b, const char *want, size_t len)
{
	assert_int_equal(b->len, len);
	assert_memory_equal(b->p, want, len);
	mp_bytes_release(b);
}

static void test_varint(void **state)
{
	const struct varint_case *c = *state;
	struct mp_bytes b = { 0 };

	mp_proto_varint(&b, c->value);
	assert_bytes(&b, c->want, c->len);
}

static void test_numbers_have_a_tag(void **state)
{
	struct mp_bytes b = { 0 };

	(void)state;
	mp_proto_number(&b, 1, 150);
	mp_proto_number(&b, 16, 1);
	assert_bytes(&b, "\x08\x96\1\x80\1\1", 6);
}

static void test_no_number_is_0(void **state)
{
	struct mp_bytes b = { 0 };

	(void)state;
	mp_proto_number(&b, 1, 0);
	assert_int_equal(b.len, 0);
}

static void test_strings_have_a_length(void **state)
{
	struct mp_bytes b = { 0 };

	(void)state;
	mp_proto_string(&b, 2, "testing", 7);
	mp_proto_string(&b, 3, NULL, 0);
	assert_bytes(&b, "\x12\7testing\x1a\0", 11);
}

static void test_a_message_is_put_and_freed(void **state)
{
	struct mp_bytes b = { 0 }, m = { 0 };

	(void)state;
	mp_proto_number(&m, 1, 150);
	mp_proto_message(&b, 3, &m);
	assert_null(m.p);
	assert_bytes(&b, "\x1a\3\x08\x96\1", 5);
}

static void test_a_messages_error_sticks(void **state)
{
	struct mp_bytes b = { 0 }, m = { .err = -ENOMEM };

	(void)state;
	mp_proto_message(&b, 3, &m);
	assert_int_equal(b.err, -ENOMEM);
	mp_bytes_release(&b);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(varint_cases) + 5] = {
		cmocka_unit_test(test_numbers_have_a_tag),
		cmocka_unit_test(test_no_number_is_0),
		cmocka_unit_test(test_strings_have_a_length),
		cmocka_unit_test(test_a_message_is_put_and_freed),
		cmocka_unit_test(test_a_messages_error_sticks),
	};

	for (size_t i = 0; i < ARRAY_SIZE(varint_cases); i++)
		tests[i + 5] = (struct CMUnitTest){
			.name = varint_cases[i].name,
			.test_func = test_varint,
			.initial_state = &varint_cases[i],
		};
	return cmocka_run_group_tests_name("proto", tests, NULL, NULL);
}
