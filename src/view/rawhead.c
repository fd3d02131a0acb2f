#include "view/rawhead.h"

#include "profile/format.h"
#include "view/grow.h"

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

static int read_clock(struct mp_rawparse *p)
{
	struct mp_rawfield f;
	int err = mp_rawparse_field(p, MP_FORMAT_CLOCK, &f);

	if (err)
		return err;
	p->raw->head.wall = mp_rawfield_is(f, MP_FORMAT_CLOCK_WALL);
	if (!p->raw->head.wall && !mp_rawfield_is(f, MP_FORMAT_CLOCK_CPU))
		return mp_rawparse_wrong(p, MP_FORMAT_CLOCK, "cpu or wall");
	return 0;
}

static int read_reading(struct mp_rawparse *p, const char *name)
{
	struct mp_raw *raw = p->raw;
	struct mp_view_reading r = { .name = name };
	int err = mp_rawparse_signed(p, name, &r.value);

	if (!err)
		err = MP_GROW(raw->readings, raw->reading_count);
	if (!err)
		raw->readings[raw->reading_count++] = r;
	return err;
}

static int read_degraded(struct mp_rawparse *p)
{
	struct mp_raw *raw = p->raw;
	const char *why;
	int err = mp_rawparse_text(p, MP_FORMAT_DEGRADED, true, &why);

	if (!err)
		err = MP_GROW(raw->degraded, raw->degraded_count);
	if (!err)
		raw->degraded[raw->degraded_count++] = why;
	return err;
}

static int read_header(struct mp_rawparse *p, const struct header *h)
{
	uint64_t bit = UINT64_C(1) << (h - headers);
	void *member = (char *)&p->raw->head + h->member;

	if ((p->seen & bit) && h->kind != DEGRADED)
		return mp_rawparse_wrong(p, h->key,
					 "no more than one line of it");
	p->seen |= bit;
	switch (h->kind) {
	case COUNT:
		return mp_rawparse_count(p, h->key, member);
	case NUMBER:
		return mp_rawparse_number(p, h->key, member);
	case MOMENT:
		return mp_rawparse_moment(p, h->key, member);
	case ID:
		return mp_rawparse_name(p, h->key, false, member);
	case TEXT:
		return mp_rawparse_name(p, h->key, true, member);
	case READING:
		return read_reading(p, h->key);
	case CLOCK:
		return read_clock(p);
	case DEGRADED:
		break;
	}
	return read_degraded(p);
}

int mp_rawhead_read(struct mp_rawparse *p, struct mp_rawfield key)
{
	for (size_t i = 0; i < HEADERS; i++)
		if (mp_rawfield_is(key, headers[i].key))
			return read_header(p, &headers[i]);
	return 0;
}

int mp_rawhead_check(struct mp_rawparse *p)
{
	for (size_t i = 0; i < NEEDED; i++)
		if (!(p->seen & UINT64_C(1) << i))
			return mp_rawparse_wrong(p, headers[i].key,
						 "a line of it");
	return 0;
}
