#ifndef MP_CALLDIFF_H
#define MP_CALLDIFF_H

/*
 * calldiff: two profiles as one, to tell what grew and what shrank.
 *
 * Functions are equal where their names and the names of their files are:
 * lines, folders and addresses move when a program is built again.  Times are
 * for each request, where both profiles know how many there were.
 */

#include "view/calls.h"
#include "view/style.h"
#include "view/tree.h"

#include <stdio.h>

enum mp_side {
	MP_BEFORE,
	MP_AFTER,
	MP_SIDES,
};

struct mp_calldiff {
	struct mp_calls both;	   /* page MP_BEFORE, and page MP_AFTER */
	double requests[MP_SIDES]; /* that times are divided by: 1 where they
				      are not */
	double sample[MP_SIDES];   /* ns that one sample stands for */
	struct mp_view_head head[MP_SIDES]; /* page_id is its only text */
	uint64_t total[MP_SIDES];
	bool each; /* whether times are for each request */
};

/* What something took in both. */
struct mp_change {
	uint64_t ns[MP_SIDES], samples[MP_SIDES];
};

/* What a node of a tree took in both, by itself and with its calls. */
struct mp_change_of_node {
	struct mp_change self, all;
};

/* Make `ret` of two profiles of one clock, by functions.  Fails with -ENOMEM;
   mp_calldiff_release() ends `ret` in any case. */
int mp_calldiff_build(const struct mp_calls *before,
		      const struct mp_calls *after, struct mp_calldiff *ret);
void mp_calldiff_release(struct mp_calldiff *d);

/* What each node of the tree of `d->both` took, for free(3); null where there
   is no memory. */
struct mp_change_of_node *mp_calldiff_nodes(const struct mp_calldiff *d,
					    const struct mp_tree *tree);

/* Nanoseconds, for each request. */
double mp_calldiff_ns(const struct mp_calldiff *d, const struct mp_change *c,
		      enum mp_side side);
double mp_calldiff_change(const struct mp_calldiff *d,
			  const struct mp_change *c);

/* Whether two samplings of one thing may well differ by as much: by no more
   than twice the standard deviation. */
bool mp_calldiff_is_noise(const struct mp_calldiff *d,
			  const struct mp_change *c);

/* What was compared. */
void mp_calldiff_heading(const struct mp_calldiff *d, FILE *out);

/* Times before and after, and the change; what they belong to stands under what
   follows the head and two blanks. */
#define MP_CALLDIFF_HEAD    "   before      after     change          "
#define MP_CALLDIFF_COLUMNS 44
void mp_calldiff_put(const struct mp_calldiff *d, const struct mp_change *c,
		     const struct mp_view_style *style, FILE *out);

/* The formats `top` and `tree`: the functions, or the calls, that changed most,
   first.  They fail with -ENOMEM. */
int mp_show_functiondiff(FILE *out, const struct mp_calldiff *d,
			 const struct mp_view_style *style);
int mp_show_treediff(FILE *out, const struct mp_calldiff *d,
		     const struct mp_view_style *style);

#endif
