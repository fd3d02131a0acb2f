#include "live/minute.h"

#include "report/growth.h"
#include "report/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS	   60
#define TABLE_SIZE (2 * MP_MINUTE_PAGES) /* a power of two */
#define US_PER_S   INT64_C(1000000)

struct second {
	int64_t at; /* which one, since 1970 */
	uint64_t requests;
	int64_t kept, rss; /* what is known of them */
	bool knows_kept, knows_rss;
	int64_t longest_us;
};

struct page {
	uint64_t hash;
	size_t len;
	char id[MP_RECORD_MAX];
	struct second seconds[SECONDS]; /* in the place `at % SECONDS` */
};

/* Invariant: the pages are pages[0] to pages[count - 1]; each is in `table`, at
   its hash or behind it, with no hole between. */
struct mp_minute {
	struct page *table[TABLE_SIZE];
	struct page *pages[MP_MINUTE_PAGES + 1]; /* and `(other)` */
	size_t count;
	struct mp_minute_page told[MP_MINUTE_PAGES + 1];
};

struct mp_minute *mp_minute_new(void)
{
	return calloc(1, sizeof(struct mp_minute));
}

void mp_minute_free(struct mp_minute *m)
{
	for (size_t i = 0; m && i < m->count; i++)
		free(m->pages[i]);
	free(m);
}

/* ---- which page ---- */

static struct page **place_of(struct mp_minute *m, struct mp_text id,
			      uint64_t hash)
{
	size_t i = hash % TABLE_SIZE;

	while (m->table[i] &&
	       (m->table[i]->hash != hash || m->table[i]->len != id.len ||
		memcmp(m->table[i]->id, id.p, id.len) != 0))
		i = (i + 1) % TABLE_SIZE;
	return &m->table[i];
}

/* The page `id`, which may be a new one.  Null where there is no memory. */
static struct page *find(struct mp_minute *m, struct mp_text id)
{
	static const struct mp_text other = { "(other)", 7 };
	uint64_t hash = mp_text_hash(id);
	struct page **place = place_of(m, id, hash);

	if (!*place && m->count >= MP_MINUTE_PAGES) {
		id = other;
		hash = mp_text_hash(id);
		place = place_of(m, id, hash);
	}
	if (*place)
		return *place;
	*place = calloc(1, sizeof(**place));
	if (!*place)
		return NULL;
	(*place)->hash = hash;
	(*place)->len = id.len;
	memcpy((*place)->id, id.p, id.len);
	m->pages[m->count++] = *place;
	return *place;
}

/* ---- sums ---- */

/* A sum that does not fit stays as it is. */
static void add_number(int64_t *sum, bool *known, int64_t v)
{
	int64_t more;

	if (v == MP_UNKNOWN || __builtin_add_overflow(*sum, v, &more))
		return;
	*sum = more;
	*known = true;
}

/* When a request was over, in whole seconds. */
static int64_t end_of(const struct mp_record *r, int64_t local_s)
{
	int64_t s = r->timestamp_us / US_PER_S - local_s;
	int64_t us = r->duration_us;

	if (us == MP_UNKNOWN)
		return s;
	return s + us / US_PER_S +
	       (r->timestamp_us % US_PER_S + us % US_PER_S) / US_PER_S;
}

static struct second *second_of(struct page *page, int64_t at)
{
	struct second *s = &page->seconds[(uint64_t)at % SECONDS];

	if (s->at < at)
		*s = (struct second){ .at = at };
	return s->at == at ? s : NULL; /* older than a minute */
}

int mp_minute_add(struct mp_minute *m, const struct mp_record *r,
		  int64_t local_s)
{
	struct page *page;
	struct second *s;

	if (mp_record_is_own(r))
		return 0;
	page = find(m, r->page_id);
	if (!page)
		return -ENOMEM;
	s = second_of(page, end_of(r, local_s));
	if (!s)
		return 0;
	s->requests++;
	add_number(&s->kept, &s->knows_kept, mp_growth_kept(r));
	add_number(&s->rss, &s->knows_rss, r->rss_delta);
	if (r->duration_us > s->longest_us)
		s->longest_us = r->duration_us;
	return 0;
}

static struct mp_minute_page sum_up(const struct page *page, int64_t now_s)
{
	struct mp_minute_page sum = { .id = { page->id, page->len } };
	bool knows_kept = false, knows_rss = false;

	for (size_t i = 0; i < SECONDS; i++) {
		const struct second *s = &page->seconds[i];

		if (s->at <= now_s - SECONDS || s->at > now_s ||
		    s->requests == 0)
			continue;
		sum.requests += s->requests;
		if (s->knows_kept)
			add_number(&sum.kept, &knows_kept, s->kept);
		if (s->knows_rss)
			add_number(&sum.rss, &knows_rss, s->rss);
		if (s->longest_us > sum.longest_us)
			sum.longest_us = s->longest_us;
	}
	if (!knows_kept)
		sum.kept = MP_UNKNOWN;
	if (!knows_rss)
		sum.rss = MP_UNKNOWN;
	return sum;
}

/* Enter all pages anew, for some are gone. */
static void enter_all(struct mp_minute *m)
{
	memset(m->table, 0, sizeof(m->table));
	for (size_t i = 0; i < m->count; i++) {
		struct page *p = m->pages[i];
		struct mp_text id = { p->id, p->len };

		*place_of(m, id, p->hash) = p;
	}
}

size_t mp_minute_pages(struct mp_minute *m, int64_t now_us,
		       const struct mp_minute_page **ret)
{
	size_t kept = 0, was = m->count;

	for (size_t i = 0; i < was; i++) {
		m->told[kept] = sum_up(m->pages[i], now_us / US_PER_S);
		if (m->told[kept].requests > 0)
			m->pages[kept++] = m->pages[i];
		else
			free(m->pages[i]);
	}
	m->count = kept;
	if (kept < was)
		enter_all(m);
	*ret = m->told;
	return kept;
}
