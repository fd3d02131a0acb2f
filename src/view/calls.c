#include "view/calls.h"

#include "core/record.h"
#include "report/text.h"
#include "view/grow.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WARNING_MAX 4096

const char *const mp_kind_names[MP_KINDS] = {
	[MP_KIND_CPU] = "cpu",
	[MP_KIND_BLOCKED] = "blocked",
	[MP_KIND_QUEUED] = "queued",
	[MP_KIND_UNSAMPLED] = "unsampled",
};

void mp_calls_init(struct mp_calls *c)
{
	*c = (struct mp_calls){ .head = MP_VIEW_HEAD_NONE };
}

void mp_calls_release(struct mp_calls *c)
{
	free(c->objects);
	free(c->functions);
	free(c->places);
	free(c->stacks);
	free(c->pages);
	free(c->notes);
	free(c->readings);
	free(c->degraded);
	free(c->warnings);
	free(c->texts);
	mp_index_release(&c->text_index);
	mp_index_release(&c->function_index);
	mp_index_release(&c->place_index);
	mp_index_release(&c->stack_index);
	mp_index_release(&c->object_index);
	mp_index_release(&c->page_index);
	mp_index_release(&c->degraded_index);
	mp_index_release(&c->warning_index);
	mp_arena_release(&c->arena);
}

int mp_calls_error(const struct mp_calls *c)
{
	return c->error;
}

void mp_calls_fail(struct mp_calls *c, int err)
{
	if (!c->error)
		c->error = err;
}

/* Whether one more fits into an array, by mp_grow(). */
static bool room(struct mp_calls *c, void *array, size_t count, size_t size)
{
	if (!c->error)
		c->error = mp_grow(array, count, size);
	return !c->error;
}

#define ROOM(c, what, n) room(c, &(c)->what, (c)->n, sizeof(*(c)->what))

/* What is looked for, by whichever index. */
struct key {
	const struct mp_calls *c;
	const void *thing;
	size_t len;
};

static bool same_text(const void *user, uint32_t at)
{
	const struct key *k = user;
	const char *text = k->c->texts[at];

	return !strncmp(text, k->thing, k->len) && !text[k->len];
}

const char *mp_calls_text(struct mp_calls *c, const char *text, size_t len)
{
	size_t end = strnlen(text, len);
	struct key k = { c, text, end };
	uint64_t hash = mp_text_hash((struct mp_text){ text, end });
	uint32_t at = mp_index_find(&c->text_index, hash, same_text, &k);
	char *copy;
	int err;

	if (at != MP_INDEX_NONE)
		return c->texts[at];
	if (!ROOM(c, texts, text_count))
		return "";
	copy = mp_arena_get(&c->arena, end + 1);
	err = copy ? mp_index_add(&c->text_index, hash, (uint32_t)c->text_count)
		   : -ENOMEM;
	if (err) {
		mp_calls_fail(c, err);
		return "";
	}
	memcpy(copy, text, end);
	copy[end] = '\0';
	c->texts[c->text_count++] = copy;
	return copy;
}

static const char *keep(struct mp_calls *c, const char *text)
{
	return text ? mp_calls_text(c, text, strlen(text)) : "";
}

static uint64_t mix_pointer(uint64_t hash, const void *p)
{
	return mp_text_mix(hash, (uintptr_t)p);
}

/* ---- what is told apart by one text -------------------------------------- */

/* An array whose things begin with a pointer to that text. */
struct by_text {
	const void *array;
	size_t size; /* of a thing */
	const char *text;
};

_Static_assert(offsetof(struct mp_view_object, path) == 0, "it comes first");
_Static_assert(offsetof(struct mp_view_page, id) == 0, "it comes first");

/* Texts are kept once, so that pointers tell whether they are equal. */
static bool has_text(const void *user, uint32_t at)
{
	const struct by_text *k = user;
	const char *text;

	memcpy(&text, (const char *)k->array + at * k->size, sizeof(text));
	return text == k->text;
}

#define FIND_TEXT(index, array, text)                        \
	mp_index_find(index, mix_pointer(0, text), has_text, \
		      &(struct by_text){ array, sizeof(*(array)), text })

static void add_text(struct mp_calls *c, struct mp_index *index,
		     const char *text, size_t at)
{
	mp_calls_fail(c,
		      mp_index_add(index, mix_pointer(0, text), (uint32_t)at));
}

uint32_t mp_calls_object_of(const struct mp_calls *c, uint32_t function)
{
	return FIND_TEXT(&c->object_index, c->objects,
			 c->functions[function].object);
}

void mp_calls_object(struct mp_calls *c, const char *path, const char *build_id)
{
	const char *own = keep(c, path), *id = keep(c, build_id);
	uint32_t at = FIND_TEXT(&c->object_index, c->objects, own);
	struct mp_view_object *o;

	if (!*own)
		return;
	if (at == MP_INDEX_NONE) {
		if (!ROOM(c, objects, object_count))
			return;
		at = (uint32_t)c->object_count++;
		c->objects[at] = (struct mp_view_object){ own, id, false };
		add_text(c, &c->object_index, own, at);
	}
	o = &c->objects[at];
	if (!*id || o->several || o->build_id == id)
		return;
	o->several = *o->build_id;
	o->build_id = o->several ? keep(c, "") : id;
}

uint64_t mp_calls_sum(struct mp_calls *c, uint64_t a, uint64_t b)
{
	uint64_t sum = 0;

	if (__builtin_add_overflow(a, b, &sum))
		mp_calls_fail(c, -EOVERFLOW);
	return sum;
}

int64_t mp_calls_sum_known(struct mp_calls *c, int64_t a, int64_t b)
{
	int64_t sum = 0;

	if (a == MP_UNKNOWN || b == MP_UNKNOWN)
		return MP_UNKNOWN;
	if (__builtin_add_overflow(a, b, &sum))
		mp_calls_fail(c, -EOVERFLOW);
	return sum;
}

uint32_t mp_calls_page(struct mp_calls *c, const struct mp_view_page *page)
{
	const char *id = keep(c, page->id);
	uint32_t at = FIND_TEXT(&c->page_index, c->pages, id);
	struct mp_view_page *p;

	if (at == MP_INDEX_NONE) {
		if (!ROOM(c, pages, page_count))
			return 0;
		at = (uint32_t)c->page_count++;
		c->pages[at] = *page;
		c->pages[at].id = id;
		add_text(c, &c->page_index, id, at);
		return at;
	}
	p = &c->pages[at];
	p->requests = mp_calls_sum(c, p->requests, page->requests);
	p->duration_ns =
		mp_calls_sum_known(c, p->duration_ns, page->duration_ns);
	p->cpu_ns = mp_calls_sum_known(c, p->cpu_ns, page->cpu_ns);
	return at;
}

void mp_calls_degraded(struct mp_calls *c, const char *text)
{
	const char *own = keep(c, text);

	if (FIND_TEXT(&c->degraded_index, c->degraded, own) != MP_INDEX_NONE ||
	    !ROOM(c, degraded, degraded_count))
		return;
	add_text(c, &c->degraded_index, own, c->degraded_count);
	c->degraded[c->degraded_count++] = own;
}

void mp_calls_warn(struct mp_calls *c, const char *format, ...)
{
	char text[WARNING_MAX];
	const char *own;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	own = keep(c, text);
	if (FIND_TEXT(&c->warning_index, c->warnings, own) != MP_INDEX_NONE ||
	    !ROOM(c, warnings, warning_count))
		return;
	add_text(c, &c->warning_index, own, c->warning_count);
	c->warnings[c->warning_count++] = own;
}

/* ---- functions, places and stacks ---------------------------------------- */

static bool same_function(const void *user, uint32_t at)
{
	const struct key *k = user;
	const struct mp_function *a = k->thing, *b = &k->c->functions[at];

	return a->name == b->name && a->linkage == b->linkage &&
	       a->object == b->object && a->file == b->file &&
	       a->line == b->line;
}

uint32_t mp_calls_function(struct mp_calls *c, const struct mp_function *f)
{
	struct mp_function own = {
		.name = keep(c, f->name),
		.linkage = keep(c, f->linkage ? f->linkage : f->name),
		.object = keep(c, f->object),
		.file = keep(c, f->file),
		.line = f->line,
	};
	struct key k = { c, &own, 0 };
	uint64_t hash = mix_pointer(own.line, own.name);
	uint32_t at;

	hash = mix_pointer(mix_pointer(hash, own.linkage), own.object);
	hash = mix_pointer(hash, own.file);
	at = mp_index_find(&c->function_index, hash, same_function, &k);
	if (at != MP_INDEX_NONE)
		return at;
	if (!ROOM(c, functions, function_count))
		return 0;
	at = (uint32_t)c->function_count;
	mp_calls_fail(c, mp_index_add(&c->function_index, hash, at));
	c->functions[c->function_count++] = own;
	mp_calls_object(c, own.object, "");
	return at;
}

static bool same_place(const void *user, uint32_t at)
{
	const struct key *k = user;
	const struct mp_place *a = k->thing, *b = &k->c->places[at];

	return a->function == b->function && a->line == b->line &&
	       a->address == b->address && a->inlined == b->inlined;
}

uint32_t mp_calls_place(struct mp_calls *c, const struct mp_place *p)
{
	struct key k = { c, p, 0 };
	uint64_t hash = mp_text_mix(p->address, p->function);
	uint32_t at;

	hash = mp_text_mix(hash, (uint64_t)p->line << 1 | p->inlined);
	at = mp_index_find(&c->place_index, hash, same_place, &k);
	if (at != MP_INDEX_NONE)
		return at;
	if (!ROOM(c, places, place_count))
		return 0;
	at = (uint32_t)c->place_count;
	mp_calls_fail(c, mp_index_add(&c->place_index, hash, at));
	c->places[c->place_count++] = *p;
	return at;
}

static bool same_stack(const void *user, uint32_t at)
{
	const struct key *k = user;
	const struct mp_stack *a = k->thing, *b = &k->c->stacks[at];

	return a->page == b->page && a->kind == b->kind &&
	       a->depth == b->depth &&
	       !memcmp(a->places, b->places, a->depth * sizeof(*a->places));
}

static uint64_t stack_hash(const struct mp_stack *s)
{
	uint64_t hash = mp_text_mix(s->kind, s->page);

	for (uint32_t i = 0; i < s->depth; i++)
		hash = mp_text_mix(hash, s->places[i]);
	return hash;
}

static const uint32_t *keep_places(struct mp_calls *c, const uint32_t *places,
				   uint32_t depth)
{
	uint32_t *own = mp_arena_get(&c->arena, depth * sizeof(*own));

	if (!own)
		mp_calls_fail(c, -ENOMEM);
	else if (depth > 0)
		memcpy(own, places, depth * sizeof(*own));
	return own;
}

static void add_stack(struct mp_calls *c, const struct mp_stack *stack)
{
	struct key k = { c, stack, 0 };
	uint64_t hash = stack_hash(stack);
	uint32_t at = mp_index_find(&c->stack_index, hash, same_stack, &k);
	struct mp_stack own = *stack;

	c->total = mp_calls_sum(c, c->total, stack->value);
	c->samples = mp_calls_sum(c, c->samples, stack->samples);
	if (!c->error)
		c->by_kind[stack->kind] += stack->value;
	if (at != MP_INDEX_NONE) {
		c->stacks[at].value += stack->value;
		c->stacks[at].samples += stack->samples;
		return;
	}
	own.places = keep_places(c, stack->places, stack->depth);
	if (!ROOM(c, stacks, stack_count))
		return;
	mp_calls_fail(c, mp_index_add(&c->stack_index, hash,
				      (uint32_t)c->stack_count));
	c->stacks[c->stack_count++] = own;
}

void mp_calls_stack(struct mp_calls *c, const struct mp_stack *stack)
{
	struct mp_stack whole = *stack;
	uint32_t place;

	if (stack->depth == 0) {
		struct mp_function f = { .name = MP_CALLS_UNKNOWN };

		if (stack->kind == MP_KIND_UNSAMPLED)
			f.name = MP_CALLS_UNSAMPLED;
		if (stack->kind == MP_KIND_QUEUED)
			f.name = MP_CALLS_QUEUED;
		place = mp_calls_place(
			c, &(struct mp_place){ mp_calls_function(c, &f), 0, 0,
					       false });
		whole.places = &place;
		whole.depth = 1;
	}
	add_stack(c, &whole);
}

void mp_calls_note(struct mp_calls *c, const struct mp_view_note *note)
{
	struct mp_view_note own = *note;

	own.kind = keep(c, note->kind);
	own.text = keep(c, note->text);
	own.places = keep_places(c, note->places, note->depth);
	if (ROOM(c, notes, note_count))
		c->notes[c->note_count++] = own;
}

void mp_calls_reading(struct mp_calls *c, const char *name, int64_t value)
{
	const char *own = keep(c, name);

	if (ROOM(c, readings, reading_count))
		c->readings[c->reading_count++] =
			(struct mp_view_reading){ own, value };
}
