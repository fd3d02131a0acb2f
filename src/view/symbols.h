#ifndef MP_SYMBOLS_H
#define MP_SYMBOLS_H

/*
 * symbols: what a program counter is called: its function, the ones that it is
 * inlined into, and its line.
 *
 * Names come from DWARF, else from the symbol table, else they are where it is:
 * `libfoo.so+0x12af`.  Of a file that is not the one that ran nothing is taken.
 */

#include "view/calls.h"

struct mp_symbols;

/* Places, the outermost first. */
struct mp_chain {
	const uint32_t *places; /* belong to the symbols */
	uint32_t depth;		/* at least 1 */
};

/* Begin naming places of `c`, which must live longer.  Fails with -ENOMEM. */
int mp_symbols_open(struct mp_calls *c, struct mp_symbols **ret);

/* Tell what is missing as warnings, and free it.  Null does no harm. */
void mp_symbols_close(struct mp_symbols *s);

/* The index of a file; one of the same path and build id has the same. */
uint32_t mp_symbols_object(struct mp_symbols *s, const char *path,
			   const char *build_id);

/* Name what is at `address` in a file.  Errors stick to the mp_calls. */
struct mp_chain mp_symbols_find(struct mp_symbols *s, uint32_t object,
				uint64_t address);

#endif
