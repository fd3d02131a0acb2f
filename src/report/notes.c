#include "report/notes.h"

#include "report/scaled.h"

#include "report/show.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool mp_notes_span(const struct mp_report *r, char *ret_first, char *ret_last)
{
	const struct mp_history *h = &r->totals.history;
	bool utc = r->forms & 1u << MP_RECORD_FORMAT_1;
	bool local = r->forms & ~(1u << MP_RECORD_FORMAT_1);

	if (h->first_us > h->last_us || (utc && local))
		return false;
	mp_show_moment(h->first_us, local, ret_first);
	mp_show_moment(h->last_us, local, ret_last);
	return true;
}

void mp_notes_facts(const struct mp_report *r, struct mp_sentence *ret)
{
	const struct mp_page *all = &r->all;
	char first[MP_SHOW_MAX], last[MP_SHOW_MAX];
	size_t rows = r->totals.count;

	mp_sentence_init(ret);
	mp_sentence_add(ret, "%" PRIu64 " request%s", all->requests,
			all->requests == 1 ? "" : "s");
	if (r->by == MP_VIEW_PAGE)
		mp_sentence_add(ret, " of %zu page%s", rows,
				rows == 1 ? "" : "s");
	mp_sentence_add(ret, ", %" PRIu64 " with an oops id", all->errors);
	/* As in the log, but to the second. */
	if (mp_notes_span(r, first, last))
		mp_sentence_add(ret, ", from %.10s %.8s to %.10s %.8s %s",
				first, first + 11, last, last + 11,
				strchr(last, 'Z') ? "UTC" : "local time");
	mp_sentence_add(ret, ".");
}

/* ---- what must be known ---- */

struct teller {
	mp_notes_tell *tell;
	void *user;
};

__attribute__((format(printf, 2, 3))) static void say(const struct teller *to,
						      const char *format, ...)
{
	struct mp_sentence note;
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	mp_sentence_init(&note);
	mp_sentence_add(&note, "%s", text);
	to->tell(to->user, &note);
}

static void say_order(const struct teller *to, const struct mp_report *r)
{
	static const char *const ranked_by[] = {
		[MP_RANK_RETAINED] =
			"retained heap: what was allocated minus what was "
			"freed",
		[MP_RANK_CLEAN_RSS] =
			"the RSS growth of clean requests (overlap 0): nothing "
			"is known of the heap",
		[MP_RANK_RSS] = "RSS growth, which other requests may share: "
				"nothing is known of heap or overlap",
	};

	enum mp_column_id by = r->sorted_by;

	if (r->totals.count == 0)
		say(to, "There are no requests.");
	else if (by == MP_COLUMN_PAGE_ID)
		say(to, "Sorted by %s.", mp_column_heading(by, r->by));
	else if (r->options.sorted)
		say(to, "Sorted by %s, the largest first.",
		    mp_columns[by].heading ? mp_columns[by].heading
					   : mp_columns[by].key);
	else
		say(to, "Sorted by %s.", ranked_by[r->rank]);
}

static void say_left_out(const struct teller *to, const struct mp_report *r)
{
	uint64_t n = r->left_out;

	if (n > 0)
		say(to, "Left out, as the options say: %" PRIu64 " request%s.",
		    n, n == 1 ? "" : "s");
}

static void say_faults(const struct teller *to, const struct mp_report *r)
{
	if (r->faults > 0)
		say(to, "%" PRIu64 " line%s could not be read.", r->faults,
		    r->faults == 1 ? "" : "s");
	if (r->partial)
		say(to, "A log, or the end of one, could not be read.");
}

static void say_scaled(const struct teller *to, const struct mp_report *r)
{
	char retained[MP_SHOW_MAX], error[MP_SHOW_MAX];
	struct mp_scaled s;

	if (mp_scaled_retained(r, &s))
		return;
	mp_show_bytes((int64_t)s.retained, retained);
	mp_show_bytes((int64_t)s.error, error);
	say(to,
	    "All %" PRIu64 " requests together retained ~%s, by the sample; "
	    "standard error %s.",
	    s.requests, retained, error);
}

static void say_skipped(const struct teller *to, const struct mp_report *r)
{
	const struct mp_totals *t = &r->totals;
	char paused[80] = "";

	if (t->paused.value > 0)
		snprintf(paused, sizeof(paused),
			 ", %" PRId64 " while memprof was paused",
			 t->paused.value);
	say(to,
	    "These totals are partial: %" PRId64 " requests were left out by "
	    "sampling, %" PRId64 " by the threshold%s.",
	    t->sampled.value, t->threshold.value, paused);
	if (t->one_in_max > 1 && t->one_in_max == t->one_in_min)
		say(to, "One request in %" PRId64 " was measured.",
		    t->one_in_min);
	else if (t->one_in_max > 1)
		say(to,
		    "One request in %" PRId64 " to %" PRId64 " was measured.",
		    t->one_in_min, t->one_in_max);
	say_scaled(to, r);
}

static void say_vanished(const struct teller *to, const struct mp_procs *p)
{
	if (p->gone > 0)
		say(to,
		    "Vanished without a word: %zu process%s, whose "
		    "recorder was found, or whose pid another one had later.",
		    p->gone, p->gone == 1 ? "" : "es");
	if (p->silent > 0)
		say(to,
		    "Maybe vanished: %zu process%s that fell silent while the "
		    "host went on.",
		    p->silent, p->silent == 1 ? "" : "es");
	if (p->restarted > 0)
		say(to,
		    "Followed by a new process of the host within 10 s: %zu of "
		    "these.",
		    p->restarted);
}

void mp_notes_each(const struct mp_report *r, mp_notes_tell *tell, void *user)
{
	const struct teller to = { tell, user };
	const struct mp_totals *t = &r->totals;
	const struct mp_page *all = &r->all;

	say_order(&to, r);
	say_left_out(&to, r);
	if (all->retained.lines > 0 && all->retained.lines < all->requests)
		say(&to,
		    "Retained heap is known of %" PRIu64 " of %" PRIu64
		    " requests.",
		    all->retained.lines, all->requests);
	if (t->sampled.value > 0 || t->threshold.value > 0 ||
	    t->paused.value > 0)
		say_skipped(&to, r);
	if (t->recovered > 0)
		say(&to,
		    "Processes: %" PRIu64 " started, %" PRIu64
		    " stopped, %" PRIu64 " killed, or ended without closing.",
		    t->started, t->stopped, t->recovered);
	else if (t->started > 0 || t->stopped > 0)
		say(&to, "Processes: %" PRIu64 " started, %" PRIu64 " stopped.",
		    t->started, t->stopped);
	say_vanished(&to, &r->procs);
	if (t->unknown_own > 0)
		say(&to,
		    "Left out: %" PRIu64 " %s of memprof's own that this "
		    "version does not know.",
		    t->unknown_own, t->unknown_own == 1 ? "line" : "lines");
	say_faults(&to, r);
	if (t->saturated)
		say(&to, "A sum is too large for 63 bits; it stands at the "
			 "largest number instead.");
}
