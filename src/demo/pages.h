#ifndef DEMO_PAGES_H
#define DEMO_PAGES_H

/*
 * pages: what each page of the server does to its memory.
 *
 * A page knows nothing of HTTP or of memprof: it is handed an answer to fill
 * in.  Memory that a page keeps is kept on purpose, and can be reached until
 * the process ends.
 */

#include "demo/worker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memprof;

/* What a page says.  It fits its buffers: an answer takes no memory. */
struct demo_answer {
	unsigned status;
	bool html; /* else plain text */
	size_t len;
	char body[1024];
	char oops_id[40]; /* empty: none */
};

/* What pages need beside their answer. */
struct demo_backend {
	struct memprof *mp;
	struct demo_worker disposer; /* frees what is handed over to it */
};

struct demo_page {
	const char *url;
	const char *id; /* what the log calls it */
	void (*serve)(struct demo_backend *b, struct demo_answer *ret);
	enum demo_way {
		DEMO_AT_ONCE,
		DEMO_AFTER_WAIT, /* as if another server had to be asked */
		DEMO_STREAMED,	 /* the body is made piece by piece: stream.h */
	} way;
};

/* Find the page of `url`: never null, there is one for all the rest. */
const struct demo_page *demo_page_find(const char *url);

/* What the leaking page really leaked, as malloc_usable_size(3) counts. */
struct demo_leaked {
	uint64_t requests;
	uint64_t bytes;
};

struct demo_leaked demo_pages_leaked(void);

/*
 * Allocate `size` bytes and write to all of them, in a way that no compiler
 * may leave out.  Returns null where there is no memory.
 */
void *demo_allocate(size_t size);

#endif
