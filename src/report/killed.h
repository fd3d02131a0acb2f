#ifndef MP_KILLED_H
#define MP_KILLED_H

/*
 * killed: the requests that were in flight when their process was killed, by
 * process and page, the likely cause first.
 *
 * Such a request was never ended: what it did is not known, only how the
 * process had grown since it began.  One that runs for hours has seen all the
 * growth there was, whoever caused it; so among those that saw nearly all of
 * it, the last to begin comes first, and all others come by the growth that
 * they saw.
 */

#include "core/record.h"

#include <stddef.h>
#include <stdint.h>

/* Requests of one page, of one process that was killed. */
struct mp_killed_page {
	struct mp_text id;
	uint64_t requests;
	uint64_t unknown;  /* of them: how far the process grew meanwhile */
	int64_t growth;	   /* of RSS since the most suspect of them began, or
			     MP_UNKNOWN */
	int64_t took_us;   /* so long ago that had begun, or MP_UNKNOWN */
	int64_t oldest_us; /* and so long ago the first of them */
};

/* One process that was killed. */
struct mp_kill {
	int64_t pid; /* or MP_UNKNOWN */
	struct mp_text host;
	int64_t last_us; /* when it last was seen */
	bool is_local;	 /* by the local time of Launchpad's forms */
	int64_t rss;	 /* what it held then, or MP_UNKNOWN */
	uint64_t requests;
	struct mp_killed_page *pages;
	size_t count;
};

struct mp_killed_request;

struct mp_killed {
	struct mp_killed_request *requests; /* in no order */
	size_t request_count, room;

	/* Once mp_killed_find() was called; the last kill comes first. */
	struct mp_kill *kills;
	size_t count;
	struct mp_killed_page *pages; /* of all kills */
};

void mp_killed_init(struct mp_killed *k);
void mp_killed_release(struct mp_killed *k);

/* Add a request that was not finished.  Fails with -ENOMEM. */
int mp_killed_add(struct mp_killed *k, const struct mp_record *r,
		  enum mp_record_form form);

/* Move all of `from`, which is empty then.  Fails with -ENOMEM. */
int mp_killed_join(struct mp_killed *k, struct mp_killed *from);

/* Find out who was killed and what with.  Nothing can be added afterwards.
   Fails with -ENOMEM. */
int mp_killed_find(struct mp_killed *k);

#endif
