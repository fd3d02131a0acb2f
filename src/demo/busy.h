#ifndef DEMO_BUSY_H
#define DEMO_BUSY_H

/*
 * busy: work for a processor, of several kinds, for a profile to show.
 *
 * It makes up a text, counts its words, and sorts them by how often they are
 * there: about a tenth of a second of CPU time in all.
 */

#include <stddef.h>

/* Do it, and write what came out, a table of HTML, to `ret`, which has room for
   `size` bytes.  Returns its length, or 0 where there is no memory. */
size_t demo_busy_words(char *ret, size_t size);

#endif
