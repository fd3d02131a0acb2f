/*
 * unwind: descriptions of frames and stacks that are not what they should be.
 * Nothing is read outside of either, and all comes to an end.
 *
 * Usage: test_hostile [INPUTS [SEED]]; a sanitizer sees most.
 */

#include "test.h"

#include "profile/hostile.h"
#include "profile/unwind.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE	    (HOSTILE_ADDRESS + 0x2000) /* of what is described */
#define DESCRIPTION 400
#define STACK	    512
#define INPUT	    (2 + DESCRIPTION + STACK)

static unsigned long inputs = 200000;
static uint64_t seed = 1;

/* xorshift64* (Marsaglia, Vigna) */
static uint64_t random_bits(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * 0x2545f4914f6cdd1d;
}

static unsigned below(unsigned n)
{
	return (unsigned)(random_bits() >> 33) % n;
}

static bool one_in(unsigned n)
{
	return below(n) == 0;
}

struct writer {
	uint8_t *bytes;
	size_t n, size;
};

static void put(struct writer *w, uint64_t v, size_t size)
{
	for (size_t i = 0; i < size && w->n < w->size; i++)
		w->bytes[w->n++] = (uint8_t)(v >> 8 * i);
}

static void put_uleb(struct writer *w, uint64_t v)
{
	do {
		put(w, (v & 0x7f) | (v > 0x7f ? 0x80 : 0), 1);
		v >>= 7;
	} while (v);
}

static void put_number(struct writer *w)
{
	put_uleb(w, one_in(30) ? random_bits() : below(one_in(4) ? 300 : 20));
}

static void put_register(struct writer *w)
{
	put_uleb(w, one_in(30) ? random_bits() : below(18));
}

/* Mostly such as are understood. */
static void put_expression(struct writer *w)
{
	uint8_t block[64];
	struct writer b = { block, 0, sizeof(block) };

	put(&b, 0x70 + below(17), 1); /* a register's value */
	put(&b, below(one_in(4) ? 128 : 40), 1);
	for (unsigned n = below(5); n > 0; n--)
		switch (below(6)) {
		case 0:
			put(&b, 0x06, 1); /* what is there */
			break;
		case 1:
			put(&b, 0x70 + below(18), 1);
			put(&b, below(128), 1);
			break;
		case 2:
			put(&b, 0x30 + below(32), 1);
			put(&b, 0x19 + below(22), 1);
			break;
		case 3:
			put(&b, 0x08 + below(16), 1);
			put(&b, random_bits(), below(9));
			break;
		case 4:
			put(&b, one_in(2) ? 0x28 : 0x2f, 1); /* branches */
			put(&b, below(20) - 10u, 2);
			break;
		default:
			put(&b, random_bits(), 1);
		}
	put_uleb(w, one_in(20) ? below(300) : b.n);
	for (size_t i = 0; i < b.n; i++)
		put(w, block[i], 1);
}

static void put_instruction(struct writer *w)
{
	static const uint8_t with_register[] = { 0x05, 0x11, 0x14, 0x15,
						 0x09, 0x0c, 0x12 };
	static const uint8_t with_number[] = { 0x0e, 0x13, 0x2e };

	switch (below(12)) {
	case 0:
		put(w, 0x40 | below(64), 1); /* on by so many bytes */
		break;
	case 1:
	case 2:
		put(w, 0x80 | below(one_in(8) ? 64 : 17), 1);
		put_number(w);
		break;
	case 3:
		put(w, 0xc0 | below(one_in(8) ? 64 : 17), 1);
		break;
	case 4:
	case 5:
		put(w, with_register[below(sizeof(with_register))], 1);
		put_register(w);
		put_number(w);
		break;
	case 6:
		put(w, with_number[below(sizeof(with_number))], 1);
		put_number(w);
		break;
	case 7:
		put(w, one_in(2) ? 0x10 : 0x16, 1);
		put_register(w);
		put_expression(w);
		break;
	case 8:
		put(w, 0x0f, 1);
		put_expression(w);
		break;
	case 9:
		put(w, one_in(2) ? 0x0a : 0x0b, 1); /* remember, restore */
		break;
	case 10:
		put(w, 0x06 + below(3), 1);
		put_register(w);
		break;
	default:
		put(w, random_bits(), 1);
	}
}

static void put_length(struct writer *w, size_t at)
{
	uint32_t len = (uint32_t)(w->n - at - 4);

	if (at + 4 <= w->size)
		memcpy(w->bytes + at, &len, 4);
}

static void put_cie(struct writer *w, const char *augmentation)
{
	size_t at = w->n;

	put(w, 0, 8);
	put(w, 1, 1);
	for (size_t i = 0; i <= strlen(augmentation); i++)
		put(w, (uint8_t)augmentation[i], 1);
	put_uleb(w, one_in(20) ? random_bits() : 1);
	put(w, one_in(20) ? below(128) : 0x78, 1); /* -8 */
	put(w, MP_REG_PC, 1);
	if (*augmentation) {
		put_uleb(w, 1);
		put(w, MP_PE_PCREL | MP_PE_SDATA4, 1);
	}
	put(w, 0x0c, 1); /* the CFA: rsp + 8; the return address: below */
	put(w, 7, 1);
	put(w, 8, 1);
	put(w, 0x80 | MP_REG_PC, 1);
	put(w, 1, 1);
	for (unsigned n = below(3); n > 0; n--)
		put_instruction(w);
	put_length(w, at);
}

/* A header with a table of one or two, a CIE, and as many FDEs. */
static size_t make_description(uint8_t *bytes)
{
	static const char *const augmentations[] = { "zR", "zRS", "zR", "zR" };
	struct writer w = { bytes, 0, DESCRIPTION };
	unsigned n = 1 + below(2);
	size_t cie, table;

	put(&w, 0x3b031b01, 4);
	put(&w, 8 + 8 * n, 4);
	put(&w, n, 4);
	table = w.n;
	for (unsigned i = 0; i < n; i++)
		put(&w, 0, 8);
	cie = w.n;
	put_cie(&w, augmentations[below(4)]);
	for (unsigned i = 0; i < n; i++) {
		struct writer entry = { bytes, table + 8 * i, DESCRIPTION };
		uint32_t start = CODE - HOSTILE_ADDRESS + i * 64;
		size_t at = w.n;

		put(&entry, start, 4);
		put(&entry, at, 4);
		put(&w, 0, 4);
		put(&w, w.n - cie, 4);
		put(&w, start - w.n, 4);
		put(&w, 64, 4);
		put(&w, 0, 1);
		for (unsigned left = 1 + below(8); left > 0; left--)
			put_instruction(&w);
		put_length(&w, at);
	}
	/* And some of it not as it was meant. */
	for (unsigned times = one_in(2) ? below(6) : 0; times > 0; times--)
		bytes[below((unsigned)w.n)] = (uint8_t)random_bits();
	if (one_in(8))
		w.n -= below((unsigned)w.n);
	return w.n;
}

static uint64_t random_code_word(unsigned size)
{
	return 0x10000u | (CODE - HOSTILE_ADDRESS + below(size));
}

/* Mostly places in the code, or in the stack, as hostile_value() has them. */
static uint64_t random_word(void)
{
	switch (below(8)) {
	case 0:
		return random_bits();
	case 1:
	case 2:
	case 3:
		return random_code_word(128);
	default:
		return below(STACK + 32) & (one_in(8) ? ~0u : ~7u);
	}
}

static size_t make_input(uint8_t *input)
{
	size_t n = make_description(input + 2);
	struct writer w = { input, n + 2, INPUT };

	input[0] = (uint8_t)n;
	input[1] = (uint8_t)(n >> 8);
	for (unsigned i = 0; i < STACK / 8; i++)
		if (i == MP_REG_PC)
			put(&w, random_code_word(64), 8);
		else if (i == MP_REG_SP && !one_in(16))
			put(&w, below(STACK / 2) & ~7u, 8);
		else
			put(&w, random_word(), 8);
	return w.n - (one_in(4) ? below(STACK) : 0);
}

static void test_hostile_descriptions(void **state)
{
	unsigned long left = 0, far = 0;
	uint8_t input[INPUT];

	(void)state;
	for (unsigned long i = 0; i < inputs; i++) {
		unsigned frames = hostile_walk(input, make_input(input));

		left += frames > 0;
		far += frames > 2;
	}
	/* Most are refused somewhere; enough are not. */
	assert_in_range(left, inputs / 20, inputs);
	assert_in_range(far, inputs / 200, inputs);
}

/* All of a stack between pages that cannot be read. */
static uintptr_t guarded(size_t size)
{
	size_t page = 4096;
	char *p = mmap(NULL, size + 2 * page, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	assert_int_equal(mprotect(p + page, size, PROT_READ | PROT_WRITE), 0);
	return (uintptr_t)p + page;
}

static uintptr_t random_code(void)
{
	const uintptr_t functions[] = {
		(uintptr_t)snprintf,
		(uintptr_t)qsort,
		(uintptr_t)malloc,
		(uintptr_t)memcpy,
		(uintptr_t)mmap,
		(uintptr_t)hostile_walk,
		(uintptr_t)mp_unwind_signal,
	};

	return functions[below((unsigned)ARRAY_SIZE(functions))] +
	       below(one_in(2) ? 200 : 100000);
}

static uint64_t random_real_word(uintptr_t low, uintptr_t high)
{
	switch (below(6)) {
	case 0:
		return random_bits() >> below(64);
	case 1:
	case 2:
		return random_code();
	default:
		return low - 64 + below((unsigned)(high - low) + 128);
	}
}

/* Code as it is; registers and stack are garbage. */
static void test_corrupt_stacks(void **state)
{
	const size_t size = 4096;
	uintptr_t low = guarded(size), high = low + size;
	struct mp_stack_bounds bounds = { low, high };
	uintptr_t pcs[MP_UNWIND_MAX];
	unsigned long frames = 0, rounds = inputs / 10;
	bool cut;

	(void)state;
	mp_unwind_refresh();
	for (unsigned long i = 0; i < rounds; i++) {
		uint64_t *words = (uint64_t *)low;
		ucontext_t uc = { .uc_stack.ss_flags = SS_DISABLE };
		size_t n;

		for (unsigned at = 0; at < size / 8; at += 1 + below(4))
			words[at] = random_real_word(low, high);
		for (int reg = 0; reg < NGREG; reg++)
			uc.uc_mcontext.gregs[reg] =
				(greg_t)random_real_word(low, high);
		uc.uc_mcontext.gregs[REG_RIP] = (greg_t)random_code();
		if (!one_in(10))
			uc.uc_mcontext.gregs[REG_RSP] =
				(greg_t)(low + 8 * below(size / 8));
		n = mp_unwind_signal(&uc, bounds, pcs, MP_UNWIND_MAX, &cut);
		assert_in_range(n, 1, MP_UNWIND_MAX);
		frames += n;
		if (one_in(8)) {
			n = mp_unwind_blocked(
				random_code(),
				(uintptr_t)uc.uc_mcontext.gregs[REG_RSP],
				bounds, pcs, MP_UNWIND_MAX, &cut);
			assert_in_range(n, 1, MP_UNWIND_MAX);
		}
	}
	assert_true(frames > rounds + rounds / 20);
	munmap((void *)(low - 4096), size + 2 * 4096);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile_descriptions),
		cmocka_unit_test(test_corrupt_stacks),
	};

	if (argc > 1)
		inputs = strtoul(argv[1], NULL, 10);
	if (argc > 2)
		seed = strtoull(argv[2], NULL, 10);
	printf("%lu inputs, seed %lu\n", inputs, (unsigned long)seed);
	return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
