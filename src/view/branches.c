#include "view/branches.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *below(bool more)
{
	return more ? "│  " : "   ";
}

void mp_branches_put(const struct mp_branches *b, bool top, bool more,
		     FILE *out)
{
	if (b->length > 0)
		fwrite(b->text, 1, b->length, out);
	if (!top)
		fputs(more ? "├─ " : "└─ ", out);
}

int mp_branches_down(struct mp_branches *b, bool top, bool more)
{
	size_t length = strlen(below(more));
	char *grown;

	if (top)
		return 0;
	grown = realloc(b->text, b->length + length);
	if (!grown)
		return -ENOMEM;
	memcpy(grown + b->length, below(more), length);
	b->text = grown;
	b->length += length;
	b->columns += MP_BRANCHES_COLUMNS;
	return 0;
}

void mp_branches_up(struct mp_branches *b, bool top, bool more)
{
	if (top)
		return;
	b->length -= strlen(below(more));
	b->columns -= MP_BRANCHES_COLUMNS;
}

void mp_branches_release(struct mp_branches *b)
{
	free(b->text);
	*b = (struct mp_branches){ 0 };
}
