#ifndef MP_EMBED_H
#define MP_EMBED_H

/*
 * embed: styles and scripts, which are files of their own in the sources, as
 * parts of pages and pictures.
 */

#include <stdio.h>

struct mp_embed {
	const char *const *lines; /* and a null pointer */
	const char *sha256;	  /* of the file, in base64 */
};

extern const struct mp_embed mp_palette_css, mp_picture_css, mp_svg_css,
	mp_webpage_css, mp_model_js, mp_picture_js, mp_boxes_js, mp_rings_js,
	mp_svg_js, mp_webpage_js;

/* Write a text as it is in its file. */
void mp_embed_put(FILE *out, const struct mp_embed *e);

#endif
