#ifndef MP_ARCH_H
#define MP_ARCH_H

/*
 * arch: the registers of this machine, by their numbers in DWARF, and how to
 * come by them.
 *
 *	MP_REG_SP, MP_REG_FP, MP_REG_PC, MP_REG_COUNT
 *	MP_REG_SAVED	a set of bits: what a function leaves as it was
 *	MP_ARCH_CFI	whether `.eh_frame` is understood here
 *	MP_RED_ZONE	bytes below the stack pointer that are in use
 *
 *	void mp_arch_interrupted(const void *ucontext, struct mp_registers *ret)
 *	void mp_arch_here(struct mp_registers *ret)
 * The registers where a signal came; and those of the caller.
 *
 *	bool mp_arch_readable(uintptr_t address)
 * Whether the 8 bytes at an address that is a multiple of 8 can be read.
 */

#include <stdbool.h>
#include <stdint.h>

#ifdef __x86_64__
#include "profile/arch_x86_64.h"
#else
#include "profile/arch_other.h"
#endif

#endif
