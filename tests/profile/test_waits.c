/* waits: the time off the CPU goes to what the looks saw, and no more of it. */

#include "test.h"

#include "profile/waits.h"

#include <stdlib.h>
#include <sys/mman.h>

#define FOLD_SIZE (1 << 20)
#define STEPS	  6

struct step {
	int64_t now_ns, cpu_ns;
	char what; /* a stack's letter, `-` for none known, `r` for running */
};

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct waits_case {
	const char *name;
	struct step steps[STEPS]; /* the last one is the end */
	int64_t a, b, none;	  /* nanoseconds of the stacks a, b and `-` */
	unsigned looks_a;
} waits_cases[] = {
	{ "nobody looked", { { 1000, 0, 0 } }, 0, 0, 0, 0 },
	{ "one look has it all",
	  { { 300, 0, 'a' }, { 1000, 0, 0 } },
	  1000,
	  0,
	  0,
	  1 },
	{ "time on the CPU is another's",
	  { { 300, 100, 'a' }, { 1000, 400, 0 } },
	  600,
	  0,
	  0,
	  1 },
	{ "two looks at the same",
	  { { 300, 0, 'a' }, { 700, 0, 'a' }, { 1000, 0, 0 } },
	  1000,
	  0,
	  0,
	  2 },
	{ "two that differ halve what is between",
	  { { 300, 0, 'a' }, { 700, 0, 'b' }, { 1000, 0, 0 } },
	  500,
	  500,
	  0,
	  1 },
	{ "halves of odd times lose nothing",
	  { { 300, 0, 'a' }, { 701, 0, 'b' }, { 1000, 0, 0 } },
	  500,
	  500,
	  0,
	  1 },
	{ "who ran takes none of it",
	  { { 300, 100, 'a' },
	    { 700, 200, 'r' },
	    { 900, 300, 'b' },
	    { 1000, 300, 0 } },
	  200 + 300,
	  100 + 100,
	  0,
	  1 },
	{ "between two that saw it run is nobody's",
	  { { 300, 100, 'r' },
	    { 700, 200, 'r' },
	    { 800, 200, 'a' },
	    { 1000, 400, 0 } },
	  100,
	  0,
	  0,
	  1 },
	{ "it only ran", { { 300, 100, 'r' }, { 1000, 400, 0 } }, 0, 0, 0, 0 },
	{ "nobody knows where",
	  { { 300, 0, '-' }, { 700, 0, 'a' }, { 1000, 0, 0 } },
	  500,
	  0,
	  500,
	  1 },
	{ "a CPU clock ahead at the end takes nothing away",
	  { { 300, 301, 'a' }, { 700, 301, 'a' }, { 1000, 700, 0 } },
	  399,
	  0,
	  0,
	  2 },
	{ "a CPU clock read late is made up for",
	  { { 300, 0, 'a' },
	    { 400, 500, 'a' },
	    { 800, 600, 'b' },
	    { 1000, 600, 0 } },
	  300,
	  100,
	  0,
	  2 },
	{ "an unknown end",
	  { { 300, 0, 'a' }, { 700, 0, 'a' }, { 1000, -3, 0 } },
	  700,
	  0,
	  0,
	  2 },
};

/* The same, of a thread that waits for a CPU as well. */
static struct queue_case {
	struct waits_case waits;
	int64_t begin_ns;
	int64_t queued_ns[STEPS]; /* until each step */
	int64_t want_ns;
} queue_cases[] = {
	{ { "time without a free CPU is no stack's",
	    { { 300, 0, 'a' }, { 1000, 200, 0 } },
	    400,
	    0,
	    0,
	    1 },
	  0,
	  { 100, 400 },
	  400 },
	{ { "who waits for a CPU when it is looked at is told later",
	    { { 300, 100, 'r' },
	      { 500, 200, 'r' },
	      { 600, 300, 'r' },
	      { 1000, 300, 'a' },
	      { 1100, 300, 0 } },
	    500,
	    0,
	    0,
	    1 },
	  0,
	  { 0, 0, 250, 250, 250 },
	  250 },
	{ { "what a stack was given by then is taken from what follows",
	    { { 300, 0, 'a' },
	      { 400, 100, 'r' },
	      { 500, 100, 'b' },
	      { 1000, 100, 0 } },
	    300,
	    400,
	    0,
	    1 },
	  0,
	  { 0, 200, 200, 200 },
	  200 },
	{ { "nobody's time is taken back once",
	    { { 300, 100, 'r' },
	      { 500, 300, 'r' },
	      { 600, 300, 'a' },
	      { 1000, 300, 0 } },
	    400,
	    0,
	    0,
	    1 },
	  0,
	  { 0, 250, 300, 300 },
	  300 },
	{ { "a look that can't tell",
	    { { 300, 0, 'a' }, { 1000, 0, 0 } },
	    900,
	    0,
	    0,
	    1 },
	  0,
	  { -3, 100 },
	  100 },
	{ { "a beginning that can't",
	    { { 300, 0, 'a' }, { 1000, 0, 0 } },
	    900,
	    0,
	    0,
	    1 },
	  -3,
	  { 500, 600 },
	  100 },
};

static void check(const struct waits_case *c, int64_t begin_ns,
		  const int64_t *queued_ns, int64_t want_ns)
{
	int64_t got[3] = { 0 }, queued = 0;
	unsigned looks_a = 0;
	struct mp_waits w;
	struct mp_fold *fold;
	void *map = mmap(NULL, FOLD_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct step *s = c->steps;

	assert_true(map != MAP_FAILED);
	fold = mp_fold_init(map, FOLD_SIZE);
	mp_waits_begin(&w, fold, (struct mp_waits_time){ 0, 0, begin_ns });
	for (;; s++, queued_ns++) {
		struct mp_waits_time now = { s->now_ns, s->cpu_ns, *queued_ns };
		struct mp_look look = { .waits = s->what != 'r' };

		if (!s->what) {
			mp_waits_end(&w, now);
			break;
		}
		look.depth = s->what == 'a' || s->what == 'b' ? 2 : 0;
		look.pcs[0] = (uintptr_t)s->what;
		look.pcs[1] = 7;
		look.cut = s->what == 'b';
		mp_waits_look(&w, &look, now);
	}

	for (const struct mp_fold_stack *f = mp_fold_first(fold, 0); f;
	     f = mp_fold_next(fold, f)) {
		size_t at = f->depth ? (size_t)(f->pcs[0] - 'a') : 2;

		if (f->kind == MP_FOLD_QUEUED) {
			assert_int_equal(f->depth, 0);
			assert_int_equal(f->samples, 0);
			queued += (int64_t)f->value;
			continue;
		}
		assert_int_equal(f->kind, MP_FOLD_BLOCKED);
		assert_true(at < 3);
		assert_int_equal(f->depth, at < 2 ? 2 : 0);
		got[at] += (int64_t)f->value;
		if (at == 0)
			looks_a += (unsigned)f->samples;
	}
	assert_int_equal(got[0], c->a);
	assert_int_equal(got[1], c->b);
	assert_int_equal(got[2], c->none);
	assert_int_equal(looks_a, c->looks_a);
	assert_int_equal(w.blocked_ns, c->a + c->b + c->none);
	assert_int_equal(queued, want_ns);
	assert_int_equal(w.queued_ns, want_ns);
	assert_int_equal(fold->cut, c->b > 0);
	munmap(map, FOLD_SIZE);
}

static void test_waits(void **state)
{
	static const int64_t none[STEPS];

	check(*state, 0, none, 0);
}

static void test_queue(void **state)
{
	const struct queue_case *c = *state;

	check(&c->waits, c->begin_ns, c->queued_ns, c->want_ns);
}

/* However short a wait is against the interval, and wherever it begins: over
   all moments to look at, each has its share of the time. */
static void test_each_stack_has_its_share_on_average(void **state)
{
	enum { INTERVAL = 100, LEN = 60, IN_A = 45 };
	int64_t a = 0, b = 0;
	void *map = mmap(NULL, FOLD_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct mp_fold *fold;

	(void)state;
	assert_true(map != MAP_FAILED);
	fold = mp_fold_init(map, FOLD_SIZE);
	for (int64_t moment = 0; moment < INTERVAL; moment++) {
		struct mp_look look = { .waits = true, .depth = 1 };
		struct mp_waits w;

		mp_waits_begin(&w, fold, (struct mp_waits_time){ 0, 0, 0 });
		look.pcs[0] = moment < IN_A ? 'a' : 'b';
		if (moment < LEN)
			mp_waits_look(&w, &look,
				      (struct mp_waits_time){ moment, 0, 0 });
		mp_waits_end(&w, (struct mp_waits_time){ LEN, 0, 0 });
		if (moment < IN_A)
			a += w.blocked_ns;
		else
			b += w.blocked_ns;
	}
	assert_int_equal(a * (LEN - IN_A), b * IN_A);
	assert_int_equal(a + b, LEN * LEN);
	munmap(map, FOLD_SIZE);
}

int main(void)
{
	static const struct CMUnitTest rest[] = {
		cmocka_unit_test(test_each_stack_has_its_share_on_average),
	};
	enum { WAITS = ARRAY_SIZE(waits_cases) };
	struct CMUnitTest tests[WAITS + ARRAY_SIZE(queue_cases)];
	int failed;

	for (size_t i = 0; i < WAITS; i++)
		tests[i] = (struct CMUnitTest){ waits_cases[i].name, test_waits,
						NULL, NULL, &waits_cases[i] };
	for (size_t i = 0; i < ARRAY_SIZE(queue_cases); i++)
		tests[WAITS + i] =
			(struct CMUnitTest){ queue_cases[i].waits.name,
					     test_queue, NULL, NULL,
					     &queue_cases[i] };
	failed = cmocka_run_group_tests_name("waits", tests, NULL, NULL);
	return cmocka_run_group_tests_name("shares", rest, NULL, NULL) ||
	       failed;
}
