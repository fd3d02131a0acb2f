#ifndef DEMO_DOORS_H
#define DEMO_DOORS_H

/*
 * doors: how a visitor asks for the profile of a page, and what comes of it.
 *
 * As memprof_trigger() has it, with the key in the header `X-Profile-Key` or in
 * the parameter `profile_key`.
 */

#include "memprof.h"

#include <stddef.h>

struct MHD_Connection;
struct MHD_Response;
struct demo_answer;

/* What was asked for. */
struct demo_asked {
	struct memprof_trigger trigger;
	char path[2048]; /* of the page, decoded */
};

/* Take apart what the client sent, which fits `path`. */
void demo_doors_ask(struct memprof *mp, struct MHD_Connection *connection,
		    const char *uri, struct demo_asked *ret);

/*
 * Make the response to a request that is ended: the page's answer, with what
 * was asked for in it, or in its place.  Waits for that to be rendered.
 * Returns null where there is no memory.
 */
struct MHD_Response *demo_doors_answer(const struct memprof_request *req,
				       const struct demo_asked *asked,
				       const struct demo_answer *page);

#endif
