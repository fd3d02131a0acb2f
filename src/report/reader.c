#include "report/reader.h"

#include "report/source.h"

#include <errno.h>
#include <stdlib.h>

#define BLOCK_SIZE (256 * 1024)

struct mp_reader {
	struct mp_source *source;
	struct mp_cutter cutter;
	struct mp_block block;
	struct mp_parse parse;
};

int mp_reader_open(const char *path, struct mp_reader **ret)
{
	struct mp_reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	err = mp_source_open(path, &r->source);
	if (err)
		goto free_reader;
	err = mp_block_init(&r->block, BLOCK_SIZE);
	if (err)
		goto close_source;
	mp_parse_begin(&r->parse, &r->block);
	*ret = r;
	return 0;

close_source:
	mp_source_close(r->source);
free_reader:
	free(r);
	return err;
}

int mp_reader_next(struct mp_reader *r, struct mp_line *ret)
{
	while (!mp_parse_next(&r->parse, ret)) {
		if (r->block.last)
			return r->block.err;
		mp_cutter_fill(&r->cutter, r->source, &r->block);
		mp_parse_begin(&r->parse, &r->block);
	}
	return 1;
}

const char *mp_reader_strerror(int err)
{
	return mp_source_strerror(err);
}

void mp_reader_close(struct mp_reader *r)
{
	if (!r)
		return;
	mp_source_close(r->source);
	mp_block_release(&r->block);
	free(r);
}
