#include "view/remake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *text(struct mp_calls *to, const char *s)
{
	return mp_calls_text(to, s, strlen(s));
}

void mp_remake_begin(const struct mp_calls *from, struct mp_calls *to)
{
	mp_calls_init(to);
	to->head = from->head;
	to->head.page_id = text(to, from->head.page_id);
	to->head.oops_id = text(to, from->head.oops_id);
	to->head.host = text(to, from->head.host);
	to->head.exe = text(to, from->head.exe);
	to->head.mechanism = text(to, from->head.mechanism);
	to->left_out = from->left_out;
	for (size_t i = 0; i < from->object_count; i++)
		mp_calls_object(to, from->objects[i].path,
				from->objects[i].build_id);
	for (size_t i = 0; i < from->reading_count; i++)
		mp_calls_reading(to, from->readings[i].name,
				 from->readings[i].value);
	for (size_t i = 0; i < from->degraded_count; i++)
		mp_calls_degraded(to, from->degraded[i]);
	for (size_t i = 0; i < from->warning_count; i++)
		mp_calls_warn(to, "%s", from->warnings[i]);
}

uint32_t mp_remake_function(const struct mp_calls *from, struct mp_calls *to,
			    uint32_t function)
{
	return mp_calls_function(to, &from->functions[function]);
}

uint32_t mp_remake_place(const struct mp_calls *from, struct mp_calls *to,
			 uint32_t place)
{
	struct mp_place p = from->places[place];

	p.function = mp_remake_function(from, to, p.function);
	return mp_calls_place(to, &p);
}

uint32_t *mp_remake_room(const struct mp_calls *from, struct mp_calls *to)
{
	size_t depth = 1;
	uint32_t *ret;

	for (size_t i = 0; i < from->stack_count; i++)
		if (from->stacks[i].depth > depth)
			depth = from->stacks[i].depth;
	for (size_t i = 0; i < from->note_count; i++)
		if (from->notes[i].depth > depth)
			depth = from->notes[i].depth;
	ret = calloc(depth, sizeof(*ret));
	if (!ret)
		mp_calls_fail(to, -ENOMEM);
	return ret;
}
