#include "core/find.h"

struct mp_request *mp_find_odd(struct mp_request *r)
{
	if (r->state != MP_REQUEST_LIVE) {
		mp_session_misuse();
		return NULL;
	}
	if (mp_process_is_new())
		mp_session_renew_process();
	if (mp_find_is_live(r))
		return r;
	r->flags = 0;
	r->state = MP_REQUEST_OFF;
	if (r->token == mp_process_token()) {
		mp_session_misuse(); /* its session was closed */
		r->state = MP_REQUEST_ENDED;
	}
	return NULL;
}
