#ifndef MP_WIDE_H
#define MP_WIDE_H

/*
 * wide: what reading a line needs done to many bytes at once.
 *
 *	uint64_t mp_wide_find(const char *text, char c)
 * Bit i tells whether text[i] is `c`; 64 bytes are read.
 *
 *	bool mp_wide_numbers(const struct mp_wide_field f[4],
 *			     int64_t ret[4])
 * Read four numbers of 1 to 16 digits; false, and all are garbage, where one is
 * none.
 *
 *	bool mp_wide_plain(const char *p, size_t len)
 * Whether the bytes, at least one, are graphic ASCII without a backslash.  The
 * answer may be false for text that only mp_escape_valid() can judge.
 *
 *	bool mp_wide_equal(const char *a, const char *b, size_t len)
 * Whether both are the same text; as memcmp(), best for 16 to 32 bytes.
 *
 * All but the first may look at 16 bytes before the end of a text, or 64 behind
 * its beginning.
 */

struct mp_wide_field {
	const char *p, *end;
};

#if defined(__AVX2__)
#include "report/wide_avx2.h"
#define mp_wide_find	mp_avx2_find
#define mp_wide_numbers mp_avx2_numbers
#define mp_wide_equal	mp_sse2_equal_text
#define mp_wide_plain	mp_avx2_plain
#elif defined(__SSE2__)
#include "report/wide_sse2.h"
#define mp_wide_find	mp_sse2_find
#define mp_wide_numbers mp_sse2_numbers
#define mp_wide_equal	mp_sse2_equal_text
#define mp_wide_plain	mp_sse2_plain
#else
#include "report/wide_word.h"
#define mp_wide_find	mp_word_find
#define mp_wide_numbers mp_word_numbers
#define mp_wide_equal	mp_word_equal_text
#define mp_wide_plain	mp_word_plain
#endif

#endif
