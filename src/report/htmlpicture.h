#ifndef MP_HTMLPICTURE_H
#define MP_HTMLPICTURE_H

/*
 * htmlpicture: a picture in a page of HTML, as a part of it.
 *
 * It is kept apart from the page, as a file of its own would be: what its texts
 * may mean to a browser is no matter there, and names in it cannot clash.
 */

#include "core/record.h"

#include <stdio.h>

/* Two drawings of the same, as SVG: one for a narrow screen. */
struct mp_htmlpicture {
	struct mp_text wide, narrow;
};

/* Write it; `about` stands for it where it cannot be seen. */
void mp_htmlpicture_print(const struct mp_htmlpicture *picture,
			  const char *about, FILE *out);

#endif
