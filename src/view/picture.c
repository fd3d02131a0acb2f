#include "view/picture.h"

#include "view/caption.h"
#include "view/chartdata.h"
#include "view/embed.h"

#define TOP 112 /* pixels above the drawing; svg.js has its tools there */

int mp_picture_init(struct mp_picture *p, const struct mp_calls *c,
		    const struct mp_layout_bounds *bounds)
{
	int err;

	*p = (struct mp_picture){ .calls = c };
	err = mp_tree_build(c, &p->tree);
	if (err)
		return err;
	err = mp_layout_build(&p->tree, bounds, &p->layout);
	if (err)
		mp_tree_release(&p->tree);
	return err;
}

void mp_picture_release(struct mp_picture *p)
{
	mp_layout_release(&p->layout);
	mp_tree_release(&p->tree);
}

static void put_head(FILE *out, const struct mp_picture *p,
		     const struct mp_picture_drawing *d)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100%%\" "
		"height=\"%u\">\n<title>%s: ",
		TOP + d->height, d->name);
	mp_caption_put_subject(out, p->calls);
	fputs("</title>\n<style>\n", out);
	mp_embed_put(out, &mp_palette_css);
	mp_embed_put(out, &mp_picture_css);
	mp_embed_put(out, &mp_svg_css);
	fputs("</style>\n<text class=\"subject\" x=\"8\" y=\"22\">", out);
	mp_caption_put_subject(out, p->calls);
	fputs("</text>\n<text class=\"dim\" x=\"8\" y=\"40\">", out);
	mp_caption_put_sum(out, p->calls);
	fputs("</text>\n", out);
	if (p->layout.left_out > 0)
		fprintf(out,
			"<text class=\"dim\" x=\"8\" y=\"56\">%zu smaller or "
			"deeper calls are left out.</text>\n",
			p->layout.left_out);
}

static int put_scripts(FILE *out, const struct mp_picture *p,
		       const struct mp_embed *script)
{
	const struct mp_embed *const scripts[] = { &mp_model_js, &mp_picture_js,
						   script, &mp_svg_js };
	int err;

	/* It has nothing that XML would take for markup. */
	fputs("<script type=\"application/json\" id=\"data\">\n", out);
	err = mp_chartdata_put(out, p->calls, &p->tree, &p->layout);
	fputs("</script>\n", out);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		fputs("<script><![CDATA[\n", out);
		mp_embed_put(out, scripts[i]);
		fputs("]]></script>\n", out);
	}
	return err;
}

int mp_picture_write(FILE *out, const struct mp_picture *p,
		     const struct mp_picture_drawing *d)
{
	int err;

	put_head(out, p, d);
	fprintf(out, "<svg id=\"picture\" data-kind=\"%s\" y=\"%d\" %s>\n",
		d->kind, TOP, d->attributes);
	d->put(p, out);
	fputs("</svg>\n<text class=\"dim\" id=\"details\" x=\"8\" y=\"104\">"
	      "</text>\n",
	      out);
	err = put_scripts(out, p, d->script);
	fputs("</svg>\n", out);
	return err;
}
