#ifndef MP_TRIGGER_H
#define MP_TRIGGER_H

/*
 * trigger: whether the URL of a request asks for its profile, and how.
 *
 * It asks by a segment of its path, `/++profile++show&wall/`, by a parameter
 * of its query, `?profile` or `?flamegraph=1&interval=0.001`, or by holding the
 * configured text anywhere.  Who may ask is not looked at here.
 *
 * Reads what strangers send: bounded, allocates nothing, keeps nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MP_TRIGGER_MIN_NS      INT64_C(100000)
#define MP_TRIGGER_MAX_NS      INT64_C(1000000000)
#define MP_TRIGGER_UNKNOWN_MAX 256

struct mp_trigger {
	uint32_t actions; /* of enum memprof_action */
	bool bad_interval;
	int64_t interval_ns; /* 0: none was named */
	size_t cut_at;	     /* the path without these bytes of it is the */
	size_t cut_len;	     /* page's; 0: there was no segment */
	/* What was named and is no action: each as a field of the log, a blank
	   between two; ends in `...` where there was no room for all. */
	char unknown[MP_TRIGGER_UNKNOWN_MAX];
};

/*
 * Look for a trigger in `path`, of which percent-escapes are decoded, in
 * `query`, which has no `?` before it, and, where `needle` is not empty, for
 * that text in either, as they are.  `path` and `query` may be null.  Returns
 * whether there is one; `*ret` is set in any case.
 */
bool mp_trigger_find(const char *path, const char *query, const char *needle,
		     struct mp_trigger *ret);

#endif
