#include "view/rawread.h"

#include "profile/format.h"
#include "view/grow.h"
#include "view/rawhead.h"

#include <errno.h>
#include <string.h>

/* ---- what is behind the header ------------------------------------------- */

static int read_build_id(struct mp_rawparse *p, const char **ret)
{
	static const char name[] = "build id";
	int err = mp_rawparse_name(p, name, false, ret);
	size_t len;

	if (err)
		return err;
	len = strlen(*ret);
	if (len % 2 || strspn(*ret, "0123456789abcdef") != len)
		return mp_rawparse_wrong(p, name,
					 "pairs of hexadecimal digits, or -");
	return 0;
}

static int read_object(struct mp_rawparse *p)
{
	struct mp_raw *raw = p->raw;
	struct mp_raw_object o;
	int err = mp_rawparse_hex(p, "start", &o.start);

	if (!err)
		err = mp_rawparse_hex(p, "end", &o.end);
	if (!err && o.end <= o.start)
		err = mp_rawparse_wrong(p, "end", "an address above the start");
	if (!err)
		err = mp_rawparse_hex(p, "bias", &o.bias);
	if (!err)
		err = read_build_id(p, &o.build_id);
	if (!err)
		err = mp_rawparse_text(p, "path", true, &o.path);
	if (!err)
		err = MP_GROW(raw->objects, raw->object_count);
	if (!err)
		raw->objects[raw->object_count++] = o;
	return err;
}

static int read_page(struct mp_rawparse *p)
{
	struct mp_raw *raw = p->raw;
	struct mp_view_page page;
	int err = mp_rawparse_text(p, "page id", false, &page.id);

	if (!err)
		err = mp_rawparse_count(p, "requests", &page.requests);
	if (!err)
		err = mp_rawparse_number(p, "duration", &page.duration_ns);
	if (!err)
		err = mp_rawparse_number(p, "CPU time", &page.cpu_ns);
	if (!err)
		err = MP_GROW(raw->pages, raw->page_count);
	if (!err)
		raw->pages[raw->page_count++] = page;
	return err;
}

/* Take the next word of a field, up to a blank; false behind the last one. */
static bool next_word(struct mp_rawfield *left, struct mp_rawfield *ret)
{
	const char *blank;

	if (!left->p)
		return false;
	blank = memchr(left->p, ' ', left->len);
	*ret = *left;
	left->p = NULL;
	if (blank) {
		ret->len = (size_t)(blank - ret->p);
		left->p = blank + 1;
		left->len -= ret->len + 1;
	}
	return true;
}

/* The field that is left: `-`, or program counters with a blank between. */
static int read_pcs(struct mp_rawparse *p, size_t *ret_first,
		    uint32_t *ret_depth)
{
	static const char name[] = "program counter";
	struct mp_raw *raw = p->raw;
	struct mp_rawfield left, word;
	uint32_t depth = 0;
	uint64_t pc;
	int err = mp_rawparse_field(p, name, &left);

	*ret_first = raw->pc_count;
	*ret_depth = 0;
	if (err || (mp_rawfield_is(left, MP_FORMAT_NONE) && !p->rest.p))
		return err;
	while (next_word(&left, &word)) {
		if (!mp_rawfield_hex(word, &pc) || p->rest.p)
			return mp_rawparse_wrong(
				p, name,
				"hexadecimal digits, lower case, or one -"
				" and no more");
		if (++depth > MP_FORMAT_STACK_MAX)
			return mp_rawparse_wrong(p, name,
						 "128 of them at most");
		err = MP_GROW(raw->pcs, raw->pc_count);
		if (err)
			return err;
		raw->pcs[raw->pc_count++] = pc;
	}
	*ret_depth = depth;
	return 0;
}

/* What follows belongs to the last page. */
static int page_of(struct mp_rawparse *p, const char *name, uint32_t *ret)
{
	if (p->raw->page_count == 0)
		return mp_rawparse_wrong(p, name, "a page before it");
	*ret = (uint32_t)p->raw->page_count - 1;
	return 0;
}

static int read_kind(struct mp_rawparse *p, enum mp_kind *ret)
{
	static const char *const kinds[MP_KINDS] = {
		[MP_KIND_CPU] = MP_FORMAT_KIND_CPU,
		[MP_KIND_BLOCKED] = MP_FORMAT_KIND_BLOCKED,
		[MP_KIND_QUEUED] = MP_FORMAT_KIND_QUEUED,
		[MP_KIND_UNSAMPLED] = MP_FORMAT_KIND_UNSAMPLED,
	};
	struct mp_rawfield f;
	int err = mp_rawparse_field(p, "kind", &f);

	if (err)
		return err;
	for (unsigned i = 0; i < MP_KINDS; i++) {
		if (mp_rawfield_is(f, kinds[i])) {
			*ret = (enum mp_kind)i;
			return 0;
		}
	}
	/* One that came later: it stands for time as well as these. */
	*ret = MP_KIND_UNSAMPLED;
	return 0;
}

static bool add_up(uint64_t *sum, uint64_t n)
{
	return __builtin_add_overflow(*sum, n, sum);
}

static int read_stack(struct mp_rawparse *p)
{
	struct mp_raw *raw = p->raw;
	struct mp_raw_stack s;
	int err = page_of(p, MP_FORMAT_STACK, &s.page);

	if (!err)
		err = read_kind(p, &s.kind);
	if (!err)
		err = mp_rawparse_count(p, "samples", &s.samples);
	if (!err && add_up(&raw->samples, s.samples))
		err = mp_rawparse_wrong(p, "samples",
					"a sum that fits into 64 bits");
	if (!err)
		err = mp_rawparse_count(p, "value", &s.value);
	if (!err && add_up(&raw->total, s.value))
		err = mp_rawparse_wrong(p, "value",
					"a sum that fits into 64 bits");
	if (!err)
		err = read_pcs(p, &s.first, &s.depth);
	if (!err)
		err = MP_GROW(raw->stacks, raw->stack_count);
	if (!err)
		raw->stacks[raw->stack_count++] = s;
	return err;
}

static int read_note(struct mp_rawparse *p)
{
	struct mp_raw *raw = p->raw;
	struct mp_raw_note n;
	int err = page_of(p, MP_FORMAT_NOTE, &n.page);

	if (!err)
		err = mp_rawparse_text(p, "kind", true, &n.kind);
	if (!err)
		err = mp_rawparse_signed(p, "start", &n.start_ns);
	if (!err)
		err = mp_rawparse_signed(p, "end", &n.end_ns);
	if (!err)
		err = mp_rawparse_text(p, "text", true, &n.text);
	if (!err)
		err = read_pcs(p, &n.first, &n.depth);
	if (!err)
		err = MP_GROW(raw->notes, raw->note_count);
	if (!err)
		raw->notes[raw->note_count++] = n;
	return err;
}

static int read_end(struct mp_rawparse *p)
{
	uint64_t lines;
	int err = mp_rawparse_count(p, MP_FORMAT_END, &lines);

	if (!err && lines != p->lines - 1)
		err = mp_rawparse_wrong(p, MP_FORMAT_END,
					"the number of lines before it");
	p->ended = true;
	return err;
}

static const struct body {
	const char *word;
	int (*read)(struct mp_rawparse *p);
} bodies[] = {
	{ MP_FORMAT_STACK, read_stack }, { MP_FORMAT_OBJECT, read_object },
	{ MP_FORMAT_PAGE, read_page },	 { MP_FORMAT_NOTE, read_note },
	{ MP_FORMAT_END, read_end },
};

/* ---- the file ------------------------------------------------------------ */

static int read_magic(struct mp_rawparse *p)
{
	struct mp_rawfield f;

	if (!mp_rawfields_next(&p->rest, &f) ||
	    !mp_rawfield_is(f, MP_FORMAT_MAGIC))
		return mp_rawparse_wrong(p, "file",
					 "a profile: " MP_FORMAT_MAGIC);
	if (!mp_rawfields_next(&p->rest, &f) ||
	    !mp_rawfield_is(f, MP_FORMAT_VERSION))
		return mp_rawparse_wrong(p, "version",
					 MP_FORMAT_VERSION
					 ": this memprof knows no other");
	return 0;
}

static int read_line(struct mp_rawparse *p)
{
	struct mp_rawfield word;

	if (p->ended)
		return mp_rawparse_wrong(p, "file", "nothing behind the end");
	if (p->lines == 1)
		return read_magic(p);
	if (!mp_rawfields_next(&p->rest, &word) || word.len == 0)
		return mp_rawparse_wrong(p, "line", "a word");
	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		if (mp_rawfield_is(word, bodies[i].word))
			return bodies[i].read(p);
	return mp_rawhead_read(p, word);
}

static int read_lines(struct mp_rawparse *p, const char *data, size_t len)
{
	const char *end = data + len;

	while (data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		int err;

		p->lines++;
		if (!newline)
			return mp_rawparse_wrong(p, "line",
						 "a newline: it is torn");
		p->rest = (struct mp_rawfields){ data, newline };
		err = read_line(p);
		if (err)
			return err;
		data = newline + 1;
	}
	p->lines++;
	if (!p->ended)
		return mp_rawparse_wrong(p, "file", "an end: it is not whole");
	return mp_rawhead_check(p);
}

int mp_raw_read(const char *data, size_t len, struct mp_raw *ret,
		struct mp_raw_fault *ret_fault)
{
	struct mp_raw raw = { .head = MP_VIEW_HEAD_NONE };
	struct mp_rawparse p = { .raw = &raw, .fault = ret_fault };
	int err = read_lines(&p, data, len);

	if (err)
		mp_raw_release(&raw);
	else
		*ret = raw;
	return err;
}

void mp_raw_release(struct mp_raw *raw)
{
	free(raw->objects);
	free(raw->pages);
	free(raw->stacks);
	free(raw->notes);
	free(raw->readings);
	free(raw->degraded);
	free(raw->pcs);
	mp_arena_release(&raw->arena);
}
