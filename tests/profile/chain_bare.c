/* A chain compiled without frame pointers; see the Makefile. */

#define CHAIN_OF(name) "chain_bare_" name
#define CHAIN_CALL     chain_bare_call

#include "profile/chain_body.h"
