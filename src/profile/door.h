#ifndef MP_DOOR_H
#define MP_DOOR_H

/*
 * door: who may have the profile of a request by asking for it in its URL.
 *
 * The key, the host's word, and how often: of all sessions of a process
 * together.  What is asked for is trigger.h's.
 */

struct memprof_trigger;
struct mp_request;

/* Profile a live request that began just now, as its trigger says. */
void mp_door_profile(struct mp_request *r,
		     const struct memprof_trigger *trigger);

#endif
