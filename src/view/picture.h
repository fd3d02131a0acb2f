#ifndef MP_PICTURE_H
#define MP_PICTURE_H

/*
 * picture: a profile as one document of SVG, whatever is drawn in it.
 *
 * It needs nothing beside it, can be read without its script, and then is as
 * wide as there is room for.
 */

#include "view/layout.h"

#include <stdio.h>

struct mp_picture {
	const struct mp_calls *calls;
	struct mp_tree tree;
	struct mp_layout layout;
};

/* Build the tree and its layout.  Fails with -ENOMEM. */
int mp_picture_init(struct mp_picture *p, const struct mp_calls *c,
		    const struct mp_layout_bounds *bounds);
void mp_picture_release(struct mp_picture *p);

/* What is drawn: `kind` as svg.js knows it, its name, its script, and
   attributes of its element, among which must be a height. */
struct mp_picture_drawing {
	const char *kind, *name;
	const struct mp_embed *script;
	const char *attributes;
	unsigned height;
	void (*put)(const struct mp_picture *p, FILE *out);
};

/* Write the document.  Fails with -ENOMEM. */
int mp_picture_write(FILE *out, const struct mp_picture *p,
		     const struct mp_picture_drawing *d);

#endif
