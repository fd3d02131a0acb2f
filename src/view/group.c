#include "view/group.h"

#include "view/remake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const mp_group_names[MP_GROUPS] = {
	[MP_GROUP_FUNCTION] = "function",
	[MP_GROUP_LINE] = "line",
	[MP_GROUP_OBJECT] = "object",
};

struct job {
	const struct mp_calls *from;
	struct mp_calls *to;
	enum mp_group_by by;
	uint32_t *map;	/* of each place */
	uint32_t *room; /* for a stack */
};

/* Whether each function is nowhere but inlined. */
static bool *find_inlined(const struct mp_calls *c)
{
	bool *ret = malloc(c->function_count + 1);

	if (!ret)
		return NULL;
	memset(ret, true, c->function_count + 1);
	for (size_t i = 0; i < c->place_count; i++)
		if (!c->places[i].inlined)
			ret[c->places[i].function] = false;
	return ret;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* What is in no file stays what it is. */
static uint32_t object_place(struct job *job, const struct mp_place *p)
{
	const struct mp_function *f = &job->from->functions[p->function];
	struct mp_function object = { .name = f->name, .object = f->object };

	if (*f->object)
		object.name = base_name(f->object);
	return mp_calls_place(job->to, &(struct mp_place){
					       .function = mp_calls_function(
						       job->to, &object),
				       });
}

static uint32_t map_place(struct job *job, const struct mp_place *p,
			  const bool *inlined)
{
	struct mp_place place = *p;

	if (job->by == MP_GROUP_OBJECT)
		return object_place(job, p);
	place.function = mp_remake_function(job->from, job->to, p->function);
	place.address = 0;
	if (job->by == MP_GROUP_FUNCTION) {
		place.line = 0;
		place.inlined = inlined[p->function];
	}
	return mp_calls_place(job->to, &place);
}

static int map_places(struct job *job)
{
	bool *inlined = find_inlined(job->from);

	job->map = calloc(job->from->place_count + 1, sizeof(*job->map));
	if (inlined && job->map)
		for (size_t i = 0; i < job->from->place_count; i++)
			job->map[i] =
				map_place(job, &job->from->places[i], inlined);
	free(inlined);
	return inlined && job->map ? 0 : -ENOMEM;
}

/* The stack in the job's room. */
static uint32_t map_stack(struct job *job, const uint32_t *places,
			  uint32_t depth)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < depth; i++) {
		uint32_t place = job->map[places[i]];

		if (job->by == MP_GROUP_OBJECT && n > 0 &&
		    job->room[n - 1] == place)
			continue;
		job->room[n++] = place;
	}
	return n;
}

static void map_stacks(struct job *job)
{
	for (size_t i = 0; i < job->from->stack_count; i++) {
		struct mp_stack s = job->from->stacks[i];

		s.depth = map_stack(job, s.places, s.depth);
		s.places = job->room;
		mp_calls_stack(job->to, &s);
	}
	for (size_t i = 0; i < job->from->note_count; i++) {
		struct mp_view_note n = job->from->notes[i];

		n.depth = map_stack(job, n.places, n.depth);
		n.places = job->room;
		mp_calls_note(job->to, &n);
	}
}

int mp_calls_group(const struct mp_calls *c, enum mp_group_by by,
		   struct mp_calls *ret)
{
	struct job job = { .from = c, .to = ret, .by = by };

	mp_remake_begin(c, ret);
	for (size_t i = 0; i < c->page_count; i++)
		mp_calls_page(ret, &c->pages[i]);
	mp_calls_fail(ret, map_places(&job));
	job.room = mp_remake_room(c, ret);
	if (job.room && !mp_calls_error(ret))
		map_stacks(&job);
	free(job.map);
	free(job.room);
	return mp_calls_error(ret);
}
