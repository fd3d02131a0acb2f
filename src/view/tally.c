#include "view/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct sought {
	const struct mp_tally *tally;
	const void *key;
	size_t len;
};

static bool is_same(const void *user, uint32_t at)
{
	const struct sought *s = user;
	const struct mp_tally_sum *sum = &s->tally->sums[at];

	return sum->len == s->len &&
	       (s->len == 0 || !memcmp(sum->key, s->key, s->len));
}

/* FNV-1a. */
static uint64_t hash_of(const unsigned char *key, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ key[i]) * 0x100000001b3;
	return hash ^ hash >> 32;
}

static int append(struct mp_tally *t, const void *key, size_t len)
{
	void *copy;

	if (t->count == MP_INDEX_NONE)
		return -EOVERFLOW;
	if (t->count == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		void *sums = reallocarray(t->sums, room, sizeof(*t->sums));

		if (!sums)
			return -ENOMEM;
		t->sums = sums;
		t->room = room;
	}
	copy = mp_arena_get(&t->arena, len ? len : 1);
	if (!copy)
		return -ENOMEM;
	if (len > 0)
		memcpy(copy, key, len);
	t->sums[t->count++] = (struct mp_tally_sum){ .key = copy, .len = len };
	return 0;
}

uint32_t mp_tally_add(struct mp_tally *t, const void *key, size_t len,
		      uint64_t count, uint64_t value)
{
	struct sought sought = { t, key, len };
	uint64_t hash = hash_of(key, len);
	uint32_t at;

	if (t->err)
		return 0;
	at = mp_index_find(&t->index, hash, is_same, &sought);
	if (at == MP_INDEX_NONE) {
		at = (uint32_t)t->count;
		t->err = append(t, key, len);
		if (!t->err)
			t->err = mp_index_add(&t->index, hash, at);
		if (t->err)
			return 0;
	}
	t->sums[at].count += count;
	t->sums[at].value += value;
	return at;
}

void mp_tally_release(struct mp_tally *t)
{
	free(t->sums);
	mp_arena_release(&t->arena);
	mp_index_release(&t->index);
	*t = (struct mp_tally){ 0 };
}
