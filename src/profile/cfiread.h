#ifndef MP_CFIREAD_H
#define MP_CFIREAD_H

/*
 * cfiread: numbers out of a piece of a module, which may hold anything.
 *
 * A cursor that would pass its end goes bad, and gives zeros from then on: a
 * reader need ask only once, before it uses what it read.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A segment, and where it lies as pointers in it see that.  At run time both
   are the same. */
struct mp_image {
	const uint8_t *bytes;
	size_t size;
	uintptr_t address;
};

struct mp_cursor {
	const uint8_t *p, *end;
	bool bad;
};

/* How pointers are encoded: DWARF's exception header encodings. */
#define MP_PE_FORMAT  0x0f
#define MP_PE_ABSPTR  0x00
#define MP_PE_ULEB128 0x01
#define MP_PE_UDATA2  0x02
#define MP_PE_UDATA4  0x03
#define MP_PE_UDATA8  0x04
#define MP_PE_SLEB128 0x09
#define MP_PE_SDATA2  0x0a
#define MP_PE_SDATA4  0x0b
#define MP_PE_SDATA8  0x0c
#define MP_PE_BASE    0xf0 /* and whether what is found is a pointer to it */
#define MP_PE_PCREL   0x10
#define MP_PE_DATAREL 0x30
#define MP_PE_OMIT    0xff

/* From `offset` to the end of the image. */
static inline struct mp_cursor mp_cursor_at(const struct mp_image *image,
					    size_t offset)
{
	struct mp_cursor c = { image->bytes + image->size,
			       image->bytes + image->size, true };

	if (offset <= image->size) {
		c.p = image->bytes + offset;
		c.bad = false;
	}
	return c;
}

static inline size_t mp_cursor_left(const struct mp_cursor *c)
{
	return (size_t)(c->end - c->p);
}

/* Step over `n` bytes, and return where they were; null if they are not. */
static inline const uint8_t *mp_cursor_take(struct mp_cursor *c, uint64_t n)
{
	const uint8_t *p = c->p;

	if (n > mp_cursor_left(c)) {
		c->p = c->end;
		c->bad = true;
		return NULL;
	}
	c->p += n;
	return p;
}

/* A number of 1 to 8 bytes, in the order of the machine: little-endian. */
static inline uint64_t mp_cursor_unsigned(struct mp_cursor *c, size_t size)
{
	const uint8_t *p = mp_cursor_take(c, size);
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, size);
	return v;
}

static inline int64_t mp_cursor_signed(struct mp_cursor *c, size_t size)
{
	unsigned unused_bits = 64 - 8 * (unsigned)size;

	return (int64_t)(mp_cursor_unsigned(c, size) << unused_bits) >>
	       unused_bits;
}

static inline uint8_t mp_cursor_byte(struct mp_cursor *c)
{
	return (uint8_t)mp_cursor_unsigned(c, 1);
}

/* Seven bits a byte; bits above the 64th are lost. */
static inline uint64_t mp_cursor_leb(struct mp_cursor *c, unsigned *ret_bits,
				     uint8_t *ret_last)
{
	uint64_t v = 0;
	unsigned bits = 0;
	uint8_t byte;

	do {
		byte = mp_cursor_byte(c);
		if (bits < 64)
			v |= (uint64_t)(byte & 0x7f) << bits;
		bits += 7;
	} while (byte & 0x80);
	*ret_bits = bits;
	*ret_last = byte;
	return v;
}

static inline uint64_t mp_cursor_uleb(struct mp_cursor *c)
{
	unsigned bits;
	uint8_t last;

	return mp_cursor_leb(c, &bits, &last);
}

static inline int64_t mp_cursor_sleb(struct mp_cursor *c)
{
	unsigned bits;
	uint8_t last;
	uint64_t v = mp_cursor_leb(c, &bits, &last);

	if (bits < 64 && (last & 0x40))
		v |= ~(uint64_t)0 << bits;
	return (int64_t)v;
}

/* A pointer as `encoding` says, relative to itself, to `data`, or to nothing.
   No kind of it that is followed or aligned. */
uintptr_t mp_cursor_pointer(struct mp_cursor *c, const struct mp_image *image,
			    uint8_t encoding, uintptr_t data);

#endif
