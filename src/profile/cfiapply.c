#include "profile/cfiapply.h"

#include "profile/cfiexpr.h"

#include <errno.h>

struct frame {
	const struct mp_image *image;
	struct mp_stack_view *stack;
	const struct mp_registers *own;
	uint64_t cfa;
};

static int find_cfa(struct frame *f, const struct mp_cfi_row *row)
{
	if (row->cfa.how == MP_CFI_IS_EXPR)
		return mp_cfi_evaluate(f->image, (size_t)row->cfa.n, f->own,
				       f->stack, NULL, &f->cfa);
	if (!(f->own->known & 1u << row->cfa_register))
		return -ENODATA;
	f->cfa = f->own->r[row->cfa_register] + (uint64_t)(int64_t)row->cfa.n;
	return 0;
}

static int find(struct frame *f, unsigned reg, struct mp_cfi_rule rule,
		uint64_t *ret)
{
	uint64_t address = 0;
	uint32_t from = rule.how == MP_CFI_REGISTER ? (uint32_t)rule.n : reg;
	int err;

	switch (rule.how) {
	case MP_CFI_SAME:
	case MP_CFI_REGISTER:
		if (from >= MP_REG_COUNT || !(f->own->known & 1u << from))
			return -ENODATA;
		*ret = f->own->r[from];
		return 0;
	case MP_CFI_AT:
		return mp_stack_read(f->stack,
				     f->cfa + (uint64_t)(int64_t)rule.n, ret)
			       ? 0
			       : -EFAULT;
	case MP_CFI_IS:
		*ret = f->cfa + (uint64_t)(int64_t)rule.n;
		return 0;
	case MP_CFI_IS_EXPR:
		return mp_cfi_evaluate(f->image, (size_t)rule.n, f->own,
				       f->stack, &f->cfa, ret);
	case MP_CFI_AT_EXPR:
		err = mp_cfi_evaluate(f->image, (size_t)rule.n, f->own,
				      f->stack, &f->cfa, &address);
		if (err)
			return err;
		return mp_stack_read(f->stack, address, ret) ? 0 : -EFAULT;
	default:
		return -ENOENT;
	}
}

int mp_cfi_apply(const struct mp_image *image, const struct mp_cfi_row *row,
		 struct mp_stack_view *stack, struct mp_registers *registers)
{
	struct frame f = { image, stack, registers, 0 };
	struct mp_registers caller = { .known = 0 };
	int err;

	/* The return address of a frame is not what its caller's is. */
	if (row->registers[MP_REG_PC].how == MP_CFI_SAME)
		return -EINVAL;
	err = find_cfa(&f, row);
	if (err)
		return err;
	for (unsigned reg = 0; reg < MP_REG_COUNT; reg++) {
		struct mp_cfi_rule rule = row->registers[reg];
		uint32_t bit = 1u << reg;

		/* What a call may change, nobody says where it is. */
		if (rule.how == MP_CFI_SAME && !row->signal &&
		    !(MP_REG_SAVED & bit))
			continue;
		if (reg == MP_REG_SP && rule.how == MP_CFI_SAME)
			rule.how = MP_CFI_IS;
		err = find(&f, reg, rule, &caller.r[reg]);
		if (!err)
			caller.known |= bit;
		else if (reg == MP_REG_PC || err == -EINVAL)
			return err;
	}
	*registers = caller;
	return 0;
}
