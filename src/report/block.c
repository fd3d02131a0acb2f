#include "report/block.h"

#include "report/quick.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static_assert(MP_BLOCK_MIN > 4 * (MP_RECORD_MAX + 1),
	      "two lines, one of them begun, leave room to read on");

int mp_block_init(struct mp_block *b, size_t size)
{
	assert(size >= MP_BLOCK_MIN);

	*b = (struct mp_block){ .size = size };
	/* Zeroed, so that what does not matter has a value. */
	b->data = calloc(1, size + MP_QUICK_BEHIND);
	return b->data ? 0 : -ENOMEM;
}

void mp_block_release(struct mp_block *b)
{
	free(b->data);
	b->data = NULL;
}

void mp_block_fail(struct mp_block *b, int err)
{
	b->end = b->behind = 0;
	b->last = true;
	b->err = err;
}

/* The length of data[0] to data[len - 1] up to its last newline, included. */
static size_t whole_lines(const char *data, size_t len)
{
	const char *newline = memrchr(data, '\n', len);

	return newline ? (size_t)(newline - data) + 1 : 0;
}

/* Drop what was read of a line that is too long; returns what is left. */
static size_t skip(struct mp_cutter *c, char *text, size_t len)
{
	char *newline = memchr(text, '\n', len);

	if (!newline)
		return 0;
	c->skipping = false;
	len -= (size_t)(newline - text);
	memmove(text, newline, len);
	return len;
}

/* Shorten the first line where it is too long; returns the new length. */
static size_t shorten(char *data, size_t len)
{
	char *newline = memchr(data, '\n', len);
	size_t rest;

	if (!newline || newline - data <= MP_RECORD_MAX)
		return len;
	rest = len - (size_t)(newline - data);
	memmove(data + MP_RECORD_MAX, newline, rest);
	return MP_RECORD_MAX + rest;
}

/*
 * Read until two newlines are there, or the log ends.  Returns the length of
 * all; `*ret_whole` is that of all lines but the one that is only begun.
 */
static size_t read_on(struct mp_cutter *c, struct mp_source *s,
		      struct mp_block *b, size_t *ret_whole)
{
	size_t len = c->left, whole = 0;

	memcpy(b->data, c->rest, len);
	for (;;) {
		int64_t n = mp_source_read(s, b->data + len, b->size - len);

		whole = whole_lines(b->data, len);
		if (n <= 0) {
			b->last = true;
			b->err = (int)n;
			break;
		}
		len += c->skipping ? skip(c, b->data + len, (size_t)n)
				   : (size_t)n;
		whole = whole_lines(b->data, len);
		if (len - whole > MP_RECORD_MAX) {
			len = whole + MP_RECORD_MAX;
			c->skipping = true;
		}
		if (whole > 0 && whole_lines(b->data, whole - 1) > 0)
			break;
		len = shorten(b->data, len);
	}
	*ret_whole = whole;
	return len;
}

void mp_cutter_fill(struct mp_cutter *c, struct mp_source *s,
		    struct mp_block *b)
{
	size_t len, whole;

	b->last = false;
	b->err = 0;
	len = read_on(c, s, b, &whole);
	c->left = 0;
	if (b->last) {
		c->skipping = false;
		b->end = b->behind = len;
		return;
	}
	b->end = whole_lines(b->data, whole - 1);
	b->behind = whole;
	c->left = shorten(b->data + b->end, len - b->end);
	memcpy(c->rest, b->data + b->end, c->left);
}
