#include "view/picture.h"

#include "view/caption.h"
#include "view/chartdata.h"
#include "view/embed.h"
#include "view/palette.h"

#define TOP 130 /* pixels above the drawing; svg.js has its tools there */

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

int mp_picture_init_diff(struct mp_picture *p, const struct mp_calldiff *d,
			 const struct mp_layout_bounds *bounds)
{
	int err;

	*p = (struct mp_picture){ .calls = &d->both };
	err = mp_diffdraw_build(d, &p->tree, &p->diff);
	if (err)
		return err;
	err = mp_layout_build(&p->tree, bounds, &p->layout);
	if (err)
		mp_picture_release(p);
	return err;
}

void mp_picture_release(struct mp_picture *p)
{
	mp_layout_release(&p->layout);
	mp_tree_release(&p->tree);
	mp_diffdraw_release(&p->diff);
}

void mp_picture_put_class(FILE *out, const struct mp_picture *p, uint32_t node)
{
	if (p->diff.diff)
		mp_diffdraw_put_class(out, &p->diff, node);
	else
		mp_palette_put(out, p->calls, &p->tree.nodes[node]);
}

void mp_picture_put_caption(FILE *out, const struct mp_picture *p,
			    uint32_t node)
{
	if (p->diff.diff)
		mp_diffdraw_put_caption(out, &p->diff, &p->tree, node);
	else
		mp_caption_put(out, p->calls, &p->tree.nodes[node]);
}

void mp_picture_put_subject(FILE *out, const struct mp_picture *p)
{
	if (p->diff.diff)
		mp_diffdraw_put_subject(out, p->diff.diff);
	else
		mp_caption_put_subject(out, p->calls);
}

void mp_picture_put_sum(FILE *out, const struct mp_picture *p)
{
	if (p->diff.diff)
		mp_diffdraw_put_sum(out, p->diff.diff);
	else
		mp_caption_put_sum(out, p->calls);
}

const struct mp_picture_legend *mp_picture_legend(const struct mp_picture *p)
{
	static const struct mp_picture_legend one[] = {
		{ "h0s0", "program" }, { "h4s0", "other objects" },
		{ "hbs0", "blocked" }, { "hu", "not known" },
		{ NULL, NULL },
	};
	static const struct mp_picture_legend two[] = {
		{ "grew4", "grew most" },
		{ "grew1", "grew" },
		{ "fell1", "shrank" },
		{ "fell4", "shrank most" },
		{ "same", "same, or maybe chance" },
		{ NULL, NULL },
	};

	return p->diff.diff ? two : one;
}

/* In one line of text, each behind a square. */
static void put_legend(FILE *out, const struct mp_picture *p)
{
	const struct mp_picture_legend *l = mp_picture_legend(p);

	fputs("<text class=\"dim\" x=\"8\" y=\"58\">", out);
	for (int space = 0; l->means; l++, space = 12)
		fprintf(out,
			"<tspan class=\"square %s\" dx=\"%d\">■</tspan> %s",
			l->class_name, space, l->means);
	fputs("</text>\n", out);
}

/* What can't be seen. */
static void put_hidden(FILE *out, const struct mp_picture *p)
{
	fputs("<text class=\"dim\" x=\"8\" y=\"76\">", out);
	if (p->diff.diff) {
		fputs(MP_DIFFDRAW_HOW " ", out);
		mp_diffdraw_put_gone(out, &p->diff);
	}
	if (p->layout.left_out > 0)
		fprintf(out, "%zu smaller or deeper calls are left out.",
			p->layout.left_out);
	fputs("</text>\n", out);
}

static void put_head(FILE *out, const struct mp_picture *p,
		     const struct mp_picture_drawing *d)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100%%\" "
		"height=\"%u\">\n<title>%s: ",
		TOP + d->height, d->name);
	mp_picture_put_subject(out, p);
	fputs("</title>\n<style>\n", out);
	mp_embed_put(out, &mp_palette_css);
	mp_embed_put(out, &mp_picture_css);
	mp_embed_put(out, &mp_svg_css);
	fputs("</style>\n<text class=\"subject\" x=\"8\" y=\"22\">", out);
	mp_picture_put_subject(out, p);
	fputs("</text>\n<text class=\"dim\" x=\"8\" y=\"40\">", out);
	mp_picture_put_sum(out, p);
	fputs("</text>\n", out);
	put_legend(out, p);
	put_hidden(out, p);
}

int mp_picture_put_data(FILE *out, const struct mp_picture *p)
{
	return mp_chartdata_put(out, p->calls, &p->tree, &p->layout,
				p->diff.diff ? &p->diff : NULL);
}

static int put_scripts(FILE *out, const struct mp_picture *p,
		       const struct mp_embed *script)
{
	const struct mp_embed *const scripts[] = { &mp_model_js, &mp_picture_js,
						   script, &mp_svg_js };
	int err;

	/* It has nothing that XML would take for markup. */
	fputs("<script type=\"application/json\" id=\"data\">\n", out);
	err = mp_picture_put_data(out, p);
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
	fputs("</svg>\n<text class=\"dim\" id=\"details\" x=\"8\" y=\"122\">"
	      "</text>\n",
	      out);
	err = put_scripts(out, p, d->script);
	fputs("</svg>\n", out);
	return err;
}
