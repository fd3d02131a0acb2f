#ifndef MP_GROW_H
#define MP_GROW_H

/* grow: arrays that grow by one at a time. */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * Make room for one more in the array of `count` things at `array`, which is
 * the address of a pointer to them, of whatever type.  Room is always a power
 * of two, so that the count alone tells when it is full: only arrays that
 * begin as null and grow by this may be given.  Fails with -ENOMEM, and with
 * -EOVERFLOW where indices would be too large for 32 bits.
 */
static inline int mp_grow(void *array, size_t count, size_t size)
{
	void *old, *grown;

	if (count & (count - 1))
		return 0;
	if (count > UINT32_MAX / 2)
		return -EOVERFLOW;
	memcpy(&old, array, sizeof(old));
	grown = reallocarray(old, count ? 2 * count : 1, size);
	if (!grown)
		return -ENOMEM;
	memcpy(array, &grown, sizeof(grown));
	return 0;
}

#define MP_GROW(array, count) mp_grow(&(array), count, sizeof(*(array)))

#endif
