#ifndef MP_CALLSITE_H
#define MP_CALLSITE_H

/*
 * callsite: whether the code before a return address can have called a
 * function.  It tells true return addresses from what else lies on a stack.
 */

#include <stdint.h>

enum mp_callsite {
	MP_CALLSITE_NONE,  /* no call stands there */
	MP_CALLSITE_OTHER, /* a call of another function, that may go on to it */
	MP_CALLSITE_ANY,   /* a call of what a register or memory says */
	MP_CALLSITE_IT,	   /* a call of the function, maybe by a jump table */
};

/* `function` is where it begins.  In a handler too. */
enum mp_callsite mp_callsite(uintptr_t return_address, uintptr_t function);

#endif
