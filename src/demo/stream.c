#include "demo/stream.h"

#include "demo/pages.h"

#include <stdlib.h>
#include <string.h>

struct demo_stream {
	unsigned long left; /* pieces to come */
	size_t sent;	    /* bytes of the piece at hand */
	char buffer[30000]; /* what a template engine might hold */
};

struct demo_stream *demo_stream_new(unsigned long pieces)
{
	struct demo_stream *s = demo_allocate(sizeof(*s));

	if (s) {
		s->left = pieces;
		s->sent = 0;
	}
	return s;
}

ssize_t demo_stream_next(struct demo_stream *s, char *ret, size_t max)
{
	size_t n = DEMO_STREAM_PIECE - s->sent;
	char *piece;

	if (!s->left)
		return -1;
	piece = demo_allocate(DEMO_STREAM_PIECE);
	if (!piece)
		return -2;
	if (n > max)
		n = max;
	memcpy(ret, piece + s->sent, n);
	free(piece);

	s->sent += n;
	if (s->sent == DEMO_STREAM_PIECE) {
		s->sent = 0;
		s->left--;
	}
	return (ssize_t)n;
}

void demo_stream_free(struct demo_stream *s)
{
	free(s);
}
