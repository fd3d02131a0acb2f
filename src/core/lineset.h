#ifndef MP_LINESET_H
#define MP_LINESET_H

/*
 * lineset: lines that are looked for in a log, and which of them were found.
 *
 * Each line is found once for each time that it was added: of two that are
 * alike, as short forms of the log allow, both must be met.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mp_lineset_line {
	uint64_t hash;
	size_t at;	/* in the texts */
	size_t next;	/* the next of this hash's place, from 1; 0: none */
	uint32_t len;	/* newline included */
	uint32_t owner; /* the caller's */
	bool found;
};

struct mp_lineset {
	char *texts;
	size_t texts_len, texts_room;
	struct mp_lineset_line *lines;
	size_t count, room;
	size_t *places; /* as many as there is room for lines */
	size_t left;	/* lines that are not found yet */
};

/* Empty; owns nothing yet. */
void mp_lineset_init(struct mp_lineset *s);
void mp_lineset_release(struct mp_lineset *s);

/* Copy a line, newline included.  -ENOMEM, and all is as it was. */
int mp_lineset_add(struct mp_lineset *s, const char *line, size_t len,
		   uint32_t owner);

/* Mark a line like this one as found, one that is not found yet before others.
   Returns whether there is one like it. */
bool mp_lineset_find(struct mp_lineset *s, const char *line, size_t len);

/* Whether there is one like this, found or not. */
bool mp_lineset_has(const struct mp_lineset *s, const char *line, size_t len);

/* Whether one that is not found yet begins with these bytes, and is longer. */
bool mp_lineset_has_beginning(const struct mp_lineset *s, const char *text,
			      size_t len);

static inline const char *mp_lineset_text(const struct mp_lineset *s,
					  const struct mp_lineset_line *line)
{
	return s->texts + line->at;
}

#endif
