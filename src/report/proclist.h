#ifndef MP_PROCLIST_H
#define MP_PROCLIST_H

/* proclist: the processes, to be read below the table. */

#include "report/procs.h"
#include "report/show.h"

#include <stdio.h>

/* Print a line for each of the first `most` processes, and how many there are
   beyond. */
void mp_proclist_print(const struct mp_procs *p, size_t most,
		       const struct mp_show_style *style, FILE *out);

/* As in `vanished`; `-` for one that may go on. */
const char *mp_proc_end_name(enum mp_proc_end end);

#endif
