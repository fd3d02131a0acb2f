#ifndef MP_WIDE_SSE2_H
#define MP_WIDE_SSE2_H

/* wide_sse2: wide.h by the vectors that every x86-64 has. */

#include <emmintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MP_WIDE_INLINE static inline __attribute__((always_inline))

/* Read at 16 - n, the last n bytes are ones. */
static const unsigned char mp_sse2_ones[32] = {
	[16] = 0xff, [17] = 0xff, [18] = 0xff, [19] = 0xff,
	[20] = 0xff, [21] = 0xff, [22] = 0xff, [23] = 0xff,
	[24] = 0xff, [25] = 0xff, [26] = 0xff, [27] = 0xff,
	[28] = 0xff, [29] = 0xff, [30] = 0xff, [31] = 0xff,
};

MP_WIDE_INLINE __m128i mp_sse2_load(const void *p)
{
	return _mm_loadu_si128((const __m128i *)p);
}

/* The last `len` bytes, at most 16, before `end`; `fill` before them. */
MP_WIDE_INLINE __m128i mp_sse2_tail(const char *end, size_t len, __m128i fill)
{
	return _mm_and_si128(_mm_xor_si128(mp_sse2_load(end - 16), fill),
			     mp_sse2_load(mp_sse2_ones + len));
}

MP_WIDE_INLINE uint64_t mp_sse2_mask(__m128i bytes)
{
	return (unsigned)_mm_movemask_epi8(bytes);
}

MP_WIDE_INLINE uint64_t mp_sse2_equal(const char *text, char c)
{
	return mp_sse2_mask(
		_mm_cmpeq_epi8(mp_sse2_load(text), _mm_set1_epi8(c)));
}

MP_WIDE_INLINE uint64_t mp_sse2_find(const char *text, char c)
{
	return mp_sse2_equal(text, c) | mp_sse2_equal(text + 16, c) << 16 |
	       mp_sse2_equal(text + 32, c) << 32 |
	       mp_sse2_equal(text + 48, c) << 48;
}

/* Sixteen digits to four numbers of four. */
MP_WIDE_INLINE __m128i mp_sse2_fours(__m128i digits)
{
	__m128i by = _mm_set1_epi16(10 << 8 | 1);

	/* Or the compiler, knowing the factor, takes five additions. */
	__asm__("" : "+x"(by));
	/* The first digit of two times ten meets the second in the upper byte. */
	__m128i pairs = _mm_srli_epi16(_mm_mullo_epi16(digits, by), 8);

	return _mm_madd_epi16(pairs, _mm_set1_epi32(1 << 16 | 100));
}

/* The last 8 bytes of two texts. */
MP_WIDE_INLINE __m128i mp_sse2_load_pair(const void *a, const void *b)
{
	return _mm_castps_si128(_mm_loadh_pi(
		_mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)a)),
		(const __m64 *)b));
}

MP_WIDE_INLINE size_t mp_sse2_length(const struct mp_wide_field *f)
{
	return (size_t)(f->end - f->p);
}

/* Digits, as numbers; two texts of 8 bytes at most fit one vector. */
MP_WIDE_INLINE __m128i mp_sse2_digits_pair(const struct mp_wide_field *a,
					   const struct mp_wide_field *b)
{
	__m128i text = mp_sse2_load_pair(a->end - 8, b->end - 8);

	return _mm_and_si128(
		_mm_xor_si128(text, _mm_set1_epi8('0')),
		mp_sse2_load_pair(mp_sse2_ones + 8 + mp_sse2_length(a),
				  mp_sse2_ones + 8 + mp_sse2_length(b)));
}

MP_WIDE_INLINE __m128i mp_sse2_digits(const struct mp_wide_field *f)
{
	return mp_sse2_tail(f->end, mp_sse2_length(f), _mm_set1_epi8('0'));
}

/* Whether all bytes are 0 to 9. */
MP_WIDE_INLINE bool mp_sse2_decimal(__m128i digits)
{
	return !_mm_movemask_epi8(
		_mm_adds_epu8(digits, _mm_set1_epi8(0x80 - 10)));
}

/* Eight numbers of four digits to four of eight. */
MP_WIDE_INLINE __m128i mp_sse2_eights(__m128i a, __m128i b)
{
	return _mm_madd_epi16(_mm_packs_epi32(a, b),
			      _mm_set1_epi32(1 << 16 | 10000));
}

MP_WIDE_INLINE void mp_sse2_store(__m128i two, int64_t *ret)
{
	_mm_storeu_si128((__m128i *)ret, two);
}

/* Of 1 to 8 digits each. */
MP_WIDE_INLINE bool mp_sse2_short(const struct mp_wide_field f[4],
				  int64_t ret[4])
{
	__m128i ab = mp_sse2_digits_pair(&f[0], &f[1]);
	__m128i cd = mp_sse2_digits_pair(&f[2], &f[3]);
	__m128i eights = mp_sse2_eights(mp_sse2_fours(ab), mp_sse2_fours(cd));
	const __m128i zero = _mm_setzero_si128();

	mp_sse2_store(_mm_unpacklo_epi32(eights, zero), ret);
	mp_sse2_store(_mm_unpackhi_epi32(eights, zero), ret + 2);
	return mp_sse2_decimal(_mm_max_epu8(ab, cd));
}

/* Join the high and the low half of two numbers. */
MP_WIDE_INLINE __m128i mp_sse2_join(__m128i eights)
{
	return _mm_add_epi64(_mm_mul_epu32(eights, _mm_set1_epi64x(100000000)),
			     _mm_srli_epi64(eights, 32));
}

MP_WIDE_INLINE bool mp_sse2_numbers(const struct mp_wide_field f[4],
				    int64_t ret[4])
{
	/* No length is 0 where this is not large. */
	size_t lengths =
		(mp_sse2_length(&f[0]) - 1) | (mp_sse2_length(&f[1]) - 1) |
		(mp_sse2_length(&f[2]) - 1) | (mp_sse2_length(&f[3]) - 1);
	__m128i a, b, c, d;

	if (lengths < 8)
		return mp_sse2_short(f, ret);
	if (lengths > 15)
		return false;
	a = mp_sse2_digits(&f[0]);
	b = mp_sse2_digits(&f[1]);
	c = mp_sse2_digits(&f[2]);
	d = mp_sse2_digits(&f[3]);
	mp_sse2_store(mp_sse2_join(mp_sse2_eights(mp_sse2_fours(a),
						  mp_sse2_fours(b))),
		      ret);
	mp_sse2_store(mp_sse2_join(mp_sse2_eights(mp_sse2_fours(c),
						  mp_sse2_fours(d))),
		      ret + 2);
	return mp_sse2_decimal(
		_mm_max_epu8(_mm_max_epu8(a, b), _mm_max_epu8(c, d)));
}

/* All ones where a byte is graphic ASCII and no backslash. */
MP_WIDE_INLINE __m128i mp_sse2_graphic(__m128i bytes)
{
	__m128i no = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)),
				  _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));

	return _mm_andnot_si128(no, _mm_cmpgt_epi8(bytes, _mm_set1_epi8(' ')));
}

MP_WIDE_INLINE bool mp_sse2_equal_text(const char *a, const char *b, size_t len)
{
	__m128i first, last;

	if (len < 16 || len > 32)
		return !memcmp(a, b, len);
	first = _mm_cmpeq_epi8(mp_sse2_load(a), mp_sse2_load(b));
	last = _mm_cmpeq_epi8(mp_sse2_load(a + len - 16),
			      mp_sse2_load(b + len - 16));
	return mp_sse2_mask(_mm_and_si128(first, last)) == 0xffff;
}

MP_WIDE_INLINE bool mp_sse2_plain(const char *p, size_t len)
{
	for (; len > 16; p += 16, len -= 16)
		if (mp_sse2_mask(mp_sse2_graphic(mp_sse2_load(p))) != 0xffff)
			return false;
	return !(~(uint32_t)mp_sse2_mask(mp_sse2_graphic(mp_sse2_load(p)))
		 << (32 - len));
}

#endif
