#include "profile/cfiread.h"

static uint64_t plain(struct mp_cursor *c, uint8_t format)
{
	switch (format) {
	case MP_PE_ABSPTR:
	case MP_PE_UDATA8:
	case MP_PE_SDATA8:
		return mp_cursor_unsigned(c, 8);
	case MP_PE_ULEB128:
		return mp_cursor_uleb(c);
	case MP_PE_UDATA2:
		return mp_cursor_unsigned(c, 2);
	case MP_PE_UDATA4:
		return mp_cursor_unsigned(c, 4);
	case MP_PE_SLEB128:
		return (uint64_t)mp_cursor_sleb(c);
	case MP_PE_SDATA2:
		return (uint64_t)mp_cursor_signed(c, 2);
	case MP_PE_SDATA4:
		return (uint64_t)mp_cursor_signed(c, 4);
	default:
		c->bad = true;
		return 0;
	}
}

uintptr_t mp_cursor_pointer(struct mp_cursor *c, const struct mp_image *image,
			    uint8_t encoding, uintptr_t data)
{
	uintptr_t here = image->address + (uintptr_t)(c->p - image->bytes);
	uint64_t v = plain(c, encoding & MP_PE_FORMAT);

	switch (encoding & MP_PE_BASE) {
	case 0:
		return v;
	case MP_PE_PCREL:
		return here + v;
	case MP_PE_DATAREL:
		return data + v;
	default:
		c->bad = true;
		return 0;
	}
}
