#ifndef MP_CURVES_H
#define MP_CURVES_H

/* curves: the memory of processes over time, as data of a script. */

#include "report/axes.h"

/* The processes that have readings of a quantity, as they are drawn. */
struct mp_curves {
	enum mp_quantity quantity;
	/* Those with a colour of their own, then those in grey. */
	const struct mp_process
		*processes[MP_SCRIPT_COLOURS + MP_SCRIPT_OTHERS];
	size_t coloured, others;
	size_t left_out;
};

void mp_curves_choose(const struct mp_script *s, enum mp_quantity quantity,
		      struct mp_curves *ret);

/* Readings of a process in bucket `i`; null where there are none. */
const struct mp_extremes *mp_curves_at(const struct mp_process *p,
				       enum mp_quantity quantity, int64_t i);

/* Widen a range, of bytes, to all readings of what is drawn. */
void mp_curves_widen(const struct mp_curves *c, struct mp_range *r);

/*
 * Put the data of all: `$NAME0` and so on are the least readings of each
 * process, `$NAME_reach0` how far each bucket reached above, `$NAME_others` the
 * grey ones.  A curve is cut where a process was started anew.
 */
void mp_curves_put(const struct mp_script *s, const struct mp_curves *c,
		   const char *name, struct mp_unit unit);

/* Put the plot commands of these, each with ", \" behind. */
void mp_curves_plot(const struct mp_script *s, const struct mp_curves *c,
		    const char *name);

/* How gnuplot is to draw the readings of a process: as a point where there is
   but one. */
const char *mp_curves_style(const struct mp_process *p,
			    enum mp_quantity quantity);

/* Put the readings of a kind of mark as `$NAME`, and return their number. */
size_t mp_curves_put_marks(const struct mp_script *s, const struct mp_curves *c,
			   enum mp_quantity mark, const char *name,
			   struct mp_unit unit);

/* Name a process, in MP_SCRIPT_ROOM bytes and so many columns. */
void mp_curves_name(const struct mp_script *s, const struct mp_process *p,
		    char *ret);

/* Lines of the legend that mp_curves_plot() needs. */
static inline size_t mp_curves_entries(const struct mp_curves *c)
{
	return c->coloured + (c->others > 0);
}

#endif
