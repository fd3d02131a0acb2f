#include "report/names.h"

#include "report/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 64

static bool is_name(const struct mp_name *name, const struct mp_name *other)
{
	return name->hash == other->hash && name->key == other->key &&
	       name->text.len == other->text.len &&
	       !memcmp(name->text.p, other->text.p, name->text.len);
}

/* Where the name is, or would go. */
static uint32_t *find(const struct mp_names *n, const struct mp_name *name)
{
	size_t mask = n->slot_count - 1;
	size_t i = name->hash & mask;

	while (n->slots[i] && !is_name(&n->names[n->slots[i] - 1], name))
		i = (i + 1) & mask;
	return &n->slots[i];
}

static int grow_slots(struct mp_names *n)
{
	size_t count = n->slot_count ? 2 * n->slot_count : FIRST_SLOTS;
	uint32_t *slots = calloc(count, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(n->slots);
	n->slots = slots;
	n->slot_count = count;
	for (size_t i = 0; i < n->count; i++)
		*find(n, &n->names[i]) = (uint32_t)i + 1;
	return 0;
}

static int grow_names(struct mp_names *n)
{
	size_t capacity = n->capacity ? 2 * n->capacity : FIRST_SLOTS / 2;
	struct mp_name *names =
		reallocarray(n->names, capacity, sizeof(*names));

	if (!names)
		return -ENOMEM;
	n->names = names;
	n->capacity = capacity;
	return 0;
}

static int copy_text(struct mp_text *text)
{
	char *copy = malloc(text->len + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, text->p, text->len);
	text->p = copy;
	return 0;
}

/* An empty text may be null, which memcpy() does not take. */
static struct mp_name name_of(int64_t key, struct mp_text text)
{
	if (text.len == 0)
		text.p = "";
	return (struct mp_name){
		.hash = mp_text_mix(mp_text_hash(text), (uint64_t)key),
		.key = key,
		.text = text,
	};
}

int64_t mp_names_add(struct mp_names *n, int64_t key, struct mp_text text)
{
	struct mp_name name = name_of(key, text);
	uint32_t *slot;

	if (2 * (n->count + 1) > n->slot_count && grow_slots(n))
		return -ENOMEM;
	slot = find(n, &name);
	if (*slot)
		return *slot - 1;
	if (n->count == n->capacity && grow_names(n))
		return -ENOMEM;
	if (copy_text(&name.text))
		return -ENOMEM;
	n->names[n->count++] = name;
	*slot = (uint32_t)n->count;
	return (int64_t)n->count - 1;
}

/* A slot can be emptied: what was added last stands in no other's way. */
void mp_names_drop(struct mp_names *n)
{
	struct mp_name *name = &n->names[n->count - 1];

	*find(n, name) = 0;
	free((char *)(uintptr_t)name->text.p);
	n->count--;
}

void mp_names_release(struct mp_names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free((char *)(uintptr_t)n->names[i].text.p);
	free(n->names);
	free(n->slots);
	*n = (struct mp_names){ 0 };
}
