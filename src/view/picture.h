#ifndef MP_PICTURE_H
#define MP_PICTURE_H

/*
 * picture: a profile as one document of SVG, whatever is drawn in it.
 *
 * It needs nothing beside it, can be read without its script, and then is as
 * wide as there is room for.
 */

#include "view/diffdraw.h"
#include "view/layout.h"

#include <stdio.h>

/* Of one profile, or of two. */
struct mp_picture {
	const struct mp_calls *calls; /* of two: both */
	struct mp_tree tree;
	struct mp_layout layout;
	struct mp_diffdraw diff; /* of one: empty */
};

/* Build the tree and its layout.  Fails with -ENOMEM. */
int mp_picture_init(struct mp_picture *p, const struct mp_calls *c,
		    const struct mp_layout_bounds *bounds);
int mp_picture_init_diff(struct mp_picture *p, const struct mp_calldiff *d,
			 const struct mp_layout_bounds *bounds);
void mp_picture_release(struct mp_picture *p);

/* Write, as markup, the class of a node, what is said of it, whose picture it
   is, and how much it shows. */
void mp_picture_put_class(FILE *out, const struct mp_picture *p, uint32_t node);
void mp_picture_put_caption(FILE *out, const struct mp_picture *p,
			    uint32_t node);
void mp_picture_put_subject(FILE *out, const struct mp_picture *p);
void mp_picture_put_sum(FILE *out, const struct mp_picture *p);

/* Write what the scripts are given of it.  Fails with -ENOMEM. */
int mp_picture_put_data(FILE *out, const struct mp_picture *p);

/* What colours mean: classes, and their names. */
struct mp_picture_legend {
	const char *class_name, *means;
};

/* The last one is null. */
const struct mp_picture_legend *mp_picture_legend(const struct mp_picture *p);

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
