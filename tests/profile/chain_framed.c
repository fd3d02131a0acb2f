/* A chain compiled with frame pointers; see the Makefile. */

#define CHAIN_OF(name) "chain_framed_" name
#define CHAIN_CALL     chain_framed_call

#include "profile/chain_body.h"
