#include "view/diffstacks.h"

#include "view/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where the equal of a stack is, whatever its page; `key` has room for it. */
static uint32_t find(struct mp_tally *t, const struct mp_stack *s,
		     uint32_t *key)
{
	key[0] = s->kind;
	memcpy(key + 1, s->places, s->depth * sizeof(*key));
	return mp_tally_add(t, key, (s->depth + 1) * sizeof(*key), 1, 0);
}

static size_t deepest(const struct mp_calls *c)
{
	size_t ret = 0;

	for (size_t i = 0; i < c->stack_count; i++)
		if (c->stacks[i].depth > ret)
			ret = c->stacks[i].depth;
	return ret;
}

int mp_diffstacks_build(const struct mp_calldiff *d, struct mp_diffstacks *ret)
{
	const struct mp_calls *c = &d->both;
	uint32_t *key = calloc(deepest(c) + 1, sizeof(*key));
	struct mp_tally tally = { 0 };
	int err = -ENOMEM;

	*ret = (struct mp_diffstacks){
		.list = calloc(c->stack_count + 1, sizeof(*ret->list)),
	};
	if (!ret->list || !key)
		goto release;
	for (size_t i = 0; i < c->stack_count && !tally.err; i++) {
		const struct mp_stack *s = &c->stacks[i];
		struct mp_diffstack *to = &ret->list[find(&tally, s, key)];

		if (!to->stack)
			to->stack = s;
		to->change.ns[s->page] += s->value;
		to->change.samples[s->page] += s->samples;
	}
	ret->count = tally.count;
	err = tally.err;
release:
	if (err)
		mp_diffstacks_release(ret);
	mp_tally_release(&tally);
	free(key);
	return err;
}

void mp_diffstacks_release(struct mp_diffstacks *s)
{
	free(s->list);
	*s = (struct mp_diffstacks){ 0 };
}
