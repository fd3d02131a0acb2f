#include "view/naming.h"

#include "view/grow.h"
#include "view/mapped.h"

/* A raw file on its way into the calls. */
struct naming {
	struct mp_symbols *s;
	struct mp_calls *c;
	const struct mp_raw *raw;
	struct mp_mapped mapped;
	uint32_t *objects; /* the symbols' index of each of the file's */
	uint32_t *pages;   /* the calls' */
	uint32_t unknown;  /* the place of code in no object; MP_INDEX_NONE:
			      not needed yet */
	uint32_t *places;  /* of the stack that is being named */
	size_t place_count;
};

/* ---- the header ---------------------------------------------------------- */

static const char *same_text(struct mp_calls *c, const char *sum,
			     const char *text)
{
	return strcmp(sum, text) != 0 ? "" : mp_calls_text(c, sum, strlen(sum));
}

static int64_t same_number(int64_t sum, int64_t n)
{
	return sum == n ? sum : MP_UNKNOWN;
}

static int64_t earliest(int64_t a, int64_t b)
{
	if (a == MP_UNKNOWN)
		return b;
	return b == MP_UNKNOWN || a < b ? a : b;
}

static void add_head(struct mp_calls *c, const struct mp_view_head *head,
		     bool first)
{
	struct mp_view_head *sum = &c->head;

	if (first) {
		*sum = *head;
	} else {
		sum->began_us = earliest(sum->began_us, head->began_us);
		sum->requests = mp_calls_sum(c, sum->requests, head->requests);
		sum->samples = mp_calls_sum(c, sum->samples, head->samples);
		sum->lost = mp_calls_sum(c, sum->lost, head->lost);
		sum->cut = mp_calls_sum(c, sum->cut, head->cut);
		sum->notes_dropped = mp_calls_sum(c, sum->notes_dropped,
						  head->notes_dropped);
		sum->duration_ns = mp_calls_sum_known(c, sum->duration_ns,
						      head->duration_ns);
		sum->cpu_ns = mp_calls_sum_known(c, sum->cpu_ns, head->cpu_ns);
		sum->pid = same_number(sum->pid, head->pid);
		sum->tid = same_number(sum->tid, head->tid);
		sum->interval_ns =
			same_number(sum->interval_ns, head->interval_ns);
		sum->tick_ns = same_number(sum->tick_ns, head->tick_ns);
	}
	sum->page_id = same_text(c, sum->page_id, head->page_id);
	sum->oops_id = same_text(c, sum->oops_id, head->oops_id);
	sum->host = same_text(c, sum->host, head->host);
	sum->exe = same_text(c, sum->exe, head->exe);
	sum->mechanism = same_text(c, sum->mechanism, head->mechanism);
}

/* Stacks are exact where the writer knew the whole; a sum that is not is a
   writer's fault, or somebody's edit. */
static void check_total(struct mp_calls *c, const struct mp_raw *raw)
{
	int64_t want =
		raw->head.wall ? raw->head.duration_ns : raw->head.cpu_ns;

	if (want != MP_UNKNOWN && (uint64_t)want != raw->total)
		mp_calls_warn(c,
			      "the stacks add up to %.6f s, but their header "
			      "says %.6f s",
			      (double)raw->total / 1e9, (double)want / 1e9);
}

/* ---- stacks -------------------------------------------------------------- */

static int put_place(struct naming *n, uint32_t place)
{
	int err = MP_GROW(n->places, n->place_count);

	if (!err)
		n->places[n->place_count++] = place;
	return err;
}

static uint32_t unknown_place(struct naming *n)
{
	struct mp_function f = { .name = MP_CALLS_UNKNOWN };
	struct mp_place place = { 0 };

	if (n->unknown == MP_INDEX_NONE) {
		place.function = mp_calls_function(n->c, &f);
		n->unknown = mp_calls_place(n->c, &place);
	}
	return n->unknown;
}

static int put_pc(struct naming *n, uint64_t pc)
{
	struct mp_chain chain;
	uint32_t object = mp_mapped_find(&n->mapped, pc);
	int err = 0;

	if (object == MP_INDEX_NONE)
		return put_place(n, unknown_place(n));
	chain = mp_symbols_find(n->s, n->objects[object],
				pc - n->raw->objects[object].bias);
	if (mp_calls_error(n->c))
		return mp_calls_error(n->c);
	for (uint32_t i = 0; i < chain.depth && !err; i++)
		err = put_place(n, chain.places[i]);
	return err;
}

/* In the file the leaf is the first. */
static int put_pcs(struct naming *n, size_t first, uint32_t depth)
{
	int err = 0;

	n->place_count = 0;
	for (uint32_t i = depth; i-- > 0 && !err;)
		err = put_pc(n, n->raw->pcs[first + i]);
	return err;
}

static int add_stack(struct naming *n, const struct mp_raw_stack *raw)
{
	int err = put_pcs(n, raw->first, raw->depth);
	struct mp_stack s = {
		.places = n->places,
		.depth = (uint32_t)n->place_count,
		.page = n->pages[raw->page],
		.kind = raw->kind,
		.samples = raw->samples,
		.value = raw->value,
	};

	if (!err)
		mp_calls_stack(n->c, &s);
	return err;
}

static int add_note(struct naming *n, const struct mp_raw_note *raw)
{
	int err = put_pcs(n, raw->first, raw->depth);
	struct mp_view_note note = {
		.kind = raw->kind,
		.text = raw->text,
		.start_ns = raw->start_ns,
		.end_ns = raw->end_ns,
		.places = n->places,
		.depth = (uint32_t)n->place_count,
		.page = n->pages[raw->page],
	};

	if (!err)
		mp_calls_note(n->c, &note);
	return err;
}

/* ---- the file ------------------------------------------------------------ */

static int add_all(struct naming *n)
{
	const struct mp_raw *raw = n->raw;
	int err = mp_mapped_build(raw->objects, raw->object_count, &n->mapped);

	if (err)
		return err;
	n->objects = calloc(raw->object_count + 1, sizeof(*n->objects));
	n->pages = calloc(raw->page_count + 1, sizeof(*n->pages));
	if (!n->objects || !n->pages)
		return -ENOMEM;
	for (size_t i = 0; i < raw->object_count; i++) {
		const struct mp_raw_object *o = &raw->objects[i];

		mp_calls_object(n->c, o->path, o->build_id);
		n->objects[i] = mp_symbols_object(n->s, o->path, o->build_id);
	}
	for (size_t i = 0; i < raw->page_count; i++)
		n->pages[i] = mp_calls_page(n->c, &raw->pages[i]);
	for (size_t i = 0; i < raw->degraded_count; i++)
		mp_calls_degraded(n->c, raw->degraded[i]);
	for (size_t i = 0; i < raw->stack_count && !err; i++)
		err = add_stack(n, &raw->stacks[i]);
	for (size_t i = 0; i < raw->note_count && !err; i++)
		err = add_note(n, &raw->notes[i]);
	return err;
}

void mp_naming_add(struct mp_symbols *s, struct mp_calls *c,
		   const struct mp_raw *raw, bool first)
{
	struct naming n = {
		.s = s, .c = c, .raw = raw, .unknown = MP_INDEX_NONE
	};

	add_head(c, &raw->head, first);
	/* They are of one request; of several their sum says nothing. */
	c->reading_count = 0;
	for (size_t i = 0; i < raw->reading_count && first; i++)
		mp_calls_reading(c, raw->readings[i].name,
				 raw->readings[i].value);
	check_total(c, raw);
	mp_calls_fail(c, add_all(&n));
	mp_mapped_release(&n.mapped);
	free(n.objects);
	free(n.pages);
	free(n.places);
}
