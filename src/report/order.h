#ifndef MP_ORDER_H
#define MP_ORDER_H

/* order: what comes first in a report. */

#include "report/columns.h"

/*
 * Sort the pages, those that grew most first: by the first of retained heap,
 * clean RSS and RSS that any line knows, which is returned.
 */
enum mp_rank mp_order_by_growth(struct mp_totals *t);

/* Sort them by name, as bytes. */
void mp_order_by_name(struct mp_totals *t);

/* Sort them by a column of numbers, the largest first and unknown ones last;
   equal ones stay in order.  Fails with -ENOMEM. */
int mp_order_by_column(struct mp_totals *t, enum mp_column_id id);

/*
 * Find what `name` sorts by: a column of numbers, by its key or its heading, in
 * either case, with `-` for blanks; or `name`, which is the column of ids.
 * Fails with -EINVAL.
 */
int mp_order_find(const char *name, enum mp_column_id *ret);

#endif
