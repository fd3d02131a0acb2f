#include "view/folded.h"

#include "view/diffstacks.h"
#include "view/plain.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* A name, where `;` would begin the next one; for free(3). */
static char *shown(const char *name)
{
	char character[MP_PLAIN_MAX];
	char *ret;
	size_t len;
	FILE *out = open_memstream(&ret, &len);

	if (!out)
		return NULL;
	while ((name = mp_plain_next(name, character)))
		fputs(*character == ';' ? ":" : character, out);
	if (!fclose(out))
		return ret;
	free(ret);
	return NULL;
}

/* Of each function; for free_names(). */
static char **make_names(const struct mp_calls *c)
{
	char **names = calloc(c->function_count + 1, sizeof(*names));

	for (size_t i = 0; names && i < c->function_count; i++) {
		names[i] = shown(c->functions[i].name);
		if (names[i])
			continue;
		while (i-- > 0)
			free(names[i]);
		free(names);
		return NULL;
	}
	return names;
}

static void free_names(const struct mp_calls *c, char **names)
{
	for (size_t i = 0; i < c->function_count; i++)
		free(names[i]);
	free(names);
}

static void put_frames(FILE *out, const struct mp_calls *c,
		       const struct mp_stack *s, char *const *names)
{
	for (uint32_t i = 0; i < s->depth; i++) {
		const struct mp_place *p = &c->places[s->places[i]];

		if (i > 0)
			putc(';', out);
		fputs(names[p->function], out);
		if (p->line > 0)
			fprintf(out, ":%" PRIu32, p->line);
	}
	if (s->kind == MP_KIND_BLOCKED)
		fputs(";[blocked]", out);
}

int mp_write_folded(FILE *out, const struct mp_calls *c)
{
	char **names = make_names(c);

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < c->stack_count; i++) {
		if (c->stacks[i].value == 0)
			continue;
		put_frames(out, c, &c->stacks[i], names);
		fprintf(out, " %" PRIu64 "\n", c->stacks[i].value);
	}
	free_names(c, names);
	return 0;
}

static void put_change(FILE *out, const struct mp_calldiff *d,
		       const struct mp_change *c)
{
	fprintf(out, " %lld %lld\n", llround(mp_calldiff_ns(d, c, MP_BEFORE)),
		llround(mp_calldiff_ns(d, c, MP_AFTER)));
}

int mp_show_foldeddiff(FILE *out, const struct mp_calldiff *d,
		       const struct mp_view_style *style)
{
	const struct mp_calls *c = &d->both;
	struct mp_diffstacks stacks;
	int err = mp_diffstacks_build(d, &stacks);
	char **names;

	(void)style;
	if (err)
		return err;
	names = make_names(c);
	for (size_t i = 0; names && i < stacks.count; i++) {
		const struct mp_diffstack *s = &stacks.list[i];

		if (s->change.ns[MP_BEFORE] == 0 && s->change.ns[MP_AFTER] == 0)
			continue;
		put_frames(out, c, s->stack, names);
		put_change(out, d, &s->change);
	}
	if (names)
		free_names(c, names);
	mp_diffstacks_release(&stacks);
	return names ? 0 : -ENOMEM;
}
