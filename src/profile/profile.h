#ifndef MP_PROFILE_H
#define MP_PROFILE_H

/*
 * profile: the life of one profile: begin, attach, detach, end.
 *
 * A profile is of one request, or of one stretch of a section.  It has a place
 * in a pool, with room for its stacks; the pool is memory that is reserved at
 * the first open that allows profiles, and stays.  Who has a profile knows it
 * by place and generation, values both, for a request may be moved and copied,
 * freed, or ended when it was given up long ago: then the generation says that
 * the place is another's by now.
 *
 * Who changes a profile takes it first, by compare and exchange, and gives it
 * back; who does not get it goes on without.  The signal handler runs on the
 * thread that the profile is attached to, and looks only at one whose `thread`
 * says so; `inside` is how many are looking.  So a profile is detached in this
 * order: `thread` is 0, then `inside` is waited for, then what they counted is
 * read.
 *
 * Of CPU time, each sample stands for what its thread has used since the sample
 * before, our handler's own time left out.  What no sample stands for is
 * written as `unsampled`; so all values sum up to `cpu_ns`.
 *
 * Of wall time, the sampler's looks stand for the time off the CPU, see waits.h;
 * all values sum up to `duration_ns`.
 */

#include "core/escape.h"
#include "profile/fold.h"
#include "profile/lacks.h"
#include "profile/notelist.h"
#include "profile/oopsfile.h"
#include "profile/unwind.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define MP_PROFILE_URL_MAX 512 /* bytes of it, with its terminator */

#define MP_PROFILE_SLOTS 64 /* profiles at once, of all sessions */

#define MP_PROFILE_INTERVAL_MIN_NS INT64_C(100000)
#define MP_PROFILE_INTERVAL_MAX_NS INT64_C(1000000000)

/* The number of a request that is none. */
#define MP_PROFILE_SECTION UINT64_MAX

/* What the values of stacks are times of. */
enum mp_profile_clock { MP_PROFILE_CPU, MP_PROFILE_WALL };

/* A profile, by place and generation. */
struct mp_profile_ref {
	uint32_t index;
	uint32_t generation; /* 0: none */
};

enum mp_profile_state {
	MP_PROFILE_FREE,
	MP_PROFILE_LIVE,
	MP_PROFILE_TAKEN, /* somebody changes it */
	MP_PROFILE_STUCK, /* given up while a handler is inside */
};

struct mp_profile {
	_Atomic uint64_t word;	 /* generation << 32 | state */
	_Atomic uint32_t thread; /* the serial, plus 1, of the thread that it is
				    attached to; or 0 */
	_Atomic uint32_t inside;

	/* Constant while it is attached. */
	enum mp_profile_clock clock;
	int64_t interval_ns;
	int32_t tid;
	struct mp_stack_bounds bounds; /* of the thread's stack */

	/* The handler's while it is attached. */
	int64_t seen_ns; /* the thread's CPU clock when last sampled */
	int64_t own_ns;	 /* what our handler took of it since `slice_ns` */

	struct mp_fold *stacks; /* by mp_fold_add() */
	struct mp_notelist *notes;
	bool touched; /* their memory, as a whole */

	/* Of who has taken it; all may look whose it is. */
	struct memprof *_Atomic session;
	_Atomic uint32_t serial; /* the session's */
	_Atomic uint64_t number; /* the request's, see overlap.h; or
				    MP_PROFILE_SECTION */
	bool wants_file;	 /* it does not only add to what adds up */
	uint32_t order;		 /* serial of the order that it is for, or 0 */
	bool has_timer, has_perf;
	bool had_perf; /* in some slice */
	int timer;
	uint32_t perf_place;
	uint64_t watch;	  /* by the sampler, or 0 */
	int64_t slice_ns; /* the thread's CPU clock when it was attached */
	int64_t cpu_ns;	  /* of the slices that are over */
	int64_t begin_mono_ns, begin_real_us;
	int64_t duration_ns; /* known when it is over */
	struct mp_lacks lacks;
	uint32_t name_len;
	char name[MP_ESCAPE_MAX];     /* of a section, escaped; else empty */
	char url[MP_PROFILE_URL_MAX]; /* of the request, or empty */
	char oops_id[MP_OOPSFILE_ID_MAX]; /* of its report, or empty */
};

/* Reserve the pool, once; at open.  Fails as mmap(2). */
int mp_profile_pool_open(void);

/* ---- who takes it, changes it ---- */

/* What a profile is begun with. */
struct mp_profile_about {
	struct memprof *session;
	uint32_t serial;
	enum mp_profile_clock clock;
	int64_t interval_ns;
	const char *section; /* or null */
};

/*
 * Take a free place of the pool; for a request, touch its memory, before
 * anything is measured.  Null where none is free.
 */
struct mp_profile *mp_profile_claim(const struct mp_profile_about *about);

/* Null where it is gone, or somebody else has taken it. */
struct mp_profile *mp_profile_take(struct mp_profile_ref ref);

/* The other way: it goes on.  Or it is over. */
void mp_profile_give(struct mp_profile *p);
void mp_profile_free(struct mp_profile *p);

struct mp_profile_ref mp_profile_ref_of(const struct mp_profile *p);

/*
 * Attach it to this thread: count its CPU time, and take samples.  In two
 * steps, for what a request measures begins between them: the first makes the
 * timer, the second is short.
 */
void mp_profile_prepare(struct mp_profile *p);
void mp_profile_start(struct mp_profile *p);

/*
 * Detach it from whatever thread it is attached to, if any, in two steps
 * again.  Where the first returns false, somebody is still inside: it must not
 * be read, and disarm gives it up.
 */
bool mp_profile_stop(struct mp_profile *p);
void mp_profile_disarm(struct mp_profile *p);

/* The profile that this thread has of `session`'s section `name`, taken. */
struct mp_profile *mp_profile_take_section(const struct memprof *session,
					   const char *name);

/* Whether it is attached to this thread, and whether any is. */
bool mp_profile_is_here(const struct mp_profile *p);
bool mp_profile_any_here(void);

/* The pool's place `index`, which is below MP_PROFILE_SLOTS. */
struct mp_profile *mp_profile_at(uint32_t index);

/* ---- giving up ---- */

/* One that was taken ends without a file, which fails the order that it is
   for. */
void mp_profile_drop(struct mp_profile *p);

/* Give up the profiles of requests that the session's `overlap` has given up:
   each second. */
void mp_profile_sweep(const struct memprof *session);

/* Give up all of a session, which is closed. */
void mp_profile_drop_all(const struct memprof *session);

/* Forget all, in a forked child: it has none of their timers. */
void mp_profile_renew(void);

#endif
