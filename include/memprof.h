#ifndef MEMPROF_H
#define MEMPROF_H

/*
 * memprof: which requests make this server's memory grow?
 *
 * Open one session when the server starts, put each request between
 * memprof_begin() and memprof_end(), close the session when the server stops:
 *
 *	#include <memprof.h>
 *	#include <stdio.h>
 *	#include <stdlib.h>
 *
 *	int main(void)
 *	{
 *		struct memprof_request req = { 0 };
 *		struct memprof *mp = NULL;
 *
 *		if (memprof_open("server.conf", &mp))
 *			fprintf(stderr, "%s\n", memprof_open_error());
 *		memprof_begin(mp, &req, "Root:index.html");
 *		void *kept = malloc(1000);   // the handler's work
 *		memprof_end(&req, NULL);
 *		free(kept);
 *		return memprof_close(mp) ? 1 : 0;
 *	}
 *
 * Each request becomes one line of the log that the key `memory_profile_log`
 * names: memprof-log(5).  memprof.conf(5) lists the keys, memprof(1) reads the
 * log.
 *
 * Errors: a function that can fail returns 0, or a negative errno value for
 * memprof_strerror().  The library never prints, exits or aborts, starts no
 * thread but those that `memory_profile_write: async`, `profile_output` and
 * profiles by the wall clock ask for, and leaves errno as it found it.  The calls on the request
 * path return nothing and cannot fail: what they cannot do they count, and
 * memprof_stats() tells the counts.
 *
 * No session: `mp` may be a null pointer, in every call, and all calls are
 * then no-ops.  So a server goes on, unprofiled, after a failed open.
 *
 * Threads: any function may be called from any thread at any time, and one
 * session serves them all; one request is touched by one thread at a time.
 *
 * Fork: a child may go on with its parent's session.  It counts from zero and
 * logs with its own pid.  What its parent had begun, only the parent ends.
 *
 * Signals: a signal handler may call memprof_reopen() and memprof_strerror(),
 * and nothing else of this.
 *
 * Wrong use is harmless: ending twice, ending what was not begun, beginning
 * what is live, any call during or after memprof_close(); each is a no-op and
 * is counted as `misused`.
 */

#include <stddef.h>
#include <stdint.h>

#define MEMPROF_VERSION_MAJOR 0
#define MEMPROF_VERSION_MINOR 1
#define MEMPROF_VERSION_PATCH 0

#define MEMPROF_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/** A session: one configuration, one log.  Only the library looks inside. */
struct memprof;

/**
 * A request in flight.  The memory is the caller's: on a stack, in a
 * connection, anywhere.  It must be zeroed before it is first begun; after
 * that it may be begun again as soon as it was ended or cancelled, moved with
 * memcpy() between two calls, and freed without being ended: the library keeps
 * no pointer to it.
 */
struct memprof_request {
	uint64_t opaque[64];
};

/** What a number of `struct memprof_result` is when it is not known. */
#define MEMPROF_UNKNOWN INT64_MIN

/** What one request did: its line in the log, for the caller's own use. */
struct memprof_result {
	size_t size; /* set by the caller: sizeof(struct memprof_result) */
	int64_t duration_us; /* microseconds by the monotonic clock */
	int64_t start_vss;   /* bytes of the process, at begin */
	int64_t start_rss;
	int64_t end_vss; /* bytes of the process, at end */
	int64_t end_rss;
	int64_t allocated; /* bytes that the request's slices allocated */
	int64_t freed;	   /* bytes that they freed */
	int64_t peak;	   /* most bytes that it held at once */
	int64_t overlap;   /* other requests that shared a moment with it */
};

/** Whether the numbers of jemalloc can be had. */
enum memprof_heap {
	MEMPROF_HEAP_NONE,     /* no jemalloc in this process */
	MEMPROF_HEAP_INACTIVE, /* loaded, but malloc() is somebody else's */
	MEMPROF_HEAP_ACTIVE    /* jemalloc serves malloc(): all columns */
};

/** Whether a flight recorder keeps what a killed server was doing. */
enum memprof_recorder {
	MEMPROF_RECORDER_NONE, /* none is wanted, or nothing is measured */
	MEMPROF_RECORDER_ON
};

/**
 * Counts of this process since the session was opened, or since the fork.
 * begun = logged + dropped + skipped_sampling + skipped_threshold
 * + skipped_paused + cancelled + abandoned + in_flight + queued, whenever no
 * other thread is inside a call.
 */
struct memprof_stats {
	size_t size;	    /* set by the caller, as above */
	uint64_t begun;	    /* requests */
	uint64_t in_flight; /* requests begun and not yet ended */
	uint64_t logged;    /* requests whose line is in the log */
	uint64_t dropped;   /* requests whose line could not be written */
	uint64_t skipped_sampling;  /* requests left out by `sample_one_in` */
	uint64_t skipped_threshold; /* requests left out by `log_threshold` */
	uint64_t cancelled;	    /* requests that memprof_cancel() ended */
	uint64_t abandoned;	 /* in flight too long, and not ended since */
	uint64_t misused;	 /* calls that made no sense, in this process */
	uint64_t outside_unsure; /* gaps between requests that another call
				    blurred: not in the (outside) ledger */
	uint64_t own_lines;	 /* (started), (outside), ... written */
	uint64_t own_dropped;	 /* those that could not be written */
	uint64_t torn;		 /* lines that the kernel wrote in part */
	uint64_t reopened;	 /* times that the log was opened again */
	uint64_t reopen_failed;	 /* times that this failed */
	uint64_t rotated; /* times that `memory_profile_max_size` did it */
	uint64_t rotate_failed;	  /* times that this failed */
	uint64_t headerless;	  /* empty logs begun without their header */
	uint64_t heap_refreshes;  /* refreshes of jemalloc's process totals */
	uint64_t heap_refresh_ns; /* time that they took, all together */
	int32_t first_error;	  /* the first error met while logging, or 0 */
	int32_t heap;		  /* an `enum memprof_heap` */
	int32_t on; /* 0: nothing is measured (profiling is off) */
	int32_t unknown_variables; /* MEMPROF_ variables that are no key */
	uint64_t skipped_paused;   /* requests begun while memprof was paused */
	uint64_t slotless; /* requests for which the recorder had no room */
	int32_t recorder;  /* an `enum memprof_recorder`, or why there is none,
			      or none that can be found: a negative errno value,
			      -EMEDIUMTYPE where `run_dir` is not on tmpfs */
	int32_t paused;	   /* 1: requests that begin now are not measured */
	uint64_t queued;   /* requests ended that wait for the writer thread */
	uint64_t queue_full;   /* of `dropped`: there was no room to wait */
	int32_t async;	       /* 1: a thread of the library writes the log */
	int32_t profile_error; /* why the last one failed, or 0 */
	uint64_t profiled;     /* profiles of requests and sections begun */
	uint64_t profiles_written; /* their files */
	uint64_t profiles_failed;  /* those for which there was no room, or
				      that could not be written; their
				      reports and formats, too */
	uint64_t profiles_refused; /* asked for in a request, and not made */
};

/** What the URL of a request asks for: bits. */
enum memprof_action {
	MEMPROF_ACTION_PROFILE = 1, /* a profile; nothing more was named */
	MEMPROF_ACTION_SHOW = 2,    /* as text, in place of the page */
	MEMPROF_ACTION_CALLGRIND = 4,
	MEMPROF_ACTION_PPROF = 8,
	MEMPROF_ACTION_SPEEDSCOPE = 16,
	MEMPROF_ACTION_FOLDED = 32,
	MEMPROF_ACTION_FLAMEGRAPH = 64, /* as SVG, in place of the page */
	MEMPROF_ACTION_PSTATS = 128,
	MEMPROF_ACTION_WALL = 256, /* by the wall clock */
	MEMPROF_ACTION_HELP = 512  /* no profile: how to ask for one */
};

/** Flag of memprof_trigger(): the host knows who asks, and allows it. */
#define MEMPROF_AUTHORISED 1

/** What memprof_trigger() found: values only, to be copied at will. */
struct memprof_trigger {
	size_t size;	     /* set by the caller, as above */
	uint32_t actions;    /* of enum memprof_action; 0: serve plainly */
	uint32_t unused;     /* 0 */
	int64_t interval_ns; /* between samples; 0: as configured */
	/* The path without `cut_len` bytes from `cut_at` on is the page's. */
	size_t cut_at;
	size_t cut_len;
	const char *refused; /* why there is no profile, or null; constant */
	char unknown[256];   /* what was named and is no action, escaped as in
				the log, a blank between two; or empty */
	char url[512];	     /* the beginning of the path, for the report */
};

/** What becomes of an answer of memprof_answer(). */
enum memprof_answer_kind {
	MEMPROF_ANSWER_NONE,	/* nothing is to be sent beside the page */
	MEMPROF_ANSWER_REPLACE, /* it is sent in place of the page */
	MEMPROF_ANSWER_INSERT	/* HTML for the page: memprof_answer_place() */
};

/** What to send to who asked for a profile. */
struct memprof_answer {
	size_t size;		  /* set by the caller, as above */
	int32_t kind;		  /* an `enum memprof_answer_kind` */
	int32_t error;		  /* why a text or picture is not shown, or 0 */
	const char *content_type; /* the header's value; constant */
	const char *text;	  /* `len` bytes, until memprof_answer_free() */
	size_t len;
	char oops_id[64]; /* of the report that the request got; or empty */
};

/**
 * Open a session with the section `[profiling]` of `config_file`, overridden
 * by the environment (`MEMPROF_` and the key in upper case), and store it in
 * `*ret`.  A null `config_file` means the environment and the defaults alone.
 * Where the configuration names no log, or has `profiling_allowed: false`, the
 * session is open and measures nothing.  The caller ends it with
 * memprof_close().
 *
 * Fails with -EINVAL where the configuration is wrong, with -ENOMEM, and as
 * open(2) does for the file and for the log; then memprof_open_error() says
 * where and why, and `*ret` is a null pointer.
 */
MEMPROF_API int memprof_open(const char *config_file, struct memprof **ret);

/**
 * Open a session that logs to `memory_profile_log` and has every other key at
 * its default; neither a file nor the environment is looked at.  `%p` in the
 * name stands for the pid.  Fails as memprof_open() does.
 */
MEMPROF_API int memprof_open_log(const char *memory_profile_log,
				 struct memprof **ret);

/**
 * Close the log and end the session, even on failure.  Requests still in
 * flight stay unlogged; ending them later is harmless.  Waits for calls of
 * other threads that are inside the library, for one second at most.  Returns
 * the first error met while logging, so that a caller that checks only here
 * misses none.
 */
MEMPROF_API int memprof_close(struct memprof *mp);

/**
 * Open the log anew with the next request, as after rotation.  Without this
 * call a rotation is noticed within a second of traffic.  Async-signal-safe.
 */
MEMPROF_API void memprof_reopen(struct memprof *mp);

/**
 * Begin a request: it is in flight from here, and attached to this thread.
 * `page_id` names the route that serves it and is copied; a null pointer or an
 * empty string stands for `Unknown`.  At most 255 bytes are kept.
 *
 * Where a request of the same session is attached to this thread already, the
 * new one is a part of it: the outer one's bytes include the inner one's, and
 * the two do not overlap each other.  That is seen eight deep; deeper, the
 * outermost's `peak` is unknown.
 */
MEMPROF_API void memprof_begin(struct memprof *mp, struct memprof_request *req,
			       const char *page_id);

/** Name the page of a request in flight, once routing has found it. */
MEMPROF_API void memprof_page(struct memprof_request *req, const char *page_id);

/**
 * Take a request off this thread: it stays in flight, and what the thread
 * allocates from here on is not its own.  For event loops, when a handler
 * returns to the loop.  To be called on the thread that it is attached to.
 */
MEMPROF_API void memprof_detach(struct memprof_request *req);

/** Go on with a detached request, on this thread. */
MEMPROF_API void memprof_attach(struct memprof_request *req);

/**
 * End a request and log it.  `oops_id` names the error report that it led to;
 * a null pointer or an empty string stands for none.  Where it was attached
 * to another thread, what that thread allocated is not known: `allocated`,
 * `freed` and `peak` are then `\N`.
 */
MEMPROF_API void memprof_end(struct memprof_request *req, const char *oops_id);

/** End a request without a record. */
MEMPROF_API void memprof_cancel(struct memprof_request *req);

/**
 * Begin a request, call `handler(arg)`, end the request, and return what the
 * handler returned.  Ends it also where the handler throws a C++ exception or
 * its thread is cancelled, and lets these pass.
 */
MEMPROF_API int memprof_call(struct memprof *mp, const char *page_id,
			     int (*handler)(void *), void *arg);

/**
 * Store what an ended request did in `*ret`, up to `ret->size` bytes.  Fails
 * with -EINVAL where the request is not ended or `size` is no size of this
 * struct, and with -ENODATA where it was not measured (sampled out, or begun
 * without a session).  Unknown numbers are MEMPROF_UNKNOWN.
 */
MEMPROF_API int memprof_result(const struct memprof_request *req,
			       struct memprof_result *ret);

/**
 * Note in the profile of a request what it did elsewhere: of a `kind`, as
 * "sql", the `text` of a statement and when it began and ended, in microseconds
 * by CLOCK_MONOTONIC.  The caller's stack goes with it.  All is copied; 1023
 * bytes of the text are kept.  Does nothing where the request is not profiled.
 */
MEMPROF_API void memprof_note(struct memprof_request *req, const char *kind,
			      const char *text, int64_t start_us,
			      int64_t end_us);

/**
 * Find out whether the URL of a request asks for its profile, and who asks may
 * have one; to be called before its begin.  It asks by a segment of its path,
 * `/++profile++show&wall/`, by a parameter of its query, `?profile` or
 * `?flamegraph=1&interval=0.001`, or by holding the `profile_trigger` of the
 * configuration.  `path` is what the server is asked for, percent-encoded as
 * it came; `query` is what follows the `?`.  Either may be a null pointer.
 *
 * Nothing is triggered unless the configuration has `profiling_allowed: true`
 * and a `profile_dir`, and the caller brings its `profile_key`, from wherever
 * the host takes it, or the host says by MEMPROF_AUTHORISED in `flags` that it
 * knows who asks.  For anyone else the segment is a part of the path like any
 * other.  What is refused, of those too for having had as many profiles as
 * `profile_max_per_minute` allows or for an interval out of bounds, is to be
 * served plainly; it is counted, and `ret->refused` says why.
 *
 * Bounded, allocates nothing.  Returns 0, or -EINVAL where `ret->size` is no
 * size of this struct.
 */
MEMPROF_API int memprof_trigger(struct memprof *mp, const char *path,
				const char *query, const char *key,
				uint32_t flags, struct memprof_trigger *ret);

/**
 * Profile a request as `trigger` says; to be called right behind its begin, on
 * the thread that it is attached to.  Does nothing where that asks for none.
 */
MEMPROF_API void memprof_profile(struct memprof_request *req,
				 const struct memprof_trigger *trigger);

/**
 * Make what is sent to who asked for the profile of `req`, which is ended: the
 * page of help; the text of `show`, or the picture of `flamegraph`; else, or
 * where these can't be had, a piece of HTML that names the profile's file and
 * the command that opens it.  The answer is the caller's, for
 * memprof_answer_free().
 *
 * For a text or a picture this runs `memprof view`, from the PATH, and the
 * thread that calls waits for it, ten seconds at most.  Programs that reap all
 * their children, or ignore SIGCHLD, may go on to do so.
 *
 * Fails with -EINVAL where the request is not ended or `ret->size` is no size
 * of this struct, and with -ENOMEM; then `*ret` is MEMPROF_ANSWER_NONE.
 */
MEMPROF_API int memprof_answer(const struct memprof_request *req,
			       const struct memprof_trigger *trigger,
			       struct memprof_answer *ret);

/** Free what memprof_answer() made; nothing happens the second time. */
MEMPROF_API void memprof_answer_free(struct memprof_answer *answer);

/**
 * Find where HTML is to be inserted in a page: store in `*ret` the offset of
 * its last `</body>`, or 0 where there is none.  `content_type` is that of the
 * page, or a null pointer; `body` must not be compressed.  Fails with -EINVAL
 * where that is not text/html, and nothing is to be inserted.
 */
MEMPROF_API int memprof_answer_place(const char *content_type, const char *body,
				     size_t len, size_t *ret);

/**
 * Profile what this thread does until memprof_profile_stop(), as the section
 * `name`, inside of requests or not.  Sections may nest, with names of their
 * own.  What has one name adds up, over all threads, to one profile, which is
 * written when the session is closed or the process ends.  Does nothing unless
 * the configuration has `profiling_allowed: true` and a `profile_dir`.
 */
MEMPROF_API void memprof_profile_start(struct memprof *mp, const char *name);

/** End what memprof_profile_start() began on this thread. */
MEMPROF_API void memprof_profile_stop(struct memprof *mp, const char *name);

/**
 * Store the counters of a session in `*ret`, up to `ret->size` bytes.  For a
 * null session, and beyond what this library counts, they are 0.
 */
MEMPROF_API void memprof_stats(const struct memprof *mp,
			       struct memprof_stats *ret);

/**
 * Take jemalloc's counters from `fn` instead of the symbol `mallctl`: for a
 * jemalloc that was built with a prefix, or hidden in the program.  To be
 * called before the first open.  A null pointer undoes it.
 */
MEMPROF_API void memprof_set_mallctl(int (*fn)(const char *name, void *oldp,
					       size_t *oldlenp, void *newp,
					       size_t newlen));

/**
 * Say why this thread's last memprof_open() or memprof_open_log() failed, as
 * `file:line: what`.  The string is this library's, and holds until this
 * thread's next failed open or its end; empty where none has failed.
 */
MEMPROF_API const char *memprof_open_error(void);

/** Describe an error returned by this library.  The string is constant. */
MEMPROF_API const char *memprof_strerror(int err);

#ifdef __cplusplus
}
#endif

#endif /* MEMPROF_H */
