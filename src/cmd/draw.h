#ifndef MP_DRAW_H
#define MP_DRAW_H

/* draw: runs gnuplot(1) on a script, and tells on stderr what goes wrong. */

#include "core/record.h"

#include <stdio.h>

/* Open a script to be written.  It is in memory: a full /tmp is no reason to
   draw nothing. */
int mp_draw_open(FILE **ret);

/*
 * Draw a script and close it.  The picture takes the place of the file `path`
 * once it is complete, as outfile.h tells; or goes to stdout where `path` is
 * null.
 */
int mp_draw_close(FILE *script, const char *path);

/* The same; the picture, which is no text, comes in `*ret` and is to be freed.
   Fails with -ENOENT where there is no gnuplot. */
int mp_draw_close_picture(FILE *script, struct mp_text *ret);

#endif
