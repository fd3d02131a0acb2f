#ifndef MP_TEXT_H
#define MP_TEXT_H

/* text: a hash of a page id. */

#include "core/record.h"

#include <string.h>

static inline uint64_t mp_text_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 32;
}

/* Both the low and the high bits may be used. */
static inline uint64_t mp_text_hash(struct mp_text t)
{
	uint64_t hash = t.len, word;
	const char *p = t.p;
	size_t left = t.len;

	for (; left >= sizeof(word); p += sizeof(word), left -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		hash = mp_text_mix(hash, word);
	}
	word = 0;
	memcpy(&word, p, left);
	return mp_text_mix(hash, word);
}

#endif
