#ifndef MP_HTMLTEXT_H
#define MP_HTMLTEXT_H

/* htmltext: text in a page of HTML, between tags or as a value in quotes. */

#include "report/sentence.h"

#include <stdio.h>

/* Write text so that none of it is markup. */
void mp_htmltext_put(FILE *out, const char *p, size_t len);

/* The same of a string. */
void mp_htmltext_put_word(FILE *out, const char *s);

/* Write an id as mp_show_id() has it, set apart from the direction of writing
   around it. */
void mp_htmltext_put_id(FILE *out, struct mp_text id);

/* Write what stands in a sentence up to `end`, and from `begin` on. */
void mp_htmltext_put_sentence(FILE *out, const struct mp_sentence *s,
			      size_t begin, size_t end);

#endif
