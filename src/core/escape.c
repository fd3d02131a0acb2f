#include "core/escape.h"

#include "core/utf8.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Bytes that stand for themselves: printable ASCII but `%` and `\`. */
static bool is_plain(unsigned char c)
{
	return c > 0x20 && c < 0x7f && c != '%' && c != '\\';
}

#define EACH(byte) ((byte)*UINT64_C(0x0101010101010101))

/* The same of eight bytes at once, in the upper bit of each.  What carries into
   the next byte is above 0x7f, and no plain one itself. */
static bool are_plain(uint64_t eight)
{
	uint64_t above_blank = eight + EACH(0x80 - 0x21);
	uint64_t no_delete = ~(eight + EACH(0x80 - 0x7f));
	uint64_t no_percent = (eight ^ EACH('%')) + EACH(0x7f);
	uint64_t no_backslash = (eight ^ EACH('\\')) + EACH(0x7f);

	return (above_blank & no_delete & no_percent & no_backslash &
		EACH(0x80)) == EACH(0x80);
}

/* Copy bytes that stand for themselves, `max` at most; returns how many. */
__attribute__((always_inline)) static inline size_t
copy_plain(const unsigned char *s, size_t max, char *ret)
{
	uint64_t eight;
	size_t n = 0;

	for (; max - n >= sizeof(eight); n += sizeof(eight)) {
		memcpy(&eight, s + n, sizeof(eight));
		if (!are_plain(eight))
			break;
		memcpy(ret + n, &eight, sizeof(eight));
	}
	for (; n < max && is_plain(s[n]); n++)
		ret[n] = (char)s[n];
	return n;
}

static size_t put_percent(unsigned char c, char *ret)
{
	static const char digits[] = "0123456789ABCDEF";

	ret[0] = '%';
	ret[1] = digits[c >> 4];
	ret[2] = digits[c & 15];
	return 3;
}

/* Encode `raw` behind the `n` bytes that `ret` holds, up to `max` of them. */
__attribute__((always_inline)) static inline size_t
encode(const char *raw, size_t max, char *ret, size_t n)
{
	const unsigned char *s = (const unsigned char *)raw, *end;
	size_t fits = n;

	/* No more than this can fit, and a character may lie across the end. */
	end = s + strnlen(raw, max + 4);
	while (s < end) {
		size_t left = (size_t)(end - s), need;
		size_t room = n < max - 1 ? max - 1 - n : 0;
		size_t len = copy_plain(s, left < room ? left : room, ret + n);

		/* Room for `~` behind: the way that almost every byte goes. */
		if (len) {
			s += len;
			n += len;
			fits = n;
			continue;
		}
		/* A whole character or nothing. */
		len = is_plain(*s) ? 1 : mp_utf8_length(s, end);
		need = len ? len : 3;
		if (n + need > max)
			break;
		if (len)
			memcpy(ret + n, s, len);
		else
			put_percent(*s, ret + n);
		n += need;
		if (n < max)
			fits = n;
		s += len ? len : 1;
	}
	if (s < end) {
		n = fits;
		ret[n++] = '~';
	}
	return n;
}

size_t mp_escape(const char *raw, const char *none, char *ret)
{
	size_t n = 0;

	if (!raw || !*raw) {
		n = strlen(none);
		memcpy(ret, none, n);
		return n;
	}
	if (*raw == '(')
		n = put_percent((unsigned char)*raw++, ret);
	return encode(raw, MP_ESCAPE_MAX, ret, n);
}

size_t mp_escape_text(const char *raw, size_t max, char *ret)
{
	return encode(raw, max, ret, 0);
}

bool mp_escape_valid(const char *field, size_t len)
{
	const unsigned char *s = (const unsigned char *)field, *end = s + len;

	if (len == 0 || len > MP_ESCAPE_MAX)
		return false;
	while (s < end) {
		size_t n =
			is_plain(*s) || *s == '%' ? 1 : mp_utf8_length(s, end);

		if (!n)
			return false;
		s += n;
	}
	return true;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -EINVAL;
}

size_t mp_unescape(const char *field, size_t len, char *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int high = -1, low = -1;

		if (field[i] == '%' && len - i > 2) {
			high = hex_value(field[i + 1]);
			low = hex_value(field[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			ret[n++] = (char)(high * 16 + low);
			i += 2;
		} else {
			ret[n++] = field[i];
		}
	}
	return n;
}
