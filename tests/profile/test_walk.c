/* walk: stacks and functions that are made up, so that each way to leave a frame
   is taken, and each reason not to. */

#include "test.h"

#include "profile/arch.h"
#include "profile/madeup.h"
#include "profile/rulecache.h"
#include "profile/unwind.h"

#include <stdio.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

/* The functions, by what their frames are like. */
enum {
	NO_FRAME, /* it ends where the stack pointer points */
	NO_FRAME_BY_EXPRESSION,
	TWO_WORDS, /* its return address is the second one */
	LEAF,	   /* it ends 16 bytes above the frame pointer */
	CALLER,	   /* the same */
	OUTERMOST, /* nobody called it */
	HIGH,	   /* its return address is in the tenth word */
	BY_RBX,	   /* it ends where rbx says */
};

/* Where in CALLER and OUTERMOST calls return to. */
enum { TO_LEAF = 0x20, TO_ANOTHER = 0x40, TO_ANY = 0x60, NO_CALL = 0x80 };

#define UNDESCRIBED	     UINT64_C(0x20000000) /* code of no module */
#define WORDS		     64
#define DESCRIBE(f, program) madeup_describe(f, program, sizeof(program) - 1)

static _Alignas(16) uint64_t w[WORDS];
static uintptr_t pcs[MP_UNWIND_MAX];
static bool cut;

static uintptr_t in(unsigned function, uintptr_t offset)
{
	return madeup_function(function) + offset;
}

static uintptr_t at(unsigned word)
{
	return (uintptr_t)&w[word];
}

static void make_module(void)
{
	static const unsigned callers[] = { CALLER, OUTERMOST };

	madeup_begin();
	DESCRIBE(NO_FRAME, "\x0e\x00");
	DESCRIBE(NO_FRAME_BY_EXPRESSION, "\x0f\x02\x77\x00");
	DESCRIBE(TWO_WORDS, "\x0e\x10");
	DESCRIBE(LEAF, "\x0c\x06\x10\x86\x02");
	DESCRIBE(CALLER, "\x0c\x06\x10\x86\x02");
	DESCRIBE(OUTERMOST, "\x07\x10");
	DESCRIBE(HIGH, "\x0e\x50");
	DESCRIBE(BY_RBX, "\x0c\x03\x08");
	for (size_t i = 0; i < ARRAY_SIZE(callers); i++) {
		madeup_call(callers[i], TO_LEAF, in(LEAF, 0));
		madeup_call(callers[i], TO_ANOTHER, in(HIGH, 0));
		madeup_code(callers[i], TO_ANY, "\xff\xd0", 2);
	}
}

static ucontext_t interrupted(uintptr_t pc, uintptr_t sp, uintptr_t fp)
{
	ucontext_t uc = { .uc_stack.ss_flags = SS_DISABLE };

	uc.uc_mcontext.gregs[REG_RIP] = (greg_t)pc;
	uc.uc_mcontext.gregs[REG_RSP] = (greg_t)sp;
	uc.uc_mcontext.gregs[REG_RBP] = (greg_t)fp;
	return uc;
}

static const struct mp_stack_bounds elsewhere = { 0x30000, 0x40000 };

static struct mp_stack_bounds all_words(void)
{
	return (struct mp_stack_bounds){ at(0), at(WORDS) };
}

/* How many frames there are from such registers on. */
static size_t walk(uintptr_t pc, uintptr_t sp, uintptr_t fp)
{
	ucontext_t uc = interrupted(pc, sp, fp);

	return mp_unwind_signal(&uc, all_words(), pcs, MP_UNWIND_MAX, &cut);
}

static int set_up(void **state)
{
	(void)state;
	memset(w, 0, sizeof(w));
	make_module();
	mp_rulecache_forget();
	cut = true;
	return 0;
}

/* ---- frames ---- */

static void check_chain(void)
{
	assert_int_equal(walk(in(TWO_WORDS, 5), at(20), 77), 4);
	assert_false(cut);
	assert_int_equal(pcs[0], in(TWO_WORDS, 5));
	assert_int_equal(pcs[1], in(HIGH, 8));
	assert_int_equal(pcs[2], in(TWO_WORDS, 0x50));
	assert_int_equal(pcs[3], in(OUTERMOST, 0x2f));
}

static void test_a_chain_is_walked_to_its_end(void **state)
{
	(void)state;
	w[21] = in(HIGH, 9);
	w[31] = in(TWO_WORDS, 0x51);
	w[33] = in(OUTERMOST, 0x30);
	check_chain();
	/* And again by what is known by now. */
	check_chain();
}

static void test_what_is_forgotten_is_looked_up_again(void **state)
{
	(void)state;
	w[21] = in(HIGH, 9);
	w[22] = in(OUTERMOST, 9);
	w[31] = in(TWO_WORDS, 0x51);
	w[33] = in(OUTERMOST, 0x30);
	check_chain();
	/* Other code came to the same place: there HIGH has one word. */
	madeup_begin();
	DESCRIBE(TWO_WORDS, "\x0e\x10");
	DESCRIBE(OUTERMOST, "\x07\x10");
	DESCRIBE(HIGH, "");
	check_chain();
	mp_rulecache_forget();
	assert_int_equal(walk(in(TWO_WORDS, 5), at(20), 77), 3);
	assert_int_equal(pcs[2], in(OUTERMOST, 8));
}

static struct stop_case {
	const char *name;
	unsigned function;
	size_t sp;	 /* a byte of the stack */
	uintptr_t below; /* in the word below it */
} stop_cases[] = {
#define LOOPS(f) f, 160, MADEUP_ADDRESS + MADEUP_CODE + 0x100 * (f) + 1
	{ "a frame that does not end above its own pointer is the last",
	  LOOPS(NO_FRAME) },
	{ "and one whose end is calculated", LOOPS(NO_FRAME_BY_EXPRESSION) },
	{ "a return address behind the stack is not read", HIGH,
	  8 * (WORDS - 9), 0 },
	{ "nor one that is half behind it", TWO_WORDS, 8 * WORDS - 12, 0 },
};

static void test_stop(void **state)
{
	const struct stop_case *c = *state;

	set_up(NULL);
	w[c->sp / 8 - 1] = c->below;
	/* So that it would go on. */
	w[WORDS - 1] = in(OUTERMOST, 9) << 32;
	assert_int_equal(walk(in(c->function, 1), at(0) + c->sp, 77), 1);
	assert_false(cut);
}

/* ---- frame pointers ---- */

static void test_frame_pointers_lead_through_what_nobody_describes(void **state)
{
	(void)state;
	w[10] = at(14);
	w[11] = UNDESCRIBED + 9;
	w[14] = at(20);
	w[15] = in(OUTERMOST, 9);
	assert_int_equal(walk(UNDESCRIBED, at(10), at(10)), 3);
	assert_int_equal(pcs[1], UNDESCRIBED + 8);
	assert_int_equal(pcs[2], in(OUTERMOST, 8));
	assert_false(cut);
}

static void test_frame_pointers_lead_only_upwards(void **state)
{
	(void)state;
	w[10] = at(10);
	w[11] = UNDESCRIBED + 9;
	assert_int_equal(walk(UNDESCRIBED, at(8), at(10)), 2);
	assert_false(cut);
	assert_int_equal(walk(UNDESCRIBED, at(12), at(10)), 1);
	assert_false(cut);
}

static void test_frame_pointers_are_aligned(void **state)
{
	uint64_t record[2] = { 0, in(OUTERMOST, 9) };

	(void)state;
	memcpy((char *)w + 84, record, sizeof(record));
	assert_int_equal(walk(UNDESCRIBED, at(8), at(10) + 4), 1);
}

/* ---- other stacks ---- */

/* One page that handlers run on, and one behind it that can be read too: the
   only word of the frame that has the return address is there. */
static void test_of_a_handlers_stack_the_bounds_are_known(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n;
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ucontext_t uc =
		interrupted(in(TWO_WORDS, 1), (uintptr_t)pages + page - 8, 0);
	uintptr_t caller = in(OUTERMOST, 9);

	(void)state;
	assert_ptr_not_equal(pages, MAP_FAILED);
	memcpy(pages + page, &caller, sizeof(caller));
	uc.uc_stack.ss_sp = pages;
	uc.uc_stack.ss_size = page;
	uc.uc_stack.ss_flags = 0;
	n = mp_unwind_signal(&uc, elsewhere, pcs, MP_UNWIND_MAX, &cut);
	assert_int_equal(n, 1);
	/* On one that nobody tells of, all is felt for that can be read. */
	uc.uc_stack.ss_flags = SS_DISABLE;
	n = mp_unwind_signal(&uc, elsewhere, pcs, MP_UNWIND_MAX, &cut);
	assert_int_equal(n, 2);
	mprotect(pages + page, page, PROT_NONE);
	n = mp_unwind_signal(&uc, elsewhere, pcs, MP_UNWIND_MAX, &cut);
	assert_int_equal(n, 1);
	munmap(pages, 2 * page);
}

/* ---- more registers than three ---- */

static void test_a_register_that_is_kept_is_the_callers(void **state)
{
	ucontext_t uc = interrupted(in(TWO_WORDS, 1), at(20), 77);
	size_t n;

	(void)state;
	uc.uc_mcontext.gregs[REG_RBX] = (greg_t)at(30);
	w[21] = in(BY_RBX, 9);
	w[30] = in(OUTERMOST, 9);
	n = mp_unwind_signal(&uc, all_words(), pcs, MP_UNWIND_MAX, &cut);
	assert_int_equal(n, 3);
	assert_int_equal(pcs[2], in(OUTERMOST, 8));
}

/* ---- the frame pointer of who blocks ---- */

static void record(unsigned word, uintptr_t fp, uintptr_t pc)
{
	w[word] = fp;
	w[word + 1] = pc;
}

/* The place in CALLER that is found to have called; 0: none. */
static uintptr_t found_caller(void)
{
	size_t n = mp_unwind_blocked(in(LEAF, 0x50), at(0), all_words(), pcs,
				     MP_UNWIND_MAX, &cut);

	assert_false(cut);
	assert_int_equal(pcs[0], in(LEAF, 0x50));
	if (n < 2)
		return 0;
	assert_in_range(n, 3, 4);
	assert_int_equal(pcs[n - 1] & ~UINT64_C(0xff), in(OUTERMOST, 0));
	return pcs[1] + 1 - in(CALLER, 0);
}

static void test_who_calls_the_function_itself_is_preferred(void **state)
{
	(void)state;
	record(20, 0, in(OUTERMOST, TO_ANY));
	record(2, at(20), in(CALLER, TO_ANY));
	assert_int_equal(found_caller(), TO_ANY);
	record(6, at(20), in(CALLER, TO_LEAF));
	assert_int_equal(found_caller(), TO_LEAF);
	/* In the other order too. */
	record(2, at(20), in(CALLER, TO_LEAF));
	record(6, at(20), in(CALLER, TO_ANY));
	assert_int_equal(found_caller(), TO_LEAF);
}

static void test_a_doubtful_call_on_the_way_is_worse(void **state)
{
	(void)state;
	record(20, 0, in(OUTERMOST, TO_ANY));
	record(2, at(10), in(CALLER, TO_LEAF));
	record(10, at(20), in(CALLER, NO_CALL));
	record(6, at(20), in(CALLER, TO_ANY));
	assert_int_equal(found_caller(), TO_ANY);
	record(2, at(20), in(CALLER, TO_ANY));
	record(6, at(10), in(CALLER, TO_LEAF));
	assert_int_equal(found_caller(), TO_ANY);
	/* As is one of another function, from the first on. */
	record(6, at(20), in(CALLER, TO_ANOTHER));
	assert_int_equal(found_caller(), TO_ANY);
	record(6, at(20), in(CALLER, TO_ANY));
	record(2, at(20), in(CALLER, TO_ANOTHER));
	assert_int_equal(found_caller(), TO_ANY);
}

static void test_the_way_to_the_highest_end_is_the_one(void **state)
{
	(void)state;
	record(20, 0, in(OUTERMOST, NO_CALL));
	record(28, 0, in(OUTERMOST, NO_CALL));
	record(2, at(20), in(CALLER, TO_LEAF));
	record(6, at(28), in(CALLER, TO_ANOTHER));
	assert_int_equal(found_caller(), TO_ANOTHER);
	record(2, at(28), in(CALLER, TO_ANOTHER));
	record(6, at(20), in(CALLER, TO_LEAF));
	assert_int_equal(found_caller(), TO_ANOTHER);
}

static void test_no_way_leads_through_what_nobody_describes(void **state)
{
	(void)state;
	record(28, 0, in(OUTERMOST, NO_CALL));
	record(20, at(28), UNDESCRIBED + 9);
	record(2, at(20), in(CALLER, TO_LEAF));
	assert_int_equal(found_caller(), 0);
	record(6, at(28), in(CALLER, TO_ANOTHER));
	assert_int_equal(found_caller(), TO_ANOTHER);
}

static void test_no_way_ends_where_there_is_no_address(void **state)
{
	(void)state;
	record(20, 0, 0);
	record(2, at(20), in(CALLER, TO_LEAF));
	assert_int_equal(found_caller(), 0);
}

static void test_what_no_call_returns_to_is_no_caller(void **state)
{
	(void)state;
	record(20, 0, in(OUTERMOST, NO_CALL));
	record(2, at(20), in(CALLER, NO_CALL));
	assert_int_equal(found_caller(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_chain_is_walked_to_its_end),
		cmocka_unit_test(test_what_is_forgotten_is_looked_up_again),
		cmocka_unit_test(
			test_frame_pointers_lead_through_what_nobody_describes),
		cmocka_unit_test(test_frame_pointers_lead_only_upwards),
		cmocka_unit_test(test_frame_pointers_are_aligned),
		cmocka_unit_test(test_of_a_handlers_stack_the_bounds_are_known),
		cmocka_unit_test(test_a_register_that_is_kept_is_the_callers),
		cmocka_unit_test(
			test_who_calls_the_function_itself_is_preferred),
		cmocka_unit_test(test_a_doubtful_call_on_the_way_is_worse),
		cmocka_unit_test(test_the_way_to_the_highest_end_is_the_one),
		cmocka_unit_test(
			test_no_way_leads_through_what_nobody_describes),
		cmocka_unit_test(test_no_way_ends_where_there_is_no_address),
		cmocka_unit_test(test_what_no_call_returns_to_is_no_caller),
	};
	struct CMUnitTest all[ARRAY_SIZE(tests) + ARRAY_SIZE(stop_cases)];

	if (!MP_ARCH_CFI) {
		puts("skipped: frames are described on x86-64");
		return 77;
	}
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		all[i] = tests[i];
		all[i].setup_func = set_up;
	}
	for (size_t i = 0; i < ARRAY_SIZE(stop_cases); i++)
		all[ARRAY_SIZE(tests) + i] =
			(struct CMUnitTest){ stop_cases[i].name, test_stop,
					     NULL, NULL, &stop_cases[i] };
	return cmocka_run_group_tests_name("walk", all, NULL, NULL);
}
