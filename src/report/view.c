#include "report/view.h"

#include "core/civil.h"
#include "report/own.h"
#include "report/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MINUTE_US INT64_C(60000000)
#define HOUR_US	  (60 * MINUTE_US)
#define DAY_US	  (24 * HOUR_US)

const struct mp_view mp_view_all = {
	.since_us = INT64_MIN,
	.until_us = INT64_MAX,
};

const char *mp_view_name(enum mp_view_by by)
{
	static const char *const names[MP_VIEWS] = {
		[MP_VIEW_PAGE] = "page", [MP_VIEW_PID] = "pid",
		[MP_VIEW_HOST] = "host", [MP_VIEW_MINUTE] = "minute",
		[MP_VIEW_HOUR] = "hour", [MP_VIEW_OOPS] = "oops",
	};

	return names[by];
}

int mp_view_find(const char *name, enum mp_view_by *ret)
{
	for (unsigned i = 0; i < MP_VIEWS; i++) {
		if (strcmp(mp_view_name((enum mp_view_by)i), name) != 0)
			continue;
		*ret = (enum mp_view_by)i;
		return 0;
	}
	return -EINVAL;
}

bool mp_view_is_plain(const struct mp_view *v)
{
	return v->by == MP_VIEW_PAGE && v->pages.count == 0 &&
	       v->collapse.count == 0 && v->since_us == INT64_MIN &&
	       v->until_us == INT64_MAX;
}

int mp_globs_add(struct mp_globs *g, const char *pattern)
{
	if (g->count == MP_GLOBS_MAX)
		return -ENOSPC;
	mp_glob_init(&g->globs[g->count++], pattern);
	return 0;
}

static const struct mp_glob *first_match(const struct mp_globs *g,
					 struct mp_text id)
{
	for (size_t i = 0; i < g->count; i++)
		if (mp_glob_matches(&g->globs[i], id))
			return &g->globs[i];
	return NULL;
}

void mp_view_collapse(const struct mp_view *v, struct mp_record *r,
		      enum mp_record_form form)
{
	const struct mp_glob *g = first_match(&v->collapse, r->page_id);

	if (g && !(form == MP_RECORD_FORMAT_1 && mp_record_is_own(r)))
		r->page_id = g->pattern;
}

bool mp_view_has_page(const struct mp_view *v, struct mp_text id)
{
	return v->pages.count == 0 || first_match(&v->pages, id);
}

bool mp_view_counts(const struct mp_view *v, const struct mp_record *r,
		    enum mp_record_form form)
{
	enum mp_own own;

	if (r->timestamp_us < v->since_us || r->timestamp_us >= v->until_us)
		return false;
	if (v->by == MP_VIEW_PAGE || v->pages.count == 0)
		return true;
	own = mp_own_kind(r, form);
	return (own != MP_OWN_NONE && own != MP_OWN_OUTSIDE &&
		own != MP_OWN_UNFINISHED) ||
	       mp_view_has_page(v, r->page_id);
}

bool mp_view_draws(const struct mp_view *v, const struct mp_record *r,
		   enum mp_record_form form)
{
	enum mp_own own = mp_own_kind(r, form);

	if (!mp_view_counts(v, r, form))
		return false;
	return own == MP_OWN_STARTED || own == MP_OWN_STOPPED ||
	       own == MP_OWN_RECOVERED || mp_view_has_page(v, r->page_id);
}

/* How many whole units, also before 1970. */
static int64_t floor_of(int64_t us, int64_t unit_us)
{
	return us / unit_us - (us % unit_us < 0);
}

uint64_t mp_view_hash(const struct mp_view *v, const struct mp_record *r)
{
	int64_t us = r->timestamp_us;

	switch (v->by) {
	case MP_VIEW_PID:
		return mp_text_mix(mp_text_hash(r->host), (uint64_t)r->pid);
	case MP_VIEW_HOST:
		return mp_text_hash(r->host);
	case MP_VIEW_MINUTE:
		return mp_text_mix(0, (uint64_t)floor_of(us, MINUTE_US));
	case MP_VIEW_HOUR:
		return mp_text_mix(0, (uint64_t)floor_of(us, HOUR_US));
	case MP_VIEW_OOPS:
		return mp_text_hash(r->oops_id);
	default:
		return mp_text_hash(r->page_id);
	}
}

static struct mp_text or_unknown(struct mp_text t)
{
	return t.len > 0 ? t : (struct mp_text){ "\\N", 2 };
}

static struct mp_text put_pid(const struct mp_record *r, char *buffer)
{
	struct mp_text host = or_unknown(r->host);
	int n;

	if (r->pid == MP_UNKNOWN)
		n = snprintf(buffer, MP_VIEW_KEY_MAX, "\\N@%.*s", (int)host.len,
			     host.p);
	else
		n = snprintf(buffer, MP_VIEW_KEY_MAX, "%" PRId64 "@%.*s",
			     r->pid, (int)host.len, host.p);
	return (struct mp_text){ buffer, (size_t)n };
}

/* Write a number of so many digits, and what comes next.  This is done for each
   line of a log. */
static char *put(char *p, int64_t v, unsigned digits, char next)
{
	for (unsigned i = digits; i-- > 0; v /= 10)
		p[i] = (char)('0' + v % 10);
	p[digits] = next;
	return p + digits + 1;
}

/* The beginning of a timestamp in format 1. */
static struct mp_text put_time(int64_t us, bool minute, char *buffer)
{
	int64_t days = floor_of(us, DAY_US);
	int64_t seconds = (us - days * DAY_US) / 1000000;
	struct mp_civil day = mp_civil_from_days(days);
	char *p = buffer;

	p = put(p, day.year, 4, '-');
	p = put(p, day.month, 2, '-');
	p = put(p, day.day, 2, 'T');
	p = put(p, seconds / 3600, 2, ':');
	if (minute)
		p = put(p, seconds / 60 % 60, 2, ':');
	/* Without what would come next. */
	return (struct mp_text){ buffer, (size_t)(p - buffer) - 1 };
}

struct mp_text mp_view_key(const struct mp_view *v, const struct mp_record *r,
			   char *buffer)
{
	switch (v->by) {
	case MP_VIEW_PID:
		return put_pid(r, buffer);
	case MP_VIEW_HOST:
		return or_unknown(r->host);
	case MP_VIEW_MINUTE:
	case MP_VIEW_HOUR:
		return put_time(r->timestamp_us, v->by == MP_VIEW_MINUTE,
				buffer);
	case MP_VIEW_OOPS:
		return r->oops_id;
	default:
		return r->page_id;
	}
}
