#include "view/filter.h"

#include "view/remake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct job {
	const struct mp_calls *from;
	struct mp_calls *to;
	const struct mp_filter *filter;
	bool *focus, *ignore, *runtime; /* each function of `from` */
	uint32_t *pages;  /* of `to`, of each page of `from`; MP_INDEX_NONE */
	uint32_t *places; /* the same; MP_INDEX_NONE: not looked up yet */
	uint32_t *room;	  /* for a stack */
};

/* Code of a C library that was stripped of its static functions' names. */
#define NAMELESS "libc.so.6+0x"

/* What is around main(), and around a thread's own function. */
static bool is_runtime(const char *name)
{
	static const char *const names[] = {
		"_start",
		"__libc_start_main",
		"__libc_start_main_impl",
		"__libc_start_call_main",
		"clone",
		"__clone",
		"clone3",
		"__clone3",
		"__clone_internal",
		"start_thread",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return !strncmp(name, NAMELESS, sizeof(NAMELESS) - 1);
}

static bool *match_all(const struct mp_calls *c, const regex_t *regex)
{
	bool *ret = calloc(c->function_count + 1, sizeof(*ret));

	for (size_t i = 0; ret && regex && i < c->function_count; i++)
		ret[i] = !regexec(regex, c->functions[i].name, 0, NULL, 0);
	return ret;
}

static bool *match_runtime(const struct job *job)
{
	const struct mp_calls *c = job->from;
	bool *ret = calloc(c->function_count + 1, sizeof(*ret));

	for (size_t i = 0; ret && i < c->function_count; i++)
		ret[i] = !job->filter->keep_runtime &&
			 is_runtime(c->functions[i].name);
	return ret;
}

static bool page_matches(const struct mp_glob *glob, const char *id)
{
	return !glob ||
	       mp_glob_matches(glob, (struct mp_text){ id, strlen(id) });
}

/* The sums of the pages that are left are the profile's. */
static void sum_pages(struct mp_calls *c)
{
	struct mp_view_head *head = &c->head;

	head->requests = 0;
	head->duration_ns = head->cpu_ns = 0;
	for (size_t i = 0; i < c->page_count; i++) {
		head->requests =
			mp_calls_sum(c, head->requests, c->pages[i].requests);
		head->duration_ns = mp_calls_sum_known(c, head->duration_ns,
						       c->pages[i].duration_ns);
		head->cpu_ns =
			mp_calls_sum_known(c, head->cpu_ns, c->pages[i].cpu_ns);
	}
}

static void choose_pages(struct job *job)
{
	const struct mp_calls *from = job->from;

	for (size_t i = 0; i < from->page_count; i++) {
		const struct mp_view_page *page = &from->pages[i];

		job->pages[i] = page_matches(job->filter->page, page->id)
					? mp_calls_page(job->to, page)
					: MP_INDEX_NONE;
	}
	if (job->filter->page)
		sum_pages(job->to);
}

/* ---- stacks -------------------------------------------------------------- */

static bool any(const struct job *job, const bool *match,
		const struct mp_stack *s)
{
	for (uint32_t i = 0; i < s->depth; i++)
		if (match[job->from->places[s->places[i]].function])
			return true;
	return false;
}

static bool is_left(const struct job *job, const struct mp_stack *s)
{
	if (job->filter->focus && !any(job, job->focus, s))
		return false;
	return !any(job, job->ignore, s);
}

static uint32_t map_place(struct job *job, uint32_t place)
{
	if (job->places[place] == MP_INDEX_NONE)
		job->places[place] = mp_remake_place(job->from, job->to, place);
	return job->places[place];
}

/* The stack in the job's room; one is left of a stack of nothing else. */
static uint32_t map_stack(struct job *job, const uint32_t *places,
			  uint32_t depth)
{
	uint32_t n = 0, first = 0;

	while (first + 1 < depth &&
	       job->runtime[job->from->places[places[first]].function])
		first++;
	for (uint32_t i = first; i < depth; i++)
		job->room[n++] = map_place(job, places[i]);
	return n;
}

static void put_stack(struct job *job, const struct mp_stack *from)
{
	struct mp_stack s = *from;

	s.page = job->pages[from->page];
	if (s.page == MP_INDEX_NONE)
		return;
	if (!is_left(job, from)) {
		job->to->left_out =
			mp_calls_sum(job->to, job->to->left_out, from->value);
		return;
	}
	s.depth = map_stack(job, s.places, s.depth);
	s.places = job->room;
	mp_calls_stack(job->to, &s);
}

static void put_note(struct job *job, const struct mp_view_note *from)
{
	struct mp_view_note n = *from;

	n.page = job->pages[from->page];
	if (n.page == MP_INDEX_NONE)
		return;
	n.depth = map_stack(job, n.places, n.depth);
	n.places = job->room;
	mp_calls_note(job->to, &n);
}

/* ---- the whole ----------------------------------------------------------- */

static bool prepare(struct job *job)
{
	const struct mp_calls *c = job->from;

	job->focus = match_all(c, job->filter->focus);
	job->ignore = match_all(c, job->filter->ignore);
	job->runtime = match_runtime(job);
	job->pages = calloc(c->page_count + 1, sizeof(*job->pages));
	job->places = malloc((c->place_count + 1) * sizeof(*job->places));
	job->room = mp_remake_room(c, job->to);
	if (job->places)
		memset(job->places, 0xff,
		       (c->place_count + 1) * sizeof(*job->places));
	return job->focus && job->ignore && job->runtime && job->pages &&
	       job->places && job->room;
}

int mp_calls_filter(const struct mp_calls *c, const struct mp_filter *filter,
		    struct mp_calls *ret)
{
	struct job job = { .from = c, .to = ret, .filter = filter };

	mp_remake_begin(c, ret);
	if (prepare(&job)) {
		choose_pages(&job);
		for (size_t i = 0; i < c->stack_count; i++)
			put_stack(&job, &c->stacks[i]);
		for (size_t i = 0; i < c->note_count; i++)
			put_note(&job, &c->notes[i]);
	} else {
		mp_calls_fail(ret, -ENOMEM);
	}
	free(job.focus);
	free(job.ignore);
	free(job.runtime);
	free(job.pages);
	free(job.places);
	free(job.room);
	return mp_calls_error(ret);
}
