#ifndef MP_PLAIN_H
#define MP_PLAIN_H

/*
 * plain: names of any bytes, as text that may be shown.
 *
 * A function's name is what a compiler, or whoever wrote the program, put into
 * its symbol table.  Controls, characters that turn the direction of writing or
 * break lines, what XML does not know, and invalid UTF-8 are shown as their
 * percent-encoded bytes.
 */

#include <stdio.h>

#define MP_PLAIN_MAX 13 /* bytes of one character as shown, with its end */

/* Store the first character of `s` in `ret` as it may be shown, and return
   what is behind it in `s`; null where `s` is empty. */
const char *mp_plain_next(const char *s, char *ret);

/* Write a string as text of XML or HTML, between tags or in quotes. */
void mp_plain_put_markup(FILE *out, const char *s);

/* The same of its first `max` characters, with `..` behind where they are not
   all. */
void mp_plain_put_markup_cut(FILE *out, const char *s, size_t max);

/* Write a string of JSON, in its quotes, that no reader of XML or HTML takes
   for markup. */
void mp_plain_put_json(FILE *out, const char *s);

#endif
