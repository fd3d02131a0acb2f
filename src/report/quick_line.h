#ifndef MP_QUICK_LINE_H
#define MP_QUICK_LINE_H

/*
 * quick_line: how quick.h reads a line, for each processor that has a file of
 * its own; which instructions there are, that file's flags tell.
 */

#include "report/quick.h"

#include "core/escape.h"
#include "report/wide.h"

#include <string.h>

/* Where the fields behind a timestamp begin. */
#define BEHIND_TIME 28
/* Or the constants of each step are loaded anew for each. */
#define INLINE inline __attribute__((always_inline))

/*
 * Each step reads some fields from `p` on and returns what is behind them, or
 * null.  That no newline stands where a tab should is no step's care: it would
 * be in a field, and none may hold one.  Nor is the end of the text: no step
 * looks farther than a record may be long.
 */

/* ---- fields: four numbers at once, of as many as lie side by side ---- */

/* The 64 bytes from `text` on, and which fields in them come next. */
struct window {
	const char *text, *next;
	uint64_t tabs; /* that end these fields */
};

static INLINE struct window look(const char *p)
{
	return (struct window){ p, p, mp_wide_find(p, '\t') };
}

static INLINE bool take(struct window *w, struct mp_wide_field *ret)
{
	if (!w->tabs)
		return false;
	ret->p = w->next;
	ret->end = w->text + __builtin_ctzll(w->tabs);
	w->next = ret->end + 1;
	w->tabs &= w->tabs - 1;
	return true;
}

static INLINE bool take_four(struct window *w, struct mp_wide_field ret[4])
{
	return take(w, &ret[0]) && take(w, &ret[1]) && take(w, &ret[2]) &&
	       take(w, &ret[3]);
}

static bool is_unknown(const struct mp_wide_field *f)
{
	return f->end - f->p == 2 && f->p[0] == '\\' && f->p[1] == 'N';
}

/* Where one is not known; out of the way of the usual ones. */
static __attribute__((noinline)) bool read_each(const struct mp_wide_field f[4],
						int64_t ret[4])
{
	for (unsigned i = 0; i < 4; i++) {
		const struct mp_wide_field same[] = { f[i], f[i], f[i], f[i] };
		int64_t v[4] = { MP_UNKNOWN };

		if (!is_unknown(&f[i]) && !mp_wide_numbers(same, v))
			return false;
		ret[i] = v[0];
	}
	return true;
}

static INLINE bool read_numbers(const struct mp_wide_field f[4], int64_t ret[4])
{
	if (!mp_wide_numbers(f, ret)) {
		/* A copy, for `f` to stay in registers. */
		const struct mp_wide_field fields[] = { f[0], f[1], f[2],
							f[3] };

		return read_each(fields, ret);
	}
	return true;
}

/* -0 is none. */
static inline bool negate(bool negative, int64_t *v)
{
	if (negative && (*v == 0 || *v == MP_UNKNOWN))
		return false;
	*v = negative ? -*v : *v;
	return true;
}

/* Cut a duration at its point; none that is not known.  No more seconds than
   fit when multiplied. */
static INLINE bool cut_duration(struct mp_wide_field *f,
				struct mp_wide_field *ret_decimals)
{
	ptrdiff_t len = f->end - f->p;

	if (len < 8 || len > 7 + 12 || f->end[-7] != '.')
		return false;
	*ret_decimals = (struct mp_wide_field){ f->end - 6, f->end };
	f->end -= 7;
	return true;
}

/* A text of at least one byte, which ends in `c`. */
static INLINE const char *read_text(const char *p, char c, struct mp_text *ret)
{
	uint64_t found;
	const char *end;
	size_t len;

	if (p[0] == '-' && p[1] == c) {
		*ret = (struct mp_text){ p, 1 };
		return p + 2;
	}
	for (len = 0; !(found = mp_wide_find(p + len, c)); len += 64)
		if (len > MP_ESCAPE_MAX - 64)
			return NULL;
	len += (unsigned)__builtin_ctzll(found);
	end = p + len;
	*ret = (struct mp_text){ p, len };
	if (len - 1 > MP_ESCAPE_MAX - 1 ||
	    !(mp_wide_plain(p, len) || mp_escape_valid(p, len)))
		return NULL;
	return end + 1;
}

/* ---- columns ---- */

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
   its end, at `p`, are those of its start, and both deltas are 0. */
static inline bool is_level(const char *start, const char *p)
{
	size_t len = (size_t)(p - start);

	return !memcmp(p + len, "0\t0\t", 4) && mp_wide_equal(start, p, len);
}

/* The process's sizes at the end, and by how much they differ. */
static INLINE const char *read_end(const char *p, struct mp_record *ret)
{
	struct window w = look(p);
	struct mp_wide_field f[4];
	int64_t v[4];
	bool vss_negative, rss_negative;

	if (!take_four(&w, f))
		return NULL;
	vss_negative = *f[2].p == '-';
	rss_negative = *f[3].p == '-';
	f[2].p += vss_negative;
	f[3].p += rss_negative;
	if (!read_numbers(f, v) || !negate(vss_negative, &v[2]) ||
	    !negate(rss_negative, &v[3]) ||
	    !agrees(ret->start_vss, v[0], v[2]) ||
	    !agrees(ret->start_rss, v[1], v[3]))
		return NULL;
	ret->end_vss = v[0];
	ret->end_rss = v[1];
	ret->vss_delta = v[2];
	ret->rss_delta = v[3];
	return w.next;
}

/* From the duration to the deltas. */
static INLINE const char *read_process(const char *p, struct mp_record *ret)
{
	struct window w = look(p);
	struct mp_wide_field f[4];
	int64_t v[4]; /* seconds, microseconds, sizes */
	const char *start;
	bool known;

	if (!take(&w, &f[0]) || !take(&w, &f[2]) || !take(&w, &f[3]))
		return NULL;
	start = f[2].p;
	known = cut_duration(&f[0], &f[1]);
	if (!known && !is_unknown(&f[0]))
		return NULL;
	if (!known)
		f[0] = f[1] = f[2];
	if (!read_numbers(f, v) || (known && v[0] == MP_UNKNOWN))
		return NULL;
	ret->duration_us = known ? v[0] * 1000000 + v[1] : MP_UNKNOWN;
	ret->start_vss = v[2];
	ret->start_rss = v[3];
	if (!is_level(start, w.next))
		return read_end(w.next, ret);
	ret->end_vss = ret->start_vss;
	ret->end_rss = ret->start_rss;
	ret->vss_delta = ret->rss_delta = 0;
	return w.next + (w.next - start) + 4;
}

static INLINE const char *read_request(const char *p, struct mp_record *ret)
{
	struct window w = look(p);
	struct mp_wide_field f[4];
	int64_t v[4];

	if (!take_four(&w, f) || !read_numbers(f, v))
		return NULL;
	ret->allocated = v[0];
	ret->freed = v[1];
	ret->peak = v[2];
	ret->overlap = v[3];
	return w.next;
}

/* To the tid; and what is left of the timestamp that `text` begins with. */
static INLINE const char *read_heap(const char *p, const char *text,
				    struct mp_record *ret, int64_t *ret_us)
{
	struct window w = look(p);
	struct mp_wide_field f[4];
	int64_t v[4];

	if (!take_four(&w, f) || !read_numbers(f, v) || !take(&w, &f[2]))
		return NULL;
	ret->heap_allocated = v[0];
	ret->heap_active = v[1];
	ret->heap_resident = v[2];
	ret->pid = v[3];
	f[0] = (struct mp_wide_field){ text + 17, text + 19 };
	f[1] = (struct mp_wide_field){ text + 20, text + 26 };
	f[3] = f[2];
	/* Not known are neither six digits, nor seconds below 60. */
	if (!read_numbers(f, v) || (uint64_t)v[0] > 59)
		return NULL;
	ret->tid = v[2];
	*ret_us = v[0] * 1000000 + v[1];
	return w.next;
}

/* Before any minute is known, sixteen NULs would be one. */
static inline bool is_of_minute(const struct mp_quick *q, const char *p)
{
	return !memcmp(p, q->minute, sizeof(q->minute)) && p[0] &&
	       p[16] == ':' && p[19] == '.' && p[26] == 'Z' && p[27] == '\t';
}

static INLINE size_t read_line(const struct mp_quick *q, const char *text,
			       const char *end, struct mp_record *ret)
{
	const char *p = text + BEHIND_TIME;
	int64_t us;

	if (!is_of_minute(q, text) ||
	    !(p = read_text(p, '\t', &ret->page_id)) ||
	    !(p = read_text(p, '\t', &ret->oops_id)) ||
	    !(p = read_process(p, ret)) || !(p = read_request(p, ret)) ||
	    !(p = read_heap(p, text, ret, &us)) ||
	    !(p = read_text(p, '\n', &ret->host)) || p > end ||
	    p - text > MP_RECORD_MAX)
		return 0;
	ret->timestamp_us = q->minute_us + us;
	return (size_t)(p - text);
}

#endif
