#include "report/rawids.h"

#include "report/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SHAPE_PAGES   50
#define HEX_MIN	      8 /* bytes of a word that may be a hash */
#define MANY_PAGES    1000
#define MANY_REQUESTS 10 /* of each page, for that not to be too many */

/* ---- the shape of one id ---- */

/* A pattern; no longer than the id, whose length has a limit. */
struct shape {
	char p[256];
	size_t len;
};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || strchr("-_%~", c) ||
	       (unsigned char)c >= 0x80;
}

static size_t word_length(struct mp_text rest)
{
	size_t n = 0;

	while (n < rest.len && rest.p[n] && is_word(rest.p[n]))
		n++;
	return n;
}

/* A number, or a hash, an UUID, a date. */
static bool is_variable(const char *word, size_t len)
{
	size_t digits = 0, others = 0;

	for (size_t i = 0; i < len; i++) {
		if (isdigit((unsigned char)word[i]))
			digits++;
		else if (isxdigit((unsigned char)word[i]) || word[i] == '-')
			others++;
		else
			return false;
	}
	return digits > 0 && (others == 0 || len >= HEX_MIN);
}

static void put(struct shape *s, const char *p, size_t len)
{
	memcpy(s->p + s->len, p, len);
	s->len += len;
}

/* What would be special in a pattern, or between quotes in a shell. */
static void put_plain(struct shape *s, char c)
{
	put(s, strchr("*[\\'", c) ? "?" : &c, 1);
}

/* Returns whether the id is variable at all. */
static bool find_shape(struct mp_text id, struct shape *ret)
{
	bool variable = false;

	ret->len = 0;
	if (id.len >= sizeof(ret->p))
		return false;
	for (size_t i = 0; i < id.len;) {
		struct mp_text rest = { id.p + i, id.len - i };
		size_t word = word_length(rest);

		if (rest.p[0] == '?' && rest.len > 1) {
			put(ret, "?*", 2);
			return true;
		}
		if (is_variable(rest.p, word)) {
			put(ret, "*", 1);
			variable = true;
		} else if (word > 0) {
			put(ret, rest.p, word);
		} else {
			put_plain(ret, rest.p[0]);
			word = 1;
		}
		i += word;
	}
	return variable;
}

/* All of one folder are of the shape of that. */
static bool find_folder(struct mp_text id, struct shape *ret)
{
	const char *slash = memrchr(id.p, '/', id.len);

	ret->len = 0;
	if (!slash || slash + 1 == id.p + id.len || id.len >= sizeof(ret->p))
		return false;
	for (const char *p = id.p; p <= slash; p++)
		put_plain(ret, *p);
	put(ret, "*", 1);
	return true;
}

typedef bool find_any(struct mp_text id, struct shape *ret);

/* ---- of all ids ---- */

struct shaped {
	uint64_t hash; /* of the shape */
	const struct mp_page *page;
};

/* Pages first[0] to first[count - 1] are of one shape. */
struct group {
	const struct shaped *first;
	size_t count;
};

static int compare_hashes(const void *a, const void *b)
{
	const struct shaped *sa = a, *sb = b;

	return (sa->hash > sb->hash) - (sa->hash < sb->hash);
}

static size_t shape_all(const struct mp_totals *t, find_any *find,
			struct shaped *ret)
{
	struct shape shape;
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct mp_page *page = t->pages[i];

		if (!find(page->id, &shape))
			continue;
		ret[n++] = (struct shaped){
			mp_text_hash((struct mp_text){ shape.p, shape.len }),
			page,
		};
	}
	qsort(ret, n, sizeof(*ret), compare_hashes);
	return n;
}

/* Keep the groups with the most pages, those first. */
static void keep(struct group *best, struct group g)
{
	for (size_t i = 0; i < MP_RAWIDS_SHAPES; i++) {
		struct group other = best[i];

		if (other.count >= g.count)
			continue;
		best[i] = g;
		g = other;
	}
}

static size_t find_groups(const struct shaped *all, size_t count,
			  struct group *best)
{
	size_t pages = 0;

	for (size_t i = 0, next; i < count; i = next) {
		for (next = i + 1;
		     next < count && all[next].hash == all[i].hash; next++)
			;
		if (next - i < SHAPE_PAGES)
			continue;
		pages += next - i;
		keep(best, (struct group){ &all[i], next - i });
	}
	return pages;
}

/* Of two that match the same page the longer one is to come first. */
static int compare_patterns(const void *a, const void *b)
{
	size_t la = strlen(a), lb = strlen(b);

	return la == lb ? strcmp(a, b) : la < lb ? 1 : -1;
}

static void find_raw(const struct mp_totals *t, find_any *find,
		     struct shaped *room, struct mp_rawids *ret)
{
	struct group best[MP_RAWIDS_SHAPES] = { 0 };
	size_t count = shape_all(t, find, room);
	struct shape shape;

	ret->pages = find_groups(room, count, best);
	for (size_t i = 0; i < MP_RAWIDS_SHAPES && best[i].count > 0; i++) {
		find(best[i].first->page->id, &shape);
		shape.p[shape.len] = '\0';
		strcpy(ret->patterns[ret->pattern_count++], shape.p);
	}
	qsort(ret->patterns, ret->pattern_count, sizeof(ret->patterns[0]),
	      compare_patterns);
}

static bool has_many(const struct mp_totals *t)
{
	uint64_t requests = 0;

	for (size_t i = 0; i < t->count; i++)
		requests += t->pages[i]->requests;
	return t->count > MANY_PAGES && requests / t->count < MANY_REQUESTS;
}

int mp_rawids_find(const struct mp_totals *t, struct mp_rawids *ret)
{
	struct shaped *room;

	*ret = (struct mp_rawids){ 0 };
	if (t->count < SHAPE_PAGES)
		return 0;
	room = calloc(t->count, sizeof(*room));
	if (!room)
		return -ENOMEM;
	find_raw(t, find_shape, room, ret);
	if (ret->pages == 0 && has_many(t)) {
		find_raw(t, find_folder, room, ret);
		ret->pages = t->count;
	}
	free(room);
	return 0;
}
