#ifndef MP_BARS_H
#define MP_BARS_H

/* bars: the lower half of the picture, what each page kept. */

#include "report/script.h"

/* Write the commands that draw it. */
void mp_bars_write(const struct mp_script *s);

#endif
