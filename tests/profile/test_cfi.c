/* cfi: rows and expressions as DWARF has them, one table row an operation. */

#include "test.h"

#include "profile/cfiapply.h"
#include "profile/cfiexpr.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RSP 7
#define RBP 6
#define RBX 3

static uint64_t stack[32];

static struct mp_stack_view view_of_stack(void)
{
	return (struct mp_stack_view){ (uintptr_t)stack,
				       (uintptr_t)(stack + 32), 0 };
}

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct expression_case {
	const char *name;
	const char *code; /* with rbp 0x1000 and rbx -3 */
	size_t size;
	int err;
	uint64_t want;
} expression_cases[] = {
#define CODE(bytes) bytes, sizeof(bytes) - 1
	{ "expression: literal", CODE("\x4f"), 0, 31 },
	{ "expression: register + offset", CODE("\x76\x7f"), 0, 0xfff },
	{ "expression: register by number", CODE("\x92\x06\x08"), 0, 0x1008 },
	{ "expression: unknown register", CODE("\x71\x00"), -ENODATA, 0 },
	{ "expression: no such register", CODE("\x82\x00"), -EINVAL, 0 },
	{ "expression: address", CODE("\x03\x01\x02\x03\x04\x05\x06\x07\x08"),
	  0, 0x0807060504030201 },
	{ "expression: const1u", CODE("\x08\xff"), 0, 255 },
	{ "expression: const1s", CODE("\x09\xff"), 0, UINT64_MAX },
	{ "expression: const2u", CODE("\x0a\xfe\xff"), 0, 0xfffe },
	{ "expression: const2s", CODE("\x0b\xfe\xff"), 0, (uint64_t)-2 },
	{ "expression: const4s", CODE("\x0d\xfd\xff\xff\xff"), 0,
	  (uint64_t)-3 },
	{ "expression: constu", CODE("\x10\x80\x01"), 0, 128 },
	{ "expression: consts", CODE("\x11\x40"), 0, (uint64_t)-64 },
	{ "expression: dup", CODE("\x33\x12\x22"), 0, 6 },
	{ "expression: drop", CODE("\x33\x34\x13"), 0, 3 },
	{ "expression: over", CODE("\x33\x34\x14\x1c\x1c"), 0, 2 },
	{ "expression: pick", CODE("\x35\x34\x33\x15\x02"), 0, 5 },
	{ "expression: swap", CODE("\x33\x35\x16\x1c"), 0, 2 },
	{ "expression: rot", CODE("\x31\x32\x33\x17\x1c\x1c"), 0, 4 },
	{ "expression: abs", CODE("\x73\x00\x19"), 0, 3 },
	{ "expression: and", CODE("\x36\x33\x1a"), 0, 2 },
	{ "expression: div", CODE("\x73\x00\x33\x1b"), 0, (uint64_t)-1 },
	{ "expression: div by -1", CODE("\x33\x09\xff\x1b"), 0, (uint64_t)-3 },
	{ "expression: div by 0", CODE("\x33\x30\x1b"), -EINVAL, 0 },
	{ "expression: minus", CODE("\x35\x33\x1c"), 0, 2 },
	{ "expression: mod", CODE("\x38\x35\x1d"), 0, 3 },
	{ "expression: mod by 0", CODE("\x38\x30\x1d"), -EINVAL, 0 },
	{ "expression: mul", CODE("\x38\x35\x1e"), 0, 40 },
	{ "expression: neg", CODE("\x38\x1f"), 0, (uint64_t)-8 },
	{ "expression: not", CODE("\x38\x20"), 0, (uint64_t)-9 },
	{ "expression: or", CODE("\x34\x33\x21"), 0, 7 },
	{ "expression: plus", CODE("\x34\x33\x22"), 0, 7 },
	{ "expression: plus_uconst", CODE("\x34\x23\x90\x01"), 0, 148 },
	{ "expression: shl", CODE("\x34\x33\x24"), 0, 32 },
	{ "expression: shl by all", CODE("\x34\x08\x40\x24"), 0, 0 },
	{ "expression: shr", CODE("\x73\x00\x08\x3c\x25"), 0, 15 },
	{ "expression: shra", CODE("\x73\x00\x31\x26"), 0, (uint64_t)-2 },
	{ "expression: xor", CODE("\x36\x33\x27"), 0, 5 },
	{ "expression: bra taken", CODE("\x39\x31\x28\x01\x00\x1f"), 0, 9 },
	{ "expression: bra not taken", CODE("\x39\x30\x28\x01\x00\x1f"), 0,
	  (uint64_t)-9 },
	{ "expression: skip", CODE("\x39\x2f\x01\x00\x1f"), 0, 9 },
	{ "expression: skip out", CODE("\x39\x2f\x02\x00\x1f"), -EINVAL, 0 },
	{ "expression: skip back for ever", CODE("\x39\x2f\xfd\xff"), -EINVAL,
	  0 },
	{ "expression: eq", CODE("\x39\x39\x29"), 0, 1 },
	{ "expression: ge, signed", CODE("\x73\x00\x31\x2a"), 0, 0 },
	{ "expression: gt", CODE("\x33\x33\x2b"), 0, 0 },
	{ "expression: le", CODE("\x33\x33\x2c"), 0, 1 },
	{ "expression: lt, signed", CODE("\x73\x00\x31\x2d"), 0, 1 },
	{ "expression: ne", CODE("\x33\x33\x2e"), 0, 0 },
	{ "expression: nop", CODE("\x33\x96"), 0, 3 },
	{ "expression: deref", CODE("\x77\x08\x06"), 0, 101 },
	{ "expression: deref elsewhere", CODE("\x76\x00\x06"), -EFAULT, 0 },
	{ "expression: deref below", CODE("\x77\x7f\x06"), -EFAULT, 0 },
	{ "expression: deref of the last word", CODE("\x77\xf8\x01\x06"), 0,
	  131 },
	{ "expression: deref past the end", CODE("\x77\xf9\x01\x06"), -EFAULT,
	  0 },
	{ "expression: nothing", CODE(""), -EINVAL, 0 },
	{ "expression: too little", CODE("\x33\x22"), -EINVAL, 0 },
	{ "expression: too much",
	  CODE("\x31\x31\x31\x31\x31\x31\x31\x31\x31\x31\x31\x31\x31\x31\x31"
	       "\x31\x31"),
	  -EINVAL, 0 },
	{ "expression: cut short", CODE("\x0c\x01\x02"), -EINVAL, 0 },
	{ "expression: of no such kind", CODE("\x33\x33\xe0"), -EINVAL, 0 },
};

static void test_expression(void **state)
{
	const struct expression_case *c = *state;
	uint8_t *bytes = malloc(c->size + 1);
	struct mp_image image = { bytes, c->size + 1, 0x400000 };
	struct mp_registers registers = {
		.known = 1u << RBP | 1u << RBX | 1u << RSP,
	};
	struct mp_stack_view view = view_of_stack();
	uint64_t v = 77;

	assert_non_null(bytes);
	for (unsigned i = 0; i < ARRAY_SIZE(stack); i++)
		stack[i] = 100 + i;
	bytes[0] = (uint8_t)c->size;
	memcpy(bytes + 1, c->code, c->size);
	registers.r[RBP] = 0x1000;
	registers.r[RBX] = (uint64_t)-3;
	registers.r[RSP] = (uintptr_t)stack;
	assert_int_equal(
		mp_cfi_evaluate(&image, 0, &registers, &view, NULL, &v),
		c->err);
	assert_int_equal(v, c->err ? 77 : c->want);
	free(bytes);
}

static void test_cfa_is_on_the_stack_of_an_expression(void **state)
{
	const uint8_t bytes[] = { 2, 0x23, 8 };
	struct mp_image image = { bytes, sizeof(bytes), 0x400000 };
	struct mp_registers registers = { .known = 0 };
	struct mp_stack_view view = view_of_stack();
	uint64_t cfa = 1000, v;

	(void)state;
	assert_int_equal(
		mp_cfi_evaluate(&image, 0, &registers, &view, &cfa, &v), 0);
	assert_int_equal(v, 1008);
}

/* A CIE of nothing but the return address; and an FDE of 0x100 bytes from
   0x401000 on, with this program. */
static struct mp_image image_of(const char *program, size_t size,
				uint8_t *bytes)
{
	static const uint8_t start[] = {
		20, 0,	  0,  0, 0,    0,    0, 0, 1,	 'z', 'R', 0,
		1,  0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1,   0,   0, /* CIE */
		0,  0,	  0,  0, 28,   0,    0, 0,
	};
	struct mp_image image = { bytes, sizeof(start) + 9 + size, 0x400000 };
	uint32_t length = (uint32_t)(4 + 9 + size);
	uint32_t at = 0x1000 - (uint32_t)sizeof(start), len = 0x100;

	memcpy(bytes, start, sizeof(start));
	memcpy(bytes + 24, &length, 4);
	memcpy(bytes + 32, &at, 4);
	memcpy(bytes + 36, &len, 4);
	bytes[40] = 0;
	memcpy(bytes + 41, program, size);
	return image;
}

static struct row_case {
	const char *name;
	const char *program; /* and the row for byte 0x10 */
	size_t size;
	int err;
	uint8_t cfa_register;
	int32_t cfa;
	enum mp_cfi_how how; /* of rbp */
	int32_t n;
} row_cases[] = {
	{ "row: the CIE's", CODE(""), 0, 7, 8, MP_CFI_SAME, 0 },
	{ "row: push rbp", CODE("\x41\x0e\x10\x86\x02"), 0, 7, 16, MP_CFI_AT,
	  -16 },
	{ "row: not yet", CODE("\x51\x0e\x10\x86\x02"), 0, 7, 8, MP_CFI_SAME,
	  0 },
	{ "row: just now", CODE("\x50\x0e\x10\x86\x02"), 0, 7, 16, MP_CFI_AT,
	  -16 },
	{ "row: advance of 1 byte", CODE("\x02\x11\x0e\x10"), 0, 7, 8,
	  MP_CFI_SAME, 0 },
	{ "row: advance of 2 bytes", CODE("\x03\x10\x00\x0e\x10"), 0, 7, 16,
	  MP_CFI_SAME, 0 },
	{ "row: advance of 4 bytes", CODE("\x04\x00\x00\x01\x00\x0e\x10"), 0, 7,
	  8, MP_CFI_SAME, 0 },
	{ "row: def_cfa_register", CODE("\x0d\x06"), 0, 6, 8, MP_CFI_SAME, 0 },
	{ "row: def_cfa", CODE("\x0c\x06\x20"), 0, 6, 32, MP_CFI_SAME, 0 },
	{ "row: def_cfa_sf", CODE("\x12\x06\x7c"), 0, 6, 32, MP_CFI_SAME, 0 },
	{ "row: def_cfa_offset_sf", CODE("\x13\x7c"), 0, 7, 32, MP_CFI_SAME,
	  0 },
	{ "row: restore", CODE("\x86\x02\xc6"), 0, 7, 8, MP_CFI_SAME, 0 },
	{ "row: restore_extended", CODE("\x86\x02\x06\x06"), 0, 7, 8,
	  MP_CFI_SAME, 0 },
	{ "row: remember and restore", CODE("\x86\x02\x0a\x0e\x40\xc6\x0b"), 0,
	  7, 8, MP_CFI_AT, -16 },
	{ "row: restore what was not remembered", CODE("\x0b"), -EINVAL, 0, 0,
	  0, 0 },
	{ "row: remember too often", CODE("\x0a\x0a\x0a\x0a\x0a"), -EINVAL, 0,
	  0, 0, 0 },
	{ "row: offset_extended", CODE("\x05\x06\x03"), 0, 7, 8, MP_CFI_AT,
	  -24 },
	{ "row: offset_extended_sf", CODE("\x11\x06\x7f"), 0, 7, 8, MP_CFI_AT,
	  8 },
	{ "row: val_offset", CODE("\x14\x06\x03"), 0, 7, 8, MP_CFI_IS, -24 },
	{ "row: val_offset_sf", CODE("\x15\x06\x7f"), 0, 7, 8, MP_CFI_IS, 8 },
	{ "row: register", CODE("\x09\x06\x03"), 0, 7, 8, MP_CFI_REGISTER, 3 },
	{ "row: undefined", CODE("\x07\x06"), 0, 7, 8, MP_CFI_UNDEFINED, 0 },
	{ "row: same_value", CODE("\x86\x02\x08\x06"), 0, 7, 8, MP_CFI_SAME,
	  0 },
	{ "row: expression", CODE("\x10\x06\x02\x76\x00"), 0, 7, 8,
	  MP_CFI_AT_EXPR, 43 },
	{ "row: val_expression", CODE("\x16\x06\x02\x76\x00"), 0, 7, 8,
	  MP_CFI_IS_EXPR, 43 },
	{ "row: another register's", CODE("\x87\x02\xa0\x02\x05\x40\x03"), 0, 7,
	  8, MP_CFI_SAME, 0 },
	{ "row: GNU_args_size", CODE("\x2e\x10\x86\x02"), 0, 7, 8, MP_CFI_AT,
	  -16 },
	{ "row: CFA by no such register", CODE("\x0d\x11"), -EINVAL, 0, 0, 0,
	  0 },
	{ "row: an offset too far", CODE("\x0e\xff\xff\xff\xff\x0f"), -EINVAL,
	  0, 0, 0, 0 },
	{ "row: cut short", CODE("\x0c\x06"), -EINVAL, 0, 0, 0, 0 },
	{ "row: of no such kind", CODE("\x3f"), -EINVAL, 0, 0, 0, 0 },
};

static void test_row(void **state)
{
	const struct row_case *c = *state;
	uint8_t bytes[128];
	struct mp_image image = image_of(c->program, c->size, bytes);
	struct mp_cfi_row row;

	assert_int_equal(mp_cfi_row(&image, 24, 0x401010, &row), c->err);
	if (c->err)
		return;
	assert_int_equal(row.start, 0x401000);
	assert_false(row.signal);
	assert_int_equal(row.cfa.how, MP_CFI_IS);
	assert_int_equal(row.cfa_register, c->cfa_register);
	assert_int_equal(row.cfa.n, c->cfa);
	assert_int_equal(row.registers[RBP].how, c->how);
	assert_int_equal(row.registers[RBP].n, c->n);
	assert_int_equal(row.registers[MP_REG_PC].how, MP_CFI_AT);
	assert_int_equal(row.registers[MP_REG_PC].n, -8);
}

static void test_an_fde_is_of_its_code_alone(void **state)
{
	uint8_t bytes[128];
	struct mp_image image = image_of("", 0, bytes);
	struct mp_cfi_row row;

	(void)state;
	assert_int_equal(mp_cfi_row(&image, 24, 0x401000, &row), 0);
	assert_int_equal(mp_cfi_row(&image, 24, 0x4010ff, &row), 0);
	assert_int_equal(mp_cfi_row(&image, 24, 0x400fff, &row), -ENOENT);
	assert_int_equal(mp_cfi_row(&image, 24, 0x401100, &row), -ENOENT);
	/* A CIE is none, nor what lies outside. */
	assert_int_equal(mp_cfi_row(&image, 0, 0x401000, &row), -EINVAL);
	assert_int_equal(mp_cfi_row(&image, 1000, 0x401000, &row), -EINVAL);
}

/* Each byte less, and it is refused: nothing behind the end is looked at. */
static void test_what_is_cut_is_refused(void **state)
{
	uint8_t bytes[128];
	struct mp_image whole = image_of("\x86\x02", 2, bytes);

	(void)state;
	for (size_t size = 0; size < whole.size; size++) {
		uint8_t *copy = malloc(size ? size : 1);
		struct mp_image image = { copy, size, whole.address };
		struct mp_cfi_row row;

		assert_non_null(copy);
		memcpy(copy, bytes, size);
		assert_int_equal(mp_cfi_row(&image, 24, 0x401000, &row),
				 -EINVAL);
		free(copy);
	}
}

/* What a call may change is the caller's no more; in a handler nobody called. */
static void test_only_what_functions_keep_is_the_callers(void **state)
{
	struct mp_stack_view view = view_of_stack();
	struct mp_image image = { NULL, 0, 0 };
	struct mp_cfi_row row = { .cfa_register = RSP };

	(void)state;
	stack[1] = 0x401020;
	row.cfa = (struct mp_cfi_rule){ 16, MP_CFI_IS };
	row.registers[MP_REG_PC] = (struct mp_cfi_rule){ -8, MP_CFI_AT };
	for (int i = 0; i < 2; i++) {
		struct mp_registers r = { .known = (1u << MP_REG_COUNT) - 1 };

		for (unsigned reg = 0; reg < MP_REG_COUNT; reg++)
			r.r[reg] = 1000 + reg;
		r.r[RSP] = (uintptr_t)stack;
		row.signal = i == 1;
		assert_int_equal(mp_cfi_apply(&image, &row, &view, &r), 0);
		/* rbx, rbp, rsp, r12 to r15, and the return address */
		assert_int_equal(r.known, i == 1 ? 0x1ffff : 0x1f0c8);
		assert_int_equal(r.r[RBX], 1000 + RBX);
		assert_int_equal(r.r[RSP], (uintptr_t)(stack + 2));
		assert_int_equal(r.r[MP_REG_PC], 0x401020);
	}
}

static struct apply_case {
	const char *name;
	struct mp_cfi_rule pc; /* with the CFA at the fourth word */
	uint32_t known;
	int err;
	uint64_t want;
} apply_cases[] = {
	{ "apply: at", { -8, MP_CFI_AT }, ~0u, 0, 103 },
	{ "apply: is", { -8, MP_CFI_IS }, ~0u, 0, 24 },
	{ "apply: another register", { RBX, MP_CFI_REGISTER }, ~0u, 0, 77 },
	{ "apply: the same", { 0, MP_CFI_SAME }, ~0u, -EINVAL, 0 },
	{ "apply: undefined", { 0, MP_CFI_UNDEFINED }, ~0u, -ENOENT, 0 },
	{ "apply: at, elsewhere", { 4096, MP_CFI_AT }, ~0u, -EFAULT, 0 },
	{ "apply: no such register",
	  { MP_REG_COUNT, MP_CFI_REGISTER },
	  ~0u,
	  -ENODATA,
	  0 },
	{ "apply: a register that is not known",
	  { RBX, MP_CFI_REGISTER },
	  ~(1u << RBX),
	  -ENODATA,
	  0 },
	{ "apply: a CFA that is not known",
	  { -8, MP_CFI_AT },
	  ~(1u << RSP),
	  -ENODATA,
	  0 },
};

static void test_apply(void **state)
{
	const struct apply_case *c = *state;
	struct mp_stack_view view = view_of_stack();
	struct mp_registers r = { .known = c->known }, before;
	struct mp_image image = { NULL, 0, 0 };
	struct mp_cfi_row row = { .cfa_register = RSP };
	uint64_t want = c->want;

	for (unsigned i = 0; i < ARRAY_SIZE(stack); i++)
		stack[i] = 100 + i;
	memset(r.r, 0, sizeof(r.r));
	r.r[RBX] = 77;
	r.r[RSP] = (uintptr_t)stack;
	before = r;
	row.cfa = (struct mp_cfi_rule){ 32, MP_CFI_IS };
	row.registers[MP_REG_PC] = c->pc;
	assert_int_equal(mp_cfi_apply(&image, &row, &view, &r), c->err);
	if (c->err) {
		assert_memory_equal(&r, &before, sizeof(r));
		return;
	}
	if (c->pc.how == MP_CFI_IS)
		want += (uintptr_t)stack;
	assert_int_equal(r.r[MP_REG_PC], want);
}

int main(void)
{
	enum { PLAIN = 4 };
	struct CMUnitTest tests[PLAIN + ARRAY_SIZE(expression_cases) +
				ARRAY_SIZE(row_cases) +
				ARRAY_SIZE(apply_cases)] = {
		cmocka_unit_test(test_only_what_functions_keep_is_the_callers),
		cmocka_unit_test(test_cfa_is_on_the_stack_of_an_expression),
		cmocka_unit_test(test_an_fde_is_of_its_code_alone),
		cmocka_unit_test(test_what_is_cut_is_refused),
	};
	struct CMUnitTest *t = tests + PLAIN;

	for (size_t i = 0; i < ARRAY_SIZE(expression_cases); i++)
		*t++ = (struct CMUnitTest){
			.name = expression_cases[i].name,
			.test_func = test_expression,
			.initial_state = &expression_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(row_cases); i++)
		*t++ = (struct CMUnitTest){
			.name = row_cases[i].name,
			.test_func = test_row,
			.initial_state = &row_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(apply_cases); i++)
		*t++ = (struct CMUnitTest){
			.name = apply_cases[i].name,
			.test_func = test_apply,
			.initial_state = &apply_cases[i],
		};
	return cmocka_run_group_tests_name("cfi", tests, NULL, NULL);
}
