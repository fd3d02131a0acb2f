#include "view/folded.h"

#include "view/plain.h"

#include <inttypes.h>

/* A name, where `;` would begin the next one. */
static void put_name(FILE *out, const char *name)
{
	char shown[MP_PLAIN_MAX];

	while ((name = mp_plain_next(name, shown)))
		fputs(*shown == ';' ? ":" : shown, out);
}

static void put_place(FILE *out, const struct mp_calls *c, uint32_t place)
{
	const struct mp_place *p = &c->places[place];

	put_name(out, c->functions[p->function].name);
	if (p->line > 0)
		fprintf(out, ":%" PRIu32, p->line);
}

int mp_write_folded(FILE *out, const struct mp_calls *c)
{
	for (size_t i = 0; i < c->stack_count; i++) {
		const struct mp_stack *s = &c->stacks[i];

		if (s->value == 0)
			continue;
		for (uint32_t j = 0; j < s->depth; j++) {
			if (j > 0)
				putc(';', out);
			put_place(out, c, s->places[j]);
		}
		if (s->kind == MP_KIND_BLOCKED)
			fputs(";[blocked]", out);
		fprintf(out, " %" PRIu64 "\n", s->value);
	}
	return 0;
}
