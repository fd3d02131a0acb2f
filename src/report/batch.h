#ifndef MP_BATCH_H
#define MP_BATCH_H

/*
 * batch: all lines of one block, read, and dealt out to lanes by page.
 *
 * A page, or what a view has in its place, belongs to one lane, whatever the
 * number of threads: so its lines stay in order, and nothing is kept twice.
 * That a process began is of interest to all lanes: there its `(started)` line
 * is an echo.
 */

#include "report/block.h"
#include "report/parse.h"
#include "report/view.h"

/* A record, and the next one of its lane.  Lines are numbered by block. */
struct mp_entry {
	struct mp_line line;
	uint64_t hash; /* of its page, or of what a view has in its place */
	uint32_t next; /* MP_BATCH_END: there is none */
	bool echo;     /* of a line that another lane has */
};

#define MP_BATCH_END UINT32_MAX

struct mp_located {
	uint64_t number; /* of the line */
	struct mp_record_fault fault;
};

/*
 * Whether the lines before the first header are to be refused only the block
 * before can tell; this one tells it of those behind.
 */
struct mp_batch {
	struct mp_entry *entries;
	size_t count, capacity;
	struct mp_located *faults;
	size_t fault_count, fault_capacity;
	uint32_t *heads; /* the first entry of each lane */
	uint32_t *tails; /* while they are dealt out */
	unsigned lanes;
	const struct mp_view *view; /* or null: all lines, by page */
	uint64_t lines;		    /* in the block */
	uint64_t empty;		    /* lines of these without a byte */
	uint64_t first_header; /* number of its line; UINT64_MAX: no header */
	bool refusing;	       /* at the end, where there is a header */
};

/* `view` may be null.  Fails with -ENOMEM. */
int mp_batch_init(struct mp_batch *b, unsigned lanes,
		  const struct mp_view *view);
void mp_batch_release(struct mp_batch *b);

/* Read all lines of a block.  Fails with -ENOMEM.  The texts of the entries
   point into the block. */
int mp_batch_read(struct mp_batch *b, const struct mp_block *block,
		  struct mp_parse *parse);

#endif
