#include "view/callgrind.h"

#include "memprof.h"
#include "view/bytes.h"
#include "view/tally.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A function at a level of its recursion, 0 for the outermost.  Pages are
   functions behind the last of the model. */
struct node {
	uint32_t function;
	uint32_t level;
};

/* Where time went: at a line, or in what was called from there. */
struct spot {
	uint32_t node;
	uint32_t line;
	uint32_t callee; /* a node; SELF */
};

#define SELF UINT32_MAX

struct graph {
	const struct mp_calls *calls;
	uint32_t *class_of; /* each function's; equal where readers see one */
	struct mp_tally classes; /* marked: how often it is on the stack */
	struct mp_tally nodes;
	struct mp_tally spots;
	struct mp_tally files;
	struct mp_tally objects;
	struct mp_tally told; /* names of nodes that stand in the file */
};

static const char *or_unknown(const char *name)
{
	return *name ? name : "???";
}

/* ---- what called what ---- */

/* Readers tell functions apart by file and name, so the recursion of two of one
   name in two objects is one too. */
static uint32_t class_of(struct graph *g, const struct mp_function *f)
{
	struct mp_bytes key = { 0 };
	uint32_t at;

	mp_bytes_put(&key, f->file, strlen(f->file) + 1);
	mp_bytes_put_plain(&key, f->name);
	at = mp_tally_add(&g->classes, key.p, key.len, 0, 0);
	if (key.err)
		g->classes.err = key.err;
	mp_bytes_release(&key);
	return at;
}

static int begin(struct graph *g, const struct mp_calls *c)
{
	*g = (struct graph){ .calls = c };
	g->class_of = calloc(c->function_count + 1, sizeof(*g->class_of));
	if (!g->class_of)
		return -ENOMEM;
	for (size_t i = 0; i < c->function_count; i++)
		g->class_of[i] = class_of(g, &c->functions[i]);
	return g->classes.err;
}

static uint32_t node_of(struct graph *g, uint32_t function, uint32_t level)
{
	struct node n = { function, level };

	return mp_tally_add(&g->nodes, &n, sizeof(n), 0, 0);
}

static uint64_t *level_of(struct graph *g, const struct mp_place *p)
{
	return &g->classes.sums[g->class_of[p->function]].mark;
}

static void add_stack(struct graph *g, const struct mp_stack *s)
{
	const struct mp_calls *c = g->calls;
	struct spot spot = { .callee = SELF };

	spot.node = node_of(g, (uint32_t)c->function_count + s->page, 0);
	for (uint32_t i = 0; i < s->depth; i++) {
		const struct mp_place *p = &c->places[s->places[i]];
		uint64_t *level = level_of(g, p);

		spot.callee = node_of(g, p->function, (uint32_t)(*level)++);
		mp_tally_add(&g->spots, &spot, sizeof(spot), s->samples,
			     s->value);
		spot = (struct spot){ spot.callee, p->line, SELF };
	}
	mp_tally_add(&g->spots, &spot, sizeof(spot), s->samples, s->value);
	for (uint32_t i = 0; i < s->depth; i++)
		--*level_of(g, &c->places[s->places[i]]);
}

static int build(struct graph *g)
{
	for (size_t i = 0; i < g->calls->stack_count; i++)
		add_stack(g, &g->calls->stacks[i]);
	return g->nodes.err ? g->nodes.err : g->spots.err;
}

static void release(struct graph *g)
{
	mp_tally_release(&g->classes);
	mp_tally_release(&g->nodes);
	mp_tally_release(&g->spots);
	mp_tally_release(&g->files);
	mp_tally_release(&g->objects);
	mp_tally_release(&g->told);
	free(g->class_of);
}

/* ---- the file ---- */

static const struct mp_function *function_of(const struct graph *g,
					     const struct node *n)
{
	/* A page has its own name, and is nowhere. */
	static const struct mp_function page = { "", "", "", "", 0 };

	if (n->function >= g->calls->function_count)
		return &page;
	return &g->calls->functions[n->function];
}

/* Readers take blanks before a name for none of it. */
static void put_text(struct mp_bytes *b, const char *name)
{
	mp_bytes_print(b, *name == ' ' ? " %%20" : " ");
	mp_bytes_put_plain(b, *name == ' ' ? name + 1 : name);
}

/* A name's number, and the name itself where it comes first. */
static void put_name(struct mp_bytes *b, struct mp_tally *seen, const char *key,
		     const char *name)
{
	size_t before = seen->count;
	uint32_t at = mp_tally_add(seen, name, strlen(name), 0, 0);

	mp_bytes_print(b, "%s=(%" PRIu32 ")", key, at + 1);
	if (seen->count > before)
		put_text(b, or_unknown(name));
	mp_bytes_put_byte(b, '\n');
}

static void put_node(struct mp_bytes *b, struct graph *g, const char *key,
		     uint32_t at)
{
	const struct node *n = g->nodes.sums[at].key;
	size_t before = g->told.count;

	mp_bytes_print(b, "%s=(%" PRIu32 ")", key, at + 1);
	mp_tally_add(&g->told, &at, sizeof(at), 0, 0);
	if (g->told.count > before) {
		if (n->function < g->calls->function_count) {
			put_text(b, function_of(g, n)->name);
		} else {
			size_t page = n->function - g->calls->function_count;

			mp_bytes_print(b, " [");
			mp_bytes_put_plain(b, g->calls->pages[page].id);
			mp_bytes_put_byte(b, ']');
		}
		if (n->level > 0)
			mp_bytes_print(b, "'%" PRIu32, n->level + 1);
	}
	mp_bytes_put_byte(b, '\n');
}

static void put_spot(struct mp_bytes *b, struct graph *g,
		     const struct mp_tally_sum *sum)
{
	const struct spot *s = sum->key;

	if (s->callee != SELF) {
		const struct mp_function *caller, *callee;

		caller = function_of(g, g->nodes.sums[s->node].key);
		callee = function_of(g, g->nodes.sums[s->callee].key);
		put_name(b, &g->objects, "cob", callee->object);
		/* callgrind_annotate cuts its own folder off the names of
		   files, but not of these: the fewer the better. */
		if (strcmp(caller->file, callee->file) != 0)
			put_name(b, &g->files, "cfi", callee->file);
		put_node(b, g, "cfn", s->callee);
		mp_bytes_print(b, "calls=%" PRIu64 " %" PRIu32 "\n",
			       sum->count > 0 ? sum->count : 1, callee->line);
	}
	mp_bytes_print(b, "%" PRIu32 " %" PRIu64 " %" PRIu64 "\n", s->line,
		       sum->value, sum->count);
}

/* A node's own time comes first. */
static int compare_spots(const void *left, const void *right)
{
	const struct mp_tally_sum *l = left, *r = right;
	const struct spot *a = l->key, *b = r->key;

	if (a->node != b->node)
		return a->node < b->node ? -1 : 1;
	if (a->callee != b->callee)
		return a->callee + 1 < b->callee + 1 ? -1 : 1;
	return (a->line > b->line) - (a->line < b->line);
}

static void put_texts(struct mp_bytes *b, const char *what,
		      const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		mp_bytes_print(b, "desc: %s: ", what);
		mp_bytes_put_plain(b, texts[i]);
		mp_bytes_put_byte(b, '\n');
	}
}

static void put_head(struct mp_bytes *b, const struct mp_calls *c,
		     uint64_t samples)
{
	const struct mp_view_head *h = &c->head;

	mp_bytes_print(b,
		       "# callgrind format\nversion: 1\ncreator: memprof "
		       "%d.%d.%d\n",
		       MEMPROF_VERSION_MAJOR, MEMPROF_VERSION_MINOR,
		       MEMPROF_VERSION_PATCH);
	if (h->pid > 0)
		mp_bytes_print(b, "pid: %" PRId64 "\n", h->pid);
	if (*h->exe) {
		mp_bytes_print(b, "cmd: ");
		mp_bytes_put_plain(b, h->exe);
		mp_bytes_put_byte(b, '\n');
	}
	mp_bytes_print(b, "part: 1\ndesc: Trigger: %s\n",
		       h->wall ? "samples of wall time"
			       : "samples of CPU time");
	put_texts(b, "Degraded", c->degraded, c->degraded_count);
	put_texts(b, "Warning", c->warnings, c->warning_count);
	mp_bytes_print(b,
		       "positions: line\nevents: ns samples\n"
		       "summary: %" PRIu64 " %" PRIu64 "\n",
		       c->total, samples);
}

static void put_body(struct mp_bytes *b, struct graph *g)
{
	uint32_t node = SELF;

	if (g->spots.count > 0)
		qsort(g->spots.sums, g->spots.count, sizeof(*g->spots.sums),
		      compare_spots);
	for (size_t i = 0; i < g->spots.count; i++) {
		const struct spot *s = g->spots.sums[i].key;

		if (s->node != node) {
			const struct mp_function *f;

			node = s->node;
			f = function_of(g, g->nodes.sums[node].key);
			mp_bytes_put_byte(b, '\n');
			put_name(b, &g->objects, "ob", f->object);
			put_name(b, &g->files, "fl", f->file);
			put_node(b, g, "fn", node);
		}
		put_spot(b, g, &g->spots.sums[i]);
	}
}

int mp_write_callgrind(FILE *out, const struct mp_calls *c)
{
	struct mp_bytes b = { 0 };
	uint64_t samples = 0;
	struct graph g;
	int err;

	err = begin(&g, c);
	if (!err)
		err = build(&g);
	if (err)
		goto release;

	for (size_t i = 0; i < c->stack_count; i++)
		samples += c->stacks[i].samples;
	put_head(&b, c, samples);
	put_body(&b, &g);
	mp_bytes_print(&b, "\ntotals: %" PRIu64 " %" PRIu64 "\n", c->total,
		       samples);
	if (g.files.err || g.objects.err || g.told.err)
		b.err = -ENOMEM;
	err = mp_bytes_finish(&b, out);
release:
	mp_bytes_release(&b);
	release(&g);
	return err;
}
