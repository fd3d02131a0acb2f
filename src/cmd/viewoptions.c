#include "cmd/viewoptions.h"

#include "cmd/when.h"
#include "core/escape.h"

#include <string.h>
#include <time.h>

int mp_view_take_by(const struct mp_usage *usage, const char *value,
		    struct mp_view *v)
{
	if (mp_view_find(value, &v->by))
		return mp_options_wrong(usage,
					"nothing to count by: `%s`; page, pid, "
					"host, minute, hour and oops are",
					value);
	return 0;
}

static int take_glob(const struct mp_usage *usage, const char *value,
		     struct mp_globs *g)
{
	if (mp_globs_add(g, value))
		return mp_options_wrong(usage, "more than %d patterns",
					MP_GLOBS_MAX);
	return 0;
}

int mp_view_take_page(const struct mp_usage *usage, const char *value,
		      struct mp_view *v)
{
	return take_glob(usage, value, &v->pages);
}

/* It becomes the id of a page, in formats that want one as in the log. */
int mp_view_take_collapse(const struct mp_usage *usage, const char *value,
			  struct mp_view *v)
{
	if (!mp_escape_valid(value, strlen(value)))
		return mp_options_wrong(usage,
					"no name for pages: `%s`; it may hold "
					"no blanks, and [*] for \\*",
					value);
	return take_glob(usage, value, &v->collapse);
}

static int take_time(const struct mp_usage *usage, const char *value,
		     int64_t *ret)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (mp_when_read(value,
			 now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000,
			 ret))
		return mp_options_wrong(usage,
					"no time: `%s`; 2026-11-21T01:02 and "
					"30m before now are",
					value);
	return 0;
}

int mp_view_take_since(const struct mp_usage *usage, const char *value,
		       struct mp_view *v)
{
	return take_time(usage, value, &v->since_us);
}

int mp_view_take_until(const struct mp_usage *usage, const char *value,
		       struct mp_view *v)
{
	return take_time(usage, value, &v->until_us);
}
