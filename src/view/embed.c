#include "view/embed.h"

void mp_embed_put(FILE *out, const struct mp_embed *e)
{
	for (const char *const *line = e->lines; *line; line++)
		fprintf(out, "%s\n", *line);
}
