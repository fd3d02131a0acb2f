#include "core/record.h"

#include "core/civil.h"
#include "core/escape.h"

#include <assert.h>
#include <string.h>

static const char *const column_names[MP_RECORD_COLUMNS] = {
	"timestamp",   "page_id",	"oops_id",
	"duration",    "start_vss",	"start_rss",
	"end_vss",     "end_rss",	"vss_delta",
	"rss_delta",   "allocated",	"freed",
	"peak",	       "overlap",	"heap_allocated",
	"heap_active", "heap_resident", "pid",
	"tid",	       "host",
};

const char mp_record_header[] =
	"timestamp\tpage_id\toops_id\tduration\t"
	"start_vss\tstart_rss\tend_vss\tend_rss\tvss_delta\trss_delta\t"
	"allocated\tfreed\tpeak\toverlap\t"
	"heap_allocated\theap_active\theap_resident\tpid\ttid\thost\n";
const size_t mp_record_header_len = sizeof(mp_record_header) - 1;

const struct mp_record mp_record_unknown = {
	.page_id = { "", 0 },
	.oops_id = { "", 0 },
	.duration_us = MP_UNKNOWN,
	.start_vss = MP_UNKNOWN,
	.start_rss = MP_UNKNOWN,
	.end_vss = MP_UNKNOWN,
	.end_rss = MP_UNKNOWN,
	.vss_delta = MP_UNKNOWN,
	.rss_delta = MP_UNKNOWN,
	.allocated = MP_UNKNOWN,
	.freed = MP_UNKNOWN,
	.peak = MP_UNKNOWN,
	.overlap = MP_UNKNOWN,
	.heap_allocated = MP_UNKNOWN,
	.heap_active = MP_UNKNOWN,
	.heap_resident = MP_UNKNOWN,
	.pid = MP_UNKNOWN,
	.tid = MP_UNKNOWN,
	.host = { "", 0 },
};

/* A timestamp, three ids, sixteen numbers of at most 20 bytes, separators. */
static_assert(27 + 3 * MP_ESCAPE_MAX + 16 * 20 + MP_RECORD_COLUMNS <=
		      MP_RECORD_MAX,
	      "the longest line fits");

const char *mp_record_column_name(unsigned column)
{
	return column_names[column];
}

static const char two_digits[] = "0001020304050607080910111213141516171819"
				 "2021222324252627282930313233343536373839"
				 "4041424344454647484950515253545556575859"
				 "6061626364656667686970717273747576777879"
				 "8081828384858687888990919293949596979899";

static char *put_2(char *p, unsigned v)
{
	memcpy(p, two_digits + 2 * v, 2);
	return p + 2;
}

static unsigned count_digits(uint64_t v)
{
	unsigned n = 1;

	for (; v >= 10000; v /= 10000)
		n += 4;
	return n + (v >= 10) + (v >= 100) + (v >= 1000);
}

static char *put_u64(char *p, uint64_t v)
{
	char *end = p + count_digits(v);
	char *at = end;

	while (v >= 100) {
		at -= 2;
		put_2(at, (unsigned)(v % 100));
		v /= 100;
	}
	if (v >= 10)
		put_2(at - 2, (unsigned)v);
	else
		at[-1] = (char)('0' + v);
	return end;
}

static char *put_number(char *p, int64_t v)
{
	if (v >= 0 && v < 10) {
		*p = (char)('0' + v);
		return p + 1;
	}
	if (v == MP_UNKNOWN) {
		memcpy(p, "\\N", 2);
		return p + 2;
	}
	if (v < 0) {
		*p++ = '-';
		v = -v;
	}
	return put_u64(p, (uint64_t)v);
}

static char *put_field(char *p, int64_t v)
{
	*p++ = '\t';
	return put_number(p, v);
}

static char *put_text(char *p, struct mp_text t)
{
	memcpy(p, t.p, t.len);
	return p + t.len;
}

static char *put_duration(char *p, int64_t us)
{
	unsigned rest;

	if (us == MP_UNKNOWN)
		return put_number(p, us);
	p = put_u64(p, (uint64_t)us / 1000000);
	rest = (unsigned)((uint64_t)us % 1000000);
	*p++ = '.';
	p = put_2(p, rest / 10000);
	p = put_2(p, rest / 100 % 100);
	return put_2(p, rest % 100);
}

/* The part of `us` below a second; seconds before 1970 count up as well. */
static unsigned below_second(int64_t us)
{
	int64_t rest = us % 1000000;

	return (unsigned)(rest < 0 ? rest + 1000000 : rest);
}

/* `2026-11-21T01:02:03.`, with `between` for the T. */
static char *put_time(char *p, int64_t us, char between)
{
	int64_t seconds = (us - below_second(us)) / 1000000;
	int64_t days = seconds / 86400;
	unsigned rest;
	struct mp_civil c;

	if (seconds % 86400 < 0)
		days--;
	rest = (unsigned)(seconds - days * 86400);
	c = mp_civil_from_days(days);

	p = put_2(p, (unsigned)(c.year / 100 % 100));
	p = put_2(p, (unsigned)(c.year % 100));
	*p++ = '-';
	p = put_2(p, c.month);
	*p++ = '-';
	p = put_2(p, c.day);
	*p++ = between;
	p = put_2(p, rest / 3600);
	*p++ = ':';
	p = put_2(p, rest / 60 % 60);
	*p++ = ':';
	p = put_2(p, rest % 60);
	*p++ = '.';
	return p;
}

static inline void format_time(int64_t us, char *ret)
{
	unsigned rest = below_second(us);
	char *p = put_time(ret, us, 'T');

	p = put_2(p, rest / 10000);
	p = put_2(p, rest / 100 % 100);
	p = put_2(p, rest % 100);
	*p = 'Z';
}

void mp_record_format_time(int64_t us, char *ret)
{
	format_time(us, ret);
}

size_t mp_record_format(const struct mp_record *r, char *line)
{
	char *p = line + MP_RECORD_TIME_LEN;

	format_time(r->timestamp_us, line);
	*p++ = '\t';
	p = put_text(p, r->page_id);
	*p++ = '\t';
	p = put_text(p, r->oops_id);
	*p++ = '\t';
	p = put_duration(p, r->duration_us);
	p = put_field(p, r->start_vss);
	p = put_field(p, r->start_rss);
	p = put_field(p, r->end_vss);
	p = put_field(p, r->end_rss);
	p = put_field(p, r->vss_delta);
	p = put_field(p, r->rss_delta);
	p = put_field(p, r->allocated);
	p = put_field(p, r->freed);
	p = put_field(p, r->peak);
	p = put_field(p, r->overlap);
	p = put_field(p, r->heap_allocated);
	p = put_field(p, r->heap_active);
	p = put_field(p, r->heap_resident);
	p = put_field(p, r->pid);
	p = put_field(p, r->tid);
	*p++ = '\t';
	p = put_text(p, r->host);
	*p++ = '\n';
	return (size_t)(p - line);
}

size_t mp_record_format_launchpad(const struct mp_record *r,
				  int64_t utc_offset_s, char *line)
{
	const int64_t numbers[] = { r->start_vss, r->start_rss, r->end_vss,
				    r->end_rss };
	unsigned ms = below_second(r->timestamp_us) / 1000;
	char *p = put_time(line, r->timestamp_us + utc_offset_s * 1000000, '_');

	*p++ = (char)('0' + ms / 100);
	p = put_2(p, ms % 100);
	*p++ = ' ';
	p = put_text(p, r->page_id);
	*p++ = ' ';
	p = put_text(p, r->oops_id);
	*p++ = ' ';
	p = put_duration(p, r->duration_us);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		*p++ = ' ';
		p = put_number(p, numbers[i]);
	}
	*p++ = '\n';
	return (size_t)(p - line);
}
