#include "profile/profilename.h"

#include "core/utf8.h"
#include "profile/format.h"
#include "profile/newfile.h"
#include "profile/outputs.h"

#include <assert.h>
#include <string.h>

/* A timestamp without what some filesystems and shells do not like. */
#define PATTERN	    "00000000T000000.000000Z-"
#define PATTERN_LEN (sizeof(PATTERN) - 1)

#define TID_MAX 20

static_assert(PATTERN_LEN + MP_PROFILENAME_PAGE + 1 + MP_PROFILENAME_OOPS + 1 +
			      TID_MAX + sizeof("-99" MP_FORMAT_SUFFIX) <=
		      MP_PROFILENAME_MAX,
	      "the longest name fits");

/* ---- making ---- */

static char *put_time(char *p, int64_t us)
{
	char time[MP_RECORD_TIME_LEN];

	mp_record_format_time(us, time);
	for (size_t i = 0; i < sizeof(time); i++)
		if ((time[i] != '-' && time[i] != ':'))
			*p++ = time[i];
	*p++ = '-';
	return p;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

/* The length of what must not be cut in two at the start of `t`. */
static size_t unit(struct mp_text t)
{
	const unsigned char *s = (const unsigned char *)t.p;
	size_t len;

	if (t.len > 2 && t.p[0] == '%' && is_hex(t.p[1]) && is_hex(t.p[2]))
		return 3;
	len = *s < 0x80 ? 1 : mp_utf8_length(s, s + t.len);
	return len ? len : 1;
}

/* What an id of the log may hold, and a file's name had better not. */
static bool is_unsafe(char c, bool first)
{
	return c == '/' || (c == '.' && first) || (unsigned char)c <= ' ' ||
	       c == 0x7f || c == '\\';
}

/* At most `max` bytes of an encoded id; what is added is encoded in the same
   way, so that decoding gives the id. */
static char *put_id(char *p, struct mp_text id, size_t max)
{
	char *start = p, *end = p + max;

	while (id.len > 0) {
		size_t len = unit(id);

		if (is_unsafe(*id.p, p == start)) {
			if (end - p < 3)
				break;
			*p++ = '%';
			*p++ = "0123456789ABCDEF"[(unsigned char)*id.p >> 4];
			*p++ = "0123456789ABCDEF"[*id.p & 15];
		} else {
			if ((size_t)(end - p) < len)
				break;
			memcpy(p, id.p, len);
			p += len;
		}
		id.p += len;
		id.len -= len;
	}
	return p;
}

static char *put_number(char *p, uint64_t v)
{
	char digits[TID_MAX], *end = digits + sizeof(digits), *at = end;

	do
		*--at = (char)('0' + v % 10);
	while (v /= 10);
	memcpy(p, at, (size_t)(end - at));
	return p + (end - at);
}

void mp_profilename_make(int64_t began_us, const struct mp_record *log,
			 char *ret)
{
	ret = put_time(ret, began_us);
	ret = put_id(ret, log->page_id, MP_PROFILENAME_PAGE);
	*ret++ = '-';
	ret = put_id(ret, log->oops_id, MP_PROFILENAME_OOPS);
	*ret++ = '-';
	ret = put_number(ret, log->tid < 0 ? 0 : (uint64_t)log->tid);
	*ret = '\0';
}

/* ---- recognising ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len >= n && !strcmp(name + len - n, suffix);
}

static bool parse_time(const char *name, uint64_t *ret)
{
	uint64_t when = 0;

	for (size_t i = 0; i < PATTERN_LEN; i++) {
		if (PATTERN[i] == '0' ? !is_digit(name[i])
				      : name[i] != PATTERN[i])
			return false;
		/* Without the first digit of the year, it fits. */
		if (PATTERN[i] == '0' && i > 0)
			when = when * 10 + (uint64_t)(name[i] - '0');
	}
	*ret = when;
	return true;
}

/* Whether a name ends in a number and `suffix`; what is before that is the
   stem. */
static bool has_suffix(const char *name, const char *suffix,
		       struct mp_profilename *ret)
{
	if (!ends_with(name, suffix))
		return false;
	ret->stem_len = strlen(name) - strlen(suffix);
	return ret->stem_len > PATTERN_LEN && is_digit(name[ret->stem_len - 1]);
}

bool mp_profilename_parse(const char *name, struct mp_profilename *ret)
{
	bool has;

	ret->raw = has_suffix(name, MP_FORMAT_SUFFIX, ret);
	has = ret->raw;
	for (size_t i = 0; i < MP_OUTPUTS && !has; i++)
		has = has_suffix(name, mp_outputs[i].suffix, ret);
	return has && parse_time(name, &ret->when);
}

bool mp_profilename_is_temporary(const char *name)
{
	return !strncmp(name, MP_NEWFILE_PREFIX, strlen(MP_NEWFILE_PREFIX)) &&
	       ends_with(name, MP_NEWFILE_SUFFIX);
}
