#ifndef MP_SENTENCE_H
#define MP_SENTENCE_H

/* sentence: a verdict in words: why it is given, and what to do next. */

#include "report/totals.h"

/* Invariant: `p` is terminated, and `len` long; what does not fit is cut. */
struct mp_sentence {
	char p[4096];
	size_t len;
	size_t id_at, id_len; /* where the last page id in it stands, which some
				 formats set apart; no length: there is none */
};

/* An empty one.  Each function below adds to what is there. */
void mp_sentence_init(struct mp_sentence *s);

/* Add text, as printf(3). */
__attribute__((format(printf, 2, 3))) void
mp_sentence_add(struct mp_sentence *s, const char *format, ...);

/* Add a page's id, as mp_show_id() has it. */
void mp_sentence_add_id(struct mp_sentence *s, struct mp_text id);

/* Say why a page, or `(outside)`, has its verdict.  Nothing is said where it
   has none. */
void mp_sentence_add_page(struct mp_sentence *s, const struct mp_page *page);

/* Say why a process is called fragmented. */
void mp_sentence_add_fragmentation(struct mp_sentence *s,
				   const struct mp_life *life);

#endif
