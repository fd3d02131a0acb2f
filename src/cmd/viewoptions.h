#ifndef MP_VIEWOPTIONS_H
#define MP_VIEWOPTIONS_H

/* viewoptions: what a command line says of the lines to count. */

#include "cmd/options.h"
#include "report/view.h"

/*
 * Take one value of an option into a view, which began as mp_view_all; it must
 * outlive the view.  Each returns 0, or the exit status where the usage is
 * wrong.
 */
int mp_view_take_by(const struct mp_usage *usage, const char *value,
		    struct mp_view *v);
int mp_view_take_page(const struct mp_usage *usage, const char *value,
		      struct mp_view *v);
int mp_view_take_collapse(const struct mp_usage *usage, const char *value,
			  struct mp_view *v);
int mp_view_take_since(const struct mp_usage *usage, const char *value,
		       struct mp_view *v);
int mp_view_take_until(const struct mp_usage *usage, const char *value,
		       struct mp_view *v);

#endif
