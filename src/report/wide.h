#ifndef MP_WIDE_H
#define MP_WIDE_H

/*
 * wide: what reading a line needs done to many bytes at once.
 *
 *	void mp_wide_find(const char *text, uint64_t *ret_tabs,
 *			  uint64_t *ret_newlines)
 * Bit i tells whether text[i] is a tab, and a newline; 64 bytes are read.
 *
 *	bool mp_wide_numbers(const char *a, const char *a_end, const char *b,
 *			     const char *b_end, int64_t *ret_a, int64_t *ret_b)
 * Read two numbers of 1 to 16 digits; false, and both are garbage, where either
 * is none.
 *
 *	bool mp_wide_plain(const char *p, const char *end)
 * Whether the bytes, at least one, are graphic ASCII without a backslash.  The
 * answer may be false for text that only mp_escape_valid() can judge.
 *
 *	bool mp_wide_equal(const char *a, const char *b, size_t len)
 * Whether both are the same text; as memcmp(), best for 16 to 32 bytes.
 *
 * All but the first may look at 16 bytes before the end of a text, and behind
 * its beginning.
 */

#ifdef __SSE2__
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
