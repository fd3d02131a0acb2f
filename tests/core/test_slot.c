/* slot: who may write it, and that nobody reads half of it. */

#include "test.h"

#include "core/process.h"
#include "core/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOTS	128
#define THREADS 4
#define AT_ONCE 24
#define ROUNDS	10000
#define SECOND	INT64_C(1000000000)

static int fd;
static struct mp_recorder *r; /* as in a recorder's file */

static int map(void **state)
{
	char path[] = "/tmp/test_slot.XXXXXX";

	(void)state;
	fd = mkstemp(path);
	if (fd < 0 || unlink(path) ||
	    ftruncate(fd, (off_t)mp_recorder_size(SLOTS)))
		return -1;
	r = mmap(NULL, mp_recorder_size(SLOTS), PROT_READ | PROT_WRITE,
		 MAP_SHARED, fd, 0);
	return r == MAP_FAILED;
}

static int unmap(void **state)
{
	(void)state;
	munmap(r, mp_recorder_size(SLOTS));
	return close(fd);
}

static enum mp_recorder_state state_of(struct mp_slot_ref ref)
{
	return mp_recorder_state(mp_slot_at(r, ref.index)->word);
}

static bool is_taken(struct mp_slot_ref ref)
{
	return r->taken[ref.index / 64] >> ref.index % 64 & 1;
}

/* A request in flight. */
static struct mp_slot_ref begin(uint32_t hint, uint64_t number)
{
	struct mp_slot_ref ref;
	struct mp_recorder_slot *slot = mp_slot_claim(r, SLOTS, hint, &ref);

	if (slot) {
		slot->number = number;
		mp_slot_publish(slot, ref);
	}
	return ref;
}

static void test_its_states_in_their_order(void **state)
{
	struct mp_recorder_slot *slot;
	struct mp_slot_ref ref;
	uint64_t before;

	(void)state;
	slot = mp_slot_claim(r, SLOTS, 0, &ref);
	assert_non_null(slot);
	assert_true(is_taken(ref));
	assert_int_equal(state_of(ref), MP_RECORDER_FREE);
	mp_slot_publish(slot, ref);
	assert_int_equal(state_of(ref), MP_RECORDER_IN_FLIGHT);
	before = slot->word;

	assert_ptr_equal(mp_slot_change(r, ref), slot);
	assert_true(mp_recorder_sequence(slot->word) & 1);
	mp_slot_changed(slot, MP_RECORDER_IN_FLIGHT);
	assert_false(mp_recorder_sequence(slot->word) & 1);
	assert_int_equal(state_of(ref), MP_RECORDER_IN_FLIGHT);
	/* A reader of before and after sees that it was changed. */
	assert_true(slot->word != before);

	assert_ptr_equal(mp_slot_change(r, ref), slot);
	mp_slot_changed(slot, MP_RECORDER_ENDING);
	assert_int_equal(state_of(ref), MP_RECORDER_ENDING);
	assert_false(mp_recorder_sequence(slot->word) & 1);
	mp_slot_logged(slot);
	assert_int_equal(state_of(ref), MP_RECORDER_LOGGED);
	assert_int_equal(mp_recorder_generation(slot->word), ref.generation);
	mp_slot_release(r, ref.index);
	assert_int_equal(state_of(ref), MP_RECORDER_FREE);
	assert_false(is_taken(ref));
}

static void test_each_has_one_owner_and_then_there_are_none(void **state)
{
	bool seen[SLOTS] = { false };
	struct mp_slot_ref ref;

	(void)state;
	for (uint32_t i = 0; i < SLOTS; i++) {
		ref = begin(i, i);
		assert_int_not_equal(ref.generation, 0);
		assert_true(ref.index < SLOTS);
		assert_false(seen[ref.index]);
		seen[ref.index] = true;
	}
	ref = begin(1, 0);
	assert_int_equal(ref.generation, 0);
	/* Nothing is done by who has none. */
	assert_null(mp_slot_change(r, ref));
	mp_slot_drop(r, ref);
	assert_int_equal(r->taken[0], UINT64_MAX);
	assert_int_equal(r->taken[1], UINT64_MAX);
	assert_int_equal(r->taken[2], 0);

	/* One that was freed is found, wherever one begins to look. */
	mp_slot_drop(r, (struct mp_slot_ref){ 100, 1 });
	ref = begin(0, 0);
	assert_int_equal(ref.index, 100);
	assert_int_equal(ref.generation, 2);
}

static void test_no_slots_are_none(void **state)
{
	struct mp_slot_ref ref;

	(void)state;
	assert_null(mp_slot_claim(r, 0, 5, &ref));
	assert_int_equal(ref.generation, 0);
}

static void test_a_generation_is_never_0(void **state)
{
	struct mp_slot_ref ref;

	(void)state;
	r->taken[0] = UINT64_MAX - 1;
	mp_slot_at(r, 0)->word =
		mp_recorder_word(UINT32_MAX, 0, MP_RECORDER_FREE);
	ref = begin(0, 0);
	assert_int_equal(ref.index, 0);
	assert_int_equal(ref.generation, 1);
}

static void test_what_was_freed_is_nobodys(void **state)
{
	struct mp_slot_ref copy = begin(0, 1), next;

	(void)state;
	mp_slot_drop(r, copy);
	assert_null(mp_slot_change(r, copy));
	mp_slot_drop(r, copy);
	assert_false(is_taken(copy));

	/* Nor is the one that has it now disturbed. */
	next = begin(0, 2);
	assert_int_equal(next.index, copy.index);
	assert_null(mp_slot_change(r, copy));
	mp_slot_drop(r, copy);
	assert_true(is_taken(next));
	assert_int_equal(state_of(next), MP_RECORDER_IN_FLIGHT);
	assert_non_null(mp_slot_change(r, next));
}

static void test_of_two_copies_one_writes(void **state)
{
	struct mp_slot_ref ref = begin(0, 1);
	struct mp_recorder_slot *slot = mp_slot_change(r, ref);

	(void)state;
	assert_non_null(slot);
	assert_null(mp_slot_change(r, ref));
	mp_slot_changed(slot, MP_RECORDER_ENDING);
	assert_null(mp_slot_change(r, ref));
	mp_slot_drop(r, ref);
	assert_int_equal(state_of(ref), MP_RECORDER_ENDING);
}

static void test_the_sweep_frees_what_was_given_up(void **state)
{
	struct mp_overlap o;
	struct mp_slot_ref old, busy, ending, late;

	(void)state;
	mp_overlap_init(&o, 8 * SECOND);
	old = begin(0, mp_overlap_begin(&o, 0).number);
	busy = begin(1, mp_overlap_begin(&o, 0).number);
	ending = begin(1, mp_overlap_begin(&o, 0).number);
	late = begin(0, mp_overlap_begin(&o, 9 * SECOND).number);
	assert_non_null(mp_slot_change(r, busy));
	mp_slot_changed(mp_slot_change(r, ending), MP_RECORDER_ENDING);

	mp_slot_sweep(r, SLOTS, &o);
	assert_true(is_taken(old));
	mp_overlap_sweep(&o, 10 * SECOND);
	assert_int_equal(o.abandoned, 3);
	mp_slot_sweep(r, SLOTS, &o);
	assert_false(is_taken(old));
	assert_int_equal(state_of(old), MP_RECORDER_FREE);
	assert_null(mp_slot_change(r, old));
	/* Somebody is at these. */
	assert_true(is_taken(busy) && is_taken(ending));
	assert_int_equal(state_of(late), MP_RECORDER_IN_FLIGHT);
	assert_true(is_taken(late));
}

/* ---- many threads, and a reader in another process ---- */

/* All that is written of a request follows from its number, its generation and
   what it is doing. */
static void fill_begin(struct mp_recorder_slot *slot, uint64_t number)
{
	slot->number = number;
	slot->begin_real_us = (int64_t)number * 3;
	slot->begin_mono_ns = (int64_t)number * 5;
	slot->allocated = 0;
	slot->end_mono_ns = 0;
	slot->page_len =
		(uint16_t)snprintf(slot->page, sizeof(slot->page), "%0*ju",
				   (int)(1 + number % 200), (uintmax_t)number);
}

static void fill_end(struct mp_recorder_slot *slot)
{
	uint64_t number = slot->number;

	slot->end_mono_ns = (int64_t)number * 7;
	slot->allocated = (int64_t)number * 11;
	slot->oops_len =
		(uint16_t)snprintf(slot->oops, sizeof(slot->oops), "%0*ju",
				   (int)(1 + number % 100), (uintmax_t)number);
}

static bool is_whole(const struct mp_recorder_slot *slot)
{
	uint64_t number = slot->number;
	bool ended = mp_recorder_state(slot->word) != MP_RECORDER_IN_FLIGHT;
	struct mp_recorder_slot want;

	fill_begin(&want, number);
	if (slot->begin_real_us != want.begin_real_us ||
	    slot->begin_mono_ns != want.begin_mono_ns ||
	    slot->page_len != want.page_len ||
	    memcmp(slot->page, want.page, want.page_len))
		return false;
	if (!ended)
		return slot->end_mono_ns == 0 &&
		       (slot->allocated == 0 ||
			slot->allocated == (int64_t)number);
	want.number = number;
	fill_end(&want);
	return slot->end_mono_ns == want.end_mono_ns &&
	       slot->allocated == want.allocated &&
	       slot->oops_len == want.oops_len &&
	       !memcmp(slot->oops, want.oops, want.oops_len);
}

static _Atomic uint64_t numbers;
static _Atomic int collisions;

/* One request's next step. */
static void step(struct mp_slot_ref *ref, unsigned turn, uint32_t hint)
{
	struct mp_recorder_slot *slot;

	if (turn == 0) {
		slot = mp_slot_claim(r, SLOTS, hint, ref);
		if (!slot)
			return;
		fill_begin(slot, atomic_fetch_add(&numbers, 1));
		mp_slot_publish(slot, *ref);
		return;
	}
	if (turn == 2 && ref->index % 16 == 0) {
		mp_slot_drop(r, *ref);
		ref->generation = 0;
	}
	if (!ref->generation)
		return;
	if (turn == 3) {
		slot = mp_slot_at(r, ref->index);
		mp_slot_logged(slot);
		mp_slot_release(r, ref->index);
		return;
	}
	slot = mp_slot_change(r, *ref);
	if (!slot) {
		atomic_fetch_add(&collisions, 1);
		return;
	}
	if (turn == 1) {
		slot->allocated = (int64_t)slot->number;
		mp_slot_changed(slot, MP_RECORDER_IN_FLIGHT);
	} else {
		fill_end(slot);
		mp_slot_changed(slot, MP_RECORDER_ENDING);
	}
}

/* Some requests at once, so that each stays as it is for a little while. */
static void *hammer(void *arg)
{
	struct mp_slot_ref refs[AT_ONCE];

	for (unsigned i = 0; i < ROUNDS; i++)
		for (unsigned turn = 0; turn < 4; turn++)
			for (unsigned j = 0; j < AT_ONCE; j++)
				step(&refs[j], turn, (uint32_t)(uintptr_t)arg);
	return NULL;
}

/* Read slot `index` as memprof(1) does; whether it belongs together. */
static bool read_slot(uint32_t index, struct mp_recorder_slot *ret)
{
	off_t at = (off_t)(sizeof(*r) + index * sizeof(*ret));
	uint64_t before, after;

	if (pread(fd, &before, 8, at) != 8 ||
	    pread(fd, ret, sizeof(*ret), at) != sizeof(*ret) ||
	    pread(fd, &after, 8, at) != 8)
		return false;
	return before == after && ret->word == before &&
	       !(mp_recorder_sequence(before) & 1) &&
	       mp_recorder_state(before) != MP_RECORDER_FREE;
}

/* Exits with 0 where all that it read was whole, and told so by a byte. */
static void read_on(int told)
{
	struct mp_recorder_slot slot;
	uint64_t accepted = 0;

	alarm(100);
	for (;;) {
		for (uint32_t i = 0; i < SLOTS; i++) {
			if (!read_slot(i, &slot))
				continue;
			accepted++;
			if (!is_whole(&slot))
				_exit(1);
		}
		if (accepted > 1000 && told >= 0) {
			if (write(told, "", 1) != 1)
				_exit(2);
			told = -1;
		}
		/* The writers are done. */
		if (r->counts.logged)
			_exit(accepted > 1000 ? 0 : 3);
	}
}

static void test_no_reader_accepts_what_is_torn(void **state)
{
	pthread_t threads[THREADS];
	int status, told[2];
	bool seen = false;
	pid_t pid;
	char c;

	(void)state;
	atomic_store(&numbers, 1);
	assert_int_equal(pipe2(told, O_NONBLOCK), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		read_on(told[1]);
	/* However the two are scheduled, until it has seen enough. */
	for (int round = 0; round < 200 && !seen; round++) {
		for (uintptr_t i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL,
							hammer, (void *)i),
					 0);
		for (int i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		seen = read(told[0], &c, 1) == 1;
	}
	r->counts.logged = 1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(collisions, 0);
	assert_int_equal(r->taken[0] | r->taken[1], 0);
	close(told[0]);
	close(told[1]);
}

int main(void)
{
#define ONE(name) cmocka_unit_test_setup_teardown(name, map, unmap)
	const struct CMUnitTest tests[] = {
		ONE(test_its_states_in_their_order),
		ONE(test_each_has_one_owner_and_then_there_are_none),
		ONE(test_no_slots_are_none),
		ONE(test_a_generation_is_never_0),
		ONE(test_what_was_freed_is_nobodys),
		ONE(test_of_two_copies_one_writes),
		ONE(test_the_sweep_frees_what_was_given_up),
		ONE(test_no_reader_accepts_what_is_torn),
	};

	return cmocka_run_group_tests_name("slot", tests, NULL, NULL);
}
