#ifndef MP_PANELS_H
#define MP_PANELS_H

/* panels: how each plot is drawn. */

#include "report/script.h"

struct mp_panel {
	/* Lines that it takes. */
	double (*height)(const struct mp_script *s);
	/* Write the commands that draw it, from `top` lines on. */
	void (*write)(const struct mp_script *s, double top);
};

extern const struct mp_panel mp_panel_memory;
extern const struct mp_panel mp_panel_vss;
extern const struct mp_panel mp_panel_heap;
extern const struct mp_panel mp_panel_retained;
extern const struct mp_panel mp_panel_pages;
extern const struct mp_panel mp_panel_deltas;
extern const struct mp_panel mp_panel_duration;

#endif
