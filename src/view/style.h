#ifndef MP_STYLE_H
#define MP_STYLE_H

/* style: how what people read is to look. */

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

enum mp_view_sort {
	MP_VIEW_BY_SELF,
	MP_VIEW_BY_TOTAL,
	MP_VIEW_BY_SAMPLES,
	MP_VIEW_BY_NAME,
	MP_VIEW_SORTS,
};

/* What they are called on a command line. */
extern const char *const mp_view_sorts[MP_VIEW_SORTS];

struct mp_view_style {
	size_t width; /* columns of the terminal; 0: as wide as need be */
	size_t count; /* rows of each list; 0: a number that fits it */
	const regex_t *match; /* of functions to be listed; null: all */
	enum mp_view_sort sort;
	bool colour;
};

#endif
