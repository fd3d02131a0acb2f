#include "view/rawread.h"

#include "core/escape.h"
#include "core/record.h"
#include "profile/format.h"
#include "view/grow.h"
#include "view/rawfields.h"

#include <errno.h>
#include <string.h>

struct parser {
	struct mp_raw *raw;
	struct mp_raw_fault *fault;
	struct mp_rawfields rest; /* of the line */
	uint64_t lines;		  /* that are read, this one included */
	uint64_t seen;		  /* bit i: header line i of the table */
	bool ended;
};

static int wrong(struct parser *p, const char *name, const char *expected)
{
	*p->fault = (struct mp_raw_fault){ p->lines, name, expected };
	return -EINVAL;
}

/* A copy of a field, decoded where it is told. */
static int copy(struct parser *p, struct mp_rawfield f, bool decode,
		const char **ret)
{
	char *own = mp_arena_get(&p->raw->arena, f.len + 1);
	size_t len = f.len;

	if (!own)
		return -ENOMEM;
	if (decode)
		len = mp_unescape(f.p, f.len, own);
	else
		memcpy(own, f.p, len);
	own[len] = '\0';
	*ret = own;
	return 0;
}

static int next(struct parser *p, const char *name, struct mp_rawfield *ret)
{
	if (!mp_rawfields_next(&p->rest, ret) || ret->len == 0)
		return wrong(p, name, "a field");
	return 0;
}

static int next_text(struct parser *p, const char *name, bool decode,
		     const char **ret)
{
	struct mp_rawfield f;
	int err = next(p, name, &f);

	return err ? err : copy(p, f, decode, ret);
}

/* As text, but `-` is none, and empty. */
static int next_name(struct parser *p, const char *name, bool decode,
		     const char **ret)
{
	struct mp_rawfield f;
	int err = next(p, name, &f);

	if (err)
		return err;
	if (mp_rawfield_is(f, MP_FORMAT_NONE))
		f.len = 0;
	return copy(p, f, decode, ret);
}

static int next_count(struct parser *p, const char *name, uint64_t *ret)
{
	struct mp_rawfield f;
	int err = next(p, name, &f);

	if (!err && !mp_rawfield_count(f, ret))
		err = wrong(p, name, "digits");
	return err;
}

static int next_number(struct parser *p, const char *name, int64_t *ret)
{
	struct mp_rawfield f;
	int err = next(p, name, &f);

	if (!err && !mp_rawfield_number(f, ret))
		err = wrong(p, name, "digits or \\N");
	return err;
}

static int next_signed(struct parser *p, const char *name, int64_t *ret)
{
	struct mp_rawfield f;
	int err = next(p, name, &f);

	if (!err && !mp_rawfield_signed(f, ret))
		err = wrong(p, name, "a whole number or \\N");
	return err;
}

static int next_hex(struct parser *p, const char *name, uint64_t *ret)
{
	struct mp_rawfield f;
	int err = next(p, name, &f);

	if (!err && !mp_rawfield_hex(f, ret))
		err = wrong(p, name, "1 to 16 hexadecimal digits, lower case");
	return err;
}

static int next_moment(struct parser *p, const char *name, int64_t *ret)
{
	struct mp_rawfield f;
	int err = next(p, name, &f);

	if (!err && !mp_rawfield_moment(f, ret))
		err = wrong(p, name, "a time as 2026-11-21T01:02:03.123456Z");
	return err;
}

/* ---- the header ---------------------------------------------------------- */

enum header_kind { COUNT, NUMBER, MOMENT, ID, TEXT, READING, CLOCK, DEGRADED };

static const struct header {
	const char *key;
	enum header_kind kind;
	size_t member; /* of the head */
} headers[] = {
#define MEMBER(name) offsetof(struct mp_view_head, name)
	{ MP_FORMAT_CLOCK, CLOCK, 0 },
	{ MP_FORMAT_REQUESTS, COUNT, MEMBER(requests) },
	{ MP_FORMAT_BEGAN, MOMENT, MEMBER(began_us) },
	{ MP_FORMAT_PAGE_ID, ID, MEMBER(page_id) },
	{ MP_FORMAT_OOPS_ID, ID, MEMBER(oops_id) },
	{ MP_FORMAT_HOST, ID, MEMBER(host) },
	{ MP_FORMAT_PID, NUMBER, MEMBER(pid) },
	{ MP_FORMAT_TID, NUMBER, MEMBER(tid) },
	{ MP_FORMAT_EXE, TEXT, MEMBER(exe) },
	{ MP_FORMAT_DURATION_NS, NUMBER, MEMBER(duration_ns) },
	{ MP_FORMAT_CPU_NS, NUMBER, MEMBER(cpu_ns) },
	{ MP_FORMAT_MECHANISM, ID, MEMBER(mechanism) },
	{ MP_FORMAT_INTERVAL_NS, NUMBER, MEMBER(interval_ns) },
	{ MP_FORMAT_TICK_NS, NUMBER, MEMBER(tick_ns) },
	{ MP_FORMAT_SAMPLES, COUNT, MEMBER(samples) },
	{ MP_FORMAT_LOST, COUNT, MEMBER(lost) },
	{ MP_FORMAT_CUT, COUNT, MEMBER(cut) },
	{ MP_FORMAT_NOTES_DROPPED, COUNT, MEMBER(notes_dropped) },
	{ MP_FORMAT_START_VSS, READING, 0 },
	{ MP_FORMAT_START_RSS, READING, 0 },
	{ MP_FORMAT_END_VSS, READING, 0 },
	{ MP_FORMAT_END_RSS, READING, 0 },
	{ MP_FORMAT_VSS_DELTA, READING, 0 },
	{ MP_FORMAT_RSS_DELTA, READING, 0 },
	{ MP_FORMAT_ALLOCATED, READING, 0 },
	{ MP_FORMAT_FREED, READING, 0 },
	{ MP_FORMAT_PEAK, READING, 0 },
	{ MP_FORMAT_OVERLAP, READING, 0 },
	{ MP_FORMAT_DEGRADED, DEGRADED, 0 },
};

#define HEADERS (sizeof(headers) / sizeof(*headers))
_Static_assert(HEADERS <= 64, "one bit each");

/* The first of the table: no file is without them. */
#define NEEDED 2

static int read_clock(struct parser *p)
{
	struct mp_rawfield f;
	int err = next(p, MP_FORMAT_CLOCK, &f);

	if (err)
		return err;
	p->raw->head.wall = mp_rawfield_is(f, MP_FORMAT_CLOCK_WALL);
	if (!p->raw->head.wall && !mp_rawfield_is(f, MP_FORMAT_CLOCK_CPU))
		return wrong(p, MP_FORMAT_CLOCK, "cpu or wall");
	return 0;
}

static int read_reading(struct parser *p, const char *name)
{
	struct mp_raw *raw = p->raw;
	struct mp_view_reading r = { .name = name };
	int err = next_signed(p, name, &r.value);

	if (!err)
		err = MP_GROW(raw->readings, raw->reading_count);
	if (!err)
		raw->readings[raw->reading_count++] = r;
	return err;
}

static int read_degraded(struct parser *p)
{
	struct mp_raw *raw = p->raw;
	const char *why;
	int err = next_text(p, MP_FORMAT_DEGRADED, true, &why);

	if (!err)
		err = MP_GROW(raw->degraded, raw->degraded_count);
	if (!err)
		raw->degraded[raw->degraded_count++] = why;
	return err;
}

static int read_header(struct parser *p, const struct header *h)
{
	uint64_t bit = UINT64_C(1) << (h - headers);
	void *member = (char *)&p->raw->head + h->member;

	if ((p->seen & bit) && h->kind != DEGRADED)
		return wrong(p, h->key, "no more than one line of it");
	p->seen |= bit;
	switch (h->kind) {
	case COUNT:
		return next_count(p, h->key, member);
	case NUMBER:
		return next_number(p, h->key, member);
	case MOMENT:
		return next_moment(p, h->key, member);
	case ID:
		return next_name(p, h->key, false, member);
	case TEXT:
		return next_name(p, h->key, true, member);
	case READING:
		return read_reading(p, h->key);
	case CLOCK:
		return read_clock(p);
	case DEGRADED:
		break;
	}
	return read_degraded(p);
}

/* ---- what is behind it --------------------------------------------------- */

static int read_build_id(struct parser *p, const char **ret)
{
	static const char name[] = "build id";
	int err = next_name(p, name, false, ret);
	size_t len;

	if (err)
		return err;
	len = strlen(*ret);
	if (len % 2 || strspn(*ret, "0123456789abcdef") != len)
		return wrong(p, name, "pairs of hexadecimal digits, or -");
	return 0;
}

static int read_object(struct parser *p)
{
	struct mp_raw *raw = p->raw;
	struct mp_raw_object o;
	int err = next_hex(p, "start", &o.start);

	if (!err)
		err = next_hex(p, "end", &o.end);
	if (!err && o.end <= o.start)
		err = wrong(p, "end", "an address above the start");
	if (!err)
		err = next_hex(p, "bias", &o.bias);
	if (!err)
		err = read_build_id(p, &o.build_id);
	if (!err)
		err = next_text(p, "path", true, &o.path);
	if (!err)
		err = MP_GROW(raw->objects, raw->object_count);
	if (!err)
		raw->objects[raw->object_count++] = o;
	return err;
}

static int read_page(struct parser *p)
{
	struct mp_raw *raw = p->raw;
	struct mp_view_page page;
	int err = next_text(p, "page id", false, &page.id);

	if (!err)
		err = next_count(p, "requests", &page.requests);
	if (!err)
		err = next_number(p, "duration", &page.duration_ns);
	if (!err)
		err = next_number(p, "CPU time", &page.cpu_ns);
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
static int read_pcs(struct parser *p, size_t *ret_first, uint32_t *ret_depth)
{
	static const char name[] = "program counter";
	struct mp_raw *raw = p->raw;
	struct mp_rawfield left, word;
	uint32_t depth = 0;
	uint64_t pc;
	int err = next(p, name, &left);

	*ret_first = raw->pc_count;
	*ret_depth = 0;
	if (err || (mp_rawfield_is(left, MP_FORMAT_NONE) && !p->rest.p))
		return err;
	while (next_word(&left, &word)) {
		if (!mp_rawfield_hex(word, &pc) || p->rest.p)
			return wrong(p, name,
				     "hexadecimal digits, lower case, or one -"
				     " and no more");
		if (++depth > MP_FORMAT_STACK_MAX)
			return wrong(p, name, "128 of them at most");
		err = MP_GROW(raw->pcs, raw->pc_count);
		if (err)
			return err;
		raw->pcs[raw->pc_count++] = pc;
	}
	*ret_depth = depth;
	return 0;
}

/* What follows belongs to the last page. */
static int page_of(struct parser *p, const char *name, uint32_t *ret)
{
	if (p->raw->page_count == 0)
		return wrong(p, name, "a page before it");
	*ret = (uint32_t)p->raw->page_count - 1;
	return 0;
}

static int read_kind(struct parser *p, enum mp_kind *ret)
{
	static const char *const kinds[MP_KINDS] = {
		[MP_KIND_CPU] = MP_FORMAT_KIND_CPU,
		[MP_KIND_BLOCKED] = MP_FORMAT_KIND_BLOCKED,
		[MP_KIND_QUEUED] = MP_FORMAT_KIND_QUEUED,
		[MP_KIND_UNSAMPLED] = MP_FORMAT_KIND_UNSAMPLED,
	};
	struct mp_rawfield f;
	int err = next(p, "kind", &f);

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

static int read_stack(struct parser *p)
{
	struct mp_raw *raw = p->raw;
	struct mp_raw_stack s;
	int err = page_of(p, MP_FORMAT_STACK, &s.page);

	if (!err)
		err = read_kind(p, &s.kind);
	if (!err)
		err = next_count(p, "samples", &s.samples);
	if (!err && add_up(&raw->samples, s.samples))
		err = wrong(p, "samples", "a sum that fits into 64 bits");
	if (!err)
		err = next_count(p, "value", &s.value);
	if (!err && add_up(&raw->total, s.value))
		err = wrong(p, "value", "a sum that fits into 64 bits");
	if (!err)
		err = read_pcs(p, &s.first, &s.depth);
	if (!err)
		err = MP_GROW(raw->stacks, raw->stack_count);
	if (!err)
		raw->stacks[raw->stack_count++] = s;
	return err;
}

static int read_note(struct parser *p)
{
	struct mp_raw *raw = p->raw;
	struct mp_raw_note n;
	int err = page_of(p, MP_FORMAT_NOTE, &n.page);

	if (!err)
		err = next_text(p, "kind", true, &n.kind);
	if (!err)
		err = next_signed(p, "start", &n.start_ns);
	if (!err)
		err = next_signed(p, "end", &n.end_ns);
	if (!err)
		err = next_text(p, "text", true, &n.text);
	if (!err)
		err = read_pcs(p, &n.first, &n.depth);
	if (!err)
		err = MP_GROW(raw->notes, raw->note_count);
	if (!err)
		raw->notes[raw->note_count++] = n;
	return err;
}

static int read_end(struct parser *p)
{
	uint64_t lines;
	int err = next_count(p, MP_FORMAT_END, &lines);

	if (!err && lines != p->lines - 1)
		err = wrong(p, MP_FORMAT_END, "the number of lines before it");
	p->ended = true;
	return err;
}

static const struct body {
	const char *word;
	int (*read)(struct parser *p);
} bodies[] = {
	{ MP_FORMAT_STACK, read_stack }, { MP_FORMAT_OBJECT, read_object },
	{ MP_FORMAT_PAGE, read_page },	 { MP_FORMAT_NOTE, read_note },
	{ MP_FORMAT_END, read_end },
};

/* ---- the file ------------------------------------------------------------ */

static int read_magic(struct parser *p)
{
	struct mp_rawfield f;

	if (!mp_rawfields_next(&p->rest, &f) ||
	    !mp_rawfield_is(f, MP_FORMAT_MAGIC))
		return wrong(p, "file", "a profile: " MP_FORMAT_MAGIC);
	if (!mp_rawfields_next(&p->rest, &f) ||
	    !mp_rawfield_is(f, MP_FORMAT_VERSION))
		return wrong(p, "version",
			     MP_FORMAT_VERSION ": this memprof knows no other");
	return 0;
}

static int read_line(struct parser *p)
{
	struct mp_rawfield word;

	if (p->ended)
		return wrong(p, "file", "nothing behind the end");
	if (p->lines == 1)
		return read_magic(p);
	if (!mp_rawfields_next(&p->rest, &word) || word.len == 0)
		return wrong(p, "line", "a word");
	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		if (mp_rawfield_is(word, bodies[i].word))
			return bodies[i].read(p);
	for (size_t i = 0; i < HEADERS; i++)
		if (mp_rawfield_is(word, headers[i].key))
			return read_header(p, &headers[i]);
	return 0;
}

static int read_lines(struct parser *p, const char *data, size_t len)
{
	const char *end = data + len;

	while (data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		int err;

		p->lines++;
		if (!newline)
			return wrong(p, "line", "a newline: it is torn");
		p->rest = (struct mp_rawfields){ data, newline };
		err = read_line(p);
		if (err)
			return err;
		data = newline + 1;
	}
	p->lines++;
	if (!p->ended)
		return wrong(p, "file", "an end: it is not whole");
	for (size_t i = 0; i < NEEDED; i++)
		if (!(p->seen & UINT64_C(1) << i))
			return wrong(p, headers[i].key, "a line of it");
	return 0;
}

int mp_raw_read(const char *data, size_t len, struct mp_raw *ret,
		struct mp_raw_fault *ret_fault)
{
	struct mp_raw raw = { .head = MP_VIEW_HEAD_NONE };
	struct parser p = { .raw = &raw, .fault = ret_fault };
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
