#ifndef TESTS_VIEW_SAMPLED_H
#define TESTS_VIEW_SAMPLED_H

/* sampled: a small profile with all that formats tell apart. */

#include "memprof.h"
#include "view/calls.h"

#define SAMPLED_QUOTED(x) #x
#define SAMPLED_STRING(x) SAMPLED_QUOTED(x)
#define SAMPLED_VERSION                                               \
	SAMPLED_STRING(MEMPROF_VERSION_MAJOR)                         \
	"." SAMPLED_STRING(MEMPROF_VERSION_MINOR) "." SAMPLED_STRING( \
		MEMPROF_VERSION_PATCH)

static inline uint32_t sampled_place(struct mp_calls *c, const char *name,
				     const char *file, uint32_t first,
				     uint32_t line, bool inlined)
{
	struct mp_function f = { name, NULL, "/bin/app", file, first };

	return mp_calls_place(c, &(struct mp_place){ mp_calls_function(c, &f),
						     line, 0, inlined });
}

/* Begin one: main calls work, where copy is inlined, and fib, which calls
   itself; the rest was not sampled. */
static inline void sampled_init(struct mp_calls *c)
{
	uint32_t first, work[3], fib[4];

	mp_calls_init(c);
	mp_calls_object(c, "/bin/app", "1a2b");
	mp_calls_page(c, &(struct mp_view_page){ "Page:index", 1, 45, 45 });
	c->head.exe = mp_calls_text(c, "/bin/app", 8);
	c->head.pid = 7;
	c->head.began_us = 1000001;
	c->head.duration_ns = 90;
	c->head.tick_ns = 10;

	first = sampled_place(c, "main", "app.c", 10, 12, false);
	work[0] = fib[0] = first;
	work[1] = sampled_place(c, "work", "app.c", 20, 22, false);
	work[2] = sampled_place(c, "copy", "copy.h", 5, 6, true);
	fib[1] = fib[2] = sampled_place(c, "fib", "app.c", 30, 31, false);
	fib[3] = sampled_place(c, "fib", "app.c", 30, 32, false);
	mp_calls_stack(c, &(struct mp_stack){ work, 3, 0, MP_KIND_CPU, 3, 30 });
	mp_calls_stack(c, &(struct mp_stack){ fib, 4, 0, MP_KIND_CPU, 1, 10 });
	mp_calls_stack(
		c, &(struct mp_stack){ NULL, 0, 0, MP_KIND_UNSAMPLED, 0, 5 });
}

/* Begin one with no stack, of no page. */
static inline void sampled_init_empty(struct mp_calls *c)
{
	mp_calls_init(c);
	mp_calls_page(c, &(struct mp_view_page){ .id = "Page:index" });
}

#endif
