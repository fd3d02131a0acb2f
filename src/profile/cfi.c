#include "profile/cfi.h"

#include <errno.h>

/* DWARF's operations; the first three hold an operand of 6 bits. */
enum {
	ADVANCE_LOC = 0x40,
	OFFSET = 0x80,
	RESTORE = 0xc0,
	NOP = 0x00,
	SET_LOC = 0x01,
	ADVANCE_LOC1 = 0x02,
	ADVANCE_LOC2 = 0x03,
	ADVANCE_LOC4 = 0x04,
	OFFSET_EXTENDED = 0x05,
	RESTORE_EXTENDED = 0x06,
	UNDEFINED = 0x07,
	SAME_VALUE = 0x08,
	REGISTER = 0x09,
	REMEMBER_STATE = 0x0a,
	RESTORE_STATE = 0x0b,
	DEF_CFA = 0x0c,
	DEF_CFA_REGISTER = 0x0d,
	DEF_CFA_OFFSET = 0x0e,
	DEF_CFA_EXPRESSION = 0x0f,
	EXPRESSION = 0x10,
	OFFSET_EXTENDED_SF = 0x11,
	DEF_CFA_SF = 0x12,
	DEF_CFA_OFFSET_SF = 0x13,
	VAL_OFFSET = 0x14,
	VAL_OFFSET_SF = 0x15,
	VAL_EXPRESSION = 0x16,
	GNU_ARGS_SIZE = 0x2e,
};

/* Compilers remember one state at a time; this runs on a small stack. */
#define REMEMBERED 4

/* What all FDEs of a CIE share. */
struct cie {
	uint64_t code_align;
	int64_t data_align;
	uint8_t encoding; /* of an FDE's addresses */
	bool augmented;	  /* an FDE tells how long its augmentation is */
	bool signal;
	struct mp_cursor program;
};

struct machine {
	const struct mp_image *image;
	const struct cie *cie;
	uintptr_t pc, at; /* the row for `pc`; the one in hand begins at `at` */
	struct mp_cfi_row *row;
	struct mp_cfi_row first; /* after the CIE's program */
	unsigned remembered;
	struct mp_cfi_row memory[REMEMBERED];
};

/* The entry at `offset`: a cursor behind its length, to its end. */
static struct mp_cursor entry_at(const struct mp_image *image, size_t offset)
{
	struct mp_cursor c = mp_cursor_at(image, offset);
	uint64_t len = mp_cursor_unsigned(&c, 4);

	if (len == 0xffffffff)
		len = mp_cursor_unsigned(&c, 8);
	if (len == 0 || len > mp_cursor_left(&c))
		c.bad = true;
	else
		c.end = c.p + len;
	return c;
}

static size_t offset_of(const struct mp_image *image, const uint8_t *p)
{
	return (size_t)(p - image->bytes);
}

/* What an augmentation says, after its length. */
static bool read_augmentation(const struct mp_image *image, const char *text,
			      struct mp_cursor *data, struct cie *ret)
{
	for (; *text; text++) {
		uint8_t encoding;

		switch (*text) {
		case 'R':
			ret->encoding = mp_cursor_byte(data);
			break;
		case 'P':
			encoding = mp_cursor_byte(data);
			/* Nobody follows it, wherever it leads. */
			mp_cursor_pointer(data, image, encoding & MP_PE_FORMAT,
					  0);
			break;
		case 'L':
			mp_cursor_byte(data);
			break;
		case 'S':
			ret->signal = true;
			break;
		default:
			return false;
		}
	}
	return !data->bad;
}

static int read_cie(const struct mp_image *image, size_t offset,
		    struct cie *ret)
{
	struct mp_cursor c = entry_at(image, offset);
	const char *augmentation;
	uint8_t version;
	uint64_t ra;

	if (mp_cursor_unsigned(&c, 4) != 0)
		return -EINVAL; /* not a CIE */
	version = mp_cursor_byte(&c);
	if (c.bad || (version != 1 && version != 3))
		return -EINVAL;
	augmentation = (const char *)c.p;
	while (mp_cursor_byte(&c) != '\0')
		;
	if (c.bad)
		return -EINVAL;
	*ret = (struct cie){ .code_align = mp_cursor_uleb(&c) };
	ret->data_align = mp_cursor_sleb(&c);
	ra = version == 1 ? mp_cursor_byte(&c) : mp_cursor_uleb(&c);
	if (c.bad || ra != MP_REG_PC)
		return -EINVAL;
	if (*augmentation == 'z') {
		struct mp_cursor data = c;
		uint64_t len = mp_cursor_uleb(&c);

		data.p = c.p;
		if (!mp_cursor_take(&c, len))
			return -EINVAL;
		data.end = c.p;
		ret->augmented = true;
		if (!read_augmentation(image, augmentation + 1, &data, ret))
			return -EINVAL;
	} else if (*augmentation) {
		return -EINVAL;
	}
	ret->program = c;
	return 0;
}

static void set(struct machine *m, uint64_t reg, enum mp_cfi_how how, int64_t n,
		bool *bad)
{
	if (n < INT32_MIN || n > INT32_MAX) {
		*bad = true;
		return;
	}
	/* Others, as those of floating point, lead to no caller. */
	if (reg < MP_REG_COUNT)
		m->row->registers[reg] =
			(struct mp_cfi_rule){ .how = (uint8_t)how,
					      .n = (int32_t)n };
}

/* Factored numbers; what does not fit is none that a stack has. */
static int64_t factor(const struct machine *m, int64_t n, bool *bad)
{
	int64_t v;

	if (__builtin_mul_overflow(n, m->cie->data_align, &v))
		*bad = true;
	return *bad ? 0 : v;
}

static int64_t factored(const struct machine *m, struct mp_cursor *c)
{
	return factor(m, (int64_t)mp_cursor_uleb(c), &c->bad);
}

static int64_t factored_signed(const struct machine *m, struct mp_cursor *c)
{
	return factor(m, mp_cursor_sleb(c), &c->bad);
}

static void set_cfa(struct machine *m, uint64_t reg, int64_t n, bool *bad)
{
	if (reg >= MP_REG_COUNT || n < INT32_MIN || n > INT32_MAX) {
		*bad = true;
		return;
	}
	m->row->cfa = (struct mp_cfi_rule){ .how = MP_CFI_IS, .n = (int32_t)n };
	m->row->cfa_register = (uint8_t)reg;
}

/* Step over a block of bytes, and return the offset of its length. */
static int64_t block(const struct machine *m, struct mp_cursor *c)
{
	size_t at = offset_of(m->image, c->p);

	mp_cursor_take(c, mp_cursor_uleb(c));
	return (int64_t)at;
}

static void restore(struct machine *m, uint64_t reg)
{
	if (reg < MP_REG_COUNT)
		m->row->registers[reg] = m->first.registers[reg];
}

static void advance(struct machine *m, uint64_t by)
{
	m->at += by * m->cie->code_align;
}

/* Operations that set how one register is found. */
static void run_register(struct machine *m, uint8_t op, struct mp_cursor *c)
{
	uint64_t reg = mp_cursor_uleb(c);
	bool *bad = &c->bad;

	switch (op) {
	case OFFSET_EXTENDED:
		set(m, reg, MP_CFI_AT, factored(m, c), bad);
		break;
	case OFFSET_EXTENDED_SF:
		set(m, reg, MP_CFI_AT, factored_signed(m, c), bad);
		break;
	case VAL_OFFSET:
		set(m, reg, MP_CFI_IS, factored(m, c), bad);
		break;
	case VAL_OFFSET_SF:
		set(m, reg, MP_CFI_IS, factored_signed(m, c), bad);
		break;
	case EXPRESSION:
		set(m, reg, MP_CFI_AT_EXPR, block(m, c), bad);
		break;
	case VAL_EXPRESSION:
		set(m, reg, MP_CFI_IS_EXPR, block(m, c), bad);
		break;
	case REGISTER:
		set(m, reg, MP_CFI_REGISTER, (int64_t)mp_cursor_uleb(c), bad);
		break;
	case UNDEFINED:
		set(m, reg, MP_CFI_UNDEFINED, 0, bad);
		break;
	case SAME_VALUE:
		set(m, reg, MP_CFI_SAME, 0, bad);
		break;
	case RESTORE_EXTENDED:
		restore(m, reg);
		break;
	default:
		*bad = true;
	}
}

static void run_cfa(struct machine *m, uint8_t op, struct mp_cursor *c)
{
	uint64_t reg = m->row->cfa_register;
	int64_t n = m->row->cfa.n;
	bool by_register = m->row->cfa.how == MP_CFI_IS;

	switch (op) {
	case DEF_CFA:
		reg = mp_cursor_uleb(c);
		n = (int64_t)mp_cursor_uleb(c);
		break;
	case DEF_CFA_SF:
		reg = mp_cursor_uleb(c);
		n = factored_signed(m, c);
		break;
	case DEF_CFA_REGISTER:
		reg = mp_cursor_uleb(c);
		c->bad |= !by_register;
		break;
	case DEF_CFA_OFFSET:
		n = (int64_t)mp_cursor_uleb(c);
		c->bad |= !by_register;
		break;
	default:
		n = factored_signed(m, c);
		c->bad |= !by_register;
	}
	set_cfa(m, reg, n, &c->bad);
}

static void run_other(struct machine *m, uint8_t op, struct mp_cursor *c)
{
	int64_t at;

	switch (op) {
	case NOP:
		break;
	case SET_LOC:
		m->at = mp_cursor_pointer(c, m->image, m->cie->encoding, 0);
		break;
	case ADVANCE_LOC1:
		advance(m, mp_cursor_unsigned(c, 1));
		break;
	case ADVANCE_LOC2:
		advance(m, mp_cursor_unsigned(c, 2));
		break;
	case ADVANCE_LOC4:
		advance(m, mp_cursor_unsigned(c, 4));
		break;
	case REMEMBER_STATE:
		if (m->remembered == REMEMBERED)
			c->bad = true;
		else
			m->memory[m->remembered++] = *m->row;
		break;
	case RESTORE_STATE:
		if (m->remembered == 0)
			c->bad = true;
		else
			*m->row = m->memory[--m->remembered];
		break;
	case DEF_CFA:
	case DEF_CFA_SF:
	case DEF_CFA_REGISTER:
	case DEF_CFA_OFFSET:
	case DEF_CFA_OFFSET_SF:
		run_cfa(m, op, c);
		break;
	case DEF_CFA_EXPRESSION:
		at = block(m, c);
		if (at > INT32_MAX)
			c->bad = true;
		m->row->cfa = (struct mp_cfi_rule){ .how = MP_CFI_IS_EXPR,
						    .n = (int32_t)at };
		break;
	case GNU_ARGS_SIZE:
		mp_cursor_uleb(c);
		break;
	default:
		run_register(m, op, c);
	}
}

/* Run until the end, or to the last row that begins at or before the PC. */
static int run(struct machine *m, struct mp_cursor program)
{
	struct mp_cursor *c = &program;

	while (!c->bad && mp_cursor_left(c) > 0 && m->at <= m->pc) {
		uint8_t op = mp_cursor_byte(c);
		uint8_t operand = op & 0x3f;

		switch (op & 0xc0) {
		case ADVANCE_LOC:
			advance(m, operand);
			break;
		case OFFSET:
			set(m, operand, MP_CFI_AT, factored(m, c), &c->bad);
			break;
		case RESTORE:
			restore(m, operand);
			break;
		default:
			run_other(m, op, c);
		}
	}
	return c->bad ? -EINVAL : 0;
}

/* Which addresses an FDE is of; leaves `c` at its program. */
static int read_fde(const struct mp_image *image, struct mp_cursor *c,
		    struct cie *cie, uintptr_t *ret_start, uintptr_t *ret_size)
{
	size_t here = offset_of(image, c->p);
	uint64_t back = mp_cursor_unsigned(c, 4);
	int err;

	/* The CIE lies before; 0 would be one. */
	if (c->bad || back == 0 || back > here)
		return -EINVAL;
	err = read_cie(image, here - back, cie);
	if (err)
		return err;
	*ret_start = mp_cursor_pointer(c, image, cie->encoding, 0);
	*ret_size =
		mp_cursor_pointer(c, image, cie->encoding & MP_PE_FORMAT, 0);
	if (cie->augmented)
		mp_cursor_take(c, mp_cursor_uleb(c));
	return c->bad ? -EINVAL : 0;
}

int mp_cfi_row(const struct mp_image *image, size_t fde, uintptr_t pc,
	       struct mp_cfi_row *ret)
{
	struct mp_cursor c = entry_at(image, fde);
	uintptr_t start, size;
	struct machine m;
	struct cie cie;
	int err;

	if (c.bad)
		return -EINVAL;
	err = read_fde(image, &c, &cie, &start, &size);
	if (err)
		return err;
	if (pc - start >= size)
		return -ENOENT;

	/* An expression is no way to say that nothing was said. */
	*ret = (struct mp_cfi_row){ .start = start, .signal = cie.signal };
	ret->cfa.how = MP_CFI_UNDEFINED;
	m.image = image;
	m.cie = &cie;
	m.pc = pc;
	m.at = start;
	m.row = ret;
	m.first = *ret;
	m.remembered = 0;
	err = run(&m, cie.program);
	if (err)
		return err;
	m.first = *ret;
	err = run(&m, c);
	if (err)
		return err;
	return ret->cfa.how == MP_CFI_UNDEFINED ? -EINVAL : 0;
}
