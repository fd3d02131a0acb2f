#ifndef MP_TEXT_H
#define MP_TEXT_H

/* text: a hash of a page id, and the order of texts. */

#include "core/record.h"

#include <string.h>

static inline uint64_t mp_text_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 32;
}

static inline uint64_t mp_text_word(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* Fewer than eight bytes. */
static inline uint64_t mp_text_short(const char *p, size_t len)
{
	uint64_t word = 0;
	uint32_t low, high;

	if (len < sizeof(low)) {
		for (; len > 0; len--)
			word = word << 8 | (unsigned char)p[len - 1];
		return word;
	}
	memcpy(&low, p, sizeof(low));
	memcpy(&high, p + len - sizeof(high), sizeof(high));
	return (uint64_t)high << 32 | low;
}

/* Both the low and the high bits may be used.  Where the end is no whole word,
   some bytes are taken twice: that is faster than one by one. */
static inline uint64_t mp_text_hash(struct mp_text t)
{
	const char *p = t.p;
	size_t left = t.len;
	uint64_t hash = t.len;

	if (left < 8)
		return mp_text_mix(hash, mp_text_short(p, left));
	for (; left > 8; p += 8, left -= 8)
		hash = mp_text_mix(hash, mp_text_word(p));
	hash = mp_text_mix(hash, mp_text_word(p + left - 8));
	/* A word's last bytes, where most ids differ, get no farther than to
	   the middle at first, and to the low bits from there. */
	return mp_text_mix(hash, 0);
}

/* By bytes, and of two that begin alike the shorter first: less than 0, 0 or
   more than 0.  An empty text may be null, which memcmp() does not take. */
static inline int mp_text_compare(struct mp_text a, struct mp_text b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.p, b.p, len) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

#endif
