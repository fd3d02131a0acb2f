#ifndef MP_FRAME_H
#define MP_FRAME_H

/*
 * frame: what `memprof top` shows at one moment, as lines of text.
 *
 * Knows no terminal: each line has a style, and fits the width.
 */

#include "live/rows.h"

#include <stddef.h>

enum mp_frame_style {
	MP_FRAME_PLAIN,
	MP_FRAME_HEAD,	/* the first lines */
	MP_FRAME_TITLE, /* names of columns */
	MP_FRAME_HOT,	/* large growth, or a request in flight for long */
	MP_FRAME_WARM,	/* growth; a process that is paused or killed */
};

struct mp_frame_line {
	enum mp_frame_style style;
	char *text;
};

struct mp_frame {
	struct mp_frame_line *lines;
	size_t count;
};

/* What is to be shown, and how. */
struct mp_frame_view {
	struct mp_rows_view rows;
	size_t closed_logs;   /* that could not be read */
	size_t width, height; /* 0: as much as there is */
};

extern const char *const mp_frame_sort_names[MP_ROWS_SORTS];

/* Fails with -ENOMEM. */
int mp_frame_make(const struct mp_frame_view *view, struct mp_frame *ret);

/* A frame of these lines, the first of them as a head.  Fails with -ENOMEM. */
int mp_frame_of(const char *const *lines, size_t count, struct mp_frame *ret);

void mp_frame_release(struct mp_frame *frame);

#endif
