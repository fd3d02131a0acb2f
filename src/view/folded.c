#include "view/folded.h"

#include "view/plain.h"

#include <errno.h>
#include <inttypes.h>
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

static void put_stack(FILE *out, const struct mp_calls *c,
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
	fprintf(out, " %" PRIu64 "\n", s->value);
}

int mp_write_folded(FILE *out, const struct mp_calls *c)
{
	char **names = calloc(c->function_count + 1, sizeof(*names));
	int err = names ? 0 : -ENOMEM;

	for (size_t i = 0; i < c->function_count && !err; i++) {
		names[i] = shown(c->functions[i].name);
		if (!names[i])
			err = -ENOMEM;
	}
	for (size_t i = 0; i < c->stack_count && !err; i++)
		if (c->stacks[i].value > 0)
			put_stack(out, c, &c->stacks[i], names);
	for (size_t i = 0; names && i < c->function_count; i++)
		free(names[i]);
	free(names);
	return err;
}
