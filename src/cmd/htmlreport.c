#include "cmd/htmlreport.h"

#include "cmd/draw.h"
#include "report/gnuplot.h"
#include "report/html.h"

#include <errno.h>
#include <stdlib.h>

/* Columns of a picture, so that its letters are as large as those around it on
   a phone, and on a screen or paper. */
#define NARROW 46
#define WIDE   120

static int draw(struct mp_plots *plots, unsigned columns, struct mp_text *ret)
{
	const struct mp_picture_style style = { .picture = MP_PICTURE_SVG,
						.columns = columns };
	FILE *script;
	int err = mp_draw_open(&script);

	if (err)
		return err;
	mp_gnuplot_write(script, &style, &mp_plots_default, NULL, plots);
	return mp_draw_close_picture(script, ret);
}

static void release(struct mp_htmlpicture *p)
{
	free((void *)(uintptr_t)p->wide.p);
	free((void *)(uintptr_t)p->narrow.p);
}

void mp_htmlreport_print(const struct mp_report *r, FILE *out)
{
	struct mp_htmlpicture picture = { { NULL, 0 }, { NULL, 0 } };
	int err = -ENODATA;

	if (r->plots)
		err = draw(r->plots, WIDE, &picture.wide);
	if (!err)
		err = draw(r->plots, NARROW, &picture.narrow);
	mp_html_print(r, err ? NULL : &picture,
		      err == -ENOENT	? "there is no gnuplot"
		      : err == -ENODATA ? "there is nothing to draw"
					: "gnuplot failed",
		      out);
	release(&picture);
}
