#include "report/lines.h"

#include "report/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A line that is whole or too long, and the next one, are always in it. */
#define BUFFER_SIZE (8 * MP_LINES_MAX)

/*
 * What is read and not yet returned is data[start] to data[end - 1].  Nothing
 * follows it once `ended` is true, and `err` is then what ended it.
 */
struct mp_lines {
	struct mp_source *source;
	uint64_t count; /* lines returned so far */
	size_t start, end;
	bool ended;
	int err;
	char data[BUFFER_SIZE];
};

int mp_lines_open(const char *path, struct mp_lines **ret)
{
	struct mp_lines *l = malloc(sizeof(*l));
	int err;

	if (!l)
		return -ENOMEM;
	err = mp_source_open(path, &l->source);
	if (err) {
		free(l);
		return err;
	}
	l->count = 0;
	l->start = l->end = 0;
	l->ended = false;
	l->err = 0;
	*ret = l;
	return 0;
}

void mp_lines_close(struct mp_lines *l)
{
	if (!l)
		return;
	mp_source_close(l->source);
	free(l);
}

/* Read more behind what is there. */
static void fill(struct mp_lines *l)
{
	int64_t n;

	memmove(l->data, l->data + l->start, l->end - l->start);
	l->end -= l->start;
	l->start = 0;
	n = mp_source_read(l->source, l->data + l->end, BUFFER_SIZE - l->end);
	if (n > 0) {
		l->end += (size_t)n;
		return;
	}
	l->ended = true;
	l->err = (int)n;
}

/* Step over a line that is too long. */
static void skip_overlong(struct mp_lines *l)
{
	for (;;) {
		const char *text = l->data + l->start;
		const char *newline = memchr(text, '\n', l->end - l->start);

		if (newline) {
			l->start += (size_t)(newline - text) + 1;
			return;
		}
		l->start = l->end;
		if (l->ended)
			return;
		fill(l);
	}
}

/* Whether the line behind begins with all of this one. */
static bool is_repeated(const char *text, size_t len, const char *end)
{
	const char *next = text + len + 1;

	return len > 0 && (size_t)(end - next) >= len &&
	       !memcmp(text, next, len);
}

int mp_lines_next(struct mp_lines *l, struct mp_lines_line *ret)
{
	const char *text, *newline;
	size_t have, len;

	for (;;) {
		text = l->data + l->start;
		have = l->end - l->start;
		newline = memchr(text, '\n', have);
		len = newline ? (size_t)(newline - text) : have;
		if (l->ended || len > MP_LINES_MAX ||
		    (newline && have >= 2 * (len + 1)))
			break;
		fill(l);
	}
	if (have == 0)
		return l->err;

	ret->number = ++l->count;
	ret->text = (struct mp_text){ text, len };
	ret->state = MP_LINES_WHOLE;
	if (len > MP_LINES_MAX) {
		ret->text.len = 0;
		ret->state = MP_LINES_OVERLONG;
		skip_overlong(l);
		return 1;
	}
	if (!newline)
		ret->state = MP_LINES_TORN;
	else if (is_repeated(text, len, l->data + l->end))
		ret->state = MP_LINES_REPEATED;
	l->start += newline ? len + 1 : len;
	return 1;
}
