#ifndef MP_CAPTION_H
#define MP_CAPTION_H

/* caption: what is said of a call in a picture, and of the picture. */

#include "view/tree.h"

#include <stdio.h>

/* Write the name of a node, `main:42` where its line is told apart. */
void mp_caption_put_name(FILE *out, const struct mp_calls *c,
			 const struct mp_tree_node *node, size_t max);

/* Write, as markup: `main: 1.20 ms (34.00 %), 7 samples, /usr/bin/server`. */
void mp_caption_put(FILE *out, const struct mp_calls *c,
		    const struct mp_tree_node *node);

/* Write, as markup, whose profile it is: `Page:index`, or `3 requests of 2
   pages`; and how much: `1.20 ms of CPU time in 7 samples`. */
void mp_caption_put_subject(FILE *out, const struct mp_calls *c);
void mp_caption_put_sum(FILE *out, const struct mp_calls *c);

#endif
