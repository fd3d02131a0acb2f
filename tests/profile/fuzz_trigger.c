/*
 * Whatever URL a stranger sends: what is cut lies in the path and is decoded
 * the segment that it was, what is told may stand in a log, and the interval
 * keeps its bounds.  The input is a path and a query, a zero between them.
 */

#include "core/escape.h"
#include "profile/trigger.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *copy(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);

	if (!s)
		abort();
	if (size)
		memcpy(s, data, size);
	s[size] = '\0';
	return s;
}

static void check(const char *path, const struct mp_trigger *t)
{
	const char *end = memchr(t->unknown, '\0', sizeof(t->unknown));
	size_t len = strlen(path);

	if (!end || t->cut_at > len || t->cut_len > len - t->cut_at)
		abort();
	if (t->interval_ns && (t->interval_ns < MP_TRIGGER_MIN_NS ||
			       t->interval_ns > MP_TRIGGER_MAX_NS))
		abort();
	if (t->interval_ns && t->bad_interval)
		abort();
	if (*path == '/' && t->cut_len == len)
		abort();
	for (const char *p = t->unknown; *p;) {
		size_t n = strcspn(p, " ");

		if (!mp_escape_valid(p, n))
			abort();
		p += n + (p[n] == ' ');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
	size_t path_len = zero ? (size_t)(zero - data) : size;
	char *path = copy(data, path_len);
	char *query = zero ? copy(zero + 1, size - path_len - 1) : NULL;
	struct mp_trigger t, again;
	bool found = mp_trigger_find(path, query, "needle", &t);

	check(path, &t);
	if (found != (t.actions != 0) || (t.cut_len && !found))
		abort();
	/* The segment alone says the same. */
	path[t.cut_at + t.cut_len] = '\0';
	mp_trigger_find(path + t.cut_at, query, "", &again);
	if (t.cut_len &&
	    (again.cut_len == 0 || strcmp(t.unknown, again.unknown)))
		abort();
	free(path);
	free(query);
	return 0;
}
