#include "view/symbols.h"

#include "profile/format.h"
#include "report/text.h"
#include "view/debugfile.h"
#include "view/demangle.h"
#include "view/diename.h"
#include "view/grow.h"
#include "view/scopes.h"
#include "view/symtab.h"

#include <inttypes.h>
#include <stdio.h>

/* Deeper inlining is nobody's. */
#define INLINES_MAX 256

struct object {
	const char *path, *build_id; /* in the calls' arena */
	struct mp_debugfile file;
	struct mp_symtab symtab;
	struct mp_scopes scopes;
	uint64_t nameless; /* addresses that have none */
	bool opened;	   /* whether it was tried */
	bool readable;	   /* whether it is the file that ran */
};

/* A function of DWARF that has its name. */
struct named {
	const void *origin;
	uint32_t function;
};

struct known {
	uint64_t address;
	uint32_t object;
	struct mp_chain chain;
};

struct mp_symbols {
	struct mp_calls *c;
	struct object *objects;
	struct known *known;
	struct named *named;
	size_t object_count, known_count, named_count;
	struct mp_index object_index, known_index, named_index;
};

int mp_symbols_open(struct mp_calls *c, struct mp_symbols **ret)
{
	struct mp_symbols *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->c = c;
	*ret = s;
	return 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void close_object(struct mp_calls *c, struct object *o)
{
	if (o->nameless > 0)
		mp_calls_warn(c, "%s: %" PRIu64 " %s without a name%s", o->path,
			      o->nameless,
			      o->nameless == 1 ? "place" : "places",
			      o->symtab.stripped ? ": it is stripped" : "");
	mp_symtab_release(&o->symtab);
	mp_scopes_close(&o->scopes);
	mp_debugfile_close(&o->file);
}

void mp_symbols_close(struct mp_symbols *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->object_count; i++)
		close_object(s->c, &s->objects[i]);
	mp_index_release(&s->object_index);
	mp_index_release(&s->known_index);
	mp_index_release(&s->named_index);
	free(s->objects);
	free(s->known);
	free(s->named);
	free(s);
}

struct object_key {
	const struct mp_symbols *s;
	const char *path, *build_id; /* in the calls' arena */
};

static bool same_object(const void *user, uint32_t at)
{
	const struct object_key *k = user;
	const struct object *o = &k->s->objects[at];

	return o->path == k->path && o->build_id == k->build_id;
}

uint32_t mp_symbols_object(struct mp_symbols *s, const char *path,
			   const char *build_id)
{
	struct object_key k = {
		.s = s,
		.path = mp_calls_text(s->c, path, strlen(path)),
		.build_id = mp_calls_text(s->c, build_id, strlen(build_id)),
	};
	uint64_t hash = mp_text_mix((uintptr_t)k.path, (uintptr_t)k.build_id);
	uint32_t at = mp_index_find(&s->object_index, hash, same_object, &k);
	int err;

	if (at != MP_INDEX_NONE)
		return at;
	at = (uint32_t)s->object_count;
	err = MP_GROW(s->objects, s->object_count);
	if (!err)
		err = mp_index_add(&s->object_index, hash, at);
	if (err) {
		mp_calls_fail(s->c, err);
		return MP_INDEX_NONE;
	}
	s->objects[s->object_count++] =
		(struct object){ .path = k.path, .build_id = k.build_id };
	return at;
}

/* ---- files --------------------------------------------------------------- */

static void complain(struct mp_symbols *s, const struct object *o, int err)
{
	bool vdso = !strcmp(o->path, MP_FORMAT_VDSO);

	if (o->path[0] != '/' && !(vdso && err == -ESTALE))
		return; /* no file that could be told of */
	if (vdso)
		mp_calls_warn(s->c,
			      "%s: no names: this is another kernel than the "
			      "one that ran",
			      o->path);
	else if (err == -ESTALE && !*o->build_id)
		mp_calls_warn(s->c,
			      "%s: which build of it ran is not told: it has "
			      "no names",
			      o->path);
	else if (err == -ESTALE)
		mp_calls_warn(s->c,
			      "%s: not the file that ran: it has another "
			      "build id",
			      o->path);
	else if (err == -ENOEXEC)
		mp_calls_warn(s->c, "%s: not a program, nor a library",
			      o->path);
	else
		mp_calls_warn(s->c, "%s: %s", o->path, strerror(-err));
}

static void open_object(struct mp_symbols *s, struct object *o)
{
	Dwarf_Addr bias;
	Dwarf *dwarf;
	int err;

	o->opened = true;
	err = mp_debugfile_open(o->path, o->build_id, &o->file);
	if (err) {
		complain(s, o, err);
		return;
	}
	o->readable = true;
	dwarf = dwfl_module_getdwarf(o->file.module, &bias);
	if (dwarf)
		err = mp_scopes_open(dwarf, &o->scopes);
	if (!err)
		err = mp_symtab_read(o->file.module, &o->symtab);
	if (err)
		mp_calls_fail(s->c, err);
}

/* ---- names --------------------------------------------------------------- */

/* Where its source begins, as far as that is known. */
static void set_source(struct object *o, struct mp_function *f, uint64_t start)
{
	struct mp_unit *unit;
	const char *file;
	uint32_t scope, line;

	if (mp_scopes_find(&o->scopes, start, &unit, &scope) || !unit)
		return;
	line = mp_scopes_line(unit, start, &file);
	if (!file)
		return;
	f->file = file;
	f->line = line;
}

static uint32_t by_symbol(struct mp_symbols *s, struct object *o,
			  const struct mp_symbol *symbol)
{
	size_t len = strcspn(symbol->name, "@"); /* and its version */
	struct mp_function f = { .object = o->path };
	uint32_t ret;
	char *name;

	f.linkage = mp_calls_text(s->c, symbol->name, len);
	name = mp_demangle(f.linkage);
	f.name = name ? name : f.linkage;
	set_source(o, &f, symbol->start);
	ret = mp_calls_function(s->c, &f);
	free(name);
	return ret;
}

static uint32_t by_place(struct mp_symbols *s, struct object *o,
			 uint64_t address)
{
	struct mp_function f = { .object = o->path };
	char text[1024];

	/* Of a file that can't be read that is told already. */
	if (o->readable)
		o->nameless++;
	snprintf(text, sizeof(text), "%.990s+0x%" PRIx64, base_name(o->path),
		 address);
	f.name = text;
	return mp_calls_function(s->c, &f);
}

static uint32_t without_scope(struct mp_symbols *s, struct object *o,
			      uint64_t address)
{
	const struct mp_symbol *symbol = mp_symtab_find(&o->symtab, address);

	return symbol ? by_symbol(s, o, symbol) : by_place(s, o, address);
}

static uint32_t by_die(struct mp_symbols *s, struct object *o, Dwarf_Die *die,
		       uint64_t address)
{
	struct mp_diename name;
	struct mp_function f = { .object = o->path };
	uint32_t ret;

	if (mp_diename_get(die, &name))
		return without_scope(s, o, address);
	f.name = name.name;
	f.linkage = name.linkage;
	f.file = name.file;
	f.line = name.line;
	ret = mp_calls_function(s->c, &f);
	mp_diename_release(&name);
	return ret;
}

struct origin_key {
	const struct mp_symbols *s;
	const void *origin;
};

static bool same_origin(const void *user, uint32_t at)
{
	const struct origin_key *k = user;

	return k->s->named[at].origin == k->origin;
}

/* Names cost much, and a function is inlined in many places. */
static uint32_t by_origin(struct mp_symbols *s, struct object *o,
			  Dwarf_Die *die, uint64_t address)
{
	struct origin_key k = { s, mp_diename_origin(die) };
	uint64_t hash = mp_text_mix(0, (uintptr_t)k.origin);
	uint32_t at = mp_index_find(&s->named_index, hash, same_origin, &k);
	struct named own = { .origin = k.origin };
	int err;

	if (at != MP_INDEX_NONE)
		return s->named[at].function;
	own.function = by_die(s, o, die, address);
	err = MP_GROW(s->named, s->named_count);
	if (!err)
		err = mp_index_add(&s->named_index, hash,
				   (uint32_t)s->named_count);
	if (err)
		mp_calls_fail(s->c, err);
	else
		s->named[s->named_count++] = own;
	return own.function;
}

static uint32_t by_scope(struct mp_symbols *s, struct object *o,
			 struct mp_scope *scope, uint64_t address)
{
	if (scope->function == MP_SCOPES_NONE)
		scope->function = by_origin(s, o, &scope->die, address);
	return scope->function;
}

/* From the innermost scope outwards; the places come the other way round. */
static uint32_t inlined_places(struct mp_symbols *s, struct object *o,
			       struct mp_unit *unit, uint32_t scope,
			       uint64_t address, uint32_t *places)
{
	const char *file;
	uint32_t line = mp_scopes_line(unit, address, &file);
	uint32_t depth = 0;

	while (scope != MP_SCOPES_NONE && depth < INLINES_MAX) {
		struct mp_scope *at = &unit->scopes[scope];
		struct mp_place place = {
			.function = by_scope(s, o, at, address),
			.line = line,
			.address = address,
			.inlined = at->parent != MP_SCOPES_NONE,
		};

		places[INLINES_MAX - ++depth] = mp_calls_place(s->c, &place);
		line = at->call_line;
		scope = at->parent;
	}
	return depth;
}

static uint32_t single_place(struct mp_symbols *s, struct object *o,
			     struct mp_unit *unit, uint64_t address)
{
	struct mp_place place = { .address = address };
	const char *file;

	place.function = without_scope(s, o, address);
	if (unit)
		place.line = mp_scopes_line(unit, address, &file);
	return mp_calls_place(s->c, &place);
}

static struct mp_chain name(struct mp_symbols *s, struct object *o,
			    uint64_t address)
{
	uint32_t places[INLINES_MAX], *own;
	struct mp_chain chain = { 0 };
	struct mp_unit *unit;
	uint32_t scope;
	int err;

	if (!o->opened)
		open_object(s, o);
	err = mp_scopes_find(&o->scopes, address, &unit, &scope);
	if (err) {
		mp_calls_fail(s->c, err);
		return chain;
	}
	if (unit && scope != MP_SCOPES_NONE)
		chain.depth =
			inlined_places(s, o, unit, scope, address, places);
	if (chain.depth == 0) {
		places[INLINES_MAX - 1] = single_place(s, o, unit, address);
		chain.depth = 1;
	}
	own = mp_arena_get(&s->c->arena, chain.depth * sizeof(*own));
	if (!own)
		mp_calls_fail(s->c, -ENOMEM);
	else
		memcpy(own, places + INLINES_MAX - chain.depth,
		       chain.depth * sizeof(*own));
	chain.places = own;
	return chain;
}

/* ---- what is known ------------------------------------------------------- */

struct key {
	const struct mp_symbols *s;
	uint64_t address;
	uint32_t object;
};

static bool same(const void *user, uint32_t at)
{
	const struct key *k = user;
	const struct known *known = &k->s->known[at];

	return known->address == k->address && known->object == k->object;
}

struct mp_chain mp_symbols_find(struct mp_symbols *s, uint32_t object,
				uint64_t address)
{
	struct key k = { s, address, object };
	uint64_t hash = mp_text_mix(object, address);
	uint32_t at = mp_index_find(&s->known_index, hash, same, &k);
	struct known own = { address, object, { 0 } };
	int err;

	if (at != MP_INDEX_NONE)
		return s->known[at].chain;
	if (object >= s->object_count || s->c->error)
		return own.chain;
	own.chain = name(s, &s->objects[object], address);
	err = MP_GROW(s->known, s->known_count);
	if (!err)
		err = mp_index_add(&s->known_index, hash,
				   (uint32_t)s->known_count);
	if (err)
		mp_calls_fail(s->c, err);
	else
		s->known[s->known_count++] = own;
	return own.chain;
}
