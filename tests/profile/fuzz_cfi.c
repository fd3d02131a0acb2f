/*
 * Whatever bytes a module has for a description of frames, and whatever is in
 * the registers and on the stack: nothing is read outside of either, and the
 * walk ends.
 */

#include "profile/hostile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	hostile_walk(data, size);
	return 0;
}
