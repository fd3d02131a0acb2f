#ifndef MP_SCAN_H
#define MP_SCAN_H

/*
 * scan: all records of many logs, by several threads.
 *
 * Blocks are read one after another, parsed by whichever thread is free, and
 * their records added lane by lane (see batch.h): the lines of one page always
 * in the order of the logs, and with one lane all lines.  So nothing that is
 * added up depends on the number of threads or the size of the blocks.
 */

#include "core/record.h"
#include "report/progress.h"
#include "report/view.h"

#include <stddef.h>
#include <stdint.h>

#define MP_SCAN_BLOCK	(256 * 1024)
#define MP_SCAN_THREADS 16 /* at most: one of them reads */

/* One log, when all of it was read. */
struct mp_scan_end {
	const char *path;
	uint64_t lines;
	uint64_t empty;	  /* lines of these without a byte */
	uint64_t faults;  /* lines of these that are not told of a log */
	uint64_t refused; /* those below a header of other columns */
	int err;	  /* 0, or why the rest could not be opened or read */
};

struct mp_scan {
	char *const *paths; /* of the logs; ends with a null pointer */
	unsigned threads;   /* at least 1 */
	size_t block_size;  /* bytes, at least MP_BLOCK_MIN */
	struct mp_progress *progress; /* or null */
	const struct mp_view *view;   /* or null: all lines, by page */

	/* Add a record to lanes[i]; for each lane by one thread at a time.
	   Fails with -ENOMEM, and that ends the scan. */
	int (*add)(void *lane, const struct mp_record *r,
		   enum mp_record_form form);
	/* Tell lanes[i] of a record some others before it is added, so that
	   what it needs is fetched from memory meanwhile: first of its hash,
	   which is that of mp_view_hash(), and nearer of itself.  Both are
	   null, or none. */
	void (*foresee)(void *lane, uint64_t hash);
	void (*expect)(void *lane, const struct mp_record *r, uint64_t hash);
	/* Tell lanes[i] of a `(started)` line that another lane gets, in the
	   same way; or null. */
	int (*note)(void *lane, const struct mp_record *r);
	void **lanes;
	unsigned lane_count; /* at least 1; more than threads are of no use */

	/* Told in the order of the logs, by one thread at a time.  Of refused
	   lines only the number is told. */
	void (*fault)(void *user, const char *path, uint64_t number,
		      const struct mp_record_fault *fault);
	void (*end)(void *user, const struct mp_scan_end *end);
	void *user;
};

/* Read all logs.  Returns 0 or -ENOMEM; what cannot be read is told. */
int mp_scan(const struct mp_scan *scan);

/* How many threads there are processors for, and use of. */
unsigned mp_scan_threads(void);

#endif
