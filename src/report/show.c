#include "report/show.h"

#include "core/civil.h"
#include "core/escape.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

static void put_unknown(char *ret)
{
	memcpy(ret, "\\N", 3);
}

void mp_show_bytes(int64_t bytes, char *ret)
{
	static const char *const units[] = { "KiB", "MiB", "GiB",
					     "TiB", "PiB", "EiB" };
	double v = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes == MP_UNKNOWN) {
		put_unknown(ret);
		return;
	}
	if (bytes > -1024 && bytes < 1024) {
		snprintf(ret, MP_SHOW_MAX, "%d B", (int)bytes);
		return;
	}
	/* 1023.995 would be printed as 1024.00. */
	while (fabs(v) >= 1023.995 &&
	       unit + 1 < sizeof(units) / sizeof(*units)) {
		v /= 1024;
		unit++;
	}
	snprintf(ret, MP_SHOW_MAX, "%.2f %s", v, units[unit]);
}

void mp_show_time(int64_t us, char *ret)
{
	double v = (double)us;

	if (us == MP_UNKNOWN)
		put_unknown(ret);
	else if (us < 1000)
		snprintf(ret, MP_SHOW_MAX, "%d us", (int)us);
	else if (us < 999995)
		snprintf(ret, MP_SHOW_MAX, "%.2f ms", v / 1e3);
	else if (us < 3599995000)
		snprintf(ret, MP_SHOW_MAX, "%.2f s", v / 1e6);
	else
		snprintf(ret, MP_SHOW_MAX, "%.2f h", v / 3.6e9);
}

void mp_show_moment(int64_t us, bool local, char *ret)
{
	const int64_t day_us = INT64_C(86400000000);
	int64_t rest = us % day_us < 0 ? us % day_us + day_us : us % day_us;
	struct mp_civil date = mp_civil_from_days((us - rest) / day_us);

	snprintf(ret, MP_SHOW_MAX, "%04d-%02u-%02uT%02d:%02d:%02d.%06d%s",
		 (int)date.year, date.month, date.day, (int)(rest / 3600000000),
		 (int)(rest / 60000000 % 60), (int)(rest / 1000000 % 60),
		 (int)(rest % 1000000), local ? "" : "Z");
}

void mp_show_mean(const struct mp_sum *sum, char *ret)
{
	int64_t lines = (int64_t)sum->lines;
	double mean;

	if (lines == 0) {
		put_unknown(ret);
		return;
	}
	mean = (double)sum->value / (double)lines;
	if (sum->value % lines == 0)
		snprintf(ret, MP_SHOW_MAX, "%lld",
			 (long long)(sum->value / lines));
	else
		snprintf(ret, MP_SHOW_MAX, fabs(mean) < 100 ? "%.4f" : "%.1f",
			 mean);
}

static_assert(3 * MP_ESCAPE_MAX + 2 <= MP_SHOW_ID_MAX, "every id fits");

/* One character of an id. */
struct glyph {
	size_t bytes;
	size_t columns;
	bool shown; /* as it is; else as its percent-encoded bytes */
};

/* Embeddings, overrides and isolates, which reorder what stands beside. */
static bool turns_direction(wchar_t c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static struct glyph glyph_at(const char *p, const char *end)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t n = mbrtowc(&c, p, (size_t)(end - p), &state);
	int columns;

	/* Where the locale has no UTF-8: a column for each first byte. */
	if (n == 0 || n > (size_t)(end - p))
		return (struct glyph){ 1, (*p & 0xc0) != 0x80, true };
	columns = wcwidth(c);
	if (columns < 0 || turns_direction(c))
		return (struct glyph){ n, 3 * n, false };
	return (struct glyph){ n, (size_t)columns, true };
}

size_t mp_show_width(struct mp_text id)
{
	const char *p = id.p, *end = id.p + id.len;
	size_t columns = 0;

	while (p < end) {
		struct glyph g = glyph_at(p, end);

		columns += g.columns;
		p += g.bytes;
	}
	return columns;
}

size_t mp_show_id(struct mp_text id, size_t columns, char *ret)
{
	const char *p = id.p, *end = id.p + id.len;
	bool fits = mp_show_width(id) <= columns;
	size_t used = 0, room = fits ? columns : columns - 1;

	while (p < end) {
		struct glyph g = glyph_at(p, end);

		if (used + g.columns > room)
			break;
		for (size_t i = 0; i < g.bytes; i++)
			ret += sprintf(ret, g.shown ? "%c" : "%%%02X",
				       (unsigned char)p[i]);
		used += g.columns;
		p += g.bytes;
	}
	if (!fits) {
		*ret++ = '~';
		used++;
	}
	*ret = '\0';
	return used;
}

void mp_show_process(int64_t pid, struct mp_text host, char *ret)
{
	if (pid == MP_UNKNOWN)
		put_unknown(ret);
	else
		ret += sprintf(ret, "%" PRId64, pid);
	if (pid == MP_UNKNOWN || host.len == 0)
		return;
	*ret++ = '@';
	mp_show_id(host, mp_show_width(host), ret);
}
