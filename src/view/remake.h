#ifndef MP_REMAKE_H
#define MP_REMAKE_H

/* remake: one mp_calls made of another, part by part. */

#include "view/calls.h"

/* Begin `to` with all of `from` but pages, functions, places, stacks and notes. */
void mp_remake_begin(const struct mp_calls *from, struct mp_calls *to);

/* The index in `to` of the equal of a function, or place, of `from`. */
uint32_t mp_remake_function(const struct mp_calls *from, struct mp_calls *to,
			    uint32_t function);
uint32_t mp_remake_place(const struct mp_calls *from, struct mp_calls *to,
			 uint32_t place);

/* Room for the longest of the stacks, and of the notes'; null where there is no
   memory, which then sticks to `to`.  For free(3). */
uint32_t *mp_remake_room(const struct mp_calls *from, struct mp_calls *to);

#endif
