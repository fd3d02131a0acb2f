#ifndef MP_NOTELIST_H
#define MP_NOTELIST_H

/*
 * notelist: what a host noted about its requests, in memory of a fixed size.
 *
 * Any thread may add, none waits: who finds the list in another's hands, or
 * full, drops its note and counts it.  Not for signal handlers.
 */

#include "core/record.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* One note, as stored; its texts are encoded and not empty. */
struct mp_note {
	int64_t start_ns, end_ns; /* since the request began */
	uint32_t words;		  /* of all of it */
	uint16_t page;
	uint8_t kind_len, depth;
	uint16_t text_len;
	uintptr_t pcs[]; /* leaf first; then the kind, then the text */
};

struct mp_notelist {
	_Atomic uint32_t locked; /* guards all but `dropped` */
	uint64_t used, size;	 /* words */
	_Atomic uint64_t dropped;
};

/* Make a list of `size` bytes of memory, aligned as a page and all zeros.  It
   ends with the memory. */
struct mp_notelist *mp_notelist_init(void *memory, size_t size);

/* Empty it.  Nobody may be adding. */
void mp_notelist_reset(struct mp_notelist *l);

/*
 * Add a note of page 0.  Of `kind` MP_ESCAPE_MAX bytes are kept, encoded, of
 * `text` MP_FORMAT_TEXT_MAX, of the frames MP_FORMAT_STACK_MAX; a null or empty
 * text is none.
 */
void mp_notelist_add(struct mp_notelist *l, const char *kind, const char *text,
		     int64_t start_ns, int64_t end_ns, const uintptr_t *pcs,
		     size_t depth);

/* Add all that `from` holds to `into`, as notes of `page`.  Nobody may be
   adding to `from`; who merges into the same list takes turns. */
void mp_notelist_merge(struct mp_notelist *into, const struct mp_notelist *from,
		       uint32_t page);

/* The notes in the order in which they were added, null behind the last one.
   Nobody may be adding. */
const struct mp_note *mp_notelist_first(const struct mp_notelist *l);
const struct mp_note *mp_notelist_next(const struct mp_notelist *l,
				       const struct mp_note *n);

struct mp_text mp_note_kind(const struct mp_note *n);
struct mp_text mp_note_text(const struct mp_note *n);

#endif
