#ifndef MP_BRANCHES_H
#define MP_BRANCHES_H

/* branches: the lines at the left of a tree that is drawn with text. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* All zero bytes are none: what is at the top has no branch. */
struct mp_branches {
	char *text; /* what the lines of this depth begin with */
	size_t length;
	size_t columns; /* that it takes */
};

#define MP_BRANCHES_COLUMNS 3 /* of one branch */

/* Write them, and the last one: to what is drawn, where there is more below
   it, or not.  At the top there is none. */
void mp_branches_put(const struct mp_branches *b, bool top, bool more,
		     FILE *out);

/* Go to what is below that, and back.  Fails with -ENOMEM. */
int mp_branches_down(struct mp_branches *b, bool top, bool more);
void mp_branches_up(struct mp_branches *b, bool top, bool more);

void mp_branches_release(struct mp_branches *b);

#endif
