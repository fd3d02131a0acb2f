/* rawread, fuzzed: what is read is whole, and what is not is told. */

#include "view/rawread.h"

#include <errno.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct mp_raw *raw)
{
	uint64_t total = 0, samples = 0;

	for (size_t i = 0; i < raw->stack_count; i++) {
		const struct mp_raw_stack *s = &raw->stacks[i];

		if (s->page >= raw->page_count || s->first > raw->pc_count ||
		    s->depth > raw->pc_count - s->first)
			abort();
		total += s->value;
		samples += s->samples;
	}
	for (size_t i = 0; i < raw->object_count; i++)
		if (raw->objects[i].end <= raw->objects[i].start)
			abort();
	if (total != raw->total || samples != raw->samples)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mp_raw_fault fault = { 0 };
	struct mp_raw raw;
	int err = mp_raw_read((const char *)data, size, &raw, &fault);

	if (err && (err != -EINVAL || !fault.name || !fault.expected ||
		    fault.line == 0))
		abort();
	if (err)
		return 0;
	check(&raw);
	mp_raw_release(&raw);
	return 0;
}
