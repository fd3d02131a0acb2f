#ifndef MP_WIDE_AVX2_H
#define MP_WIDE_AVX2_H

/* wide_avx2: wide.h by vectors of 32 bytes, where they are of use. */

#include "report/wide_constants.h"
#include "report/wide_sse2.h"

#include <immintrin.h>

MP_WIDE_INLINE __m256i mp_avx2_load(const void *p)
{
	return _mm256_loadu_si256((const __m256i *)p);
}

MP_WIDE_INLINE uint64_t mp_avx2_mask(__m256i bytes)
{
	return (unsigned)_mm256_movemask_epi8(bytes);
}

/* `c` is one of the two. */
MP_WIDE_INLINE uint64_t mp_avx2_find(const char *text, char c)
{
	__m256i wanted = mp_avx2_load(c == '\t' ? mp_wide_constants.tab
						: mp_wide_constants.newline);
	__m256i first = _mm256_cmpeq_epi8(mp_avx2_load(text), wanted);
	__m256i second = _mm256_cmpeq_epi8(mp_avx2_load(text + 32), wanted);

	return mp_avx2_mask(first) | mp_avx2_mask(second) << 32;
}

MP_WIDE_INLINE __m256i mp_avx2_load_pair(const void *a, const void *b)
{
	return _mm256_inserti128_si256(_mm256_castsi128_si256(mp_sse2_load(a)),
				       mp_sse2_load(b), 1);
}

/* The digits of two numbers of at most 16. */
MP_WIDE_INLINE __m256i mp_avx2_digits(const struct mp_wide_field *a,
				      const struct mp_wide_field *b)
{
	__m256i text = mp_avx2_load_pair(a->end - 16, b->end - 16);

	return _mm256_and_si256(
		_mm256_xor_si256(text, mp_avx2_load(mp_wide_constants.zero)),
		mp_avx2_load_pair(mp_sse2_ones + mp_sse2_length(a),
				  mp_sse2_ones + mp_sse2_length(b)));
}

/* 32 digits to eight numbers of four. */
MP_WIDE_INLINE __m256i mp_avx2_fours(__m256i digits)
{
	return _mm256_madd_epi16(
		_mm256_maddubs_epi16(digits,
				     mp_avx2_load(mp_wide_constants.by_10_1)),
		mp_avx2_load(mp_wide_constants.by_100_1));
}

MP_WIDE_INLINE bool mp_avx2_numbers(const struct mp_wide_field f[4],
				    int64_t ret[4])
{
	const struct mp_wide_constants *k = &mp_wide_constants;
	/* No length is 0 where this is not large. */
	size_t lengths =
		(mp_sse2_length(&f[0]) - 1) | (mp_sse2_length(&f[1]) - 1) |
		(mp_sse2_length(&f[2]) - 1) | (mp_sse2_length(&f[3]) - 1);
	__m256i even, odd, eights, high, low;

	if (lengths > 15)
		return false;
	/* Packing takes from each half of both, in turn. */
	even = mp_avx2_digits(&f[0], &f[2]);
	odd = mp_avx2_digits(&f[1], &f[3]);
	eights = _mm256_madd_epi16(
		_mm256_packus_epi32(mp_avx2_fours(even), mp_avx2_fours(odd)),
		mp_avx2_load(k->by_10000_1));
	high = _mm256_mul_epu32(eights, mp_avx2_load(k->by_100000000));
	low = _mm256_srli_epi64(eights, 32);
	_mm256_storeu_si256((__m256i *)ret, _mm256_add_epi64(high, low));
	return !mp_avx2_mask(_mm256_adds_epu8(_mm256_max_epu8(even, odd),
					      mp_avx2_load(k->above_9)));
}

/* Bit i tells whether p[i] is graphic ASCII and no backslash. */
MP_WIDE_INLINE uint32_t mp_avx2_graphic(const char *p)
{
	const struct mp_wide_constants *k = &mp_wide_constants;
	__m256i bytes = mp_avx2_load(p);
	__m256i at = _mm256_sub_epi8(bytes, mp_avx2_load(k->first_graphic));
	__m256i most = _mm256_min_epu8(at, mp_avx2_load(k->graphics));
	__m256i no = _mm256_cmpeq_epi8(bytes, mp_avx2_load(k->backslash));

	return (uint32_t)mp_avx2_mask(
		_mm256_andnot_si256(no, _mm256_cmpeq_epi8(at, most)));
}

MP_WIDE_INLINE bool mp_avx2_plain(const char *p, size_t len)
{
	for (; len > 32; p += 32, len -= 32)
		if (mp_avx2_graphic(p) != UINT32_MAX)
			return false;
	return !(~mp_avx2_graphic(p) << (32 - len));
}

#endif
