#ifndef MP_SCRIPT_H
#define MP_SCRIPT_H

/* script: a gnuplot script that is being written, and texts in it. */

#include "report/gnuplot.h"
#include "report/show.h"

#define MP_MIB 1048576.0

struct mp_script {
	FILE *out;
	enum mp_picture picture;
	const struct mp_timeline *timeline;
	const struct mp_totals *totals;
	enum mp_rank rank;  /* what `totals` is sorted by */
	unsigned processes; /* that are drawn */
};

/* Write a string constant that shows `text` as it is, and runs nothing. */
void mp_script_put_string(const struct mp_script *s, const char *text);

/*
 * Write an id as it is drawn, cut to `columns` letters of average width, and
 * return those it takes.  It is decoded where all of it can be shown then; what
 * cannot be shown is percent-encoded.  `ret` has room for MP_SHOW_ID_MAX bytes.
 */
size_t mp_script_show_id(const struct mp_script *s, struct mp_text id,
			 size_t columns, char *ret);

#endif
