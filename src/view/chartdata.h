#ifndef MP_CHARTDATA_H
#define MP_CHARTDATA_H

/*
 * chartdata: the nodes of a layout as JSON, for the scripts of pictures.
 *
 * One object: `objects`, texts; `functions`, each { id, name, object, file,
 * line, hue, shade }, its id an index in the profile, its object one of these or
 * -1; `places`, each [function, line,
 * inlined]; and an array a column of nodes, in the order of the layout: `node`,
 * an index of a place or -1 for the root, `parent`, `total`, `self`, `samples`
 * and `blocked`.
 */

#include "view/layout.h"

#include <stdio.h>

/* Fails with -ENOMEM. */
int mp_chartdata_put(FILE *out, const struct mp_calls *c,
		     const struct mp_tree *t, const struct mp_layout *l);

#endif
