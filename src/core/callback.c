/* callback: a request around one call, and what a request did, after it. */

#include "core/request.h"

#include <errno.h>
#include <string.h>

/* It never unwinds: clang would call abort() in a cleanup that may. */
__attribute__((nothrow)) static void end_call(struct memprof_request *req)
{
	memprof_end(req, NULL);
}

int memprof_call(struct memprof *mp, const char *page_id,
		 int (*handler)(void *), void *arg)
{
	/* With -fexceptions, also run when the stack is unwound. */
	__attribute__((cleanup(end_call))) struct memprof_request req;

	req.opaque[0] = 0;
	memprof_begin(mp, &req, page_id);
	return handler(arg);
}

int memprof_result(const struct memprof_request *req,
		   struct memprof_result *ret)
{
	const struct mp_request *r = (const struct mp_request *)req;
	struct memprof_result result;
	size_t size = ret->size;

	if (size < sizeof(size))
		return -EINVAL;
	if (r->state == MP_REQUEST_OFF)
		return -ENODATA;
	if (r->state != MP_REQUEST_ENDED)
		return -EINVAL;
	if (!(r->flags & MP_REQUEST_MEASURED))
		return -ENODATA;
	result = (struct memprof_result){
		.size = size,
		.duration_us = r->duration_us,
		.start_vss = r->start.vss,
		.start_rss = r->start.rss,
		.end_vss = r->end.vss,
		.end_rss = r->end.rss,
		.allocated = r->allocated,
		.freed = r->freed,
		.peak = r->peak,
		.overlap = r->overlap,
	};
	memset(ret, 0, size);
	memcpy(ret, &result, size < sizeof(result) ? size : sizeof(result));
	return 0;
}
