#ifndef MP_PALETTE_H
#define MP_PALETTE_H

/*
 * palette: the colour of a function, as a class of palette.css.
 *
 * The object gives the hue and the name the shade, so both are the same in each
 * picture.  The program itself has a hue of its own, and so has what only
 * waited.
 */

#include "view/tree.h"

#include <stdio.h>

#define MP_PALETTE_UNKNOWN 'u' /* has no shades */

/* The hue, `0` to `6` or unknown, of function `f` while it runs. */
char mp_palette_hue(const struct mp_calls *c, uint32_t f);

/* The shade, `0` to `3`. */
char mp_palette_shade(const struct mp_calls *c, uint32_t f);

/* Write the class of a node. */
void mp_palette_put(FILE *out, const struct mp_calls *c,
		    const struct mp_tree_node *node);

#endif
