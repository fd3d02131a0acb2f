#ifndef DEMO_STREAM_H
#define DEMO_STREAM_H

/*
 * stream: a body that is made piece by piece, while it is sent.
 *
 * Like a page it knows nothing of HTTP or of memprof.
 */

#include <stddef.h>
#include <sys/types.h>

#define DEMO_STREAM_PIECE 4096 /* bytes; the last piece too */

struct demo_stream;

/* Begin a body of `pieces` pieces.  Returns null where there is no memory. */
struct demo_stream *demo_stream_new(unsigned long pieces);

/* Write the next at most `max` bytes to `ret`, and return their number, or -1
   at the end, or -2 where there is no memory. */
ssize_t demo_stream_next(struct demo_stream *s, char *ret, size_t max);

void demo_stream_free(struct demo_stream *s);

#endif
