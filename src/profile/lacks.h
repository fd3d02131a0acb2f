#ifndef MP_LACKS_H
#define MP_LACKS_H

/* lacks: what a profile lacks, and why, in words for its file. */

#include <stddef.h>
#include <stdint.h>

enum mp_lack {
	MP_LACK_SIGNAL, /* the host has handlers for all */
	MP_LACK_PERF, /* the kernel gives no clock that is faster than its ticks */
	MP_LACK_TIMER, /* the kernel gives none */
	MP_LACK_STACK, /* where the thread's stack lies is not known */
	MP_LACK_LOOKS, /* nobody looks where the thread waits */
	MP_LACK_SIGHT, /* it is not to be seen where it waits */
	MP_LACK_AWAY,  /* another thread ended it */
	MP_LACKS,
};

struct mp_lacks {
	uint32_t bits;	      /* by enum mp_lack */
	int errors[MP_LACKS]; /* negative errno values, or 0 */
};

void mp_lacks_note(struct mp_lacks *l, enum mp_lack what, int err);

/* Note all that `more` has. */
void mp_lacks_add(struct mp_lacks *l, const struct mp_lacks *more);

#define MP_LACKS_TEXT_MAX 160

/* Sentences: `list` becomes their addresses in `text`. */
struct mp_lacks_text {
	const char *list[MP_LACKS];
	size_t count;
	char text[MP_LACKS][MP_LACKS_TEXT_MAX];
};

void mp_lacks_tell(const struct mp_lacks *l, struct mp_lacks_text *ret);

#endif
