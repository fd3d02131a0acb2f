#ifndef TESTS_VIEW_SHOWN_H
#define TESTS_VIEW_SHOWN_H

/* shown: what a format writes, as a string. */

#include "view/calls.h"
#include "view/style.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int shown_fn(FILE *out, const struct mp_calls *c,
		     const struct mp_view_style *style);

/* All that `show` writes, for free(3); it must not fail. */
static inline char *shown(shown_fn *show, const struct mp_calls *c,
			  const struct mp_view_style *style)
{
	FILE *out = tmpfile();
	char *text;
	long len;

	assert_non_null(out);
	assert_int_equal(show(out, c, style), 0);
	len = ftell(out);
	assert_true(len >= 0);
	text = calloc((size_t)len + 1, 1);
	assert_non_null(text);
	rewind(out);
	assert_int_equal(fread(text, 1, (size_t)len, out), len);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* What is below the heading is `want`. */
static inline void assert_shown(shown_fn *show, const struct mp_calls *c,
				const struct mp_view_style *style,
				const char *want)
{
	char *text = shown(show, c, style);

	assert_non_null(strstr(text, "\n\n"));
	assert_string_equal(strstr(text, "\n\n") + 2, want);
	free(text);
}

#endif
