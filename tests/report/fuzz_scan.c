/*
 * One reader that is plain and slow, and the one in blocks with its usual
 * lines, tell the same of any bytes: kinds, numbers and records.
 */

#include "report/block.h"
#include "report/parse.h"

#include "alike.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next line by the rules of parse.h, of the whole input at once. */
static bool next_plainly(const char **text, const char *end, bool *refusing,
			 struct mp_line *ret)
{
	const char *line = *text, *newline;
	size_t len, rest;
	int form;

	if (line == end)
		return false;
	newline = memchr(line, '\n', (size_t)(end - line));
	*text = newline ? newline + 1 : end;
	ret->number++;
	ret->kind = MP_LINE_FAULT;
	if (!newline)
		return true;
	len = (size_t)(newline - line);
	rest = (size_t)(end - *text);
	if (len == 0) {
		ret->kind = MP_LINE_EMPTY;
		return true;
	}
	if (len >= MP_RECORD_MAX)
		return true;
	form = mp_record_parse(line, len, &ret->record, NULL);
	if (form == MP_RECORD_HEADER) {
		*refusing = false;
		ret->kind = MP_LINE_HEADER;
		return true;
	}
	if (len >= 10 && !memcmp(line, "timestamp\t", 10))
		*refusing = true;
	if (form < 0 || *refusing)
		return true;
	ret->form = (enum mp_record_form)form;
	if (rest >= len && !memcmp(line, *text, len) &&
	    (form == MP_RECORD_FORMAT_1 ||
	     (rest > len && (*text)[len] != '\n')))
		return true;
	ret->kind = MP_LINE_RECORD;
	return true;
}

/* Texts point into different copies of the line. */
static bool same_text(struct mp_text a, struct mp_text b)
{
	return a.len == b.len && !memcmp(a.p, b.p, a.len);
}

static void compare(struct mp_line *a, struct mp_line *b)
{
	if (a->kind != b->kind || a->number != b->number)
		abort();
	if (a->kind != MP_LINE_RECORD)
		return;
	if (a->form != b->form ||
	    !same_text(a->record.page_id, b->record.page_id) ||
	    !same_text(a->record.oops_id, b->record.oops_id) ||
	    !same_text(a->record.host, b->record.host))
		abort();
	a->record.page_id = b->record.page_id;
	a->record.oops_id = b->record.oops_id;
	a->record.host = b->record.host;
	if (!alike(a->record, b->record))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end = text + size;
	struct mp_cutter cutter = { 0 };
	struct mp_parse parse = { 0 };
	struct mp_source *source;
	struct mp_block block;
	struct mp_line want = { 0 }, got;
	bool refusing = false;
	int fd = memfd_create("log", 0);
	char path[64];

	/* Gzip'd data is another matter. */
	if (size >= 2 && data[0] == 0x1f && data[1] == 0x8b) {
		close(fd);
		return 0;
	}
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (mp_source_open(path, &source) ||
	    mp_block_init(&block, MP_BLOCK_MIN))
		abort();
	do {
		mp_cutter_fill(&cutter, source, &block);
		mp_parse_begin(&parse, &block);
		while (mp_parse_next(&parse, &got)) {
			if (!next_plainly(&text, end, &refusing, &want))
				abort();
			compare(&want, &got);
		}
	} while (!block.last);
	if (text != end || block.err)
		abort();
	mp_block_release(&block);
	mp_source_close(source);
	close(fd);
	return 0;
}
