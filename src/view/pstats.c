#include "view/pstats.h"

#include "view/marshal.h"
#include "view/tally.h"

#include <errno.h>
#include <stdlib.h>

/* A function and who called it; NOBODY stands for all, and for none. */
struct call {
	uint32_t callee;
	uint32_t caller;
};

#define NOBODY UINT32_MAX

struct profile {
	const struct mp_calls *calls;
	uint32_t *key_of; /* each function's position in keys */
	struct mp_tally keys;
	/* Two sums for each struct call, at one position in both: all that is
	   on a stack and what ran there; each stack once and what it took. */
	struct mp_tally all;
	struct mp_tally once;
};

/* ---- sums ---- */

/* What Python calls a function: equal ones are one for its readers. */
static uint32_t key_of(struct profile *p, const struct mp_function *f)
{
	const char *file = *f->file ? f->file : f->object;
	struct mp_bytes key = { 0 };
	uint32_t at;

	mp_marshal_tuple(&key, 3);
	/* So cProfile names what has no file, and pstats then shows none. */
	mp_marshal_string(&key, *file ? file : "~");
	mp_marshal_number(&key, f->line);
	mp_marshal_string(&key, f->name);
	at = mp_tally_add(&p->keys, key.p, key.len, 0, 0);
	if (key.err)
		p->keys.err = key.err;
	mp_bytes_release(&key);
	return at;
}

static int begin(struct profile *p, const struct mp_calls *c)
{
	*p = (struct profile){ .calls = c };
	p->key_of = calloc(c->function_count + 1, sizeof(*p->key_of));
	if (!p->key_of)
		return -ENOMEM;
	for (size_t i = 0; i < c->function_count; i++)
		p->key_of[i] = key_of(p, &c->functions[i]);
	return p->keys.err;
}

/* One that is on the stack `number`; at its leaf where `self` is not 0. */
static void add_call(struct profile *p, uint32_t callee, uint32_t caller,
		     uint64_t number, uint64_t self)
{
	const struct mp_stack *s = &p->calls->stacks[number];
	struct call call = { callee, caller };
	uint32_t at;

	at = mp_tally_add(&p->all, &call, sizeof(call), s->samples, self);
	if (p->all.err || p->all.sums[at].mark == number + 1)
		return;
	p->all.sums[at].mark = number + 1;
	mp_tally_add(&p->once, &call, sizeof(call), s->samples, s->value);
}

static void add_stack(struct profile *p, uint64_t number)
{
	const struct mp_stack *s = &p->calls->stacks[number];
	uint32_t caller = NOBODY;

	for (uint32_t i = 0; i < s->depth; i++) {
		const struct mp_place *place = &p->calls->places[s->places[i]];
		uint32_t callee = p->key_of[place->function];
		uint64_t self = i + 1 == s->depth ? s->value : 0;

		add_call(p, callee, NOBODY, number, self);
		if (caller != NOBODY)
			add_call(p, callee, caller, number, self);
		caller = callee;
	}
}

/* All callers of a function behind what it is by itself. */
static int compare_calls(const void *left, const void *right)
{
	const struct call *a = ((const struct mp_tally_sum *)left)->key;
	const struct call *b = ((const struct mp_tally_sum *)right)->key;

	if (a->callee != b->callee)
		return a->callee < b->callee ? -1 : 1;
	return (a->caller + 1 > b->caller + 1) -
	       (a->caller + 1 < b->caller + 1);
}

static void sort(struct mp_tally *t)
{
	if (t->count > 0)
		qsort(t->sums, t->count, sizeof(*t->sums), compare_calls);
}

static void release(struct profile *p)
{
	free(p->key_of);
	mp_tally_release(&p->keys);
	mp_tally_release(&p->all);
	mp_tally_release(&p->once);
}

/* ---- the file ---- */

static void put_key(struct mp_bytes *b, const struct profile *p, uint32_t key)
{
	mp_bytes_put(b, p->keys.sums[key].key, p->keys.sums[key].len);
}

static void put_seconds(struct mp_bytes *b, uint64_t ns)
{
	mp_marshal_double(b, (double)ns / 1e9);
}

/* The numbers stand in another order for a function and for its callers. */
static void put_call(struct mp_bytes *b, const struct profile *p, size_t at)
{
	const struct mp_tally_sum *all = &p->all.sums[at];
	const struct mp_tally_sum *once = &p->once.sums[at];
	const struct call *call = all->key;
	bool whole = call->caller == NOBODY;

	put_key(b, p, whole ? call->callee : call->caller);
	mp_marshal_tuple(b, whole ? 5 : 4);
	mp_marshal_number(b, whole ? once->count : all->count);
	mp_marshal_number(b, whole ? all->count : once->count);
	put_seconds(b, all->value);
	put_seconds(b, once->value);
}

static void put_all(struct mp_bytes *b, const struct profile *p)
{
	mp_marshal_dict(b);
	for (size_t i = 0; i < p->all.count; i++) {
		const struct call *call = p->all.sums[i].key;

		if (call->caller == NOBODY) {
			if (i > 0)
				mp_marshal_dict_end(b);
			put_call(b, p, i);
			mp_marshal_dict(b);
		} else {
			put_call(b, p, i);
		}
	}
	if (p->all.count > 0)
		mp_marshal_dict_end(b);
	mp_marshal_dict_end(b);
}

int mp_write_pstats(FILE *out, const struct mp_calls *c)
{
	struct mp_bytes b = { 0 };
	struct profile p;
	int err;

	err = begin(&p, c);
	if (err)
		goto release;
	for (size_t i = 0; i < c->stack_count; i++)
		add_stack(&p, i);
	err = p.all.err ? p.all.err : p.once.err;
	if (err)
		goto release;
	sort(&p.all);
	sort(&p.once);
	put_all(&b, &p);
	err = mp_bytes_finish(&b, out);
release:
	release(&p);
	return err;
}
