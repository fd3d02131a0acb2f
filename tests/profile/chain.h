#ifndef CHAIN_H
#define CHAIN_H

/* chain: calls of known functions, one in another, compiled with frame pointers
   and without, to tell whether a stack is right. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Call `wait` through three functions. */
int chain_framed_call(int (*wait)(void *), void *arg);
int chain_bare_call(int (*wait)(void *), void *arg);

/* Addresses of a function: each is in a section of its own, and the linker
   tells where these begin and end. */
#define CHAIN_ENDS(name) extern const char __start_##name[], __stop_##name[]
CHAIN_ENDS(chain_framed_outer);
CHAIN_ENDS(chain_framed_middle);
CHAIN_ENDS(chain_framed_inner);
CHAIN_ENDS(chain_bare_outer);
CHAIN_ENDS(chain_bare_middle);
CHAIN_ENDS(chain_bare_inner);

/* What to look for: the three, the innermost first. */
struct chain {
	const char *name;
	int (*call)(int (*wait)(void *), void *arg);
	const char *begin[3], *end[3];
};

#define CHAIN(c)                                                             \
	{                                                                    \
#c, chain_##c##_call,                                        \
			{ __start_chain_##c##_inner,                         \
			  __start_chain_##c##_middle,                        \
			  __start_chain_##c##_outer },                       \
		{                                                            \
			__stop_chain_##c##_inner, __stop_chain_##c##_middle, \
				__stop_chain_##c##_outer                     \
		}                                                            \
	}

/* Whether the three follow each other in a stack, some frames above its leaf
   and some below its root. */
static inline bool chain_is_in(const struct chain *c, const uintptr_t *pcs,
			       size_t depth)
{
	for (size_t i = 1; i + 3 < depth; i++) {
		size_t in = 0;

		while (in < 3 && pcs[i + in] >= (uintptr_t)c->begin[in] &&
		       pcs[i + in] < (uintptr_t)c->end[in])
			in++;
		if (in > 0)
			return in == 3;
	}
	return false;
}

#endif
