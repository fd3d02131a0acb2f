/*
 * Writes a profile that is told as text in a format, for the readers of the
 * format; or what changed from one to another.
 * Usage: host_model FORMAT <TEXT >FILE, or host_model FORMAT BEFORE AFTER >FILE
 *
 * A line is a word and fields with tabs between, names percent-encoded:
 *
 *	head	cpu|wall	OOPS_ID	EXE
 *	page	ID
 *	object	PATH	BUILD_ID
 *	warning	TEXT
 *	stack	KIND	PAGE	SAMPLES	VALUE	FRAME...
 *	note	KIND	TEXT	START	END	FRAME...
 *
 * PAGE is a number.  A frame, the root first, is NAME|LINKAGE|OBJECT|FILE|
 * FIRST_LINE|LINE|ADDRESS|INLINED.
 */

#include "core/escape.h"
#include "view/callgrind.h"
#include "view/calls.h"
#include "view/flamegraph.h"
#include "view/folded.h"
#include "view/pprof.h"
#include "view/pstats.h"
#include "view/speedscope.h"
#include "view/sunburst.h"
#include "view/webpage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_MAX 1000

static const struct {
	const char *name;
	int (*write)(FILE *out, const struct mp_calls *c);
} formats[] = {
	{ "callgrind", mp_write_callgrind },   { "pprof", mp_write_pprof },
	{ "speedscope", mp_write_speedscope }, { "pstats", mp_write_pstats },
	{ "flamegraph", mp_write_flamegraph }, { "icicle", mp_write_icicle },
	{ "sunburst", mp_write_sunburst },     { "html", mp_write_html },
	{ "folded", mp_write_folded },
};

/* The next field, decoded in place; an empty one where there is none. */
static const char *next(char **rest, const char *between)
{
	static char none[1];
	char *field = strsep(rest, between);

	if (!field)
		return none;
	field[mp_unescape(field, strlen(field), field)] = '\0';
	return field;
}

static uint64_t next_number(char **rest, const char *between)
{
	return strtoull(next(rest, between), NULL, 10);
}

static uint32_t read_frame(struct mp_calls *c, char *frame)
{
	struct mp_function f;
	struct mp_place p;

	f.name = next(&frame, "|");
	f.linkage = next(&frame, "|");
	if (!*f.linkage)
		f.linkage = NULL;
	f.object = next(&frame, "|");
	f.file = next(&frame, "|");
	f.line = (uint32_t)next_number(&frame, "|");
	p.line = (uint32_t)next_number(&frame, "|");
	p.address = next_number(&frame, "|");
	p.inlined = next_number(&frame, "|");
	p.function = mp_calls_function(c, &f);
	return mp_calls_place(c, &p);
}

static uint32_t read_frames(struct mp_calls *c, char *rest, uint32_t *places)
{
	uint32_t depth = 0;
	char *frame;

	while ((frame = strsep(&rest, "\t")) && depth < FRAMES_MAX)
		places[depth++] = read_frame(c, frame);
	return depth;
}

static void read_stack(struct mp_calls *c, char *rest)
{
	const char *kind = next(&rest, "\t");
	uint32_t places[FRAMES_MAX];
	struct mp_stack s = { .places = places };

	s.kind = *kind == 'c'	? MP_KIND_CPU
		 : *kind == 'b' ? MP_KIND_BLOCKED
				: MP_KIND_UNSAMPLED;
	s.page = (uint32_t)next_number(&rest, "\t");
	s.samples = next_number(&rest, "\t");
	s.value = next_number(&rest, "\t");
	s.depth = read_frames(c, rest, places);
	mp_calls_stack(c, &s);
}

static void read_note(struct mp_calls *c, char *rest)
{
	uint32_t places[FRAMES_MAX];
	struct mp_view_note n = { .places = places };

	n.kind = next(&rest, "\t");
	n.text = next(&rest, "\t");
	n.start_ns = (int64_t)next_number(&rest, "\t");
	n.end_ns = (int64_t)next_number(&rest, "\t");
	n.depth = read_frames(c, rest, places);
	mp_calls_note(c, &n);
}

static void read_head(struct mp_calls *c, char *rest)
{
	const char *text = next(&rest, "\t");

	c->head.wall = *text == 'w';
	text = next(&rest, "\t");
	c->head.oops_id = mp_calls_text(c, text, strlen(text));
	text = next(&rest, "\t");
	c->head.exe = mp_calls_text(c, text, strlen(text));
	c->head.pid = 4711;
	c->head.began_us = 1234567890123456;
	c->head.duration_ns = 5000000000;
	c->head.tick_ns = 4000000;
}

static void read_line(struct mp_calls *c, char *line)
{
	const char *word = strsep(&line, "\t");

	if (!strcmp(word, "head")) {
		read_head(c, line);
	} else if (!strcmp(word, "page")) {
		mp_calls_page(
			c, &(struct mp_view_page){ .id = next(&line, "\t") });
	} else if (!strcmp(word, "object")) {
		const char *path = next(&line, "\t");

		mp_calls_object(c, path, next(&line, "\t"));
	} else if (!strcmp(word, "warning")) {
		mp_calls_warn(c, "%s", next(&line, "\t"));
	} else if (!strcmp(word, "stack")) {
		read_stack(c, line);
	} else if (!strcmp(word, "note")) {
		read_note(c, line);
	}
}

static const struct {
	const char *name;
	int (*show)(FILE *out, const struct mp_calldiff *d,
		    const struct mp_view_style *style);
} diffs[] = {
	{ "flamegraph", mp_show_flamediff },
	{ "icicle", mp_show_iciclediff },
	{ "sunburst", mp_show_sunburstdiff },
	{ "html", mp_show_htmldiff },
};

static int write_diff(const struct mp_calldiff *d, const char *name)
{
	for (size_t i = 0; i < sizeof(diffs) / sizeof(*diffs); i++)
		if (!strcmp(diffs[i].name, name))
			return diffs[i].show(stdout, d, NULL);
	return 1;
}

static int write_format(const struct mp_calls *c, const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(formats[i].name, name))
			return formats[i].write(stdout, c);
	return 1;
}

static int read_all(struct mp_calls *c, FILE *in)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	mp_calls_init(c);
	while (in && (len = getline(&line, &size, in)) > 0) {
		line[len - 1] = '\0';
		read_line(c, line);
	}
	free(line);
	return in ? mp_calls_error(c) : -1;
}

static int read_file(struct mp_calls *c, const char *path)
{
	FILE *in = fopen(path, "r");
	int err = read_all(c, in);

	if (in)
		fclose(in);
	return err;
}

static int compare(char **argv)
{
	struct mp_calls before, after;
	struct mp_calldiff diff;
	int err = read_file(&before, argv[2]);
	int late = read_file(&after, argv[3]);
	int built = mp_calldiff_build(&before, &after, &diff);

	err = err ? err : late ? late : built;
	if (!err)
		err = write_diff(&diff, argv[1]);
	mp_calldiff_release(&diff);
	mp_calls_release(&before);
	mp_calls_release(&after);
	return err;
}

int main(int argc, char **argv)
{
	struct mp_calls calls;
	int err;

	if (argc == 4)
		return compare(argv) ? 1 : 0;
	err = read_all(&calls, stdin);
	if (!err)
		err = write_format(&calls, argc > 1 ? argv[1] : "");
	mp_calls_release(&calls);
	return err ? 1 : 0;
}
