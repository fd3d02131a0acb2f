#ifndef MP_PROFSUM_H
#define MP_PROFSUM_H

/*
 * profsum: many profiles added up, page by page.
 *
 * For all requests of a process, or for all stretches of a section.  The memory
 * is mapped at the first open, and serves the next one.  Who adds waits for
 * others who do: not for handlers.
 *
 * A request that is shorter than an interval is met by a sample now and then.
 * That one stands for the CPU time since the page was met before: so for those
 * requests as well that no sample met meanwhile.  What passes behind the last
 * sample of a request stays nobody's, for the next sample is mostly one of
 * another request's beginning.
 */

#include "profile/profile.h"
#include "profile/rawfile.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mp_profsum {
	_Atomic uint32_t latch; /* guards all else */
	uint32_t page_max, page_count;
	struct mp_rawfile_page *pages; /* null: not open */
	char *ids;		       /* MP_ESCAPE_MAX bytes for each */
	int64_t *unmet_ns;	       /* of each, see profsum.c */
	struct mp_fold *stacks;
	struct mp_notelist *notes;
	struct mp_lacks lacks;
	bool had_perf; /* in some profile */
	int64_t began_us;
};

/*
 * Begin one, empty, for up to `page_max` pages, which is at most MP_FOLD_PAGES,
 * `stack_bytes` of stacks and `note_bytes` of notes.  With `touch`, its memory
 * is taken as a whole, lest it seem to be some request's; else as it is needed.
 * What was open is open with the sizes it had.  Fails as mmap(2).
 */
int mp_profsum_open(struct mp_profsum *sum, uint32_t page_max,
		    size_t stack_bytes, size_t note_bytes, bool touch);

/* Empty one that is open, and unlock it: whoever has it locked does that, or
   a forked child, where whoever had is not. */
void mp_profsum_renew(struct mp_profsum *sum);

/*
 * Add a profile that nobody adds to any more, as one of the page `id`.  Fails
 * with -ENOSPC where there is no room for its page.
 */
int mp_profsum_add(struct mp_profsum *sum, struct mp_text id,
		   const struct mp_profile *p);

/* What is in it, to be written; locked until mp_profsum_renew(). */
struct mp_rawfile mp_profsum_lock(struct mp_profsum *sum);

#endif
