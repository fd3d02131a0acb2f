#ifndef MP_CMD_OVER_H
#define MP_CMD_OVER_H

/* over: what `report --threshold` prints. */

#include "cmd/input.h"
#include "report/view.h"

#include <stdint.h>

/* Print the requests above `bytes` to stdout, and what they come to on stderr.
   Returns the exit status. */
int mp_cmd_over(struct mp_input *in, const struct mp_view *view, int64_t bytes);

#endif
