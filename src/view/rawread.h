#ifndef MP_RAWREAD_H
#define MP_RAWREAD_H

/*
 * rawread: a profile's raw file, format 1, as it was written: no names yet.
 *
 * Strict: what is not as profile/format.h says is told, with its line, and
 * nothing is read.  Lines whose first word is not known are skipped.
 */

#include "view/arena.h"
#include "view/calls.h"

/* A file whose code was mapped at [start, end); program counter minus `bias` is
   the address in it. */
struct mp_raw_object {
	uint64_t start, end, bias;
	const char *build_id; /* hexadecimal; empty: it has none */
	const char *path;
};

struct mp_raw_stack {
	enum mp_kind kind;
	uint32_t page;	/* an index */
	uint32_t depth; /* 0: no stack was taken */
	size_t first;	/* in pcs: the leaf */
	uint64_t samples, value;
};

struct mp_raw_note {
	const char *kind, *text;
	int64_t start_ns, end_ns;
	uint32_t page, depth;
	size_t first;
};

struct mp_raw {
	struct mp_view_head head;
	struct mp_raw_object *objects;
	struct mp_view_page *pages;
	struct mp_raw_stack *stacks;
	struct mp_raw_note *notes;
	struct mp_view_reading *readings;
	const char **degraded;
	uint64_t *pcs;
	size_t object_count, page_count, stack_count, note_count, reading_count,
		degraded_count, pc_count;
	uint64_t total, samples; /* of the stacks */
	struct mp_arena arena;
};

/* What is wrong with a file. */
struct mp_raw_fault {
	uint64_t line;	      /* from 1 */
	const char *name;     /* of the field, or of the line */
	const char *expected; /* what should have stood there */
};

/*
 * Read the `len` bytes of a file.  Fails with -EINVAL, and then fills in the
 * fault, or with -ENOMEM.  What it points to is freed by mp_raw_release().
 */
int mp_raw_read(const char *data, size_t len, struct mp_raw *ret,
		struct mp_raw_fault *ret_fault);
void mp_raw_release(struct mp_raw *raw);

/* The same from the file `path`, or from stdin where it is `-`.  Fails as
   open(2) and read(2) do, too. */
int mp_raw_load(const char *path, struct mp_raw *ret,
		struct mp_raw_fault *ret_fault);

#endif
