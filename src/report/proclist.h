#ifndef MP_PROCLIST_H
#define MP_PROCLIST_H

/* proclist: the processes, to be read below the table. */

#include "report/grid.h"
#include "report/procs.h"

#include <stdio.h>

/* Tell of the first `most` processes, one a row, and how many there are
   beyond. */
void mp_proclist_tell(const struct mp_procs *p, size_t most, mp_grid_tell *tell,
		      void *user);

/* Print all this. */
void mp_proclist_print(const struct mp_procs *p, size_t most,
		       const struct mp_show_style *style, FILE *out);

/* As in `vanished`; `-` for one that may go on. */
const char *mp_proc_end_name(enum mp_proc_end end);

#endif
