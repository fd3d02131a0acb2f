#include "view/palette.h"

#include <string.h>

#define HUES   7 /* the first is the program's */
#define SHADES 4

/* FNV-1a: of short names, and no picture may change with the machine. */
static uint32_t hash(const char *s)
{
	uint32_t h = 2166136261;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619;
	return h ^ h >> 16;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Where objects are all that is told apart, they are the functions. */
char mp_palette_hue(const struct mp_calls *c, uint32_t f)
{
	const char *name = c->functions[f].name;
	const char *object = c->functions[f].object;

	if (!strcmp(name, MP_CALLS_UNKNOWN) ||
	    !strcmp(name, MP_CALLS_UNSAMPLED) || !strcmp(name, MP_CALLS_QUEUED))
		return MP_PALETTE_UNKNOWN;
	if (!*object)
		object = name;
	if (!strcmp(object, c->head.exe))
		return '0';
	return (char)('1' + hash(last_part(object)) % (HUES - 1));
}

char mp_palette_shade(const struct mp_calls *c, uint32_t f)
{
	return (char)('0' + hash(c->functions[f].name) % SHADES);
}

/* As Model.colour() in model.js. */
void mp_palette_put(FILE *out, const struct mp_calls *c,
		    const struct mp_tree_node *node)
{
	char hue;
	uint32_t f;

	if (node->place == MP_TREE_NONE) {
		fputs("all", out);
		return;
	}
	f = c->places[node->place].function;
	hue = mp_palette_hue(c, f);
	if (hue == MP_PALETTE_UNKNOWN)
		fputs("hu", out);
	else
		fprintf(out, "h%cs%c", node->blocked == node->total ? 'b' : hue,
			mp_palette_shade(c, f));
}
