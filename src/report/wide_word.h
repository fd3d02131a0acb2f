#ifndef MP_WIDE_WORD_H
#define MP_WIDE_WORD_H

/* wide_word: wide.h eight bytes at a time, for any machine. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MP_WORD_EACH 0x0101010101010101
#define MP_WORD_TOPS 0x8080808080808080

/* The first of eight bytes becomes the lowest. */
static inline uint64_t mp_word_load(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	w = __builtin_bswap64(w);
#endif
	return w;
}

/* Bit i tells whether byte i equals `c`. */
static inline uint64_t mp_word_equal(uint64_t w, char c)
{
	uint64_t differ = w ^ (unsigned char)c * MP_WORD_EACH;
	uint64_t tops = ((differ & ~MP_WORD_TOPS) + ~MP_WORD_TOPS) | differ;

	/* Each of the multiplier's bits moves one top bit to its place. */
	return ((~tops & MP_WORD_TOPS) >> 7) * 0x0102040810204080 >> 56;
}

static inline uint64_t mp_word_find(const char *text, char c)
{
	uint64_t found = 0;

	for (unsigned i = 0; i < 64; i += 8)
		found |= mp_word_equal(mp_word_load(text + i), c) << i;
	return found;
}

/* The last `len` bytes, 1 to 8, before `end`, as differences from '0'; 0
   before them. */
static inline uint64_t mp_word_tail(const char *end, size_t len)
{
	unsigned shift = (unsigned)(64 - 8 * len);

	return (mp_word_load(end - 8) ^ '0' * MP_WORD_EACH) >> shift << shift;
}

/* Not 0 where a byte is above 9. */
static inline uint64_t mp_word_beyond(uint64_t w)
{
	return ((w + 0x76 * MP_WORD_EACH) | w) & MP_WORD_TOPS;
}

/* Neighbours join: digits to pairs, to fours, to eight. */
static inline uint64_t mp_word_join(uint64_t w)
{
	w = w * (10 * 256 + 1) >> 8 & 0x00ff00ff00ff00ff;
	w = w * (100 * 65536 + 1) >> 16 & 0x0000ffff0000ffff;
	return w * (10000 * 4294967296 + 1) >> 32;
}

static inline bool mp_word_number(const char *p, const char *end, int64_t *ret)
{
	size_t len = (size_t)(end - p);
	uint64_t low, high = 0;

	if (len - 1 > 15)
		return false;
	low = mp_word_tail(end, len < 8 ? len : 8);
	if (len > 8)
		high = mp_word_tail(end - 8, len - 8);
	*ret = (int64_t)(mp_word_join(high) * 100000000 + mp_word_join(low));
	return !(mp_word_beyond(low) | mp_word_beyond(high));
}

static inline bool mp_word_numbers(const struct mp_wide_field f[4],
				   int64_t ret[4])
{
	for (unsigned i = 0; i < 4; i++)
		if (!mp_word_number(f[i].p, f[i].end, &ret[i]))
			return false;
	return true;
}

static inline bool mp_word_equal_text(const char *a, const char *b, size_t len)
{
	return !memcmp(a, b, len);
}

/* Not 0 where a byte is not graphic ASCII, or is a backslash.  A borrow can
   make plain text look unusual, never the reverse. */
static inline uint64_t mp_word_not_graphic(uint64_t w)
{
	uint64_t backslash = w ^ '\\' * MP_WORD_EACH;

	return ((w - 0x21 * MP_WORD_EACH) | (w + MP_WORD_EACH) | w |
		((backslash - MP_WORD_EACH) & ~backslash)) &
	       MP_WORD_TOPS;
}

static inline bool mp_word_plain(const char *p, size_t len)
{
	uint64_t bad = 0;

	for (; len > 8; p += 8, len -= 8)
		bad |= mp_word_not_graphic(mp_word_load(p));
	/* What is no longer text becomes zeros, which are graphic. */
	bad |= mp_word_not_graphic(mp_word_tail(p + len, len) ^
				   '0' * MP_WORD_EACH);
	return !bad;
}

#endif
