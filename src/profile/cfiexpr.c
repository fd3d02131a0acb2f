#include "profile/cfiexpr.h"

#include <errno.h>

enum {
	OP_ADDR = 0x03,
	OP_DEREF = 0x06,
	OP_CONST1U = 0x08,
	OP_CONST1S,
	OP_CONST2U,
	OP_CONST2S,
	OP_CONST4U,
	OP_CONST4S,
	OP_CONST8U,
	OP_CONST8S,
	OP_CONSTU,
	OP_CONSTS,
	OP_DUP,
	OP_DROP,
	OP_OVER,
	OP_PICK,
	OP_SWAP,
	OP_ROT,
	OP_ABS = 0x19,
	OP_AND,
	OP_DIV,
	OP_MINUS,
	OP_MOD,
	OP_MUL,
	OP_NEG,
	OP_NOT,
	OP_OR,
	OP_PLUS,
	OP_PLUS_UCONST,
	OP_SHL,
	OP_SHR,
	OP_SHRA,
	OP_XOR,
	OP_BRA,
	OP_EQ,
	OP_GE,
	OP_GT,
	OP_LE,
	OP_LT,
	OP_NE,
	OP_SKIP,
	OP_LIT0 = 0x30,
	OP_LIT31 = 0x4f,
	OP_BREG0 = 0x70,
	OP_BREG31 = 0x8f,
	OP_BREGX = 0x92,
	OP_NOP = 0x96,
};

#define DEPTH 16  /* real ones need 3 */
#define STEPS 256 /* an end to those that branch back */

struct calculator {
	const struct mp_registers *registers;
	struct mp_stack_view *stack;
	struct mp_cursor code;
	const uint8_t *start; /* branches go no further back */
	unsigned depth;
	int err;
	uint64_t values[DEPTH];
};

static void fail(struct calculator *c, int err)
{
	if (!c->err)
		c->err = err;
}

static void push(struct calculator *c, uint64_t v)
{
	if (c->depth == DEPTH)
		fail(c, -EINVAL);
	else
		c->values[c->depth++] = v;
}

static uint64_t pop(struct calculator *c)
{
	if (c->depth == 0) {
		fail(c, -EINVAL);
		return 0;
	}
	return c->values[--c->depth];
}

/* The value `n` below the top. */
static uint64_t peek(struct calculator *c, unsigned n)
{
	if (n >= c->depth) {
		fail(c, -EINVAL);
		return 0;
	}
	return c->values[c->depth - 1 - n];
}

static void push_register(struct calculator *c, uint64_t reg, int64_t offset)
{
	if (reg >= MP_REG_COUNT)
		fail(c, -EINVAL);
	else if (!(c->registers->known & 1u << reg))
		fail(c, -ENODATA);
	else
		push(c, c->registers->r[reg] + (uint64_t)offset);
}

static void dereference(struct calculator *c)
{
	uint64_t v;

	if (mp_stack_read(c->stack, pop(c), &v))
		push(c, v);
	else
		fail(c, -EFAULT);
}

static void branch(struct calculator *c, bool taken)
{
	int64_t by = mp_cursor_signed(&c->code, 2);

	if (!taken)
		return;
	if (by < c->start - c->code.p || by > c->code.end - c->code.p)
		fail(c, -EINVAL);
	else
		c->code.p += by;
}

/* Operations of one value. */
static bool unary(struct calculator *c, uint8_t op)
{
	uint64_t v;

	switch (op) {
	case OP_ABS:
		v = pop(c);
		push(c, (int64_t)v < 0 ? 0 - v : v);
		return true;
	case OP_NEG:
		push(c, 0 - pop(c));
		return true;
	case OP_NOT:
		push(c, ~pop(c));
		return true;
	case OP_PLUS_UCONST:
		v = pop(c);
		push(c, v + mp_cursor_uleb(&c->code));
		return true;
	default:
		return false;
	}
}

static uint64_t shift_arithmetic(uint64_t a, uint64_t by)
{
	return (uint64_t)((int64_t)a >> (by > 63 ? 63 : by));
}

/* Operations of two values, `b` the upper one. */
static bool binary(uint8_t op, uint64_t a, uint64_t b, uint64_t *ret)
{
	int64_t x = (int64_t)a, y = (int64_t)b;

	switch (op) {
	case OP_AND:
		*ret = a & b;
		return true;
	case OP_DIV:
		if (b == 0)
			return false;
		/* The least number by -1 is the only one to overflow. */
		*ret = y == -1 ? 0 - a : (uint64_t)(x / y);
		return true;
	case OP_MINUS:
		*ret = a - b;
		return true;
	case OP_MOD:
		if (b == 0)
			return false;
		*ret = a % b;
		return true;
	case OP_MUL:
		*ret = a * b;
		return true;
	case OP_OR:
		*ret = a | b;
		return true;
	case OP_PLUS:
		*ret = a + b;
		return true;
	case OP_SHL:
		*ret = b > 63 ? 0 : a << b;
		return true;
	case OP_SHR:
		*ret = b > 63 ? 0 : a >> b;
		return true;
	case OP_SHRA:
		*ret = shift_arithmetic(a, b);
		return true;
	case OP_XOR:
		*ret = a ^ b;
		return true;
	case OP_EQ:
		*ret = x == y;
		return true;
	case OP_GE:
		*ret = x >= y;
		return true;
	case OP_GT:
		*ret = x > y;
		return true;
	case OP_LE:
		*ret = x <= y;
		return true;
	case OP_LT:
		*ret = x < y;
		return true;
	case OP_NE:
		*ret = x != y;
		return true;
	default:
		return false;
	}
}

static bool constant(struct calculator *c, uint8_t op)
{
	if (op >= OP_CONST1U && op <= OP_CONST8S) {
		unsigned kind = op - OP_CONST1U;
		size_t size = (size_t)1 << kind / 2;

		push(c, kind & 1 ? (uint64_t)mp_cursor_signed(&c->code, size)
				 : mp_cursor_unsigned(&c->code, size));
		return true;
	}
	if (op >= OP_LIT0 && op <= OP_LIT31) {
		push(c, (uint64_t)op - OP_LIT0);
		return true;
	}
	switch (op) {
	case OP_ADDR:
		push(c, mp_cursor_unsigned(&c->code, 8));
		return true;
	case OP_CONSTU:
		push(c, mp_cursor_uleb(&c->code));
		return true;
	case OP_CONSTS:
		push(c, (uint64_t)mp_cursor_sleb(&c->code));
		return true;
	default:
		return false;
	}
}

/* Operations that move what is on the stack. */
static bool shuffle(struct calculator *c, uint8_t op)
{
	uint64_t first, second, third;

	switch (op) {
	case OP_DUP:
		push(c, peek(c, 0));
		return true;
	case OP_DROP:
		pop(c);
		return true;
	case OP_OVER:
		push(c, peek(c, 1));
		return true;
	case OP_PICK:
		push(c, peek(c, mp_cursor_byte(&c->code)));
		return true;
	case OP_SWAP:
		first = pop(c);
		second = pop(c);
		push(c, first);
		push(c, second);
		return true;
	case OP_ROT:
		first = pop(c);
		second = pop(c);
		third = pop(c);
		push(c, first);
		push(c, third);
		push(c, second);
		return true;
	default:
		return false;
	}
}

static void step(struct calculator *c)
{
	uint8_t op = mp_cursor_byte(&c->code);
	uint64_t reg, a, b;

	if (op >= OP_BREG0 && op <= OP_BREG31) {
		push_register(c, (uint64_t)op - OP_BREG0,
			      mp_cursor_sleb(&c->code));
		return;
	}
	if (constant(c, op) || shuffle(c, op) || unary(c, op))
		return;
	switch (op) {
	case OP_BREGX:
		reg = mp_cursor_uleb(&c->code);
		push_register(c, reg, mp_cursor_sleb(&c->code));
		return;
	case OP_DEREF:
		dereference(c);
		return;
	case OP_BRA:
		branch(c, pop(c) != 0);
		return;
	case OP_SKIP:
		branch(c, true);
		return;
	case OP_NOP:
		return;
	default:
		b = pop(c);
		a = pop(c);
		if (!binary(op, a, b, &a))
			fail(c, -EINVAL);
		push(c, a);
	}
}

int mp_cfi_evaluate(const struct mp_image *image, size_t offset,
		    const struct mp_registers *registers,
		    struct mp_stack_view *stack, const uint64_t *cfa,
		    uint64_t *ret)
{
	struct calculator c = {
		.registers = registers,
		.stack = stack,
		.code = mp_cursor_at(image, offset),
	};
	uint64_t len = mp_cursor_uleb(&c.code);
	unsigned steps = 0;
	uint64_t v;

	c.start = c.code.p;
	if (!mp_cursor_take(&c.code, len))
		return -EINVAL;
	c.code.end = c.code.p;
	c.code.p = c.start;
	if (cfa)
		push(&c, *cfa);
	while (!c.err && mp_cursor_left(&c.code) > 0) {
		if (++steps > STEPS)
			return -EINVAL;
		step(&c);
		if (c.code.bad)
			return -EINVAL;
	}
	v = pop(&c);
	if (c.err)
		return c.err;
	*ret = v;
	return 0;
}
