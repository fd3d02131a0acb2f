#include "view/notetable.h"

#include "view/notegroups.h"
#include "view/words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define INDENT	 32 /* columns before a text */
#define TEXT_MIN 24

struct list {
	FILE *out;
	const struct mp_calls *c;
	const struct mp_view_style *style;
	size_t rows;
	const struct mp_view_note **notes;
};

/* Equal notes, one behind the other in the list. */
struct run {
	size_t first, count;
	uint64_t ns;
};

static const char *caller(const struct list *l, const struct mp_view_note *n)
{
	if (n->depth == 0)
		return MP_CALLS_UNKNOWN;
	return l->c->functions[l->c->places[n->places[n->depth - 1]].function]
		.name;
}

static int by_time(const void *a, const void *b, void *user)
{
	const struct mp_view_note *x = *(const struct mp_view_note *const *)a;
	const struct mp_view_note *y = *(const struct mp_view_note *const *)b;

	uint64_t m = mp_notegroups_time(x), n = mp_notegroups_time(y);

	(void)user;
	if (m != n)
		return m > n ? -1 : 1;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return (x > y) - (x < y);
}

static int same_call(const struct mp_view_note *x, const struct mp_view_note *y)
{
	int order = strcmp(x->kind, y->kind);

	return order ? order : strcmp(x->text, y->text);
}

/* Equal ones together, and in them those of one caller. */
static int by_call(const void *a, const void *b, void *user)
{
	const struct mp_view_note *x = *(const struct mp_view_note *const *)a;
	const struct mp_view_note *y = *(const struct mp_view_note *const *)b;
	int order = same_call(x, y);

	return order ? order : strcmp(caller(user, x), caller(user, y));
}

static int by_count(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

static void put_text(const struct list *l, const char *text)
{
	size_t width = l->style->width, room = 0;

	if (width)
		room = width > INDENT + TEXT_MIN ? width - INDENT : TEXT_MIN;
	mp_words_put(l->out, text, room);
	putc('\n', l->out);
}

static void put_slowest(struct list *l)
{
	size_t count = l->c->note_count;
	char text[MP_WORDS_MAX], start[MP_WORDS_MAX];

	qsort_r(l->notes, count, sizeof(*l->notes), by_time, l);
	fputs("\nslowest     took         at  call\n", l->out);
	for (size_t i = 0; i < count && i < l->rows; i++) {
		const struct mp_view_note *n = l->notes[i];

		mp_words_time(mp_notegroups_time(n), text);
		strcpy(start, "?");
		if (n->start_ns >= 0)
			mp_words_time((uint64_t)n->start_ns, start);
		fprintf(l->out, "  %14s  %9s  ", text, start);
		mp_words_put(l->out, n->kind, 0);
		fputs(": ", l->out);
		put_text(l, n->text);
	}
}

/* Who made the calls of a run, in the order of names. */
static void put_callers(const struct list *l, const struct run *run)
{
	size_t end = run->first + run->count, next;

	for (size_t i = run->first; i < end; i = next) {
		const char *name = caller(l, l->notes[i]);

		for (next = i + 1; next < end; next++)
			if (strcmp(caller(l, l->notes[next]), name) != 0)
				break;
		fprintf(l->out, "  %27zu  from ", next - i);
		put_text(l, name);
	}
}

static void put_runs(const struct list *l, const struct run *runs, size_t count)
{
	char text[MP_WORDS_MAX];

	if (count == 0)
		return;
	fputs("\nrepeated    took      times  call\n", l->out);
	for (size_t i = 0; i < count && i < l->rows; i++) {
		const struct mp_view_note *n = l->notes[runs[i].first];

		mp_words_time(runs[i].ns, text);
		fprintf(l->out, "  %14s  %9zu  ", text, runs[i].count);
		mp_words_put(l->out, n->kind, 0);
		fputs(": ", l->out);
		put_text(l, n->text);
		put_callers(l, &runs[i]);
	}
}

static int put_repeated(struct list *l)
{
	size_t notes = l->c->note_count, count = 0;
	struct run *runs = calloc(notes, sizeof(*runs));

	if (!runs)
		return -ENOMEM;
	qsort_r(l->notes, notes, sizeof(*l->notes), by_call, l);
	for (size_t i = 0; i < notes; i++) {
		struct run *run;

		if (i == 0 || same_call(l->notes[i], l->notes[i - 1]) != 0) {
			/* What came once gives its place to the next. */
			if (count == 0 || runs[count - 1].count > 1)
				count++;
			runs[count - 1] = (struct run){ .first = i };
		}
		run = &runs[count - 1];
		run->count++;
		run->ns = mp_notegroups_sum(run->ns,
					    mp_notegroups_time(l->notes[i]));
	}
	if (count > 0 && runs[count - 1].count < 2)
		count--;
	qsort(runs, count, sizeof(*runs), by_count);
	put_runs(l, runs, count);
	free(runs);
	return 0;
}

int mp_notetable_put(FILE *out, const struct mp_calls *c,
		     const struct mp_view_style *style)
{
	struct list l = { .out = out, .c = c, .style = style };
	uint64_t ns = 0;
	char text[MP_WORDS_MAX];
	int err;

	if (c->note_count == 0)
		return 0;
	l.rows = style->count ? style->count : MP_NOTETABLE_COUNT;
	l.notes = calloc(c->note_count, sizeof(const struct mp_view_note *));
	if (!l.notes)
		return -ENOMEM;
	for (size_t i = 0; i < c->note_count; i++) {
		l.notes[i] = &c->notes[i];
		ns = mp_notegroups_sum(ns, mp_notegroups_time(&c->notes[i]));
	}
	mp_words_time(ns, text);
	fprintf(out, "\nexternal calls: %zu, %s", c->note_count, text);
	if (c->head.notes_dropped > 0)
		fprintf(out, "; %" PRIu64 " more were not kept",
			c->head.notes_dropped);
	putc('\n', out);
	put_slowest(&l);
	err = put_repeated(&l);
	free(l.notes);
	return err;
}
