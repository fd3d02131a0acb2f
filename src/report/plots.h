#ifndef MP_PLOTS_H
#define MP_PLOTS_H

/*
 * plots: the pictures there are of a log, and all that is collected for them.
 *
 * A collector is as large as what can be drawn, not as the log.  Parts of a log
 * may be added to different ones, which are merged then.
 */

#include "report/courses.h"
#include "report/density.h"
#include "report/timeline.h"

enum mp_plot {
	MP_PLOT_MEMORY,
	MP_PLOT_VSS,
	MP_PLOT_HEAP,
	MP_PLOT_RETAINED,
	MP_PLOT_PAGES,
	MP_PLOT_DELTAS,
	MP_PLOT_DURATION,
	MP_PLOT_COUNT,
};

struct mp_plots {
	struct mp_timeline timeline;
	struct mp_courses courses;
	struct mp_density density;
};

void mp_plots_init(struct mp_plots *p);

/* Add a line, memprof's own ones too.  Fails with -ENOMEM. */
int mp_plots_add(struct mp_plots *p, const struct mp_record *r,
		 enum mp_record_form form);

/* Add all of `from`.  Fails with -ENOMEM. */
int mp_plots_merge(struct mp_plots *p, const struct mp_plots *from);

void mp_plots_release(struct mp_plots *p);

/* Which plots are on a page, one below the other. */
struct mp_page_plots {
	enum mp_plot plots[MP_PLOT_COUNT];
	size_t count;
};

/* Those that are drawn where nobody asks for others. */
extern const struct mp_page_plots mp_plots_default;

/*
 * Read names with commas between them; `all` is all.  Fails with -EINVAL where
 * one is no name or named twice.
 */
int mp_plots_read(const char *names, struct mp_page_plots *ret);

#endif
