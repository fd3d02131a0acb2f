#include "view/sunburst.h"

#include "view/caption.h"
#include "view/embed.h"
#include "view/picture.h"

#include <math.h>

/* As in rings.js. */
#define SIZE	 720.0 /* pixels across */
#define MIDDLE	 (SIZE / 14)
#define THICKEST 46.0
#define LEVELS	 ((uint32_t)((SIZE / 2 - MIDDLE) / 7))

#define LETTER 6.7 /* pixels, about */

/* A shorter arc is not half a pixel at the rim. */
static const struct mp_layout_bounds bounds = { 10000, 5000, LEVELS };

/* From `from` to `to`, clockwise from above, in radians. */
struct arc {
	double from, to;
	double inner, outer;
};

static struct arc arc_of(const struct mp_picture *p, const struct mp_box *b)
{
	const struct mp_tree_node *node = &p->tree.nodes[b->node];
	double turn = 2 * M_PI / (double)p->tree.nodes[0].total;
	double thick = (SIZE / 2 - MIDDLE - 1) / p->layout.levels;
	struct arc a;

	if (thick > THICKEST)
		thick = THICKEST;
	a.from = turn * (double)b->start;
	a.to = turn * (double)(b->start + node->total);
	a.inner = MIDDLE + (node->depth - 1) * thick;
	a.outer = a.inner + thick;
	return a;
}

static void put_point(FILE *out, char command, double radius, double angle)
{
	fprintf(out, "%c%.2f %.2f", command, SIZE / 2 + radius * sin(angle),
		SIZE / 2 - radius * cos(angle));
}

/* On from where the path is, in two halves: a whole circle, which ends where it
   begins, would have no direction. */
static void put_arc(FILE *out, double radius, double from, double to)
{
	const double ends[] = { (from + to) / 2, to };

	for (int i = 0; i < 2; i++) {
		fprintf(out, "A%.2f %.2f 0 0 %d", radius, radius, to > from);
		put_point(out, ' ', radius, ends[i]);
	}
}

/* Along the ring, head up; nothing where there is no room for some letters. */
static void put_label(FILE *out, const struct mp_picture *p,
		      const struct mp_tree_node *node, const struct arc *a,
		      size_t id)
{
	bool below = cos((a->from + a->to) / 2) < 0;
	double base = (a->inner + a->outer) / 2 + (below ? 4 : -4);
	double letters = ((a->to - a->from) * base - 8) / LETTER;

	if (a->outer - a->inner < 13 || letters < 5)
		return;
	fprintf(out, "<path class=\"line\" id=\"ring%zu\" d=\"", id);
	put_point(out, 'M', base, below ? a->to : a->from);
	put_arc(out, base, below ? a->to : a->from, below ? a->from : a->to);
	fprintf(out,
		"\"/><text class=\"label middle\"><textPath href=\"#ring%zu\" "
		"startOffset=\"50%%\">",
		id);
	/* Room for the two dots behind. */
	mp_caption_put_name(out, p->calls, node, (size_t)letters - 2);
	fputs("</textPath></text>", out);
}

static void put_shape(FILE *out, const struct mp_picture *p, size_t i)
{
	const struct mp_box *b = &p->layout.boxes[i];
	const struct mp_tree_node *node = &p->tree.nodes[b->node];
	struct arc a;

	fputs("<g class=\"call\"><title>", out);
	mp_picture_put_caption(out, p, b->node);
	fputs(i > 0 ? "</title><path class=\"" : "</title><circle class=\"",
	      out);
	mp_picture_put_class(out, p, b->node);
	if (i == 0) {
		fprintf(out,
			"\" cx=\"%g\" cy=\"%g\" r=\"%.2f\"/><text class=\""
			"label middle\" x=\"%g\" y=\"%g\">all</text></g>\n",
			SIZE / 2, SIZE / 2, MIDDLE, SIZE / 2, SIZE / 2 + 4);
		return;
	}
	a = arc_of(p, b);
	fputs("\" d=\"", out);
	put_point(out, 'M', a.inner, a.from);
	put_arc(out, a.inner, a.from, a.to);
	put_point(out, 'L', a.outer, a.to);
	put_arc(out, a.outer, a.to, a.from);
	fputs("Z\"/>", out);
	put_label(out, p, node, &a, i);
	fputs("</g>\n", out);
}

static void put_shapes(const struct mp_picture *p, FILE *out)
{
	for (size_t i = 0; i < p->layout.count; i++)
		put_shape(out, p, i);
}

/* The picture that was begun, and its end. */
static int write_rings(FILE *out, struct mp_picture *p)
{
	static const struct mp_picture_drawing drawing = {
		.kind = "sunburst",
		.name = "Sunburst",
		.script = &mp_rings_js,
		.attributes = "width=\"100%\" height=\"720\" "
			      "viewBox=\"0 0 720 720\"",
		.height = 720,
		.put = put_shapes,
	};
	int err = mp_picture_write(out, p, &drawing);

	mp_picture_release(p);
	return err;
}

int mp_write_sunburst(FILE *out, const struct mp_calls *c)
{
	struct mp_picture p;
	int err = mp_picture_init(&p, c, &bounds);

	return err ? err : write_rings(out, &p);
}

int mp_show_sunburstdiff(FILE *out, const struct mp_calldiff *d,
			 const struct mp_view_style *style)
{
	struct mp_picture p;
	int err = mp_picture_init_diff(&p, d, &bounds);

	(void)style;
	return err ? err : write_rings(out, &p);
}
