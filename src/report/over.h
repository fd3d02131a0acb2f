#ifndef MP_OVER_H
#define MP_OVER_H

/*
 * over: the requests that grew the process, or kept, more than some size: their
 * lines, as the log has them, and what they come to.
 *
 * Memory does not grow with the log: a line is printed when it comes.
 */

#include "report/sentence.h"
#include "report/totals.h"
#include "report/view.h"

#include <stdio.h>

/* A sum covers the lines that were printed and know the number. */
struct mp_over {
	int64_t bytes; /* more than that */
	const struct mp_view *view;
	FILE *out;
	uint64_t looked_at; /* requests */
	uint64_t printed;
	struct mp_sum retained;
	struct mp_sum own_rss;	   /* growth of those with overlap 0 */
	struct mp_sum shared_rss;  /* of those that overlapped others */
	struct mp_sum unclear_rss; /* of those who do not know */
	struct mp_sum outside;	   /* of `(outside)` lines above the size */
	uint64_t sampled, threshold, paused; /* requests that have no line */
};

/* `view` says which requests to look at; null: all. */
void mp_over_init(struct mp_over *o, int64_t bytes, const struct mp_view *view,
		  FILE *out);

/* Add a line: print it, in format 1, where it is one of those; before the
   first, the names of the columns. */
void mp_over_add(struct mp_over *o, const struct mp_record *r,
		 enum mp_record_form form);

/* Say how many there were, what they come to, and whose that is. */
void mp_over_tell(const struct mp_over *o,
		  void (*tell)(void *user, const char *sentence), void *user);

#endif
