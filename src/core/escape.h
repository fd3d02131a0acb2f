#ifndef MP_ESCAPE_H
#define MP_ESCAPE_H

/*
 * escape: any id as one field of the log, and back.
 *
 * A field has no blank, no control character and no invalid UTF-8, so that
 * awk, cut, gnuplot and COPY split a line right, and is never empty.  What may
 * not stand there is percent-encoded as in a URL, and so are `%` and `\`.
 */

#include <stdbool.h>
#include <stddef.h>

#define MP_ESCAPE_MAX 255 /* bytes of an encoded id; a cut one ends in `~` */

/*
 * Encode the string `raw` into `ret`, which has room for MP_ESCAPE_MAX bytes,
 * and return their number.  Nothing is terminated.  A null or empty `raw`
 * gives `none`, which must be short and free of anything to encode.  A `(` at
 * the start of `raw` is encoded: ids that begin with one are memprof's own.
 */
size_t mp_escape(const char *raw, const char *none, char *ret);

/*
 * The same of a text that is no id: as much of `raw` as fits `max` bytes, which
 * is more than 0, and nothing of an empty one.
 */
size_t mp_escape_text(const char *raw, size_t max, char *ret);

/* Whether `len` bytes may stand in the log as a field of text. */
bool mp_escape_valid(const char *field, size_t len);

/* Decode `len` bytes of a field into `ret`, which has room for as many, and
   return the number of bytes.  What is no escape stands for itself. */
size_t mp_unescape(const char *field, size_t len, char *ret);

#endif
