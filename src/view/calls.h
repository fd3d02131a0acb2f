#ifndef MP_CALLS_H
#define MP_CALLS_H

/*
 * calls: a profile with names, as every format of `memprof view` shows it.
 *
 * Equal functions, places and stacks are one, so indices tell them apart.  All
 * that is pointed to belongs to the mp_calls and lives as long as it does.
 * Only the functions below change one.
 *
 * They cannot fail one by one: the first error sticks, is returned by
 * mp_calls_error(), and what is added from then on is lost.
 */

#include "core/record.h"
#include "view/arena.h"
#include "view/index.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MP_CALLS_UNKNOWN   "[unknown]"	 /* the name of code in no object */
#define MP_CALLS_UNSAMPLED "[unsampled]" /* and of time without a stack */
#define MP_CALLS_QUEUED	   "[waiting for a CPU]"

struct mp_function {
	const char *name;    /* demangled; `object+0x12af` where none is known;
				one of those above; never null or empty */
	const char *linkage; /* mangled, or as name */
	const char *object;  /* its path; empty: none */
	const char *file;    /* of its source; empty: not known */
	uint32_t line;	     /* where it begins; 0: not known */
};

/* A file that code ran from.  Several builds of one path are one object, whose
   build id is not known. */
struct mp_view_object {
	const char *path;     /* as functions have it; never empty */
	const char *build_id; /* hexadecimal; empty: not known */
	bool several;	      /* builds were told */
};

struct mp_place {
	uint32_t function; /* an index */
	uint32_t line;	   /* that runs, or calls; 0: not known */
	uint64_t address;  /* in the object's file; 0: none */
	bool inlined;	   /* into the place before it, its caller */
};

enum mp_kind {
	MP_KIND_CPU,
	MP_KIND_BLOCKED,
	MP_KIND_QUEUED,	   /* it was ready to run, and no CPU was free */
	MP_KIND_UNSAMPLED, /* time that is known, but not where it went */
	MP_KINDS,
};

/* As formats have them. */
extern const char *const mp_kind_names[MP_KINDS];

struct mp_stack {
	const uint32_t *places; /* indices, the root first */
	uint32_t depth;		/* at least 1 */
	uint32_t page;		/* an index */
	enum mp_kind kind;
	uint64_t samples;
	uint64_t value; /* ns: of CPU time, or of wall time */
};

/* A page of the log, or a section of code.  Times are sums over its requests,
   or MP_UNKNOWN. */
struct mp_view_page {
	const char *id; /* as the log has it: percent-encoded */
	uint64_t requests;
	int64_t duration_ns;
	int64_t cpu_ns;
};

/* An external call that the server told of. */
struct mp_view_note {
	const char *kind, *text;  /* as the server gave them */
	int64_t start_ns, end_ns; /* since the request began */
	const uint32_t *places;	  /* as in a stack; depth may be 0 */
	uint32_t depth;
	uint32_t page;
};

/* One reading of memory, as in the log: `start_rss`, `peak`, ... */
struct mp_view_reading {
	const char *name;
	int64_t value; /* bytes, and requests for `overlap`; or MP_UNKNOWN */
};

/* What was profiled, and how.  Of several profiles: sums; the earliest begin;
   texts that differ are empty, numbers that differ are MP_UNKNOWN. */
struct mp_view_head {
	bool wall;	  /* whether values are wall time, not CPU time */
	int64_t began_us; /* since 1970, or MP_UNKNOWN */
	const char *page_id, *oops_id, *host, *exe; /* empty: not known */
	const char *mechanism;			    /* `cpu-timer`, `perf` */
	int64_t pid, tid;
	uint64_t requests;
	int64_t duration_ns, cpu_ns;
	int64_t interval_ns; /* that was asked for */
	int64_t tick_ns;     /* that the mechanism can do */
	uint64_t samples, lost, cut, notes_dropped;
};

/* Of which nothing is known yet. */
#define MP_VIEW_HEAD_NONE                                                   \
	(struct mp_view_head)                                               \
	{                                                                   \
		.page_id = "", .oops_id = "", .host = "", .exe = "",        \
		.mechanism = "", .began_us = MP_UNKNOWN, .pid = MP_UNKNOWN, \
		.tid = MP_UNKNOWN, .duration_ns = MP_UNKNOWN,               \
		.cpu_ns = MP_UNKNOWN, .interval_ns = MP_UNKNOWN,            \
		.tick_ns = MP_UNKNOWN,                                      \
	}

struct mp_calls {
	struct mp_view_head head;

	struct mp_view_object *objects; /* of all functions */
	struct mp_function *functions;
	struct mp_place *places;
	struct mp_stack *stacks;
	struct mp_view_page *pages;
	struct mp_view_note *notes;
	struct mp_view_reading *readings; /* of a single request only */
	const char **degraded; /* why something is missing, in words */
	const char **warnings; /* of naming: a changed binary, no symbols */
	size_t object_count, function_count, place_count, stack_count,
		page_count, note_count, reading_count, degraded_count,
		warning_count;

	uint64_t total, samples;    /* of all stacks */
	uint64_t by_kind[MP_KINDS]; /* of the total */
	uint64_t left_out;	    /* ns that a filter took away */

	/* Of the builder. */
	int error;
	struct mp_arena arena;
	struct mp_index text_index, function_index, place_index, stack_index,
		object_index, page_index, degraded_index, warning_index;
	const char **texts;
	size_t text_count;
};

/* Begin an empty one.  mp_calls_release() ends it, after an error too. */
void mp_calls_init(struct mp_calls *c);
void mp_calls_release(struct mp_calls *c);

/* The first error so far, or 0: -ENOMEM, or -EOVERFLOW where a sum is too
   large. */
int mp_calls_error(const struct mp_calls *c);

/* Let an error stick; 0 is none. */
void mp_calls_fail(struct mp_calls *c, int err);

/* Sums, which stick to `c` where they are too large; in the second, what is not
   known of one is not known of both. */
uint64_t mp_calls_sum(struct mp_calls *c, uint64_t a, uint64_t b);
int64_t mp_calls_sum_known(struct mp_calls *c, int64_t a, int64_t b);

/* A copy of `len` bytes that has its end; equal texts are one pointer.  Never
   null: after an error it is empty. */
const char *mp_calls_text(struct mp_calls *c, const char *text, size_t len);

/* Say which build the object at `path` is; an empty `build_id` says nothing. */
void mp_calls_object(struct mp_calls *c, const char *path,
		     const char *build_id);

/* The index of the object of a function, or MP_INDEX_NONE where that is in
   none. */
uint32_t mp_calls_object_of(const struct mp_calls *c, uint32_t function);

/* The index of the equal of `f`, or `p`, which is added where there is none.
   The texts are copied; a null one is empty, `linkage` then is the name. */
uint32_t mp_calls_function(struct mp_calls *c, const struct mp_function *f);
uint32_t mp_calls_place(struct mp_calls *c, const struct mp_place *p);

/* Add to the page of this id, or to a new one; returns its index. */
uint32_t mp_calls_page(struct mp_calls *c, const struct mp_view_page *page);

/* Add to the equal stack, or a new one.  A depth of 0 becomes one place, in
   the function that says what is not known. */
void mp_calls_stack(struct mp_calls *c, const struct mp_stack *stack);

void mp_calls_note(struct mp_calls *c, const struct mp_view_note *note);
void mp_calls_reading(struct mp_calls *c, const char *name, int64_t value);

/* A sentence that is there already is not added. */
void mp_calls_degraded(struct mp_calls *c, const char *text);
__attribute__((format(printf, 2, 3))) void
mp_calls_warn(struct mp_calls *c, const char *format, ...);

#endif
