#ifndef MP_VIEW_H
#define MP_VIEW_H

/*
 * view: which lines a report counts, and by what.
 *
 * First pages are collapsed, so that all that follows knows the page by its
 * new name only.  Lines of memprof's own are never collapsed.
 */

#include "core/record.h"
#include "report/glob.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MP_VIEW_KEY_MAX 288 /* bytes of the longest key */

enum mp_view_by {
	MP_VIEW_PAGE,
	MP_VIEW_PID,
	MP_VIEW_HOST,
	MP_VIEW_MINUTE,
	MP_VIEW_HOUR,
	MP_VIEW_OOPS,
	MP_VIEWS
};

#define MP_GLOBS_MAX 64

struct mp_globs {
	struct mp_glob globs[MP_GLOBS_MAX];
	size_t count;
};

struct mp_view {
	enum mp_view_by by;
	struct mp_globs pages;	  /* those to count; none: all */
	struct mp_globs collapse; /* the first that matches counts */
	int64_t since_us;	  /* the first moment that counts */
	int64_t until_us;	  /* the first that does not count any more */
};

/* All lines, by page. */
extern const struct mp_view mp_view_all;

/* As in `pid`. */
const char *mp_view_name(enum mp_view_by by);

/* Find what is called that.  Fails with -EINVAL. */
int mp_view_find(const char *name, enum mp_view_by *ret);

/* Whether all lines are counted as they are, by page. */
bool mp_view_is_plain(const struct mp_view *v);

/* Add a pattern, which must outlive the view.  Fails with -ENOSPC. */
int mp_globs_add(struct mp_globs *g, const char *pattern);

/* Give the page of a line the name that it is to be counted by; that text is
   the view's. */
void mp_view_collapse(const struct mp_view *v, struct mp_record *r,
		      enum mp_record_form form);

/* Whether a page is one to count. */
bool mp_view_has_page(const struct mp_view *v, struct mp_text id);

/*
 * Whether a line counts: that of a request or of `(outside)` by its time and
 * its page, any other of memprof's own by its time.  Where rows are pages they
 * are counted whatever they are called, and judged: hide them then.
 */
bool mp_view_counts(const struct mp_view *v, const struct mp_record *r,
		    enum mp_record_form form);

/* Whether a line is drawn: what counts of the pages to count, and that a
   process began or ended, whatever its pages are. */
bool mp_view_draws(const struct mp_view *v, const struct mp_record *r,
		   enum mp_record_form form);

/* The same for requests that are counted by the same; its high bits may be
   used. */
uint64_t mp_view_hash(const struct mp_view *v, const struct mp_record *r);

/*
 * What a request is counted by: a text of the record, or of `buffer`, which has
 * room for MP_VIEW_KEY_MAX bytes.
 */
struct mp_text mp_view_key(const struct mp_view *v, const struct mp_record *r,
			   char *buffer);

#endif
