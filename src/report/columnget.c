/* columnget: the values of a report's columns, as a page has them. */

#include "report/columns.h"

#include <math.h>
#include <string.h>

static const struct mp_cell unknown = { .kind = MP_CELL_UNKNOWN };

static struct mp_cell whole(int64_t v)
{
	return v == MP_UNKNOWN
		       ? unknown
		       : (struct mp_cell){ .kind = MP_CELL_WHOLE, .whole = v };
}

static struct mp_cell count(uint64_t n)
{
	return whole((int64_t)n);
}

static struct mp_cell real(double v)
{
	return isfinite(v) ? (struct mp_cell){ .kind = MP_CELL_REAL, .real = v }
			   : unknown;
}

static struct mp_cell flag(bool v)
{
	return (struct mp_cell){ .kind = MP_CELL_FLAG, .whole = v };
}

static struct mp_cell text(struct mp_text t)
{
	return t.len > 0 ? (struct mp_cell){ .kind = MP_CELL_TEXT, .text = t }
			 : unknown;
}

static struct mp_cell word(const char *s)
{
	return text((struct mp_text){ s, strlen(s) });
}

static struct mp_cell sum(const struct mp_sum *s)
{
	return whole(s->lines > 0 ? s->value : MP_UNKNOWN);
}

static struct mp_cell mean(const struct mp_sum *s)
{
	return s->lines > 0 ? real((double)s->value / (double)s->lines)
			    : unknown;
}

static struct mp_cell p95(const struct mp_sketch *s)
{
	return whole(s->count > 0 ? mp_sketch_quantile(s, 0.95) : MP_UNKNOWN);
}

static const char *why_name(enum mp_verdict_why why)
{
	static const char *const names[] = {
		[MP_WHY_PLAIN] = "",
		[MP_WHY_FEW_LINES] = "few-requests",
		[MP_WHY_NO_CLEAN] = "no-clean-request",
		[MP_WHY_SHORT] = "short-time",
		[MP_WHY_FEW_EVENTS] = "few-events",
		[MP_WHY_HIDDEN] = "hidden-by-threshold",
		[MP_WHY_SHARED] = "shared-rss",
		[MP_WHY_STILL] = "still-grows",
		[MP_WHY_ONCE] = "once",
		[MP_WHY_PEAK] = "peak",
		[MP_WHY_GIVES] = "partner-frees",
		[MP_WHY_FREED] = "freed-elsewhere",
		[MP_WHY_TAKES] = "frees-of-partner",
		[MP_WHY_TAKES_OLD] = "frees-older",
	};

	return names[why];
}

static struct mp_cell explanation(const struct mp_page *page,
				  struct mp_sentence *room)
{
	mp_sentence_init(room);
	mp_sentence_add_page(room, page);
	return text((struct mp_text){ room->p, room->len });
}

/* Rows that are no pages may have no name; no page is called like that. */
static struct mp_cell name(struct mp_text id)
{
	return id.len == 2 && !memcmp(id.p, "\\N", 2) ? unknown : text(id);
}

/* What only a verdict tells. */
static struct mp_cell get_verdict(enum mp_column_id id,
				  const struct mp_page *page,
				  struct mp_sentence *room)
{
	const struct mp_verdict *v = &page->verdict;

	if (v->kind == MP_VERDICT_NONE)
		return unknown;
	switch (id) {
	case MP_COLUMN_VERDICT:
		return word(mp_verdict_name(v));
	case MP_COLUMN_WHY:
		return word(why_name(v->why));
	case MP_COLUMN_SURE:
		return flag(!v->unsure);
	case MP_COLUMN_PARTNER:
		return v->partner ? text(v->partner->id) : unknown;
	case MP_COLUMN_EXPLANATION:
		return explanation(page, room);
	case MP_COLUMN_JUDGED:
		return count(v->judged);
	default:
		break;
	}
	if (v->judged == 0)
		return unknown;
	switch (id) {
	case MP_COLUMN_GREW:
		return count(v->grew);
	case MP_COLUMN_KEPT_MEAN:
		return real(v->mean);
	case MP_COLUMN_KEPT_LOW:
		return real(v->interval.low);
	case MP_COLUMN_KEPT_HIGH:
		return real(v->interval.high);
	case MP_COLUMN_KEPT_EARLY:
		return real(v->early);
	case MP_COLUMN_KEPT_LATE:
		return real(v->late);
	default:
		return unknown;
	}
}

struct mp_cell mp_column_get(enum mp_column_id id, const struct mp_page *page,
			     struct mp_sentence *room)
{
	switch (id) {
	case MP_COLUMN_PAGE_ID:
		return name(page->id);
	case MP_COLUMN_REQUESTS:
		return count(page->requests);
	case MP_COLUMN_ERRORS:
		return count(page->errors);
	case MP_COLUMN_DURATION:
		return sum(&page->duration_us);
	case MP_COLUMN_DURATION_MEAN:
		return mean(&page->duration_us);
	case MP_COLUMN_DURATION_P95:
		return p95(&page->durations_us);
	case MP_COLUMN_DURATION_MAX:
		return whole(page->duration_max_us);
	case MP_COLUMN_RETAINED:
		return sum(&page->retained);
	case MP_COLUMN_RETAINED_REQUESTS:
		return count(page->retained.lines);
	case MP_COLUMN_RETAINED_MEAN:
		return mean(&page->retained);
	case MP_COLUMN_RSS:
		return sum(&page->rss);
	case MP_COLUMN_CLEAN_RSS:
		return sum(&page->clean_rss);
	case MP_COLUMN_CLEAN_REQUESTS:
		return count(page->clean_rss.lines);
	case MP_COLUMN_ALLOCATED:
		return sum(&page->allocated);
	case MP_COLUMN_FREED:
		return sum(&page->freed);
	case MP_COLUMN_PEAK_MAX:
		return whole(page->peak_max);
	default:
		return get_verdict(id, page, room);
	}
}
