#ifndef MP_VERDICT_H
#define MP_VERDICT_H

/*
 * verdict: from evidence to a judgement: of each page, and of the process.
 *
 * memprof-report(1) tells the rules and where their mathematics come from.
 */

#include "report/stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mp_life;
struct mp_page;
struct mp_totals;

enum mp_verdict_kind {
	MP_VERDICT_NONE, /* it was not judged */
	MP_VERDICT_TOO_FEW,
	MP_VERDICT_STEADY,
	MP_VERDICT_LEAK,
	MP_VERDICT_WARM_UP,
	MP_VERDICT_SPIKE,
	MP_VERDICT_HAND_OVER,
	MP_VERDICT_OUTSIDE, /* growth between requests recurs */
};

/* Why, where a kind has more than one reason. */
enum mp_verdict_why {
	MP_WHY_PLAIN,
	MP_WHY_FEW_LINES,  /* too few: requests whose growth is known */
	MP_WHY_NO_CLEAN,   /* too few: all RSS growth is shared */
	MP_WHY_SHORT,	   /* too few: no stretches of time to compare */
	MP_WHY_FEW_EVENTS, /* too few: it grew, but not often enough to tell */
	MP_WHY_HIDDEN,	   /* too few: the threshold hides what frees */
	MP_WHY_SHARED,	   /* too few: RSS grows as much with other pages */
	MP_WHY_STILL,	   /* warm-up: it grows more slowly, but still grows */
	MP_WHY_ONCE,	   /* spike: one request kept a lot */
	MP_WHY_PEAK,	   /* spike: held a lot and gave it back */
	MP_WHY_GIVES,	   /* hand-over: `partner` frees it */
	MP_WHY_FREED,	   /* hand-over: freed outside the lines of the log */
	MP_WHY_TAKES,	   /* hand-over: frees what `partner` allocates */
	MP_WHY_TAKES_OLD,  /* hand-over: frees more than any page gives */
};

struct mp_verdict {
	enum mp_verdict_kind kind;
	enum mp_verdict_why why;
	bool unsure;	 /* it rests on RSS */
	uint64_t judged; /* requests that the numbers below rest on */
	uint64_t grew;	 /* those of them that grew */
	double mean;	 /* growth of one request, in bytes */
	struct mp_interval interval; /* of the mean, 95 % */
	double early; /* the mean in the first half of the judged requests */
	double late;  /* and in the second */
	const struct mp_page *partner; /* of a hand-over; null where there is
					  none, or more than one */
};

/* What the user may set. */
struct mp_verdict_options {
	int64_t warmup_us; /* from the page's first request on */
	uint64_t warmup_requests;
};

extern const struct mp_verdict_options mp_verdict_defaults;

/* Of the processes: what is wrong besides what pages do. */
struct mp_process_verdict {
	const struct mp_life *fragmented; /* that wastes most, or null */
};

/* Judge every page of `t`, and `(outside)`, and store the verdict in it. */
void mp_verdict_judge(struct mp_totals *t,
		      const struct mp_verdict_options *options,
		      struct mp_process_verdict *ret);

/* As in `leak`; or `leak?`, where it is unsure; empty for NONE. */
const char *mp_verdict_name(const struct mp_verdict *v);

#endif
