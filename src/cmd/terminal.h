#ifndef MP_TERMINAL_H
#define MP_TERMINAL_H

/* terminal: what stdout is, where it is one. */

#include <stdbool.h>
#include <stddef.h>

/* Its columns, or 0. */
size_t mp_terminal_width(void);

/* Whether it shows colours, and the user wants them (NO_COLOR, TERM). */
bool mp_terminal_has_colour(void);

#endif
