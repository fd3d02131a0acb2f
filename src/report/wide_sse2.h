#ifndef MP_WIDE_SSE2_H
#define MP_WIDE_SSE2_H

/* wide_sse2: wide.h by the vectors that every x86-64 has. */

#include <emmintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Read at 16 - n, the last n bytes are ones. */
static const unsigned char mp_sse2_ones[32] = {
	[16] = 0xff, [17] = 0xff, [18] = 0xff, [19] = 0xff,
	[20] = 0xff, [21] = 0xff, [22] = 0xff, [23] = 0xff,
	[24] = 0xff, [25] = 0xff, [26] = 0xff, [27] = 0xff,
	[28] = 0xff, [29] = 0xff, [30] = 0xff, [31] = 0xff,
};

static inline __m128i mp_sse2_load(const void *p)
{
	return _mm_loadu_si128((const __m128i *)p);
}

/* The last `len` bytes, at most 16, before `end`; `fill` before them. */
static inline __m128i mp_sse2_tail(const char *end, size_t len, __m128i fill)
{
	return _mm_and_si128(_mm_xor_si128(mp_sse2_load(end - 16), fill),
			     mp_sse2_load(mp_sse2_ones + len));
}

static inline uint64_t mp_sse2_mask(__m128i bytes)
{
	return (unsigned)_mm_movemask_epi8(bytes);
}

static inline uint64_t mp_sse2_equal(const __m128i text[4], char c)
{
	__m128i wanted = _mm_set1_epi8(c);

	return mp_sse2_mask(_mm_cmpeq_epi8(text[0], wanted)) |
	       mp_sse2_mask(_mm_cmpeq_epi8(text[1], wanted)) << 16 |
	       mp_sse2_mask(_mm_cmpeq_epi8(text[2], wanted)) << 32 |
	       mp_sse2_mask(_mm_cmpeq_epi8(text[3], wanted)) << 48;
}

static inline void mp_sse2_find(const char *text, uint64_t *ret_tabs,
				uint64_t *ret_newlines)
{
	const __m128i bytes[4] = {
		mp_sse2_load(text),
		mp_sse2_load(text + 16),
		mp_sse2_load(text + 32),
		mp_sse2_load(text + 48),
	};

	*ret_tabs = mp_sse2_equal(bytes, '\t');
	*ret_newlines = mp_sse2_equal(bytes, '\n');
}

/* Sixteen digits to four numbers of four. */
static inline __m128i mp_sse2_fours(__m128i digits)
{
	__m128i by = _mm_set1_epi16(10 << 8 | 1);

	/* Or the compiler, knowing the factor, takes five additions. */
	__asm__("" : "+x"(by));
	/* The first digit of two times ten meets the second in the upper byte. */
	__m128i pairs = _mm_srli_epi16(_mm_mullo_epi16(digits, by), 8);

	return _mm_madd_epi16(pairs, _mm_set1_epi32(1 << 16 | 100));
}

static inline __m128i mp_sse2_load_8(const void *p)
{
	return _mm_loadl_epi64((const __m128i *)p);
}

/* Of two numbers of 1 to 8 digits, which fit one vector. */
static inline __attribute__((always_inline)) bool
mp_sse2_short(const char *a_end, size_t a_len, const char *b_end, size_t b_len,
	      int64_t *ret_a, int64_t *ret_b)
{
	__m128i text = _mm_unpacklo_epi64(mp_sse2_load_8(a_end - 8),
					  mp_sse2_load_8(b_end - 8));
	__m128i ones =
		_mm_unpacklo_epi64(mp_sse2_load_8(mp_sse2_ones + 8 + a_len),
				   mp_sse2_load_8(mp_sse2_ones + 8 + b_len));
	__m128i digits =
		_mm_and_si128(_mm_xor_si128(text, _mm_set1_epi8('0')), ones);
	__m128i fours = mp_sse2_fours(digits), eights;

	eights = _mm_madd_epi16(_mm_packs_epi32(fours, fours),
				_mm_set1_epi32(1 << 16 | 10000));
	*ret_a = (int64_t)(uint32_t)_mm_cvtsi128_si32(eights);
	*ret_b = (int64_t)((uint64_t)_mm_cvtsi128_si64(eights) >> 32);
	return mp_sse2_mask(
		       _mm_cmpeq_epi8(_mm_subs_epu8(digits, _mm_set1_epi8(9)),
				      _mm_setzero_si128())) == 0xffff;
}

static inline __attribute__((always_inline)) bool
mp_sse2_numbers(const char *a, const char *a_end, const char *b,
		const char *b_end, int64_t *ret_a, int64_t *ret_b)
{
	size_t a_len = (size_t)(a_end - a), b_len = (size_t)(b_end - b);
	const __m128i zero = _mm_setzero_si128(), nine = _mm_set1_epi8(9);
	__m128i da, db, beyond, eights, both;

	if (((a_len - 1) | (b_len - 1)) < 8)
		return mp_sse2_short(a_end, a_len, b_end, b_len, ret_a, ret_b);
	/* Neither is 0, neither is more than 16. */
	if (((a_len - 1) | (b_len - 1)) > 15)
		return false;
	da = mp_sse2_tail(a_end, a_len, _mm_set1_epi8('0'));
	db = mp_sse2_tail(b_end, b_len, _mm_set1_epi8('0'));
	beyond = _mm_or_si128(_mm_subs_epu8(da, nine), _mm_subs_epu8(db, nine));
	if (mp_sse2_mask(_mm_cmpeq_epi8(beyond, zero)) != 0xffff)
		return false;

	/* To eights: a's high and low half, then b's. */
	eights = _mm_madd_epi16(
		_mm_packs_epi32(mp_sse2_fours(da), mp_sse2_fours(db)),
		_mm_set1_epi32(1 << 16 | 10000));
	both = _mm_add_epi64(_mm_mul_epu32(eights, _mm_set1_epi64x(100000000)),
			     _mm_srli_epi64(eights, 32));
	_mm_storel_epi64((__m128i *)ret_a, both);
	_mm_storel_epi64((__m128i *)ret_b, _mm_unpackhi_epi64(both, both));
	return true;
}

/* All ones where a byte is graphic ASCII and no backslash. */
static inline __m128i mp_sse2_graphic(__m128i bytes)
{
	__m128i no = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)),
				  _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));

	return _mm_andnot_si128(no, _mm_cmpgt_epi8(bytes, _mm_set1_epi8(' ')));
}

static inline bool mp_sse2_equal_text(const char *a, const char *b, size_t len)
{
	__m128i first, last;

	if (len < 16 || len > 32)
		return !memcmp(a, b, len);
	first = _mm_cmpeq_epi8(mp_sse2_load(a), mp_sse2_load(b));
	last = _mm_cmpeq_epi8(mp_sse2_load(a + len - 16),
			      mp_sse2_load(b + len - 16));
	return mp_sse2_mask(_mm_and_si128(first, last)) == 0xffff;
}

static inline bool mp_sse2_plain(const char *p, const char *end)
{
	const __m128i zero = _mm_set1_epi8('0');
	__m128i good = _mm_set1_epi8(-1);

	for (; end - p > 16; p += 16)
		good = _mm_and_si128(good, mp_sse2_graphic(mp_sse2_load(p)));
	/* What is no longer text becomes zeros, which are graphic. */
	good = _mm_and_si128(
		good,
		mp_sse2_graphic(_mm_xor_si128(
			mp_sse2_tail(end, (size_t)(end - p), zero), zero)));
	return mp_sse2_mask(good) == 0xffff;
}

#endif
