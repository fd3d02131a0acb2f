#include "profile/notelist.h"

#include "core/escape.h"
#include "profile/format.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

static_assert(MP_ESCAPE_MAX <= UINT8_MAX && MP_FORMAT_STACK_MAX <= UINT8_MAX &&
		      MP_FORMAT_TEXT_MAX <= UINT16_MAX,
	      "a note's fields hold them");

#define WORDS(bytes) (((bytes) + 7) / 8)
#define FIRST_WORD   WORDS(sizeof(struct mp_notelist))

struct mp_notelist *mp_notelist_init(void *memory, size_t size)
{
	struct mp_notelist *l = memory;

	l->used = FIRST_WORD;
	l->size = size / 8;
	return l;
}

void mp_notelist_reset(struct mp_notelist *l)
{
	l->used = FIRST_WORD;
	atomic_store(&l->dropped, 0);
	/* In a forked child, who held it is gone. */
	atomic_store(&l->locked, 0);
}

static bool lock(struct mp_notelist *l)
{
	return !atomic_exchange_explicit(&l->locked, 1, memory_order_acquire);
}

static void unlock(struct mp_notelist *l)
{
	atomic_store_explicit(&l->locked, 0, memory_order_release);
}

static struct mp_note *note_at(const struct mp_notelist *l, uint64_t word)
{
	if (word >= l->used)
		return NULL;
	return (void *)((uintptr_t)l + (uintptr_t)word * 8);
}

static char *texts(const struct mp_note *n)
{
	return (char *)(uintptr_t)(n->pcs + n->depth);
}

/* Room for `words` more at the end of the list, or null. */
static struct mp_note *make_room(struct mp_notelist *l, uint64_t words)
{
	struct mp_note *n;

	if (words > l->size - l->used)
		return NULL;
	n = (void *)((uintptr_t)l + (uintptr_t)l->used * 8);
	l->used += words;
	return n;
}

static void drop(struct mp_notelist *l, uint64_t count)
{
	atomic_fetch_add(&l->dropped, count);
}

static size_t encode(const char *raw, size_t max, char *ret)
{
	return mp_escape_text(raw && *raw ? raw : MP_FORMAT_NONE, max, ret);
}

void mp_notelist_add(struct mp_notelist *l, const char *kind, const char *text,
		     int64_t start_ns, int64_t end_ns, const uintptr_t *pcs,
		     size_t depth)
{
	char kind_text[MP_ESCAPE_MAX], whole_text[MP_FORMAT_TEXT_MAX];
	size_t kind_len = encode(kind, sizeof(kind_text), kind_text);
	size_t text_len = encode(text, sizeof(whole_text), whole_text);
	struct mp_note *n;
	uint64_t words;

	if (depth > MP_FORMAT_STACK_MAX)
		depth = MP_FORMAT_STACK_MAX;
	words = WORDS(sizeof(*n) + depth * sizeof(*pcs) + kind_len + text_len);
	if (!lock(l)) {
		drop(l, 1);
		return;
	}
	n = make_room(l, words);
	if (n) {
		*n = (struct mp_note){
			.start_ns = start_ns,
			.end_ns = end_ns,
			.words = (uint32_t)words,
			.kind_len = (uint8_t)kind_len,
			.text_len = (uint16_t)text_len,
			.depth = (uint8_t)depth,
		};
		if (depth)
			memcpy(n->pcs, pcs, depth * sizeof(*pcs));
		memcpy(texts(n), kind_text, kind_len);
		memcpy(texts(n) + kind_len, whole_text, text_len);
	} else {
		drop(l, 1);
	}
	unlock(l);
}

void mp_notelist_merge(struct mp_notelist *into, const struct mp_notelist *from,
		       uint32_t page)
{
	const struct mp_note *n = mp_notelist_first(from);

	for (; n; n = mp_notelist_next(from, n)) {
		struct mp_note *copy;

		if (!lock(into)) {
			drop(into, 1);
			continue;
		}
		copy = make_room(into, n->words);
		if (copy) {
			memcpy(copy, n, (size_t)n->words * 8);
			copy->page = (uint16_t)page;
		} else {
			drop(into, 1);
		}
		unlock(into);
	}
	drop(into, atomic_load(&from->dropped));
}

const struct mp_note *mp_notelist_first(const struct mp_notelist *l)
{
	/* What the last adder stored is seen behind this. */
	atomic_load_explicit(&l->locked, memory_order_acquire);
	return note_at(l, FIRST_WORD);
}

const struct mp_note *mp_notelist_next(const struct mp_notelist *l,
				       const struct mp_note *n)
{
	uint64_t word = ((uintptr_t)n - (uintptr_t)l) / 8;

	return note_at(l, word + n->words);
}

struct mp_text mp_note_kind(const struct mp_note *n)
{
	return (struct mp_text){ texts(n), n->kind_len };
}

struct mp_text mp_note_text(const struct mp_note *n)
{
	return (struct mp_text){ texts(n) + n->kind_len, n->text_len };
}
