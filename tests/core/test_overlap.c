/* overlap: the count of others is exact, for any interleaving, at the wrap,
   and after requests that never end. */

#include "serving.h"

#include "core/clock.h"
#include "core/overlap.h"

#define MANY	24
#define STEPS	200000
#define THREADS 4
#define ROUNDS	20000

/* A request, and what a plain set says of it: who else was in flight at any
   moment of it. */
struct one {
	bool live;
	struct mp_overlap_begun begun;
	uint32_t others;
};

static void begin_one(struct mp_overlap *o, struct one *all, unsigned i,
		      int64_t now_ns)
{
	struct one *r = &all[i];

	*r = (struct one){ .live = true };
	for (unsigned j = 0; j < MANY; j++) {
		if (j == i || !all[j].live)
			continue;
		r->others++;
		all[j].others++;
	}
	r->begun = mp_overlap_begin(o, now_ns);
}

static void end_one(struct mp_overlap *o, struct one *all, unsigned i)
{
	struct one *r = &all[i];
	struct mp_overlap_ended ended = mp_overlap_end(o, r->begun.number);
	uint32_t left = 0;

	r->live = false;
	for (unsigned j = 0; j < MANY; j++)
		left += all[j].live;
	assert_false(ended.late);
	assert_int_equal(r->begun.others + ended.begun_meanwhile, r->others);
	assert_int_equal(ended.in_flight, left);
	assert_int_equal(mp_overlap_in_flight(mp_overlap_word(o)), left);
}

static void interleave(struct mp_overlap *o, int64_t now_ns)
{
	struct one all[MANY] = { 0 };
	uint64_t s = seed();

	for (unsigned n = 0; n < STEPS; n++) {
		unsigned i = (unsigned)(chance(&s) % MANY);

		if (all[i].live)
			end_one(o, all, i);
		else
			begin_one(o, all, i, now_ns + n);
	}
	for (unsigned i = 0; i < MANY; i++)
		if (all[i].live)
			end_one(o, all, i);
}

static void test_any_interleaving_is_counted_as_a_plain_set_does(void **state)
{
	struct mp_overlap o;

	(void)state;
	mp_overlap_init(&o, 600 * MP_NS_PER_S);
	interleave(&o, 5000 * MP_NS_PER_S);
}

static void test_the_wrap_of_begins_changes_nothing(void **state)
{
	struct mp_overlap o;
	uint64_t total;

	(void)state;
	mp_overlap_init(&o, 600 * MP_NS_PER_S);
	atomic_store(&o.word, (uint64_t)(UINT32_MAX - STEPS / 4) << 32);
	atomic_store(&o.begun, UINT32_MAX - STEPS / 4);
	interleave(&o, 5000 * MP_NS_PER_S);
	total = mp_overlap_begun_total(&o);
	assert_true(total > UINT32_MAX);
	assert_true(total < (uint64_t)UINT32_MAX + STEPS);
}

static void test_each_place_next_to_the_wrap(void **state)
{
	(void)state;
	for (uint32_t before = 0; before < 4; before++) {
		struct mp_overlap o;
		struct one all[MANY] = { 0 };

		mp_overlap_init(&o, 600 * MP_NS_PER_S);
		atomic_store(&o.word, (uint64_t)(UINT32_MAX - before) << 32);
		begin_one(&o, all, 0, MP_NS_PER_S);
		begin_one(&o, all, 1, MP_NS_PER_S);
		begin_one(&o, all, 2, MP_NS_PER_S);
		end_one(&o, all, 1);
		begin_one(&o, all, 3, MP_NS_PER_S);
		end_one(&o, all, 0);
		end_one(&o, all, 3);
		end_one(&o, all, 2);
	}
}

/* ---- those that never end ---- */

static void test_what_is_too_old_is_given_up_and_not_before(void **state)
{
	struct mp_overlap o;
	struct mp_overlap_begun lost, next;
	int64_t after = 8 * MP_NS_PER_S, t = 1000 * MP_NS_PER_S;

	(void)state;
	mp_overlap_init(&o, after);
	lost = mp_overlap_begin(&o, t);
	mp_overlap_sweep(&o, t + after);
	assert_true(mp_overlap_counts(&o, lost.number));
	assert_int_equal(mp_overlap_in_flight(mp_overlap_word(&o)), 1);

	/* An epoch more, since it may have begun at the end of its own. */
	mp_overlap_sweep(&o, t + after + MP_NS_PER_S);
	assert_false(mp_overlap_counts(&o, lost.number));
	assert_int_equal(mp_overlap_in_flight(mp_overlap_word(&o)), 0);
	assert_int_equal(atomic_load(&o.abandoned), 1);

	next = mp_overlap_begin(&o, t + after + MP_NS_PER_S);
	assert_int_equal(next.others, 0);
	assert_true(mp_overlap_end(&o, lost.number).late);
	assert_int_equal(atomic_load(&o.abandoned), 0);
	assert_int_equal(mp_overlap_in_flight(mp_overlap_word(&o)), 1);
	assert_false(mp_overlap_end(&o, next.number).late);
	assert_int_equal(mp_overlap_in_flight(mp_overlap_word(&o)), 0);
}

static void
test_an_epoch_that_takes_the_place_of_another_gives_it_up(void **state)
{
	struct mp_overlap o;
	struct mp_overlap_begun lost;
	int64_t t = 1000 * MP_NS_PER_S;

	(void)state;
	mp_overlap_init(&o, 8 * MP_NS_PER_S);
	lost = mp_overlap_begin(&o, t);
	mp_overlap_begin(&o, t + MP_OVERLAP_EPOCHS * MP_NS_PER_S);
	assert_false(mp_overlap_counts(&o, lost.number));
	assert_int_equal(mp_overlap_in_flight(mp_overlap_word(&o)), 1);
	assert_int_equal(atomic_load(&o.abandoned), 1);
}

static void test_a_begin_held_up_for_an_epoch_turn_takes_the_newer(void **state)
{
	struct mp_overlap o;
	struct mp_overlap_begun newer, older;
	int64_t t = 1000 * MP_NS_PER_S;

	(void)state;
	mp_overlap_init(&o, 8 * MP_NS_PER_S);
	newer = mp_overlap_begin(&o, t + MP_OVERLAP_EPOCHS * MP_NS_PER_S);
	older = mp_overlap_begin(&o, t);
	assert_int_equal(older.number >> 32, newer.number >> 32);
	assert_false(mp_overlap_end(&o, older.number).late);
	assert_false(mp_overlap_end(&o, newer.number).late);
	assert_int_equal(mp_overlap_in_flight(mp_overlap_word(&o)), 0);
}

/* Over many epochs, with some lost: the counts sum up at each moment. */
static void test_epochs_sum_up_to_the_word(void **state)
{
	struct mp_overlap o;
	uint64_t live[256] = { 0 }, s = seed();
	int64_t t = 1000 * MP_NS_PER_S;

	(void)state;
	mp_overlap_init(&o, 8 * MP_NS_PER_S);
	for (unsigned n = 0; n < 50000; n++) {
		uint64_t *r = &live[chance(&s) % ARRAY_SIZE(live)];
		uint32_t sum = 0;

		t += (int64_t)(chance(&s) % 50000000);
		if (chance(&s) % 1000 == 0)
			t += 30 * MP_NS_PER_S;
		if (n % 20 == 0)
			mp_overlap_sweep(&o, t);
		if (*r)
			mp_overlap_end(&o, *r);
		*r = *r ? 0 : mp_overlap_begin(&o, t).number;
		for (unsigned i = 0; i < MP_OVERLAP_EPOCHS; i++)
			sum += (uint32_t)atomic_load(&o.epochs[i]);
		assert_int_equal(sum,
				 mp_overlap_in_flight(mp_overlap_word(&o)));
	}
	for (unsigned i = 0; i < ARRAY_SIZE(live); i++)
		if (live[i])
			mp_overlap_end(&o, live[i]);
	assert_int_equal(mp_overlap_in_flight(mp_overlap_word(&o)), 0);
	assert_int_equal(atomic_load(&o.abandoned), 0);
}

/* ---- wrong use ---- */

static void
test_ending_what_is_counted_out_takes_nobody_elses_count(void **state)
{
	struct mp_overlap o;
	struct mp_overlap_begun r;

	(void)state;
	mp_overlap_init(&o, 8 * MP_NS_PER_S);
	r = mp_overlap_begin(&o, MP_NS_PER_S);
	assert_false(mp_overlap_end(&o, r.number).late);
	assert_true(mp_overlap_end(&o, r.number).twice);
	assert_int_equal(mp_overlap_word(&o), UINT64_C(1) << 32);

	r = mp_overlap_begin(&o, MP_NS_PER_S);
	mp_overlap_sweep(&o, 100 * MP_NS_PER_S);
	assert_true(mp_overlap_end(&o, r.number).late);
	assert_true(mp_overlap_end(&o, r.number).twice);
	assert_int_equal(atomic_load(&o.abandoned), 0);
}

/* ---- threads ---- */

struct crowd {
	struct mp_overlap o;
	_Atomic uint64_t shared; /* the sum of all overlaps */
	_Atomic int32_t mistakes;
};

static void *crowd_thread(void *arg)
{
	struct crowd *c = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct mp_overlap_begun b =
			mp_overlap_begin(&c->o, MP_NS_PER_S + i);
		struct mp_overlap_ended e = mp_overlap_end(&c->o, b.number);

		if (e.late || b.others >= THREADS || e.in_flight >= THREADS)
			c->mistakes++;
		c->shared += b.others + e.begun_meanwhile;
	}
	return NULL;
}

/* Who meets whom is mutual: the sum of all overlaps is even. */
static void test_threads_meet_each_other_mutually(void **state)
{
	static struct crowd c;
	pthread_t threads[THREADS];

	(void)state;
	mp_overlap_init(&c.o, 600 * MP_NS_PER_S);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, crowd_thread, &c), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(c.mistakes, 0);
	assert_int_equal(c.shared % 2, 0);
	assert_int_equal(mp_overlap_word(&c.o),
			 (uint64_t)THREADS * ROUNDS << 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_any_interleaving_is_counted_as_a_plain_set_does),
		cmocka_unit_test(test_the_wrap_of_begins_changes_nothing),
		cmocka_unit_test(test_each_place_next_to_the_wrap),
		cmocka_unit_test(
			test_what_is_too_old_is_given_up_and_not_before),
		cmocka_unit_test(
			test_an_epoch_that_takes_the_place_of_another_gives_it_up),
		cmocka_unit_test(
			test_a_begin_held_up_for_an_epoch_turn_takes_the_newer),
		cmocka_unit_test(test_epochs_sum_up_to_the_word),
		cmocka_unit_test(
			test_ending_what_is_counted_out_takes_nobody_elses_count),
		cmocka_unit_test(test_threads_meet_each_other_mutually),
	};

	return cmocka_run_group_tests_name("overlap", tests, NULL, NULL);
}
