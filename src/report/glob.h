#ifndef MP_GLOB_H
#define MP_GLOB_H

/*
 * glob: whether a page id matches a pattern of fnmatch(3).
 *
 * Without any flag of it: `*` and `?` match a `/` as well, and `[` and `\` mean
 * what they do in a shell.
 */

#include "core/record.h"

#include <stdbool.h>

struct mp_glob {
	struct mp_text pattern; /* as it was given, and terminated */
	size_t plain; /* bytes at its start that stand for themselves */
	bool open;    /* all that follows is one `*` */
};

/* `pattern` must outlive it. */
void mp_glob_init(struct mp_glob *g, const char *pattern);

bool mp_glob_matches(const struct mp_glob *g, struct mp_text id);

#endif
