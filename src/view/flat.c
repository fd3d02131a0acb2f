#include "view/flat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The row of each function, and the stack that was counted last in it. */
struct counter {
	struct mp_flat_row *rows;
	size_t *last; /* plus 1; 0: none */
};

static void add_stack(struct counter *k, const struct mp_calls *c, size_t at)
{
	const struct mp_stack *s = &c->stacks[at];
	struct mp_flat_row *row = NULL;

	for (uint32_t i = 0; i < s->depth; i++) {
		uint32_t f = c->places[s->places[i]].function;

		row = &k->rows[f];
		if (k->last[f] == at + 1)
			continue;
		k->last[f] = at + 1;
		row->total += s->value;
		row->samples += s->samples;
		if (s->kind == MP_KIND_BLOCKED)
			row->blocked += s->value;
	}
	if (row) {
		row->self += s->value;
		row->self_samples += s->samples;
	}
}

static int descending(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

static int compare(const void *a, const void *b, void *user)
{
	const struct mp_flat_row *x = a, *y = b;
	const struct mp_calls *c = user;
	int order = descending(x->self, y->self);

	if (!order)
		order = descending(x->total, y->total);
	if (!order)
		order = strcmp(c->functions[x->function].name,
			       c->functions[y->function].name);
	return order ? order
		     : (x->function > y->function) -
			       (x->function < y->function);
}

int mp_flat_build(const struct mp_calls *c, struct mp_flat *ret)
{
	size_t n = c->function_count, used = 0;
	struct counter k = {
		.rows = calloc(n + 1, sizeof(*k.rows)),
		.last = calloc(n + 1, sizeof(*k.last)),
	};

	if (!k.rows || !k.last) {
		free(k.rows);
		free(k.last);
		return -ENOMEM;
	}
	for (size_t i = 0; i < c->stack_count; i++)
		add_stack(&k, c, i);
	for (size_t i = 0; i < n; i++) {
		if (k.last[i] == 0)
			continue;
		k.rows[i].function = (uint32_t)i;
		k.rows[used++] = k.rows[i];
	}
	free(k.last);
	qsort_r(k.rows, used, sizeof(*k.rows), compare, (void *)(uintptr_t)c);
	*ret = (struct mp_flat){ k.rows, used };
	return 0;
}

void mp_flat_release(struct mp_flat *f)
{
	free(f->rows);
	*f = (struct mp_flat){ 0 };
}
