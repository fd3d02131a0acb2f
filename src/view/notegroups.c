#include "view/notegroups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int ascending(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* 0 for notes of one group. */
static int compare_notes(const struct mp_view_note *a,
			 const struct mp_view_note *b)
{
	int order = strcmp(a->kind, b->kind);

	if (!order)
		order = strcmp(a->text, b->text);
	if (!order)
		order = ascending(a->depth, b->depth);
	if (!order && a->depth > 0)
		order = memcmp(a->places, b->places,
			       a->depth * sizeof(*a->places));
	return order;
}

static int compare(const void *a, const void *b, void *user)
{
	const struct mp_calls *c = user;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct mp_view_note *x = &c->notes[i], *y = &c->notes[j];
	int order = compare_notes(x, y);

	if (!order)
		order = ascending(x->start_ns, y->start_ns);
	return order ? order : ascending(i, j);
}

static int compare_groups(const void *a, const void *b)
{
	const struct mp_notegroup *x = a, *y = b;

	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return ascending(x->notes[0], y->notes[0]);
}

uint64_t mp_notegroups_time(const struct mp_view_note *note)
{
	/* Not known is less than any time. */
	if (note->start_ns == MP_UNKNOWN || note->end_ns <= note->start_ns)
		return 0;
	return (uint64_t)note->end_ns - (uint64_t)note->start_ns;
}

uint64_t mp_notegroups_sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void add(struct mp_notegroups *g, const struct mp_calls *c, size_t at)
{
	const struct mp_view_note *note = &c->notes[g->order[at]];
	uint64_t time = mp_notegroups_time(note);
	struct mp_notegroup *group;

	if (at == 0 || compare_notes(note, &c->notes[g->order[at - 1]]) != 0)
		g->groups[g->count++] =
			(struct mp_notegroup){ .notes = &g->order[at] };
	group = &g->groups[g->count - 1];
	group->count++;
	group->total_ns = mp_notegroups_sum(group->total_ns, time);
	if (time > group->slowest_ns)
		group->slowest_ns = time;
}

int mp_notegroups_build(const struct mp_calls *c, struct mp_notegroups *ret)
{
	size_t n = c->note_count;
	struct mp_notegroups g = {
		.groups = reallocarray(NULL, n + 1, sizeof(*g.groups)),
		.order = reallocarray(NULL, n + 1, sizeof(*g.order)),
	};

	if (!g.groups || !g.order) {
		mp_notegroups_release(&g);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		g.order[i] = (uint32_t)i;
	qsort_r(g.order, n, sizeof(*g.order), compare, (void *)(uintptr_t)c);
	for (size_t i = 0; i < n; i++)
		add(&g, c, i);
	qsort(g.groups, g.count, sizeof(*g.groups), compare_groups);
	*ret = g;
	return 0;
}

void mp_notegroups_release(struct mp_notegroups *g)
{
	free(g->groups);
	free(g->order);
	*g = (struct mp_notegroups){ 0 };
}
