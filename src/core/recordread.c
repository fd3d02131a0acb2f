/* The part of record.h that reads lines: strict, and without allocation. */

#include "core/civil.h"
#include "core/escape.h"
#include "core/record.h"

#include <errno.h>
#include <string.h>

struct field {
	const char *p, *end;
};

/* Digits up to the end of the field; false where anything else stands. */
static bool read_digits(struct field f, int64_t *ret)
{
	uint64_t v = 0;

	if (f.p == f.end)
		return false;
	for (; f.p < f.end; f.p++) {
		unsigned digit = (unsigned)(unsigned char)*f.p - '0';

		if (digit > 9 || v > ((uint64_t)INT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*ret = (int64_t)v;
	return true;
}

static bool is_unknown(struct field f)
{
	return f.end - f.p == 2 && f.p[0] == '\\' && f.p[1] == 'N';
}

static bool read_number(struct field f, int64_t *ret)
{
	if (is_unknown(f)) {
		*ret = MP_UNKNOWN;
		return true;
	}
	return read_digits(f, ret);
}

static bool read_signed(struct field f, int64_t *ret)
{
	if (f.p < f.end && *f.p == '-') {
		f.p++;
		if (!read_digits(f, ret) || *ret == 0)
			return false;
		*ret = -*ret;
		return true;
	}
	return read_number(f, ret);
}

/* Exactly `count` digits at `p`. */
static bool read_fixed(const char *p, unsigned count, unsigned *ret)
{
	unsigned v = 0;

	for (unsigned i = 0; i < count; i++) {
		unsigned digit = (unsigned)(unsigned char)p[i] - '0';

		if (digit > 9)
			return false;
		v = v * 10 + digit;
	}
	*ret = v;
	return true;
}

static bool read_duration(struct field f, int64_t *ret)
{
	struct field whole = f;
	unsigned us;
	int64_t s;

	if (is_unknown(f)) {
		*ret = MP_UNKNOWN;
		return true;
	}
	if (f.end - f.p < 8 || f.end[-7] != '.')
		return false;
	whole.end = f.end - 7;
	if (!read_digits(whole, &s) || s > INT64_MAX / 1000000 - 1 ||
	    !read_fixed(f.end - 6, 6, &us))
		return false;
	*ret = s * 1000000 + us;
	return true;
}

/* `2026-11-21T01:02:03.`, with `between` for the T; 20 bytes. */
static bool read_time(const char *p, char between, int64_t *ret_seconds)
{
	unsigned year, month, day, hour, minute, second;

	if (!read_fixed(p, 4, &year) || p[4] != '-' ||
	    !read_fixed(p + 5, 2, &month) || p[7] != '-' ||
	    !read_fixed(p + 8, 2, &day) || p[10] != between ||
	    !read_fixed(p + 11, 2, &hour) || p[13] != ':' ||
	    !read_fixed(p + 14, 2, &minute) || p[16] != ':' ||
	    !read_fixed(p + 17, 2, &second) || p[19] != '.')
		return false;
	if (month < 1 || month > 12 || day < 1 ||
	    day > mp_civil_days_in_month(year, month) || hour > 23 ||
	    minute > 59 || second > 59)
		return false;
	*ret_seconds = mp_civil_to_days(year, month, day) * 86400 +
		       hour * 3600 + minute * 60 + second;
	return true;
}

static bool read_timestamp(struct field f, int64_t *ret)
{
	int64_t seconds;
	unsigned us;

	if (f.end - f.p != 27 || !read_time(f.p, 'T', &seconds) ||
	    !read_fixed(f.p + 20, 6, &us) || f.p[26] != 'Z')
		return false;
	*ret = seconds * 1000000 + us;
	return true;
}

/* Launchpad writes milliseconds without leading zeros: `.7` is 7 ms. */
static bool read_launchpad_timestamp(struct field f, int64_t *ret)
{
	int64_t seconds;
	unsigned ms;

	if (f.end - f.p < 21 || f.end - f.p > 23 ||
	    !read_time(f.p, '_', &seconds) ||
	    !read_fixed(f.p + 20, (unsigned)(f.end - f.p - 20), &ms))
		return false;
	*ret = seconds * 1000000 + (int64_t)ms * 1000;
	return true;
}

static bool read_text(struct field f, struct mp_text *ret)
{
	size_t len = (size_t)(f.end - f.p);

	if (!mp_escape_valid(f.p, len))
		return false;
	*ret = (struct mp_text){ f.p, len };
	return true;
}

/*
 * Cut a line at each `separator` into at most `max` fields.  Returns how many
 * there are: one more than `max` means too many.
 */
static unsigned split(const char *line, const char *end, char separator,
		      struct field *fields, unsigned max)
{
	unsigned n = 0;

	for (;;) {
		const char *cut = memchr(line, separator, (size_t)(end - line));

		if (n == max)
			return max + 1;
		fields[n++] = (struct field){ line, cut ? cut : end };
		if (!cut)
			return n;
		line = cut + 1;
	}
}

static int fail(struct mp_record_fault *ret, unsigned column, const char *name,
		const char *expected)
{
	if (ret)
		*ret = (struct mp_record_fault){
			.column = column,
			.name = name,
			.expected = expected,
		};
	return -EINVAL;
}

static int fail_at(struct mp_record_fault *ret, unsigned index,
		   const char *expected)
{
	return fail(ret, index + 1, mp_record_column_name(index), expected);
}

static const char number_expected[] = "a whole number of 0 or more, or \\N";
static const char signed_expected[] = "a whole number, or \\N";
static const char text_expected[] =
	"1 to 255 bytes of escaped UTF-8 without blanks";
static const char duration_expected[] = "seconds with six decimals, or \\N";

/* A delta that is known is the difference of ends that are known. */
static bool delta_agrees(int64_t start, int64_t end, int64_t delta)
{
	return start == MP_UNKNOWN || end == MP_UNKNOWN ||
	       delta == MP_UNKNOWN || end - start == delta;
}

static int parse_format_1(const char *line, const char *end,
			  struct mp_record *ret, struct mp_record_fault *fault)
{
	struct field f[MP_RECORD_COLUMNS];
	struct mp_record r;
	int64_t *numbers[MP_RECORD_COLUMNS] = {
		[4] = &r.start_vss,
		[5] = &r.start_rss,
		[6] = &r.end_vss,
		[7] = &r.end_rss,
		[10] = &r.allocated,
		[11] = &r.freed,
		[12] = &r.peak,
		[13] = &r.overlap,
		[14] = &r.heap_allocated,
		[15] = &r.heap_active,
		[16] = &r.heap_resident,
		[17] = &r.pid,
		[18] = &r.tid,
	};
	unsigned n = split(line, end, '\t', f, MP_RECORD_COLUMNS);

	if (n < MP_RECORD_COLUMNS)
		return fail_at(fault, n, "20 columns: the line ends before");
	if (n > MP_RECORD_COLUMNS)
		return fail_at(fault, MP_RECORD_COLUMNS - 1,
			       "20 columns: more follow");
	if (!read_timestamp(f[0], &r.timestamp_us))
		return fail_at(fault, 0, "UTC as 2026-11-21T01:02:03.123456Z");
	if (!read_text(f[1], &r.page_id))
		return fail_at(fault, 1, text_expected);
	if (!read_text(f[2], &r.oops_id))
		return fail_at(fault, 2, text_expected);
	if (!read_duration(f[3], &r.duration_us))
		return fail_at(fault, 3, duration_expected);
	for (unsigned i = 4; i < MP_RECORD_COLUMNS; i++)
		if (numbers[i] && !read_number(f[i], numbers[i]))
			return fail_at(fault, i, number_expected);
	if (!read_signed(f[8], &r.vss_delta))
		return fail_at(fault, 8, signed_expected);
	if (!read_signed(f[9], &r.rss_delta))
		return fail_at(fault, 9, signed_expected);
	if (!delta_agrees(r.start_vss, r.end_vss, r.vss_delta))
		return fail_at(fault, 8, "end_vss minus start_vss");
	if (!delta_agrees(r.start_rss, r.end_rss, r.rss_delta))
		return fail_at(fault, 9, "end_rss minus start_rss");
	if (!read_text(f[19], &r.host))
		return fail_at(fault, 19, text_expected);
	*ret = r;
	return MP_RECORD_FORMAT_1;
}

static int64_t difference(int64_t start, int64_t end)
{
	if (start == MP_UNKNOWN || end == MP_UNKNOWN)
		return MP_UNKNOWN;
	return end - start;
}

static int parse_launchpad(const char *line, const char *end,
			   struct mp_record *ret, struct mp_record_fault *fault)
{
	static const char *const names[] = { "start_vss", "start_rss",
					     "end_vss", "end_rss" };
	struct field f[8];
	struct mp_record r = mp_record_unknown;
	int64_t *numbers[] = { &r.start_vss, &r.start_rss, &r.end_vss,
			       &r.end_rss };
	unsigned n = split(line, end, ' ', f, 8);

	if (n != 7 && n != 8)
		return fail(fault, 1, "line",
			    "20 columns between tabs, or Launchpad's 8 or 7 "
			    "between blanks");
	if (!read_launchpad_timestamp(f[0], &r.timestamp_us))
		return fail_at(fault, 0, "local time as 2026-11-21_01:02:03.7");
	if (!read_text(f[1], &r.page_id))
		return fail_at(fault, 1, text_expected);
	if (!read_text(f[2], &r.oops_id))
		return fail_at(fault, 2, text_expected);
	if (n == 8 && !read_duration(f[3], &r.duration_us))
		return fail_at(fault, 3, duration_expected);
	for (unsigned i = 0; i < 4; i++)
		if (!read_number(f[n - 4 + i], numbers[i]))
			return fail(fault, n - 3 + i, names[i],
				    number_expected);
	r.vss_delta = difference(r.start_vss, r.end_vss);
	r.rss_delta = difference(r.start_rss, r.end_rss);
	*ret = r;
	return n == 8 ? MP_RECORD_LAUNCHPAD_8 : MP_RECORD_LAUNCHPAD_7;
}

int mp_record_parse(const char *line, size_t len, struct mp_record *ret,
		    struct mp_record_fault *ret_fault)
{
	const char *end = line + len;

	if (len > 0 && end[-1] == '\n')
		end--;
	if ((size_t)(end - line) == mp_record_header_len - 1 &&
	    !memcmp(line, mp_record_header, mp_record_header_len - 1))
		return MP_RECORD_HEADER;
	if (memchr(line, '\t', (size_t)(end - line)))
		return parse_format_1(line, end, ret, ret_fault);
	return parse_launchpad(line, end, ret, ret_fault);
}
