#include "report/quick.h"

#include "core/escape.h"
#include "report/wide.h"

#include <string.h>

#define MINUTE_US 60000000
/* Or the constants of each step are loaded anew for each. */
#define INLINE inline __attribute__((always_inline))
#define TABS   (MP_RECORD_COLUMNS - 1)

/* ---- fields: most of a line is two numbers side by side ---- */

struct fields {
	const char *text;
	/* Offsets of the tabs and of the newline; those of the 64 bytes that
	   hold a tab too many fit as well. */
	uint16_t end[MP_RECORD_COLUMNS + 64];
};

static inline const char *begin_of(const struct fields *f, unsigned column)
{
	return f->text + f->end[column - 1] + 1;
}

static inline const char *end_of(const struct fields *f, unsigned column)
{
	return f->text + f->end[column];
}

/* Where a number is not known; out of the way of the usual one. */
static __attribute__((noinline)) bool
read_unknown(const char *p, const char *end, int64_t *ret)
{
	if (end - p != 2 || p[0] != '\\' || p[1] != 'N')
		return mp_wide_numbers(p, end, p, end, ret, ret);
	*ret = MP_UNKNOWN;
	return true;
}

static INLINE bool read_numbers(const struct fields *f, unsigned column,
				int64_t *ret_a, int64_t *ret_b)
{
	const char *a = begin_of(f, column), *a_end = end_of(f, column);
	const char *b = begin_of(f, column + 1), *b_end = end_of(f, column + 1);

	return mp_wide_numbers(a, a_end, b, b_end, ret_a, ret_b) ||
	       (read_unknown(a, a_end, ret_a) && read_unknown(b, b_end, ret_b));
}

/* -0 is none. */
static inline bool negate(bool negative, int64_t *v)
{
	if (negative && (*v == 0 || *v == MP_UNKNOWN))
		return false;
	*v = negative ? -*v : *v;
	return true;
}

static INLINE bool read_deltas(const struct fields *f, unsigned column,
			       int64_t *ret_a, int64_t *ret_b)
{
	const char *a = begin_of(f, column), *a_end = end_of(f, column);
	const char *b = begin_of(f, column + 1), *b_end = end_of(f, column + 1);
	bool a_negative = *a == '-', b_negative = *b == '-';

	a += a_negative;
	b += b_negative;
	return (mp_wide_numbers(a, a_end, b, b_end, ret_a, ret_b) ||
		(read_unknown(a, a_end, ret_a) &&
		 read_unknown(b, b_end, ret_b))) &&
	       negate(a_negative, ret_a) && negate(b_negative, ret_b);
}

static INLINE bool read_duration(const struct fields *f, int64_t *ret)
{
	const char *p = begin_of(f, 3), *end = end_of(f, 3);
	int64_t s, us;

	if (end - p < 8 || end[-7] != '.')
		return read_unknown(p, end, ret) && *ret == MP_UNKNOWN;
	/* No more than fit when multiplied. */
	if (end - p > 7 + 12 ||
	    !mp_wide_numbers(p, end - 7, end - 6, end, &s, &us))
		return false;
	*ret = s * 1000000 + us;
	return true;
}

static INLINE bool read_timestamp(const struct mp_quick *q,
				  const struct fields *f, int64_t *ret)
{
	const char *p = f->text;
	int64_t s, us;

	/* Before any minute is known, sixteen NULs would be one. */
	if (f->end[0] != 27 || !p[0] ||
	    memcmp(p, q->minute, sizeof(q->minute)) != 0 || p[16] != ':' ||
	    p[19] != '.' || p[26] != 'Z' ||
	    !mp_wide_numbers(p + 17, p + 19, p + 20, p + 26, &s, &us) || s > 59)
		return false;
	*ret = q->minute_us + s * 1000000 + us;
	return true;
}

static inline bool read_text(const struct fields *f, unsigned column,
			     struct mp_text *ret)
{
	const char *p = begin_of(f, column), *end = end_of(f, column);
	size_t len = (size_t)(end - p);

	*ret = (struct mp_text){ p, len };
	if (len == 1 && *p == '-')
		return true;
	if (len - 1 > MP_ESCAPE_MAX - 1)
		return false;
	return mp_wide_plain(p, end) || mp_escape_valid(p, len);
}

/* ---- lines ---- */

static inline unsigned note_tabs(uint64_t tabs, unsigned at, uint16_t *ret)
{
	unsigned n = 0;

	for (; tabs; tabs &= tabs - 1)
		ret[n++] = (uint16_t)(at + (unsigned)__builtin_ctzll(tabs));
	return n;
}

/* Find 19 tabs and a newline before `end`.  What is behind the newline is
   looked at, and does not matter. */
static inline bool cut(const char *text, const char *end, struct fields *ret)
{
	uint64_t tabs, newlines = 0;
	unsigned n = 0, at = 0;

	ret->text = text;
	for (; !newlines; at += 64) {
		if (text + at >= end || n > TABS)
			return false;
		mp_wide_find(text + at, &tabs, &newlines);
		/* The bits below the lowest newline; all where there is none.*/
		tabs &= (newlines & -newlines) - 1;
		n += note_tabs(tabs, at, ret->end + n);
	}
	at += (unsigned)__builtin_ctzll(newlines) - 64;
	ret->end[n] = (uint16_t)at;
	return n == TABS && text + at < end && at < MP_RECORD_MAX;
}

static bool agrees_unknown(int64_t start, int64_t end, int64_t delta)
{
	return start == MP_UNKNOWN || end == MP_UNKNOWN || delta == MP_UNKNOWN;
}

static inline bool agrees(int64_t start, int64_t end, int64_t delta)
{
	return (uint64_t)end - (uint64_t)start == (uint64_t)delta ||
	       agrees_unknown(start, end, delta);
}

/* Most requests leave the process as large as it was: then the two fields of
   its end are those of its start, and both deltas are 0. */
static inline bool is_level(const struct fields *f)
{
	const char *start = begin_of(f, 4), *end = begin_of(f, 6);
	size_t len = (size_t)(end - start);

	return (size_t)(begin_of(f, 8) - end) == len &&
	       !memcmp(begin_of(f, 8), "0\t0\t", 4) &&
	       mp_wide_equal(start, end, len);
}

static INLINE bool read_process(const struct fields *f, struct mp_record *ret)
{
	if (!read_numbers(f, 4, &ret->start_vss, &ret->start_rss))
		return false;
	if (is_level(f)) {
		ret->end_vss = ret->start_vss;
		ret->end_rss = ret->start_rss;
		ret->vss_delta = ret->rss_delta = 0;
		return true;
	}
	return read_numbers(f, 6, &ret->end_vss, &ret->end_rss) &&
	       read_deltas(f, 8, &ret->vss_delta, &ret->rss_delta) &&
	       agrees(ret->start_vss, ret->end_vss, ret->vss_delta) &&
	       agrees(ret->start_rss, ret->end_rss, ret->rss_delta);
}

size_t mp_quick_parse(const struct mp_quick *q, const char *text,
		      const char *end, struct mp_record *ret)
{
	struct fields f;

	if (!cut(text, end, &f) || !read_timestamp(q, &f, &ret->timestamp_us) ||
	    !read_text(&f, 1, &ret->page_id) ||
	    !read_text(&f, 2, &ret->oops_id) ||
	    !read_duration(&f, &ret->duration_us) || !read_process(&f, ret) ||
	    !read_numbers(&f, 10, &ret->allocated, &ret->freed) ||
	    !read_numbers(&f, 12, &ret->peak, &ret->overlap) ||
	    !read_numbers(&f, 14, &ret->heap_allocated, &ret->heap_active) ||
	    !read_numbers(&f, 16, &ret->heap_resident, &ret->pid) ||
	    !read_numbers(&f, 17, &ret->pid, &ret->tid) ||
	    !read_text(&f, 19, &ret->host))
		return 0;
	return f.end[TABS] + 1u;
}

void mp_quick_learn(struct mp_quick *q, const char *text,
		    const struct mp_record *r)
{
	int64_t rest = r->timestamp_us % MINUTE_US;

	if (rest < 0)
		rest += MINUTE_US;
	memcpy(q->minute, text, sizeof(q->minute));
	q->minute_us = r->timestamp_us - rest;
}
