#ifndef MP_ARCH_X86_64_H
#define MP_ARCH_X86_64_H

/* arch_x86_64: see arch.h. */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <ucontext.h>

#define MP_REG_FP    6
#define MP_REG_SP    7
#define MP_REG_PC    16 /* and the return address */
#define MP_REG_COUNT 17
#define MP_REG_SAVED 0x1f0c8u /* rbx, rbp, rsp, r12 to r15, rip */
#define MP_ARCH_CFI  1
#define MP_RED_ZONE  128

struct mp_registers {
	uint64_t r[MP_REG_COUNT];
	uint32_t known; /* a set of bits */
};

static inline void mp_arch_interrupted(const void *ucontext,
				       struct mp_registers *ret)
{
	static const uint8_t where[MP_REG_COUNT] = {
		REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
		REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
		REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP,
	};
	const ucontext_t *uc = ucontext;

	for (int i = 0; i < MP_REG_COUNT; i++)
		ret->r[i] = (uint64_t)uc->uc_mcontext.gregs[where[i]];
	ret->known = (1u << MP_REG_COUNT) - 1;
}

static inline __attribute__((always_inline)) void
mp_arch_here(struct mp_registers *ret)
{
	__asm__ volatile("movq %%rbx, 24(%0)\n\t"
			 "movq %%rbp, 48(%0)\n\t"
			 "movq %%rsp, 56(%0)\n\t"
			 "movq %%r12, 96(%0)\n\t"
			 "movq %%r13, 104(%0)\n\t"
			 "movq %%r14, 112(%0)\n\t"
			 "movq %%r15, 120(%0)\n\t"
			 "leaq 0(%%rip), %%rax\n\t"
			 "movq %%rax, 128(%0)"
			 :
			 : "r"(ret->r)
			 : "rax", "memory");
	ret->known = MP_REG_SAVED;
}

/* rt_sigprocmask() reads the set before it refuses the way to apply it; but a
   null set it does not read. */
static inline bool mp_arch_readable(uintptr_t address)
{
	register long size __asm__("r10") = 8;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"((long)SYS_rt_sigprocmask), "D"(-1L),
			   "S"(address), "d"(0L), "r"(size)
			 : "rcx", "r11", "memory");
	return address != 0 && ret != -EFAULT;
}

#endif
