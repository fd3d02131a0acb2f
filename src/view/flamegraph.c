#include "view/flamegraph.h"

#include "view/caption.h"
#include "view/embed.h"

#define LABEL_MAX 200 /* characters: no screen has room for more */

/* A box of less than half a pixel is not seen, until somebody zooms; a name has
   no room in less than 20. */
static const struct mp_layout_bounds bounds = { 10000, 10000, UINT32_MAX };
#define LABEL_FRACTION 60

/* Its place is a part of the whole width, whatever that is, and what has no
   room in it is cut off. */
static void put_box(FILE *out, const struct mp_picture *p,
		    const struct mp_box *b, uint32_t row)
{
	const struct mp_tree_node *node = &p->tree.nodes[b->node];
	double all = (double)p->tree.nodes[0].total;

	fprintf(out,
		"<svg class=\"call\" x=\"%.5f%%\" y=\"%u\" width=\"%.5f%%\" "
		"height=\"%d\"><title>",
		all > 0 ? 100 * (double)b->start / all : 0,
		row * MP_FLAMEGRAPH_ROW,
		all > 0 ? 100 * (double)node->total / all : 100,
		MP_FLAMEGRAPH_ROW);
	mp_picture_put_caption(out, p, b->node);
	fputs("</title><rect class=\"", out);
	mp_picture_put_class(out, p, b->node);
	fputs("\" width=\"100%\" height=\"100%\"/>", out);
	if (b->parent == MP_TREE_NONE ||
	    node->total >= p->tree.nodes[0].total / LABEL_FRACTION) {
		fputs("<text class=\"label\" x=\"3\" y=\"13\">", out);
		mp_caption_put_name(out, p->calls, node, LABEL_MAX);
		fputs("</text>", out);
	}
	fputs("</svg>\n", out);
}

void mp_flamegraph_put(const struct mp_picture *p, FILE *out)
{
	for (size_t i = 0; i < p->layout.count; i++) {
		const struct mp_box *b = &p->layout.boxes[i];

		put_box(out, p, b,
			p->layout.levels - p->tree.nodes[b->node].depth);
	}
}

static void put_icicle(const struct mp_picture *p, FILE *out)
{
	for (size_t i = 0; i < p->layout.count; i++) {
		const struct mp_box *b = &p->layout.boxes[i];

		put_box(out, p, b, p->tree.nodes[b->node].depth);
	}
}

/* The picture that was begun, and its end. */
static int write_boxes(FILE *out, struct mp_picture *p, bool down)
{
	struct mp_picture_drawing d = {
		.kind = down ? "icicle" : "flame",
		.name = down ? "Icicle" : "Flame graph",
		.script = &mp_boxes_js,
		.put = down ? put_icicle : mp_flamegraph_put,
	};
	char attributes[64];
	int err;

	d.height = (p->layout.levels + 1) * MP_FLAMEGRAPH_ROW;
	snprintf(attributes, sizeof(attributes),
		 "width=\"100%%\" height=\"%u\"", d.height);
	d.attributes = attributes;
	err = mp_picture_write(out, p, &d);
	mp_picture_release(p);
	return err;
}

static int write_one(FILE *out, const struct mp_calls *c, bool down)
{
	struct mp_picture p;
	int err = mp_picture_init(&p, c, &bounds);

	return err ? err : write_boxes(out, &p, down);
}

static int write_two(FILE *out, const struct mp_calldiff *d, bool down)
{
	struct mp_picture p;
	int err = mp_picture_init_diff(&p, d, &bounds);

	return err ? err : write_boxes(out, &p, down);
}

int mp_write_flamegraph(FILE *out, const struct mp_calls *c)
{
	return write_one(out, c, false);
}

int mp_write_icicle(FILE *out, const struct mp_calls *c)
{
	return write_one(out, c, true);
}

int mp_show_flamediff(FILE *out, const struct mp_calldiff *d,
		      const struct mp_view_style *style)
{
	(void)style;
	return write_two(out, d, false);
}

int mp_show_iciclediff(FILE *out, const struct mp_calldiff *d,
		       const struct mp_view_style *style)
{
	(void)style;
	return write_two(out, d, true);
}
