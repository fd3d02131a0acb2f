/* history: floors of what processes hold, in any order and in parts. */

#include "test.h"

#include "report/history.h"

#include <string.h>

#define SECOND INT64_C(1000000)
#define NOON   INT64_C(1795003200000000)

static struct mp_record line_at(int64_t us, int64_t pid, int64_t allocated)
{
	return (struct mp_record){
		.timestamp_us = us,
		.end_rss = 50 << 20,
		.heap_allocated = allocated,
		.heap_active = allocated,
		.heap_resident = allocated,
		.pid = pid,
		.host = { "host", 4 },
	};
}

static void add(struct mp_history *h, int64_t us, int64_t pid,
		int64_t allocated)
{
	struct mp_record r = line_at(us, pid, allocated);

	assert_int_equal(mp_history_add(h, &r, MP_OWN_NONE), 0);
}

static const struct mp_life *life_of(const struct mp_history *h, int64_t pid)
{
	for (size_t i = 0; i < h->slot_count; i++)
		if (h->slots[i] && h->slots[i]->pid == pid)
			return h->slots[i];
	return NULL;
}

static void test_floor_is_what_requests_in_flight_leave(void **state)
{
	struct mp_history h;
	double us[2] = { (double)(NOON + 200 * SECOND),
			 (double)(NOON + 900 * SECOND) };
	double held[2];

	(void)state;
	mp_history_init(&h);
	for (int64_t i = 0; i < 1000; i++)
		add(&h, NOON + i * SECOND, 1,
		    (10 << 20) + i * 1000 + (i % 7 ? (32 << 20) : 0));
	assert_true(mp_history_held(&h, us, 2, held));
	assert_in_range((unsigned)(held[1] - held[0]), 640000, 760000);
	mp_history_release(&h);
}

static void test_processes_are_added_up(void **state)
{
	struct mp_history h;
	double us = (double)(NOON + 500 * SECOND), held;

	(void)state;
	mp_history_init(&h);
	for (int64_t i = 0; i < 1000; i++)
		for (int64_t pid = 1; pid <= 200; pid++)
			add(&h, NOON + i * SECOND, pid, 1000 * pid + i % 2);
	assert_int_equal(h.count, 200);
	assert_true(mp_history_held(&h, &us, 1, &held));
	assert_int_equal((int64_t)held, 1000 * 200 * 201 / 2);
	mp_history_release(&h);
}

static void test_what_never_changes_was_never_read(void **state)
{
	struct mp_history h;
	double us = (double)(NOON + 500 * SECOND), held;

	(void)state;
	mp_history_init(&h);
	for (int64_t i = 0; i < 1000; i++)
		add(&h, NOON + i * SECOND, 1, 10 << 20);
	assert_false(mp_history_held(&h, &us, 1, &held));
	mp_history_release(&h);
}

static void test_a_process_of_half_the_log_tells_nothing(void **state)
{
	struct mp_history h;
	double us = (double)(NOON + 500 * SECOND), held;

	(void)state;
	mp_history_init(&h);
	for (int64_t i = 0; i < 1000; i++)
		add(&h, NOON + i * SECOND, i < 500 ? 1 : 2, (10 << 20) + i % 5);
	assert_false(mp_history_held(&h, &us, 1, &held));
	mp_history_release(&h);
}

static void test_rss_stands_in_for_the_heap(void **state)
{
	struct mp_record r = line_at(NOON, 1, MP_UNKNOWN);
	struct mp_history h;

	(void)state;
	mp_history_init(&h);
	assert_int_equal(mp_history_add(&h, &r, MP_OWN_NONE), 0);
	assert_false(life_of(&h, 1)->heap);
	assert_int_equal(life_of(&h, 1)->last.us, INT64_MIN);
	add(&h, NOON + SECOND, 1, 10 << 20);
	assert_int_equal(mp_history_add(&h, &r, MP_OWN_NONE), 0);
	assert_true(life_of(&h, 1)->heap);
	assert_int_equal(life_of(&h, 1)->low, life_of(&h, 1)->high);
	assert_int_equal(life_of(&h, 1)->last.us, NOON + SECOND);
	mp_history_release(&h);
}

static void test_flat_is_within_a_tenth(void **state)
{
	struct mp_history flat, steep;

	(void)state;
	mp_history_init(&flat);
	mp_history_init(&steep);
	for (int64_t i = 0; i < 1000; i++) {
		/* What grew in the first half does not count. */
		add(&flat, NOON + i * SECOND, 1,
		    (i < 400 ? 1 << 20 : 10 << 20) + i % 100);
		add(&steep, NOON + i * SECOND, 1, (1 << 20) + i * 1000);
	}
	assert_true(mp_life_is_flat(life_of(&flat, 1)));
	assert_false(mp_life_is_flat(life_of(&steep, 1)));
	mp_history_release(&flat);
	mp_history_release(&steep);
}

/* SplitMix64: Steele, Lea and Flood, OOPSLA 2014. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void test_parts_merge_to_the_whole(void **state)
{
	uint64_t random = 4242;

	(void)state;
	for (unsigned run = 0; run < 200; run++) {
		struct mp_history whole, parts[3], all;
		size_t lines = next(&random) % 300;

		mp_history_init(&whole);
		mp_history_init(&all);
		for (size_t i = 0; i < 3; i++)
			mp_history_init(&parts[i]);
		for (size_t i = 0; i < lines; i++) {
			size_t part = next(&random) % 3;
			struct mp_record r =
				line_at(NOON + (int64_t)(next(&random) >>
							 (20 + 12 * part)),
					(int64_t)(next(&random) % 5),
					(int64_t)(next(&random) % 1000));

			if (next(&random) % 3 == 0)
				r.heap_allocated = MP_UNKNOWN;
			assert_int_equal(
				mp_history_add(&whole, &r, MP_OWN_NONE), 0);
			assert_int_equal(
				mp_history_add(&parts[part], &r, MP_OWN_NONE),
				0);
		}
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(
				mp_history_merge(&all, &parts[(run + i) % 3]),
				0);
		assert_int_equal(all.count, whole.count);
		assert_true(all.first_us == whole.first_us &&
			    all.last_us == whole.last_us);
		for (int64_t pid = 0; pid < 5; pid++) {
			const struct mp_life *a = life_of(&all, pid);
			const struct mp_life *b = life_of(&whole, pid);

			assert_true(!a == !b);
			if (a)
				assert_memory_equal(
					a, b, offsetof(struct mp_life, runs));
		}
		for (size_t i = 0; i < 3; i++)
			mp_history_release(&parts[i]);
		mp_history_release(&all);
		mp_history_release(&whole);
	}
}

static void test_who_is_noted_takes_no_memory(void **state)
{
	struct mp_record r = line_at(NOON, 1, 10 << 20);
	struct mp_history h;

	(void)state;
	mp_history_init(&h);
	assert_int_equal(mp_history_note(&h, &r), 0);
	assert_int_equal(h.count, 0);
	add(&h, NOON, 1, 10 << 20);
	r.pid = 2;
	assert_int_equal(mp_history_note(&h, &r), 0);
	assert_int_equal(h.count, 1);
	r.pid = 1;
	r.timestamp_us += SECOND;
	assert_int_equal(mp_history_note(&h, &r), 0);
	assert_int_equal(life_of(&h, 1)->runs.count, 2);
	mp_history_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_floor_is_what_requests_in_flight_leave),
		cmocka_unit_test(test_processes_are_added_up),
		cmocka_unit_test(test_what_never_changes_was_never_read),
		cmocka_unit_test(test_a_process_of_half_the_log_tells_nothing),
		cmocka_unit_test(test_rss_stands_in_for_the_heap),
		cmocka_unit_test(test_flat_is_within_a_tenth),
		cmocka_unit_test(test_who_is_noted_takes_no_memory),
		cmocka_unit_test(test_parts_merge_to_the_whole),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
