#include "profile/fold.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

static_assert(sizeof(struct mp_fold_stack) % 8 == 0 &&
		      sizeof(struct mp_fold) % 8 == 0 && sizeof(uintptr_t) <= 8,
	      "stacks are made of words");
static_assert(MP_FOLD_FRAMES_MAX <= UINT8_MAX &&
		      MP_FOLD_PAGES <= UINT16_MAX + 1,
	      "a stack's fields hold them");

/* Bytes of memory for each slot of the index.  Stacks are mostly longer, so
   that it is the memory that runs out, not the index. */
#define BYTES_A_SLOT 64

#define WORDS(bytes) (((bytes) + 7) / 8)

static_assert(MP_FOLD_SIZE_MIN >= 4 * sizeof(struct mp_fold),
	      "the smallest fold has room for stacks");

/* ---- where things are ---- */

static uint32_t *index_of(const struct mp_fold *f)
{
	return (uint32_t *)(uintptr_t)(f + 1);
}

static struct mp_fold_stack *stack_at(const struct mp_fold *f, uint32_t at)
{
	return at ? (void *)((uintptr_t)f + (uintptr_t)at * 8) : NULL;
}

static uint64_t first_word(const struct mp_fold *f)
{
	return WORDS(sizeof(*f) + f->slot_count * sizeof(uint32_t));
}

struct mp_fold *mp_fold_init(void *memory, size_t size)
{
	struct mp_fold *f = memory;

	f->slot_count = 1;
	while (f->slot_count <= size / BYTES_A_SLOT / 2 &&
	       f->slot_count < UINT32_C(1) << 30)
		f->slot_count *= 2;
	f->used = first_word(f);
	f->size = size / 8 < UINT32_MAX ? size / 8 : UINT32_MAX;
	return f;
}

/* Slots are emptied one by one: mostly few are taken. */
void mp_fold_reset(struct mp_fold *f)
{
	uint32_t *index = index_of(f);

	for (uint32_t page = 0; page < f->page_count; page++) {
		const struct mp_fold_stack *s = mp_fold_first(f, page);

		for (; s; s = mp_fold_next(f, s))
			index[s->slot] = 0;
		f->first[page] = 0;
		f->last[page] = 0;
	}
	f->stack_count = 0;
	f->page_count = 0;
	f->used = first_word(f);
	f->samples = 0;
	atomic_store(&f->lost, 0);
	atomic_store(&f->cut, 0);
	/* In a forked child, who held it is gone. */
	atomic_store(&f->locked, 0);
}

/* ---- adding ---- */

/* What is looked for: a stack without its numbers. */
struct key {
	const uintptr_t *pcs;
	uint64_t hash;
	uint32_t page;
	uint8_t kind, depth;
};

/* Multiplying carries upwards only, so the upper half comes down each time. */
static uint64_t mix(uint64_t hash, uint64_t with)
{
	hash = (hash ^ with) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

static struct key make_key(enum mp_fold_kind kind, uint32_t page,
			   const uintptr_t *pcs, size_t depth)
{
	struct key key = { .pcs = pcs, .page = page, .kind = (uint8_t)kind };

	key.depth = (uint8_t)(depth < MP_FOLD_FRAMES_MAX ? depth
							 : MP_FOLD_FRAMES_MAX);
	key.hash = mix(mix(0, key.kind), page);
	for (size_t i = 0; i < key.depth; i++)
		key.hash = mix(key.hash, pcs[i]);
	return key;
}

static bool is_same(const struct mp_fold_stack *s, const struct key *key)
{
	return s->hash == key->hash && s->kind == key->kind &&
	       s->page == key->page && s->depth == key->depth &&
	       (!key->depth ||
		!memcmp(s->pcs, key->pcs, key->depth * sizeof(*key->pcs)));
}

/* The stack that is stored, or null; and the slot where it is or should be. */
static struct mp_fold_stack *look_up(const struct mp_fold *f,
				     const struct key *key, uint32_t *ret_slot)
{
	const uint32_t *index = index_of(f);
	uint32_t mask = f->slot_count - 1;
	uint32_t slot = (uint32_t)key->hash & mask;

	/* It ends: a quarter of the slots is empty. */
	for (; index[slot]; slot = (slot + 1) & mask)
		if (is_same(stack_at(f, index[slot]), key))
			break;
	*ret_slot = slot;
	return stack_at(f, index[slot]);
}

/* Null where there is no room. */
static struct mp_fold_stack *append(struct mp_fold *f, const struct key *key,
				    uint32_t slot)
{
	uint64_t words = WORDS(sizeof(struct mp_fold_stack) +
			       key->depth * sizeof(*key->pcs));
	uint32_t at = (uint32_t)f->used;
	struct mp_fold_stack *s;

	if (words > f->size - f->used ||
	    f->stack_count >= f->slot_count - f->slot_count / 4)
		return NULL;
	f->used += words;
	f->stack_count++;

	s = stack_at(f, at);
	*s = (struct mp_fold_stack){
		.hash = key->hash,
		.slot = slot,
		.page = (uint16_t)key->page,
		.kind = key->kind,
		.depth = key->depth,
	};
	if (key->depth)
		memcpy(s->pcs, key->pcs, key->depth * sizeof(*key->pcs));
	index_of(f)[slot] = at;

	if (f->last[key->page])
		stack_at(f, f->last[key->page])->next = at;
	else
		f->first[key->page] = at;
	f->last[key->page] = at;
	if (f->page_count <= key->page)
		f->page_count = key->page + 1;
	return s;
}

static void add(struct mp_fold *f, const struct key *key, uint64_t samples,
		uint64_t value)
{
	struct mp_fold_stack *s;
	uint32_t slot;

	if (atomic_exchange_explicit(&f->locked, 1, memory_order_acquire)) {
		mp_fold_lose(f, samples);
		return;
	}
	s = look_up(f, key, &slot);
	if (!s)
		s = append(f, key, slot);
	if (s) {
		s->samples += samples;
		s->value += value;
		f->samples += samples;
	} else {
		mp_fold_lose(f, samples);
	}
	atomic_store_explicit(&f->locked, 0, memory_order_release);
}

void mp_fold_add(struct mp_fold *f, enum mp_fold_kind kind,
		 const uintptr_t *pcs, size_t depth, uint64_t samples,
		 uint64_t value)
{
	struct key key = make_key(kind, 0, pcs, depth);

	add(f, &key, samples, value);
}

void mp_fold_merge(struct mp_fold *into, const struct mp_fold *from,
		   uint32_t page, uint64_t more)
{
	for (uint32_t p = 0; p < from->page_count; p++) {
		const struct mp_fold_stack *s = mp_fold_first(from, p);

		for (; s; s = mp_fold_next(from, s)) {
			struct key key =
				make_key(s->kind, page, s->pcs, s->depth);

			add(into, &key, s->samples, s->value + more);
			more = 0;
		}
	}
	mp_fold_lose(into, atomic_load(&from->lost));
	atomic_fetch_add(&into->cut, atomic_load(&from->cut));
}

/* ---- reading ---- */

const struct mp_fold_stack *mp_fold_first(const struct mp_fold *f,
					  uint32_t page)
{
	/* What the last adder stored is seen behind this. */
	atomic_load_explicit(&f->locked, memory_order_acquire);
	return stack_at(f, f->first[page]);
}

const struct mp_fold_stack *mp_fold_next(const struct mp_fold *f,
					 const struct mp_fold_stack *s)
{
	return stack_at(f, s->next);
}
