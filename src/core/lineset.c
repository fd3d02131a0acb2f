#include "core/lineset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINES 64
#define FIRST_TEXTS 16384

void mp_lineset_init(struct mp_lineset *s)
{
	*s = (struct mp_lineset){ .texts = NULL };
}

void mp_lineset_release(struct mp_lineset *s)
{
	free(s->texts);
	free(s->lines);
	free(s->places);
}

/* FNV-1a. */
static uint64_t hash(const char *p, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static void put_in_place(struct mp_lineset *s, size_t i)
{
	size_t *place = &s->places[s->lines[i].hash % s->room];

	s->lines[i].next = *place;
	*place = i + 1;
}

static int grow_lines(struct mp_lineset *s)
{
	size_t room = s->room ? 2 * s->room : FIRST_LINES;
	size_t *places = calloc(room, sizeof(*places));
	struct mp_lineset_line *lines;

	if (!places)
		return -ENOMEM;
	lines = realloc(s->lines, room * sizeof(*lines));
	if (!lines) {
		free(places);
		return -ENOMEM;
	}
	free(s->places);
	s->places = places;
	s->lines = lines;
	s->room = room;
	for (size_t i = 0; i < s->count; i++)
		put_in_place(s, i);
	return 0;
}

static int grow_texts(struct mp_lineset *s, size_t len)
{
	size_t room = s->texts_room ? s->texts_room : FIRST_TEXTS;
	char *texts;

	while (room - s->texts_len < len)
		room *= 2;
	texts = realloc(s->texts, room);
	if (!texts)
		return -ENOMEM;
	s->texts = texts;
	s->texts_room = room;
	return 0;
}

int mp_lineset_add(struct mp_lineset *s, const char *line, size_t len,
		   uint32_t owner)
{
	if (s->count == s->room && grow_lines(s))
		return -ENOMEM;
	if (s->texts_room - s->texts_len < len && grow_texts(s, len))
		return -ENOMEM;
	memcpy(s->texts + s->texts_len, line, len);
	s->lines[s->count] = (struct mp_lineset_line){
		.hash = hash(line, len),
		.at = s->texts_len,
		.len = (uint32_t)len,
		.owner = owner,
	};
	s->texts_len += len;
	put_in_place(s, s->count++);
	s->left++;
	return 0;
}

/* One that is not found yet, or else one that is. */
static struct mp_lineset_line *look_up(const struct mp_lineset *s,
				       const char *line, size_t len)
{
	struct mp_lineset_line *found = NULL;
	uint64_t h;

	if (s->count == 0)
		return NULL;
	h = hash(line, len);
	for (size_t i = s->places[h % s->room]; i; i = s->lines[i - 1].next) {
		struct mp_lineset_line *l = &s->lines[i - 1];

		if (l->hash != h || l->len != len ||
		    memcmp(s->texts + l->at, line, len))
			continue;
		found = l;
		if (!l->found)
			break;
	}
	return found;
}

bool mp_lineset_has(const struct mp_lineset *s, const char *line, size_t len)
{
	return look_up(s, line, len);
}

bool mp_lineset_find(struct mp_lineset *s, const char *line, size_t len)
{
	struct mp_lineset_line *l = look_up(s, line, len);

	if (l && !l->found) {
		l->found = true;
		s->left--;
	}
	return l;
}

bool mp_lineset_has_beginning(const struct mp_lineset *s, const char *text,
			      size_t len)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct mp_lineset_line *l = &s->lines[i];

		if (!l->found && l->len > len &&
		    !memcmp(s->texts + l->at, text, len))
			return true;
	}
	return false;
}
