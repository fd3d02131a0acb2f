#ifndef MP_UTF8_H
#define MP_UTF8_H

/* utf8: which bytes are a character. */

#include <stddef.h>

/*
 * The length of the UTF-8 sequence of several bytes at `s`, or 0 where there is
 * none before `end`: RFC 3629, so no overlong form, no surrogate, nothing above
 * U+10FFFF.
 */
static inline size_t mp_utf8_length(const unsigned char *s,
				    const unsigned char *end)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;

	if ((size_t)(end - s) < len)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return len;
}

#endif
