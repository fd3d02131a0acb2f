#ifndef MP_JSONPUT_H
#define MP_JSONPUT_H

/* jsonput: members of an object of JSON, behind the first one, and arrays. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

void mp_jsonput_text(FILE *out, const char *key, const char *text);

/* An empty text, or MP_UNKNOWN, is null. */
void mp_jsonput_known(FILE *out, const char *key, const char *text);
void mp_jsonput_number(FILE *out, const char *key, int64_t n);

void mp_jsonput_count(FILE *out, const char *key, uint64_t n);
void mp_jsonput_indices(FILE *out, const char *key, const uint32_t *list,
			uint32_t count);
void mp_jsonput_list(FILE *out, const char *key, const char *const *list,
		     size_t count);

/* Begin thing `i` of an array, each on a line of its own. */
void mp_jsonput_next(FILE *out, size_t i);

#endif
