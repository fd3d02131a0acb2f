#include "report/batch.h"

#include "report/own.h"
#include "report/text.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_ENTRIES 512
#define FIRST_FAULTS  16

int mp_batch_init(struct mp_batch *b, unsigned lanes,
		  const struct mp_view *view)
{
	*b = (struct mp_batch){ .lanes = lanes, .view = view };
	b->heads = malloc(2 * lanes * sizeof(*b->heads));
	if (!b->heads)
		return -ENOMEM;
	b->tails = b->heads + lanes;
	return 0;
}

void mp_batch_release(struct mp_batch *b)
{
	free(b->entries);
	free(b->faults);
	free(b->heads);
	*b = (struct mp_batch){ 0 };
}

static int grow_entries(struct mp_batch *b)
{
	size_t n = b->capacity ? 2 * b->capacity : FIRST_ENTRIES;
	struct mp_entry *p = reallocarray(b->entries, n, sizeof(*p));

	if (!p)
		return -ENOMEM;
	b->entries = p;
	b->capacity = n;
	return 0;
}

static int add_fault(struct mp_batch *b, const struct mp_line *line)
{
	if (b->fault_count == b->fault_capacity) {
		size_t n = b->fault_capacity ? 2 * b->fault_capacity
					     : FIRST_FAULTS;
		struct mp_located *p = reallocarray(b->faults, n, sizeof(*p));

		if (!p)
			return -ENOMEM;
		b->faults = p;
		b->fault_capacity = n;
	}
	b->faults[b->fault_count++] =
		(struct mp_located){ line->number, line->fault };
	return 0;
}

static uint64_t hash_of(const struct mp_batch *b, const struct mp_record *r)
{
	return b->view ? mp_view_hash(b->view, r) : mp_text_hash(r->page_id);
}

/* Make entry `i` the last one of a lane. */
static void append(struct mp_batch *b, uint32_t i, unsigned lane)
{
	b->entries[i].next = MP_BATCH_END;
	if (b->heads[lane] == MP_BATCH_END)
		b->heads[lane] = i;
	else
		b->entries[b->tails[lane]].next = i;
	b->tails[lane] = i;
}

/* Entry `i`, which is of lane `own`, to all others. */
static int echo(struct mp_batch *b, uint32_t i, unsigned own)
{
	for (unsigned lane = 0; lane < b->lanes; lane++) {
		if (lane == own)
			continue;
		if (b->count == b->capacity && grow_entries(b))
			return -ENOMEM;
		b->entries[b->count] = b->entries[i];
		b->entries[b->count].echo = true;
		append(b, (uint32_t)b->count++, lane);
	}
	return 0;
}

/* The entry that was read last. */
static int deal_out(struct mp_batch *b)
{
	uint32_t i = (uint32_t)b->count++;
	struct mp_line *line = &b->entries[i].line;
	unsigned lane = 0;

	if (b->view)
		mp_view_collapse(b->view, &line->record, line->form);
	b->entries[i].hash = hash_of(b, &line->record);
	if (b->lanes > 1)
		lane = (unsigned)((b->entries[i].hash >> 32) * b->lanes >> 32);
	b->entries[i].echo = false;
	append(b, i, lane);
	if (b->lanes > 1 && mp_record_is_own(&line->record) &&
	    mp_own_kind(&line->record, line->form) == MP_OWN_STARTED)
		return echo(b, i, lane);
	return 0;
}

static void begin(struct mp_batch *b)
{
	b->count = b->fault_count = 0;
	b->lines = b->empty = 0;
	b->first_header = UINT64_MAX;
	b->refusing = false;
	for (unsigned i = 0; i < b->lanes; i++)
		b->heads[i] = MP_BATCH_END;
}

int mp_batch_read(struct mp_batch *b, const struct mp_block *block,
		  struct mp_parse *parse)
{
	begin(b);
	parse->number = parse->header = 0;
	parse->refusing = false;
	mp_parse_begin(parse, block);
	for (;;) {
		struct mp_line *line;

		if (b->count == b->capacity && grow_entries(b))
			return -ENOMEM;
		line = &b->entries[b->count].line;
		if (!mp_parse_next(parse, line))
			break;
		b->empty += line->kind == MP_LINE_EMPTY;
		if (line->kind == MP_LINE_RECORD && deal_out(b))
			return -ENOMEM;
		if (line->kind == MP_LINE_FAULT && add_fault(b, line))
			return -ENOMEM;
		if (parse->header && b->first_header == UINT64_MAX)
			b->first_header = parse->header;
	}
	b->lines = parse->number;
	b->refusing = parse->refusing;
	return 0;
}
