#ifndef MP_WORDS_H
#define MP_WORDS_H

/* words: what all text for people is made of: times, names, the heading. */

#include "view/calls.h"
#include "view/style.h"

#include <stdio.h>

#define MP_WORDS_MAX 32 /* bytes of a time, or of a colour, with its end */

/* `1.25 ms`, in the largest unit that leaves a whole part. */
void mp_words_time(uint64_t ns, char *ret);

double mp_words_percent(uint64_t part, uint64_t whole);

/* `s` as it may be shown, cut with a `~` at the end where it is longer than
   `max` characters; 0: as long as it is.  Returns the characters. */
size_t mp_words_put(FILE *out, const char *s, size_t max);

/* Where a place is: ` file.c:12`, the file without its folders; nothing where
   it is not known. */
void mp_words_where(const struct mp_calls *c, const struct mp_place *p,
		    FILE *out);

/* Begin the colour of so many percent, where there are colours, and end it. */
void mp_words_colour(FILE *out, const struct mp_view_style *style,
		     double percent);
void mp_words_plain(FILE *out, const struct mp_view_style *style);

/* What was profiled, how, and what is missing. */
void mp_words_heading(FILE *out, const struct mp_calls *c);

#endif
