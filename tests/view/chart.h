#ifndef TESTS_VIEW_CHART_H
#define TESTS_VIEW_CHART_H

/* chart: profiles written in the tests themselves, as lines of folded stacks. */

#include "view/calls.h"

#include <stdlib.h>
#include <string.h>

/* The place of the function `name` in object `/bin/app`, at no line. */
static inline uint32_t chart_place(struct mp_calls *c, const char *name)
{
	struct mp_function f = { .name = name, .object = "/bin/app" };

	return mp_calls_place(
		c, &(struct mp_place){ mp_calls_function(c, &f), 0, 0, false });
}

/* Add a stack of functions, as in `main;work;read`, to page 0. */
static inline void chart_add(struct mp_calls *c, enum mp_kind kind,
			     const char *folded, uint64_t samples,
			     uint64_t value)
{
	char *copy = strdup(folded), *rest = copy, *name;
	uint32_t places[64], depth = 0;

	while ((name = strsep(&rest, ";")))
		if (*name)
			places[depth++] = chart_place(c, name);
	mp_calls_stack(c, &(struct mp_stack){ .places = places,
					      .depth = depth,
					      .kind = kind,
					      .samples = samples,
					      .value = value });
	free(copy);
}

/* Begin one with a page, `Page:index`. */
static inline void chart_init(struct mp_calls *c)
{
	mp_calls_init(c);
	mp_calls_page(c, &(struct mp_view_page){ "Page:index", 1, 100, 100 });
}

/* The same as cmocka's state of a test, and its end. */
static inline int chart_begin(void **state)
{
	static struct mp_calls c;

	chart_init(&c);
	*state = &c;
	return 0;
}

static inline int chart_finish(void **state)
{
	mp_calls_release(*state);
	return 0;
}

#endif
