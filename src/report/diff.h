#ifndef MP_DIFF_H
#define MP_DIFF_H

/*
 * diff: what each page does to memory before a change and after it.
 *
 * Numbers that come out the same for each request of a page, to the byte, need
 * no statistics: if they are others afterwards, that is the change.  What
 * varies is compared by a test, see compare.h, and all tests of one diff are
 * corrected for each other.  memprof-diff(1) tells what follows from it.
 */

#include "core/record.h"
#include "report/means.h"

enum mp_side { MP_BEFORE, MP_AFTER, MP_SIDES };

/* What is compared, for each request. */
enum mp_measure {
	MP_MEASURE_RETAINED, /* bytes allocated minus bytes freed */
	MP_MEASURE_ALLOCATED,
	MP_MEASURE_PEAK,
	MP_MEASURE_DURATION, /* microseconds */
	MP_MEASURES
};

/* What is known of a difference, from nothing to everything. */
enum mp_certainty {
	MP_CERTAINTY_NONE,  /* the number is not known on one side */
	MP_CERTAINTY_FEW,   /* too few requests to tell */
	MP_CERTAINTY_ERROR, /* less than the error of a peak */
	MP_CERTAINTY_NOISE, /* chance may have made it */
	MP_CERTAINTY_SAME,  /* equal for each request on both sides */
	MP_CERTAINTY_TEST,  /* a difference that is hardly chance */
	MP_CERTAINTY_EXACT, /* constant on each side, and not the same */
};

/* Chance alone lets a whole diff tell any difference no more often. */
#define MP_DIFF_LEVEL 0.01

/* Constants are taken for such from so many requests on. */
#define MP_DIFF_EXACT_MIN 4

struct mp_change {
	enum mp_certainty certainty;
	double before, after; /* means, where they are known */
	double p;      /* of a test, corrected; meaningless without one */
	bool over;     /* the limit, see mp_diff_judge() */
	double over_p; /* of the test for that, corrected */
};

struct mp_diff_page {
	struct mp_text id;
	uint64_t requests[MP_SIDES];
	struct mp_means numbers[MP_MEASURES][MP_SIDES];
	struct mp_change changes[MP_MEASURES];
};

struct mp_diff {
	struct mp_diff_page **pages;
	size_t count, capacity;
	void *by_id;	  /* of tsearch(3) */
	uint64_t warm_up; /* requests of each page and side that don't count */
	uint64_t below_threshold[MP_SIDES]; /* that have no line */
};

/* How much more is too much. */
struct mp_limit {
	bool measures[MP_MEASURES]; /* those that it holds for */
	bool percent;		    /* of what was before, else bytes */
	double value;
};

void mp_diff_init(struct mp_diff *d, uint64_t warm_up);

/* Add a line.  Fails with -ENOMEM, and `d` is then as it was. */
int mp_diff_add(struct mp_diff *d, enum mp_side side, const struct mp_record *r,
		enum mp_record_form form);

/*
 * Compare the sides and sort the pages: those that keep most more come first.
 * With a limit, which may be null, mark what is over it; where that is not
 * exact, by a test of whether the growth is larger than the limit.  Fails with
 * -ENOMEM.
 */
int mp_diff_judge(struct mp_diff *d, const struct mp_limit *limit);

/* The name of a measure. */
const char *mp_measure_name(enum mp_measure m);

void mp_diff_release(struct mp_diff *d);

#endif
