#ifndef TESTS_VIEW_PRINTED_H
#define TESTS_VIEW_PRINTED_H

/* printed: what a writer of a format writes, and what it says when it can't. */

#include "view/calls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

typedef int write_function(FILE *out, const struct mp_calls *c);

/* All that `write` writes, ended by a zero byte; the caller frees it. */
static inline char *printed(write_function *write, const struct mp_calls *c,
			    size_t *ret_len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_len);

	assert_non_null(out);
	assert_int_equal(write(out, c), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static inline void assert_printed(write_function *write,
				  const struct mp_calls *c, const char *want)
{
	size_t len;
	char *text = printed(write, c, &len);

	assert_string_equal(text, want);
	free(text);
}

static inline void assert_full_disk_is_told(write_function *write,
					    const struct mp_calls *c)
{
	FILE *full = fopen("/dev/full", "w");

	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(write(full, c), -EIO);
	fclose(full);
}

#endif
