#ifndef MP_FIND_H
#define MP_FIND_H

/* find: the request behind what the host gave, if a call makes sense on it. */

#include "core/process.h"
#include "core/request.h"
#include "core/session.h"

static inline struct mp_request *mp_find_inside(struct memprof_request *req)
{
	return (struct mp_request *)req;
}

/* Begun in this process, and its session is open. */
static inline bool mp_find_is_live(const struct mp_request *r)
{
	return r->state == MP_REQUEST_LIVE && r->token == mp_process_token() &&
	       r->serial == mp_session_serial(r->session) &&
	       mp_session_state(r->session) == MP_SESSION_ON;
}

/* One that is not simply live: a child's first call, the parent's request, one
   whose session was closed, or none at all. */
__attribute__((cold, noinline)) struct mp_request *
mp_find_odd(struct mp_request *r);

/*
 * The request behind `req`, if a call other than begin makes sense on it, else
 * null: it has no session, it is the parent's, or this is wrong use.
 */
static inline struct mp_request *mp_find_live(struct memprof_request *req)
{
	struct mp_request *r = mp_find_inside(req);

	if (__builtin_expect(r->state == MP_REQUEST_OFF, 0))
		return NULL;
	if (__builtin_expect(mp_find_is_live(r) && !mp_process_is_new(), 1))
		return r;
	return mp_find_odd(r);
}

#endif
