#ifndef HOSTILE_H
#define HOSTILE_H

/*
 * hostile: a module's description of frames, registers and a stack out of any
 * bytes, walked as by a handler.  For the fuzz target and the test with seeds.
 *
 * The bytes: 2 of the size of the description, itself, and the rest is taken
 * for the registers and the stack.  The description stands at HOSTILE_ADDRESS.
 */

#include "profile/cfiapply.h"
#include "profile/ehframe.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HOSTILE_ADDRESS 0x400000u
#define HOSTILE_FRAMES	32

/* An exact copy: a sanitizer sees each byte too far. */
static inline uint8_t *hostile_copy(const uint8_t *from, size_t size)
{
	uint8_t *p = malloc(size ? size : 1);

	if (!p)
		abort();
	memcpy(p, from, size);
	return p;
}

/* What is small stands for a place in the stack, and with one bit above for a
   place in the code. */
static inline uint64_t hostile_value(uint64_t v, uintptr_t stack)
{
	if (v >> 16 == 0)
		return stack + v;
	if (v >> 16 == 1)
		return HOSTILE_ADDRESS + (v & 0xffff);
	return v;
}

/* How many frames were left. */
static inline unsigned hostile_walk(const uint8_t *data, size_t size)
{
	struct mp_image image = { .address = HOSTILE_ADDRESS };
	struct mp_registers registers = { .known = 0 };
	struct mp_stack_view view = { 0, 0, 0 };
	uint8_t *bytes, *stack;
	unsigned frames = 0;

	if (size < 2)
		return 0;
	image.size = (size_t)(data[0] | data[1] << 8);
	data += 2;
	size -= 2;
	if (image.size > size)
		image.size = size;
	bytes = hostile_copy(data, image.size);
	image.bytes = bytes;
	data += image.size;
	size -= image.size;
	stack = hostile_copy(data, size);
	view.low = (uintptr_t)stack;
	view.high = view.low + size;
	for (unsigned i = 0; i < MP_REG_COUNT && size >= 8 * (i + 1); i++) {
		uint64_t v;

		memcpy(&v, data + 8 * i, sizeof(v));
		registers.r[i] = hostile_value(v, view.low);
		registers.known |= 1u << i;
	}
	while (frames < HOSTILE_FRAMES) {
		uintptr_t pc = registers.r[MP_REG_PC];
		struct mp_cfi_row row;
		size_t fde;

		if (mp_ehframe_find(&image, 0, pc, &fde) ||
		    mp_cfi_row(&image, fde, pc, &row) ||
		    mp_cfi_apply(&image, &row, &view, &registers))
			break;
		for (unsigned i = 0; i < MP_REG_COUNT; i++)
			registers.r[i] =
				hostile_value(registers.r[i], view.low);
		frames++;
	}
	free(stack);
	free(bytes);
	return frames;
}

#endif
