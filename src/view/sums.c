#include "view/sums.h"

#include <stdlib.h>

/* `seen[function]` is the last stack, counted from 1, that had the function. */
static void add(const struct mp_calls *c, size_t at, size_t *seen,
		struct mp_sums_row *rows)
{
	const struct mp_stack *s = &c->stacks[at];
	struct mp_sums_row *row = NULL;

	for (uint32_t i = 0; i < s->depth; i++) {
		uint32_t function = c->places[s->places[i]].function;

		row = &rows[function];
		if (seen[function] == at + 1)
			continue;
		seen[function] = at + 1;
		row->total += s->value;
		row->samples += s->samples;
	}
	if (!row)
		return;
	row->self += s->value;
	row->self_samples += s->samples;
	if (s->kind == MP_KIND_BLOCKED)
		row->blocked += s->value;
}

struct mp_sums_row *mp_sums(const struct mp_calls *c, uint32_t page)
{
	struct mp_sums_row *rows = calloc(c->function_count + 1, sizeof(*rows));
	size_t *seen = calloc(c->function_count + 1, sizeof(*seen));

	for (size_t i = 0; rows && seen && i < c->stack_count; i++)
		if (page == MP_SUMS_ALL || c->stacks[i].page == page)
			add(c, i, seen, rows);
	if (!seen) {
		free(rows);
		rows = NULL;
	}
	free(seen);
	return rows;
}
