#ifndef MP_ARCH_OTHER_H
#define MP_ARCH_OTHER_H

/* arch_other: see arch.h.  A machine that nobody described: no frame is known,
   and so each stack is empty. */

#include <stdbool.h>
#include <stdint.h>

#define MP_REG_FP    0
#define MP_REG_SP    1
#define MP_REG_PC    2
#define MP_REG_COUNT 3
#define MP_REG_SAVED 7u
#define MP_ARCH_CFI  0
#define MP_RED_ZONE  0

struct mp_registers {
	uint64_t r[MP_REG_COUNT];
	uint32_t known; /* a set of bits */
};

static inline void mp_arch_interrupted(const void *ucontext,
				       struct mp_registers *ret)
{
	(void)ucontext;
	*ret = (struct mp_registers){ .known = 0 };
}

static inline void mp_arch_here(struct mp_registers *ret)
{
	*ret = (struct mp_registers){ .known = 0 };
}

static inline bool mp_arch_readable(uintptr_t address)
{
	(void)address;
	return false;
}

#endif
