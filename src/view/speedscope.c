#include "view/speedscope.h"

#include "memprof.h"
#include "view/plain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* Frames of one name and file have one colour: without a source the object
   tells them apart. */
static void put_frame(FILE *out, const struct mp_calls *c,
		      const struct mp_place *p)
{
	const struct mp_function *f = &c->functions[p->function];
	const char *file = *f->file ? f->file : f->object;
	uint32_t line = p->line ? p->line : f->line;

	fputs("{\"name\":", out);
	mp_plain_put_json(out, f->name);
	if (*file) {
		fputs(",\"file\":", out);
		mp_plain_put_json(out, file);
	}
	if (line > 0)
		fprintf(out, ",\"line\":%" PRIu32, line);
	putc('}', out);
}

static void put_frames(FILE *out, const struct mp_calls *c)
{
	for (size_t i = 0; i < c->place_count; i++) {
		fputs(i > 0 ? ",\n" : "\n", out);
		put_frame(out, c, &c->places[i]);
	}
}

/* The stacks in the order of their pages. */
struct by_page {
	const struct mp_calls *calls;
	uint32_t *stacks;
	size_t *from; /* of each page; the next one's is its end */
};

static int sort(const struct mp_calls *c, struct by_page *ret)
{
	size_t pages = c->page_count, n = 0;

	*ret = (struct by_page){
		.calls = c,
		.stacks = calloc(c->stack_count + 1, sizeof(*ret->stacks)),
		.from = calloc(pages + 2, sizeof(*ret->from)),
	};
	if (!ret->stacks || !ret->from)
		return -ENOMEM;
	/* Where the next page's begin, until they are put: that moves each to
	   its own end, which is where the next begins. */
	for (size_t i = 0; i < c->stack_count; i++)
		ret->from[c->stacks[i].page + 2]++;
	for (size_t i = 0; i < pages + 2; i++)
		ret->from[i] = n += ret->from[i];
	for (uint32_t i = 0; i < c->stack_count; i++)
		ret->stacks[ret->from[c->stacks[i].page + 1]++] = i;
	return 0;
}

static const struct mp_stack *stack_of(const struct by_page *b, size_t i)
{
	return &b->calls->stacks[b->stacks[i]];
}

static void put_samples(FILE *out, const struct by_page *b, uint32_t page)
{
	const char *between = "\n";

	for (size_t i = b->from[page]; i < b->from[page + 1]; i++) {
		const struct mp_stack *s = stack_of(b, i);

		fputs(between, out);
		for (uint32_t at = 0; at < s->depth; at++)
			fprintf(out, "%c%" PRIu32, at > 0 ? ',' : '[',
				s->places[at]);
		putc(']', out);
		between = ",\n";
	}
}

/* Returns their sum. */
static uint64_t put_weights(FILE *out, const struct by_page *b, uint32_t page)
{
	const char *between = "";
	uint64_t sum = 0;

	for (size_t i = b->from[page]; i < b->from[page + 1]; i++) {
		const struct mp_stack *s = stack_of(b, i);

		fprintf(out, "%s%" PRIu64, between, s->value);
		sum += s->value;
		between = ",";
	}
	return sum;
}

static void put_page(FILE *out, const struct by_page *b, uint32_t page)
{
	uint64_t sum;

	fputs("{\"type\":\"sampled\",\"unit\":\"nanoseconds\",\"name\":", out);
	mp_plain_put_json(out, b->calls->pages[page].id);
	fputs(",\"samples\":[", out);
	put_samples(out, b, page);
	fputs("],\"weights\":[", out);
	sum = put_weights(out, b, page);
	fprintf(out, "],\"startValue\":0,\"endValue\":%" PRIu64 "}", sum);
}

int mp_write_speedscope(FILE *out, const struct mp_calls *c)
{
	struct by_page by_page;
	int err = sort(c, &by_page);

	if (err)
		goto release;
	fputs("{\"$schema\":"
	      "\"https://www.speedscope.app/file-format-schema.json\",\n"
	      "\"exporter\":\"memprof ",
	      out);
	fprintf(out, "%d.%d.%d\",\n\"name\":", MEMPROF_VERSION_MAJOR,
		MEMPROF_VERSION_MINOR, MEMPROF_VERSION_PATCH);
	mp_plain_put_json(out,
			  *c->head.page_id ? c->head.page_id : c->head.exe);
	fputs(",\n\"shared\":{\"frames\":[", out);
	put_frames(out, c);
	fputs("]},\n\"profiles\":[", out);
	for (uint32_t i = 0; i < c->page_count; i++) {
		fputs(i > 0 ? ",\n" : "\n", out);
		put_page(out, &by_page, i);
	}
	fputs("]}\n", out);
	err = ferror(out) ? -EIO : 0;
release:
	free(by_page.stacks);
	free(by_page.from);
	return err;
}
