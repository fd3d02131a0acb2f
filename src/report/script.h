#ifndef MP_SCRIPT_H
#define MP_SCRIPT_H

/*
 * script: a gnuplot script that is being written: the places of things in the
 * picture, and texts in it.
 *
 * Places are told in columns and lines from the picture's upper left corner, of
 * the size of a letter: so a picture of pixels and one of letters are laid out
 * alike.
 */

#include "report/gnuplot.h"
#include "report/show.h"

#define MP_SCRIPT_COLOURS 7  /* that can be told apart */
#define MP_SCRIPT_OTHERS  50 /* lines that are drawn in grey */
#define MP_SCRIPT_ROOM	  (MP_SHOW_ID_MAX + 256) /* bytes of a made up text */
#define MP_SCRIPT_GREY	  "#A0A0A0"

extern const char *const mp_script_colours[MP_SCRIPT_COLOURS];

struct mp_script {
	FILE *out;
	struct mp_picture_style style;
	const struct mp_plots *plots; /* sorted */
	enum mp_rank rank;	      /* the growth of pages that is known */
	double columns, lines;	      /* of the picture */
	/* The pages that have a colour of their own. */
	const struct mp_course *pages[MP_SCRIPT_COLOURS];
	size_t page_count;
};

/* The place of a plot: that of its axes, and where its legend begins. */
struct mp_frame {
	double left, right, top, bottom;
	double legend_left, legend_top;
};

/* Whether there is no room for legends beside the plots. */
bool mp_script_is_narrow(const struct mp_script *s);

/* Lay out a plot that begins at line `top`, with axes `lines` high.  The legend
   is at the right; below, where the picture is narrow. */
struct mp_frame mp_script_frame(const struct mp_script *s, double top,
				double lines);

/* Lines that such a plot takes in all, with a legend of `entries`. */
double mp_script_height(const struct mp_script *s, double lines,
			size_t entries);

/* Letters of a text of the legend that have room. */
size_t mp_script_legend_columns(const struct mp_script *s);

/* Begin a plot: forget what the one before set, and write its title,
   which may be null. */
void mp_script_begin(const struct mp_script *s, const struct mp_frame *frame,
		     const char *title);

/* Write a text that begins in a column, at the middle of a line. */
void mp_script_put_text(const struct mp_script *s, double column, double line,
			bool bold, const char *text);

/* End a plot command whose lines all end in ", \". */
void mp_script_end(const struct mp_script *s);

/* Say in the middle of a plot why it is empty, and draw nothing. */
void mp_script_nothing(const struct mp_script *s, const char *why);

/* Write a string constant that shows `text` as it is, and runs nothing. */
void mp_script_put_string(const struct mp_script *s, const char *text);

/*
 * Write an id as it is drawn, cut to `columns` letters of average width, and
 * return those it takes.  It is decoded where all of it can be shown then; what
 * cannot be shown is percent-encoded.  `ret` has room for MP_SHOW_ID_MAX bytes.
 */
size_t mp_script_show_id(const struct mp_script *s, struct mp_text id,
			 size_t columns, char *ret);

/* How lines in grey are drawn: with dots, where there are letters alone. */
const char *mp_script_grey(const struct mp_script *s);

/* The colour of a page, grey where it has none of its own. */
const char *mp_script_page_colour(const struct mp_script *s,
				  const struct mp_course *page);

/* What the growth of pages is. */
const char *mp_script_growth(const struct mp_script *s);

#endif
