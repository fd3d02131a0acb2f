#include "report/plots.h"

#include "report/own.h"

#include <errno.h>
#include <string.h>

static const char *const names[MP_PLOT_COUNT] = {
	[MP_PLOT_MEMORY] = "memory",	 [MP_PLOT_VSS] = "vss",
	[MP_PLOT_HEAP] = "heap",	 [MP_PLOT_RETAINED] = "retained",
	[MP_PLOT_PAGES] = "pages",	 [MP_PLOT_DELTAS] = "deltas",
	[MP_PLOT_DURATION] = "duration",
};

const struct mp_page_plots mp_plots_default = {
	{ MP_PLOT_MEMORY, MP_PLOT_RETAINED, MP_PLOT_PAGES },
	3,
};

void mp_plots_init(struct mp_plots *p)
{
	mp_timeline_init(&p->timeline);
	mp_courses_init(&p->courses);
	memset(&p->density, 0, sizeof(p->density));
}

int mp_plots_add(struct mp_plots *p, const struct mp_record *r,
		 enum mp_record_form form)
{
	if (mp_timeline_add(&p->timeline, r, form))
		return -ENOMEM;
	if (mp_own_kind(r, form) != MP_OWN_NONE)
		return 0;
	mp_density_add(&p->density, r);
	return mp_courses_add(&p->courses, r);
}

int mp_plots_merge(struct mp_plots *p, const struct mp_plots *from)
{
	if (mp_timeline_merge(&p->timeline, &from->timeline))
		return -ENOMEM;
	mp_density_merge(&p->density, &from->density);
	return mp_courses_merge(&p->courses, &from->courses);
}

void mp_plots_release(struct mp_plots *p)
{
	mp_timeline_release(&p->timeline);
	mp_courses_release(&p->courses);
}

static int find_name(const char *name, size_t len)
{
	for (int i = 0; i < MP_PLOT_COUNT; i++)
		if (strlen(names[i]) == len && !memcmp(names[i], name, len))
			return i;
	return -EINVAL;
}

static bool is_on(const struct mp_page_plots *page, enum mp_plot plot)
{
	for (size_t i = 0; i < page->count; i++)
		if (page->plots[i] == plot)
			return true;
	return false;
}

int mp_plots_read(const char *text, struct mp_page_plots *ret)
{
	struct mp_page_plots page = { .count = 0 };

	if (!strcmp(text, "all")) {
		for (int i = 0; i < MP_PLOT_COUNT; i++)
			ret->plots[i] = (enum mp_plot)i;
		ret->count = MP_PLOT_COUNT;
		return 0;
	}
	for (;;) {
		size_t len = strcspn(text, ",");
		int plot = find_name(text, len);

		if (plot < 0 || is_on(&page, (enum mp_plot)plot))
			return -EINVAL;
		page.plots[page.count++] = (enum mp_plot)plot;
		if (!text[len])
			break;
		text += len + 1;
	}
	*ret = page;
	return 0;
}
