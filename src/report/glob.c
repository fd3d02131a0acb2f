#include "report/glob.h"

#include <fnmatch.h>
#include <string.h>

void mp_glob_init(struct mp_glob *g, const char *pattern)
{
	size_t plain = strcspn(pattern, "*?[\\");

	*g = (struct mp_glob){
		.pattern = { pattern, strlen(pattern) },
		.plain = plain,
		.open = !strcmp(pattern + plain, "*"),
	};
}

/* Most patterns are decided by how they begin, which is much quicker. */
bool mp_glob_matches(const struct mp_glob *g, struct mp_text id)
{
	char copy[MP_RECORD_MAX];

	if (id.len < g->plain || memcmp(id.p, g->pattern.p, g->plain) != 0)
		return false;
	if (g->open)
		return true;
	if (id.len >= sizeof(copy))
		return false;
	memcpy(copy, id.p, id.len);
	copy[id.len] = '\0';
	return !fnmatch(g->pattern.p, copy, 0);
}
