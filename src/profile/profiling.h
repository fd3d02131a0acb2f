#ifndef MP_PROFILING_H
#define MP_PROFILING_H

/*
 * profiling: which requests of a session are profiled, and what becomes of it.
 *
 * What request.c calls.  Where nothing is to be profiled, that is one test of
 * `on` a request.
 */

#include "core/config.h"
#include "profile/profile.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mp_request;

/* A session's part; under the session's rules. */
struct mp_profiling {
	_Atomic uint32_t on; /* 1: requests ask at begin whether they are
				profiled */
	bool allowed;	     /* some may be */
	_Atomic uint64_t asked;
};

/* Whether a session with this configuration makes profiles. */
bool mp_profiling_is_wanted(const struct mp_config *config);

/* Whether a session makes files of single profiles, now, in this process, of
   which it may be the first call after a fork.  It may be null. */
bool mp_profiling_makes_files(struct memprof *mp);

/* At open; what can't be had then is counted as failed. */
void mp_profiling_open(struct memprof *mp);

/* In a forked child, which begins with nothing: for the process, and then for
   each session. */
void mp_profiling_renew_process(void);
void mp_profiling_renew(struct memprof *mp);

/* Write what was added up: at exit(3), and at close, when no request gets in
   any more. */
void mp_profiling_finish(struct memprof *mp);
void mp_profiling_close(struct memprof *mp);

/* ---- a request ---- */

/* Before anything is measured: the profile of the request that begins, to be
   started; null where it is none. */
__attribute__((cold, noinline)) struct mp_profile *
mp_profiling_begin(struct memprof *mp, const char *page_id);

/* When it is named again, on the thread that it is attached to: an order may
   want that page.  errno stays. */
__attribute__((cold, noinline)) void mp_profiling_page(struct mp_request *r);

/* When all else is done. */
__attribute__((cold, noinline)) void mp_profiling_start(struct mp_request *r,
							struct mp_profile *p);

/* Around what is measured of a profiled request; where attach has a profile, it
   is to be attached when all else is done.  errno stays. */
__attribute__((cold, noinline)) void
mp_profiling_detach(const struct mp_request *r);
__attribute__((cold, noinline)) struct mp_profile *
mp_profiling_attach(const struct mp_request *r);
__attribute__((cold, noinline)) void
mp_profiling_attached(struct mp_profile *p);

/* Add what the host noted; times are by the monotonic clock, in microseconds,
   and the frames of its caller. */
void mp_profiling_note(const struct mp_request *r, const char *kind,
		       const char *text, int64_t start_us, int64_t end_us,
		       const uintptr_t *pcs, size_t depth);

/*
 * The end of a profiled request, in two steps: the first takes no more samples,
 * before anything is measured; the second writes what there is, when the
 * request is logged.  In between `p` is the caller's; it may be null.
 */
__attribute__((cold, noinline)) struct mp_profile *
mp_profiling_stop(const struct mp_request *r);
__attribute__((cold, noinline)) void
mp_profiling_end(const struct mp_request *r, struct mp_profile *p,
		 const char *oops_id);

/*
 * Profile a request that is live and attached to this thread, from here on; to
 * be called right behind its begin.  It gets a file.  Returns whether that is
 * so: else there is no folder or no room.
 */
bool mp_profile_request(struct mp_request *r, enum mp_profile_clock clock,
			int64_t interval_ns);

#endif
