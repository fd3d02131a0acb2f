#include "profile/callsite.h"

#include "profile/module.h"
#include "profile/stackview.h"

#include <stdbool.h>
#include <string.h>

/* The `n` bytes at `address`, if a module has them.  Whatever they are, no
   sanitizer is asked. */
MP_UNSANITIZED static bool bytes_at(uintptr_t address, void *ret, size_t n)
{
	struct mp_image image;
	const volatile uint8_t *from;
	uint8_t *to = ret;

	if (mp_module_bytes(address, &image) ||
	    image.size - (address - image.address) < n)
		return false;
	from = image.bytes + (address - image.address);
	for (size_t i = 0; i < n; i++)
		to[i] = from[i];
	return true;
}

/* Where the 32 bits before `next` point, which count from there. */
static uintptr_t relative(const uint8_t *bytes, uintptr_t next)
{
	int32_t by;

	memcpy(&by, bytes, sizeof(by));
	return next + (uintptr_t)(intptr_t)by;
}

/* What is called where `address` is an entry of a procedure linkage table: a
   jump to what stands in memory, maybe behind the mark of a branch's target. */
static uintptr_t behind_jump(uintptr_t address)
{
	static const uint8_t endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	uint8_t b[16];
	uintptr_t target;
	size_t at = 0;

	if (!bytes_at(address, b, sizeof(b)))
		return address;
	if (!memcmp(b, endbr64, sizeof(endbr64)))
		at += sizeof(endbr64);
	if (b[at] == 0xf2) /* a prefix of the same time */
		at++;
	if (b[at] != 0xff || b[at + 1] != 0x25)
		return address;
	at += 6;
	if (!bytes_at(relative(b + at - 4, address + at), &target,
		      sizeof(target)))
		return address;
	return target;
}

/* Whether the last `n` of the 7 bytes in `b` are a call by register or memory:
   opcode FF /2, with what the operand needs. */
static bool is_indirect(const uint8_t *b, size_t n)
{
	const uint8_t *p = b + 7 - n;
	size_t want = 2;

	if (n > 2 && (*p & 0xf0) == 0x40) { /* REX */
		p++;
		want++;
	}
	if (p[0] != 0xff || (p[1] >> 3 & 7) != 2)
		return false;
	if (p[1] >> 6 != 3 && (p[1] & 7) == 4)
		want++; /* SIB */
	if (p[1] >> 6 == 1)
		want += 1;
	else if (p[1] >> 6 == 2 || (p[1] >> 6 == 0 && (p[1] & 7) == 5))
		want += 4;
	return want == n;
}

enum mp_callsite mp_callsite(uintptr_t return_address, uintptr_t function)
{
	uint8_t b[7];
	uintptr_t target;

	if (!bytes_at(return_address - sizeof(b), b, sizeof(b)))
		return MP_CALLSITE_NONE;
	/* call *slot(%rip), as without a procedure linkage table */
	if (b[1] == 0xff && b[2] == 0x15 &&
	    bytes_at(relative(b + 3, return_address), &target,
		     sizeof(target)) &&
	    target == function)
		return MP_CALLSITE_IT;
	for (size_t n = 2; n <= sizeof(b); n++)
		if (is_indirect(b, n))
			return MP_CALLSITE_ANY;
	if (b[2] != 0xe8)
		return MP_CALLSITE_NONE;
	target = relative(b + 3, return_address);
	if (target == function || behind_jump(target) == function)
		return MP_CALLSITE_IT;
	return MP_CALLSITE_OTHER;
}
