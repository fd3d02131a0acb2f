/* ring: the last lines, in order, whatever came before. */

#include "test.h"

#include "report/ring.h"

#include <stdio.h>

static void add(struct mp_ring *ring, int number)
{
	char text[16];
	size_t len = (size_t)snprintf(text, sizeof(text), "%d", number);

	assert_int_equal(mp_ring_add(ring, (struct mp_text){ text, len }), 0);
}

static void expect(const struct mp_ring *ring, int first, size_t count)
{
	assert_int_equal(ring->count, count);
	for (size_t i = 0; i < count; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%d", first + (int)i);
		assert_string_equal(mp_ring_at(ring, i), text);
	}
}

static void test_the_last_ones_are_kept_in_order(void **state)
{
	struct mp_ring ring;

	(void)state;
	assert_int_equal(mp_ring_init(&ring, 3), 0);
	for (int i = 1; i <= 8; i++) {
		add(&ring, i);
		expect(&ring, i < 3 ? 1 : i - 2, i < 3 ? (size_t)i : 3);
	}
	mp_ring_clear(&ring);
	expect(&ring, 0, 0);
	add(&ring, 9);
	expect(&ring, 9, 1);
	mp_ring_release(&ring);
}

static void test_room_for_none(void **state)
{
	struct mp_ring ring;

	(void)state;
	assert_int_equal(mp_ring_init(&ring, 0), 0);
	add(&ring, 1);
	expect(&ring, 0, 0);
	mp_ring_release(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_last_ones_are_kept_in_order),
		cmocka_unit_test(test_room_for_none),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
