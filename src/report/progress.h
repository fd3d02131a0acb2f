#ifndef MP_PROGRESS_H
#define MP_PROGRESS_H

/*
 * progress: a bar on a terminal while long input is read.
 *
 * It comes after half a second where more than twice that is left, is drawn ten
 * times a second, and leaves nothing behind.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct mp_progress {
	FILE *out; /* a terminal */
	uint64_t total;
	int64_t began_ns, shown_ns;
	bool visible;
};

/* `total` bytes are to be read; 0: nobody knows, and there is no bar. */
void mp_progress_begin(struct mp_progress *p, FILE *out, uint64_t total);

/* `done` of them were read.  Cheap enough for each block. */
void mp_progress_show(struct mp_progress *p, uint64_t done);

/* Clear the line, so that something else may be written. */
void mp_progress_hide(struct mp_progress *p);

#endif
