/* The functions of a chain; CHAIN_OF() gives them their names.  Each has
   something to do behind the call, or it were no frame. */

#include "profile/chain.h"

__attribute__((noinline, section(CHAIN_OF("inner")))) static int
inner(int (*wait)(void *), void *arg)
{
	volatile char frame[300];

	frame[1] = 1;
	return wait(arg) + frame[1] - 1;
}

__attribute__((noinline, section(CHAIN_OF("middle")))) static int
middle(int (*wait)(void *), void *arg)
{
	volatile char frame[20];

	frame[1] = 1;
	return inner(wait, arg) + frame[1] - 1;
}

__attribute__((noinline, section(CHAIN_OF("outer")))) int
CHAIN_CALL(int (*wait)(void *), void *arg)
{
	volatile char frame[1000];

	frame[1] = 1;
	return middle(wait, arg) + frame[1] - 1;
}
