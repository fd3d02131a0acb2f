#include "report/sentence.h"

#include "report/show.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* ---- text ---- */

void mp_sentence_init(struct mp_sentence *s)
{
	s->p[0] = '\0';
	s->len = s->id_at = s->id_len = 0;
}

__attribute__((format(printf, 2, 0))) static void
add_list(struct mp_sentence *s, const char *format, va_list args)
{
	int n = vsnprintf(s->p + s->len, sizeof(s->p) - s->len, format, args);

	s->len += (size_t)n;
	if (s->len >= sizeof(s->p))
		s->len = sizeof(s->p) - 1;
}

void mp_sentence_add(struct mp_sentence *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_list(s, format, args);
	va_end(args);
}

/* The same by a name that leaves room for the words. */
__attribute__((format(printf, 2, 3))) static void add(struct mp_sentence *s,
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_list(s, format, args);
	va_end(args);
}

void mp_sentence_add_id(struct mp_sentence *s, struct mp_text id)
{
	char shown[MP_SHOW_ID_MAX];

	mp_show_id(id, mp_show_width(id), shown);
	s->id_at = s->len;
	add(s, "%s", shown);
	s->id_len = s->len - s->id_at;
}

/* Bytes of one request, which may be less than one. */
static void put_rate(double bytes, char *ret)
{
	if (fabs(bytes) < 9999.5)
		snprintf(ret, MP_SHOW_MAX, "%.4g B", bytes);
	else
		mp_show_bytes((int64_t)bytes, ret);
}

static void add_rate(struct mp_sentence *s, double bytes)
{
	char shown[MP_SHOW_MAX];

	put_rate(bytes, shown);
	add(s, "%s", shown);
}

static void add_bytes(struct mp_sentence *s, int64_t bytes)
{
	char shown[MP_SHOW_MAX];

	mp_show_bytes(bytes, shown);
	add(s, "%s", shown);
}

/* ---- what is said of a page ---- */

static void say_leak(struct mp_sentence *s, const struct mp_page *page)
{
	const struct mp_verdict *v = &page->verdict;

	add(s,
	    "after the warm-up %" PRIu64 " of %" PRIu64
	    " requests kept memory, and the late ones no less than the early "
	    "ones: ",
	    v->grew, v->judged);
	add_rate(s, v->mean);
	add(s, " a request, 95 %%: ");
	add_rate(s, v->interval.low);
	add(s, " to ");
	add_rate(s, v->interval.high);
	add(s, ".");
	if (v->unsure && page->evidence.heap)
		add(s, " Not sure: the log's threshold hides what frees, and "
		       "nothing tells what the processes hold. Next: log "
		       "without a threshold.");
	else if (v->unsure)
		add(s, " Not sure: only RSS of requests that overlapped no "
		       "other tells it. Next: run the server with jemalloc.");
	else
		add(s, " Next: look for what this page stores at each such "
		       "request and never frees.");
}

static void say_too_few(struct mp_sentence *s, const struct mp_page *page)
{
	switch (page->verdict.why) {
	case MP_WHY_FEW_LINES:
		add(s, "it has too few requests whose growth is known. Next: "
		       "log longer.");
		break;
	case MP_WHY_NO_CLEAN:
		add(s, "all its requests overlapped others, so that no growth "
		       "of RSS is its own. Next: run the server with jemalloc, "
		       "or with one request at a time.");
		break;
	case MP_WHY_SHORT:
		add(s, "all its requests came in a small part of the time that "
		       "the log covers, so that early and late cannot be "
		       "compared. Next: report that part alone, or log "
		       "longer.");
		break;
	case MP_WHY_FEW_EVENTS:
		add(s,
		    "after the warm-up %" PRIu64 " of %" PRIu64
		    " requests kept memory, too few to tell whether it goes "
		    "on. Next: log longer.",
		    page->verdict.grew, page->verdict.judged);
		break;
	case MP_WHY_HIDDEN:
		add(s, "it keeps memory again and again, but the log's "
		       "threshold hides what frees, and the processes hold so "
		       "much else that they do not tell. Next: log without a "
		       "threshold.");
		break;
	default:
		add(s, "RSS grows during its requests, and more so during "
		       "others: whose growth it is, RSS cannot tell. Next: run "
		       "the server with jemalloc.");
		break;
	}
}

static void say_warm_up(struct mp_sentence *s, const struct mp_page *page)
{
	const struct mp_verdict *v = &page->verdict;

	if (v->why == MP_WHY_STILL) {
		add(s, "its growth fell from ");
		add_rate(s, v->early);
		add(s, " to ");
		add_rate(s, v->late);
		add(s, " a request, but goes on. Next: log longer; if it falls "
		       "no further, this is a leak.");
		return;
	}
	add(s, "it kept ");
	add_rate(s, v->early);
	add(s, " a request at first, and hardly anything since. Next: nothing, "
	       "unless that is more than a cache should take.");
}

static void say_spike(struct mp_sentence *s, const struct mp_page *page)
{
	const struct mp_evidence *e = &page->evidence;

	if (page->verdict.why == MP_WHY_ONCE) {
		add(s, "one request kept ");
		add_bytes(s, e->most);
		add(s, ", and no other did the like. Next: find that request "
		       "in the log; it may come again.");
		return;
	}
	add(s, "%" PRIu64 " request%s held much at once, up to ", e->spikes,
	    e->spikes == 1 ? "" : "s");
	add_bytes(s, e->peak);
	add(s, ", and gave it back. Next: work in smaller pieces, or bound how "
	       "many run at once.");
}

static void say_hand_over(struct mp_sentence *s, const struct mp_page *page)
{
	const struct mp_page *partner = page->verdict.partner;

	switch (page->verdict.why) {
	case MP_WHY_GIVES:
		add(s, "what it allocates ");
		if (partner)
			mp_sentence_add_id(s, partner->id);
		else
			add(s, "other pages together");
		add(s, partner ? " frees" : " free");
		add(s, ": their sums are about equal. Next: nothing.");
		break;
	case MP_WHY_FREED:
		add(s, "what it keeps is freed where no line of the log tells: "
		       "the processes do not come to hold it. Next: nothing.");
		break;
	case MP_WHY_TAKES:
		add(s, "it frees what ");
		if (partner)
			mp_sentence_add_id(s, partner->id);
		else
			add(s, "other pages together");
		add(s, partner ? " allocates" : " allocate");
		add(s, ": their sums are about equal. Next: nothing.");
		break;
	default:
		add(s, "it frees more than it allocates, and no page gives "
		       "just as much. Next: see whether what it frees was "
		       "allocated before the log began, or outside requests.");
		break;
	}
}

static void say_outside(struct mp_sentence *s, const struct mp_page *outside)
{
	const struct mp_verdict *v = &outside->verdict;

	add(s, "RSS grew again and again while no request "
	       "was in flight, ");
	add_rate(s, v->mean);
	add(s,
	    " each time, %" PRIu64
	    " times. Next: look at timers and threads of the background.",
	    v->judged);
}

void mp_sentence_add_page(struct mp_sentence *s, const struct mp_page *page)
{
	switch (page->verdict.kind) {
	case MP_VERDICT_LEAK:
		say_leak(s, page);
		break;
	case MP_VERDICT_TOO_FEW:
		say_too_few(s, page);
		break;
	case MP_VERDICT_WARM_UP:
		say_warm_up(s, page);
		break;
	case MP_VERDICT_SPIKE:
		say_spike(s, page);
		break;
	case MP_VERDICT_HAND_OVER:
		say_hand_over(s, page);
		break;
	case MP_VERDICT_OUTSIDE:
		say_outside(s, page);
		break;
	case MP_VERDICT_STEADY:
		add(s, "its requests keep nothing again and again. Next: "
		       "nothing.");
		break;
	default:
		break;
	}
}

/* ---- what is said of the processes ---- */

void mp_sentence_add_fragmentation(struct mp_sentence *s,
				   const struct mp_life *life)
{
	const struct mp_heap_state *heap = &life->last;

	add(s, "its heap holds ");
	add_bytes(s, heap->resident);
	add(s, " of memory for ");
	add_bytes(s, heap->allocated);
	add(s, " that are allocated, %.1f times as much, and that stays so.",
	    (double)heap->resident / (double)heap->allocated);
	if (heap->resident - heap->active > heap->active - heap->allocated)
		add(s, " Most of it are pages that jemalloc keeps for later. "
		       "Next: set dirty_decay_ms lower, or background_thread.");
	else
		add(s, " Most of it lies between allocations that are in use. "
		       "Next: look for few small ones that outlive many.");
}
