#ifndef MADEUP_H
#define MADEUP_H

/*
 * madeup: a module of functions that nobody runs, with descriptions of their
 * frames and calls in their code, for tests that wrap what finds modules.
 */

#include "profile/module.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define MADEUP_ADDRESS UINT64_C(0x10000000) /* nothing lies there */
#define MADEUP_SIZE    0x4000u
#define MADEUP_CODE    0x1000u
#define MADEUP_CIE     0x400u
#define MADEUP_MAX     16 /* functions, 256 bytes each */

/* And more behind it, that nobody may read. */
static _Alignas(8) uint8_t madeup_bytes[MADEUP_SIZE + 16];
static size_t madeup_fdes; /* where the next one goes */

static inline uintptr_t madeup_function(unsigned i)
{
	return MADEUP_ADDRESS + MADEUP_CODE + 0x100 * i;
}

static inline void madeup_put(size_t at, const void *from, size_t size)
{
	assert(at + size <= sizeof(madeup_bytes));
	memcpy(madeup_bytes + at, from, size);
}

static inline void madeup_put32(size_t at, int64_t v)
{
	int32_t small = (int32_t)v;

	madeup_put(at, &small, sizeof(small));
}

/* Code at `offset` of a function, that ends there. */
static inline void madeup_code(unsigned function, size_t offset,
			       const char *code, size_t size)
{
	madeup_put(MADEUP_CODE + 0x100 * function + offset - size, code, size);
}

/* A call of the byte `to`, that returns to `offset`. */
static inline void madeup_call(unsigned function, size_t offset, uintptr_t to)
{
	uintptr_t next = madeup_function(function) + offset;

	madeup_code(function, offset, "\xe8\0\0\0", 5);
	madeup_put32(next - MADEUP_ADDRESS - 4, (int64_t)(to - next));
}

/* A table of no functions, and what all of them share: the frame ends 8 bytes
   above the stack pointer, where the return address is. */
static inline void madeup_begin(void)
{
	static const uint8_t hdr[] = { 1, 0x1b, 3, 0x3b };
	static const uint8_t cie[] = {
		20, 0,	  0,  0, 0,    0,    0, 0, 1,	 'z', 'R', 0,
		1,  0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1,   0,   0,
	};

	memset(madeup_bytes, 0, sizeof(madeup_bytes));
	madeup_put(0, hdr, sizeof(hdr));
	madeup_put(MADEUP_CIE, cie, sizeof(cie));
	madeup_fdes = MADEUP_CIE + sizeof(cie);
}

/* Describe the next function, in the order of their addresses. */
static inline void madeup_describe(unsigned function, const char *program,
				   size_t size)
{
	size_t at = madeup_fdes, start = MADEUP_CODE + 0x100 * function;
	uint32_t n;

	memcpy(&n, madeup_bytes + 8, sizeof(n));
	assert(n < MADEUP_MAX);
	madeup_put32(12 + 8 * n, (int64_t)start);
	madeup_put32(16 + 8 * n, (int64_t)at);
	madeup_put32(8, n + 1);
	madeup_put32(at, (int64_t)(13 + size));
	madeup_put32(at + 4, (int64_t)(at + 4 - MADEUP_CIE));
	madeup_put32(at + 8, (int64_t)start - (int64_t)(at + 8));
	madeup_put32(at + 12, 0x100);
	madeup_put(at + 17, program, size);
	madeup_fdes = at + 17 + size;
	assert(madeup_fdes <= MADEUP_CODE);
}

static inline int madeup_image(uintptr_t address, struct mp_image *ret)
{
	if (address - MADEUP_ADDRESS >= MADEUP_SIZE)
		return -ENOENT;
	*ret = (struct mp_image){ madeup_bytes, MADEUP_SIZE, MADEUP_ADDRESS };
	return 0;
}

static inline int madeup_find(uintptr_t pc, struct mp_module *ret)
{
	int err = madeup_image(pc, &ret->image);

	ret->start = MADEUP_ADDRESS;
	ret->end = MADEUP_ADDRESS + MADEUP_SIZE;
	ret->hdr = 0;
	return err;
}

/* Instead of both ways that there are to find modules. */
#define MADEUP_WRAP(name)                                                      \
	int __wrap_mp_##name##_find(uintptr_t pc, struct mp_module *ret);      \
	int __wrap_mp_##name##_find(uintptr_t pc, struct mp_module *ret)       \
	{                                                                      \
		return madeup_find(pc, ret);                                   \
	}                                                                      \
	int __wrap_mp_##name##_bytes(uintptr_t address, struct mp_image *ret); \
	int __wrap_mp_##name##_bytes(uintptr_t address, struct mp_image *ret)  \
	{                                                                      \
		return madeup_image(address, ret);                             \
	}
MADEUP_WRAP(linked)
MADEUP_WRAP(table)

#endif
