/* callsite: which code before a return address is a call, and of what. */

#include "test.h"

#include "profile/callsite.h"
#include "profile/madeup.h"

/* The functions: one that may be called, entries of procedure linkage tables
   that lead to it, and what has the calls. */
enum { CALLED, PLAIN_ENTRY, MARKED_ENTRY, BND_ENTRY, OTHER_ENTRY, HERE };

#define RETURNS 0x40
#define SLOT	(MADEUP_ADDRESS + 0x3000) /* memory that has its address */
#define OTHERS	(MADEUP_ADDRESS + 0x3008) /* and another one's */

/* An entry that jumps to what stands at `slot`. */
static void make_entry(unsigned function, const char *before, size_t size,
		       uintptr_t slot)
{
	madeup_code(function, size, before, size);
	madeup_code(function, size + 6, "\xff\x25\0\0\0", 6);
	madeup_put32(MADEUP_CODE + 0x100 * function + size + 2,
		     (int64_t)(slot - madeup_function(function) - size - 6));
}

static int set_up(void **state)
{
	uint64_t called = madeup_function(CALLED), other = 1;

	(void)state;
	madeup_begin();
	madeup_put(SLOT - MADEUP_ADDRESS, &called, sizeof(called));
	madeup_put(OTHERS - MADEUP_ADDRESS, &other, sizeof(other));
	make_entry(PLAIN_ENTRY, "", 0, SLOT);
	make_entry(MARKED_ENTRY, "\xf3\x0f\x1e\xfa", 4, SLOT);
	make_entry(BND_ENTRY, "\xf3\x0f\x1e\xfa\xf2", 5, SLOT);
	make_entry(OTHER_ENTRY, "", 0, OTHERS);
	return 0;
}

static enum mp_callsite site(void)
{
	return mp_callsite(madeup_function(HERE) + RETURNS,
			   madeup_function(CALLED));
}

static struct target_case {
	const char *name;
	unsigned function;
	unsigned offset;
	enum mp_callsite want;
} target_cases[] = {
	{ "a call of it", CALLED, 0, MP_CALLSITE_IT },
	{ "a call into it", CALLED, 1, MP_CALLSITE_OTHER },
	{ "a call of another one", HERE, 0, MP_CALLSITE_OTHER },
	{ "a call by a jump table", PLAIN_ENTRY, 0, MP_CALLSITE_IT },
	{ "a call by one with marks", MARKED_ENTRY, 0, MP_CALLSITE_IT },
	{ "a call by one with a prefix", BND_ENTRY, 0, MP_CALLSITE_IT },
	{ "a call by a jump table of another one", OTHER_ENTRY, 0,
	  MP_CALLSITE_OTHER },
	{ "a call of what nobody has", 0x100000, 0, MP_CALLSITE_OTHER },
};

static void test_target(void **state)
{
	const struct target_case *c = *state;

	madeup_call(HERE, RETURNS, madeup_function(c->function) + c->offset);
	assert_int_equal(site(), c->want);
}

static struct code_case {
	const char *name;
	const char *code; /* before the return address */
	size_t size;
	enum mp_callsite want;
} code_cases[] = {
#define CODE(bytes) bytes, sizeof(bytes) - 1
	{ "call *%rax", CODE("\xff\xd0"), MP_CALLSITE_ANY },
	{ "call *%rdi", CODE("\xff\xd7"), MP_CALLSITE_ANY },
	{ "call *%r11", CODE("\x41\xff\xd3"), MP_CALLSITE_ANY },
	{ "call *(%rax)", CODE("\xff\x10"), MP_CALLSITE_ANY },
	{ "call *(%rsp)", CODE("\xff\x14\x24"), MP_CALLSITE_ANY },
	{ "call *(%r12)", CODE("\x41\xff\x14\x24"), MP_CALLSITE_ANY },
	{ "call *8(%rax)", CODE("\xff\x50\x08"), MP_CALLSITE_ANY },
	{ "call *8(%rsp)", CODE("\xff\x54\x24\x08"), MP_CALLSITE_ANY },
	{ "call *8(%r12)", CODE("\x41\xff\x54\x24\x08"), MP_CALLSITE_ANY },
	{ "call *0x100(%rax)", CODE("\xff\x90\0\x01\0\0"), MP_CALLSITE_ANY },
	{ "call *0x100(%r8)", CODE("\x41\xff\x90\0\x01\0\0"), MP_CALLSITE_ANY },
	{ "call *0x100(%rsp)", CODE("\xff\x94\x24\0\x01\0\0"),
	  MP_CALLSITE_ANY },
	{ "call *far(%rip)", CODE("\xff\x15\0\0\0\x40"), MP_CALLSITE_ANY },
	{ "nothing", CODE(""), MP_CALLSITE_NONE },
	{ "jmp *%rax", CODE("\xff\xe0"), MP_CALLSITE_NONE },
	{ "push (%rax)", CODE("\xff\x30"), MP_CALLSITE_NONE },
	{ "call *(%rax) and a byte", CODE("\xff\x10\x00"), MP_CALLSITE_NONE },
	{ "call *8(%rax) cut short", CODE("\xff\x50"), MP_CALLSITE_NONE },
	{ "call *(%rsp) cut short", CODE("\xff\x14"), MP_CALLSITE_NONE },
	{ "another prefix", CODE("\x31\xff\x90\0\x01\0"), MP_CALLSITE_NONE },
	{ "jmp of it", CODE("\xe9\0\0\0\0"), MP_CALLSITE_NONE },
};

static void test_code(void **state)
{
	const struct code_case *c = *state;

	madeup_code(HERE, RETURNS, c->code, c->size);
	assert_int_equal(site(), c->want);
}

static void test_a_call_by_memory_is_of_what_that_says(void **state)
{
	uintptr_t next = madeup_function(HERE) + RETURNS;

	(void)state;
	madeup_code(HERE, RETURNS, "\xff\x15\0\0\0", 6);
	madeup_put32(next - 4 - MADEUP_ADDRESS, (int64_t)(SLOT - next));
	assert_int_equal(site(), MP_CALLSITE_IT);
	madeup_put32(next - 4 - MADEUP_ADDRESS, (int64_t)(OTHERS - next));
	assert_int_equal(site(), MP_CALLSITE_ANY);
}

/* The code before it must be there, all seven bytes. */
static void test_outside_of_modules_there_are_no_calls(void **state)
{
	(void)state;
	madeup_put(0, "\xff\xd0\xff\xd0\xff\xd0\xff\xd0", 8);
	assert_int_equal(mp_callsite(MADEUP_ADDRESS + 8, 1), MP_CALLSITE_ANY);
	assert_int_equal(mp_callsite(MADEUP_ADDRESS + 6, 1), MP_CALLSITE_NONE);
	assert_int_equal(mp_callsite(6, 1), MP_CALLSITE_NONE);
	assert_int_equal(mp_callsite(0, 1), MP_CALLSITE_NONE);
	/* A return address may be the first one behind the code. */
	madeup_put(MADEUP_SIZE - 2, "\xff\xd0", 2);
	assert_int_equal(mp_callsite(MADEUP_ADDRESS + MADEUP_SIZE, 1),
			 MP_CALLSITE_ANY);
	madeup_put(MADEUP_SIZE - 1, "\xff\xd0", 2);
	assert_int_equal(mp_callsite(MADEUP_ADDRESS + MADEUP_SIZE + 1, 1),
			 MP_CALLSITE_NONE);
}

int main(void)
{
	enum {
		TARGETS = ARRAY_SIZE(target_cases),
		CODES = ARRAY_SIZE(code_cases),
	};
	struct CMUnitTest tests[2 + TARGETS + CODES] = {
		cmocka_unit_test_setup(
			test_a_call_by_memory_is_of_what_that_says, set_up),
		cmocka_unit_test_setup(
			test_outside_of_modules_there_are_no_calls, set_up),
	};

	for (size_t i = 0; i < TARGETS; i++)
		tests[2 + i] =
			(struct CMUnitTest){ target_cases[i].name, test_target,
					     set_up, NULL, &target_cases[i] };
	for (size_t i = 0; i < CODES; i++)
		tests[2 + TARGETS + i] =
			(struct CMUnitTest){ code_cases[i].name, test_code,
					     set_up, NULL, &code_cases[i] };
	return cmocka_run_group_tests_name("callsite", tests, NULL, NULL);
}
