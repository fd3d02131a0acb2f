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
 *
 * Of two profiles these are after, and there are `diff`, an object of
 * { requests, sample, most }, the first two arrays of before and after as in
 * mp_calldiff, and the columns `before`, `self_before`, `self_samples` and
 * `self_samples_before`.
 */

#include "view/diffdraw.h"
#include "view/layout.h"

#include <stdio.h>

/* `diff` is null for one profile.  Fails with -ENOMEM. */
int mp_chartdata_put(FILE *out, const struct mp_calls *c,
		     const struct mp_tree *t, const struct mp_layout *l,
		     const struct mp_diffdraw *diff);

#endif
