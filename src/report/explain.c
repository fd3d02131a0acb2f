#include "report/explain.h"

#include "report/show.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

/* Wider lines are hard to read. */
#define WIDTH_MAX 100
#define INDENT	  2
/* More sentences are for nobody. */
#define PAGES_MAX 20

/* ---- numbers ---- */

/* Bytes of one request, which may be less than one. */
static void put_rate(double bytes, char *ret)
{
	if (fabs(bytes) < 9999.5)
		snprintf(ret, MP_SHOW_MAX, "%.4g B", bytes);
	else
		mp_show_bytes((int64_t)bytes, ret);
}

static int put_limit(double bytes, char *ret)
{
	if (fabs(bytes) < 99.95)
		return snprintf(ret, 15, "%.3g", bytes);
	if (fabs(bytes) < 1e9)
		return snprintf(ret, 15, "%.0f", bytes);
	return snprintf(ret, 15, "%.2e", bytes);
}

void mp_explain_interval(const struct mp_verdict *v, char *ret)
{
	if (v->judged == 0) {
		strcpy(ret, v->kind == MP_VERDICT_NONE ? "-" : "\\N");
		return;
	}
	ret += put_limit(v->interval.low, ret);
	*ret++ = '.';
	*ret++ = '.';
	put_limit(v->interval.high, ret);
}

/* ---- text, broken into lines ---- */

struct text {
	char p[4096];
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t,
						      const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->p + t->len, sizeof(t->p) - t->len, format, args);
	va_end(args);
	t->len += (size_t)n;
	if (t->len >= sizeof(t->p))
		t->len = sizeof(t->p) - 1;
}

static void add_id(struct text *t, struct mp_text id)
{
	char shown[MP_SHOW_ID_MAX];

	mp_show_id(id, mp_show_width(id), shown);
	add(t, "%s", shown);
}

static void add_rate(struct text *t, double bytes)
{
	char shown[MP_SHOW_MAX];

	put_rate(bytes, shown);
	add(t, "%s", shown);
}

static void add_bytes(struct text *t, int64_t bytes)
{
	char shown[MP_SHOW_MAX];

	mp_show_bytes(bytes, shown);
	add(t, "%s", shown);
}

/* Print a paragraph, its first line `indent` columns in. */
static void print_text(FILE *out, const struct text *t, size_t indent,
		       size_t width)
{
	const char *p = t->p, *end = t->p + t->len;
	size_t used = 0;

	while (p < end) {
		const char *blank = memchr(p, ' ', (size_t)(end - p));
		struct mp_text word = { p,
					(size_t)((blank ? blank : end) - p) };
		size_t columns = mp_show_width(word);
		size_t gap = used > 0 ? 1 : indent;

		if (used > 0 && width > 0 && used + gap + columns > width) {
			putc('\n', out);
			used = 0;
			gap = 2 * INDENT;
		}
		fprintf(out, "%*s%.*s", (int)gap, "", (int)word.len, word.p);
		used += gap + columns;
		p = blank ? blank + 1 : end;
	}
	putc('\n', out);
}

/* ---- what is said of a page ---- */

static void say_leak(struct text *t, const struct mp_page *page)
{
	const struct mp_verdict *v = &page->verdict;

	add(t,
	    "after the warm-up %" PRIu64 " of %" PRIu64
	    " requests kept memory, and the late ones no less than the early "
	    "ones: ",
	    v->grew, v->judged);
	add_rate(t, v->mean);
	add(t, " a request, 95 %%: ");
	add_rate(t, v->interval.low);
	add(t, " to ");
	add_rate(t, v->interval.high);
	add(t, ".");
	if (v->unsure && page->evidence.heap)
		add(t, " Not sure: the log's threshold hides what frees, and "
		       "nothing tells what the processes hold. Next: log "
		       "without a threshold.");
	else if (v->unsure)
		add(t, " Not sure: only RSS of requests that overlapped no "
		       "other tells it. Next: run the server with jemalloc.");
	else
		add(t, " Next: look for what this page stores at each such "
		       "request and never frees.");
}

static void say_too_few(struct text *t, const struct mp_page *page)
{
	switch (page->verdict.why) {
	case MP_WHY_NO_CLEAN:
		add(t, "all its requests overlapped others, so that no growth "
		       "of RSS is its own. Next: run the server with jemalloc, "
		       "or with one request at a time.");
		break;
	case MP_WHY_SHORT:
		add(t, "all its requests came in a small part of the time that "
		       "the log covers, so that early and late cannot be "
		       "compared. Next: report that part alone, or log "
		       "longer.");
		break;
	case MP_WHY_FEW_EVENTS:
		add(t,
		    "after the warm-up %" PRIu64 " of %" PRIu64
		    " requests kept memory, too few to tell whether it goes "
		    "on. Next: log longer.",
		    page->verdict.grew, page->verdict.judged);
		break;
	case MP_WHY_HIDDEN:
		add(t, "it keeps memory again and again, but the log's "
		       "threshold hides what frees, and the processes hold so "
		       "much else that they do not tell. Next: log without a "
		       "threshold.");
		break;
	default:
		add(t, "RSS grows during its requests, and more so during "
		       "others: whose growth it is, RSS cannot tell. Next: run "
		       "the server with jemalloc.");
		break;
	}
}

static void say_warm_up(struct text *t, const struct mp_page *page)
{
	const struct mp_verdict *v = &page->verdict;

	if (v->why == MP_WHY_STILL) {
		add(t, "its growth fell from ");
		add_rate(t, v->early);
		add(t, " to ");
		add_rate(t, v->late);
		add(t, " a request, but goes on. Next: log longer; if it falls "
		       "no further, this is a leak.");
		return;
	}
	add(t, "it kept ");
	add_rate(t, v->early);
	add(t, " a request at first, and hardly anything since. Next: nothing, "
	       "unless that is more than a cache should take.");
}

static void say_spike(struct text *t, const struct mp_page *page)
{
	const struct mp_evidence *e = &page->evidence;

	if (page->verdict.why == MP_WHY_ONCE) {
		add(t, "one request kept ");
		add_bytes(t, e->most);
		add(t, ", and no other did the like. Next: find that request "
		       "in the log; it may come again.");
		return;
	}
	add(t, "%" PRIu64 " request%s held much at once, up to ", e->spikes,
	    e->spikes == 1 ? "" : "s");
	add_bytes(t, e->peak);
	add(t, ", and gave it back. Next: work in smaller pieces, or bound how "
	       "many run at once.");
}

static void say_hand_over(struct text *t, const struct mp_page *page)
{
	const struct mp_page *partner = page->verdict.partner;

	switch (page->verdict.why) {
	case MP_WHY_GIVES:
		add(t, "what it allocates ");
		if (partner)
			add_id(t, partner->id);
		else
			add(t, "other pages together");
		add(t, partner ? " frees" : " free");
		add(t, ": their sums are about equal. Next: nothing.");
		break;
	case MP_WHY_FREED:
		add(t, "what it keeps is freed where no line of the log tells: "
		       "the processes do not come to hold it. Next: nothing.");
		break;
	case MP_WHY_TAKES:
		add(t, "it frees what ");
		if (partner)
			add_id(t, partner->id);
		else
			add(t, "other pages together");
		add(t, partner ? " allocates" : " allocate");
		add(t, ": their sums are about equal. Next: nothing.");
		break;
	default:
		add(t, "it frees more than it allocates, and no page gives "
		       "just as much. Next: see whether what it frees was "
		       "allocated before the log began, or outside requests.");
		break;
	}
}

static void say_page(struct text *t, const struct mp_page *page)
{
	t->len = 0;
	add_id(t, page->id);
	add(t, ": %s: ", mp_verdict_name(&page->verdict));
	switch (page->verdict.kind) {
	case MP_VERDICT_LEAK:
		say_leak(t, page);
		break;
	case MP_VERDICT_TOO_FEW:
		say_too_few(t, page);
		break;
	case MP_VERDICT_WARM_UP:
		say_warm_up(t, page);
		break;
	case MP_VERDICT_SPIKE:
		say_spike(t, page);
		break;
	default:
		say_hand_over(t, page);
		break;
	}
}

/* ---- what is said of the processes ---- */

static void say_fragmentation(struct text *t, const struct mp_life *life)
{
	const struct mp_heap_state *s = &life->last;

	t->len = 0;
	add(t, "process %" PRId64 ": fragmentation: its heap holds ",
	    life->pid);
	add_bytes(t, s->resident);
	add(t, " of memory for ");
	add_bytes(t, s->allocated);
	add(t, " that are allocated, %.1f times as much, and that stays so.",
	    (double)s->resident / (double)s->allocated);
	if (s->resident - s->active > s->active - s->allocated)
		add(t, " Most of it are pages that jemalloc keeps for later. "
		       "Next: set dirty_decay_ms lower, or background_thread.");
	else
		add(t, " Most of it lies between allocations that are in use. "
		       "Next: look for few small ones that outlive many.");
}

static void say_outside(struct text *t, const struct mp_page *outside)
{
	const struct mp_verdict *v = &outside->verdict;

	t->len = 0;
	add(t, "(outside): outside: RSS grew again and again while no request "
	       "was in flight, ");
	add_rate(t, v->mean);
	add(t,
	    " each time, %" PRIu64
	    " times. Next: look at timers and threads of the background.",
	    v->judged);
}

/* ---- all together ---- */

static bool is_quiet(const struct mp_verdict *v)
{
	return v->kind == MP_VERDICT_STEADY || v->kind == MP_VERDICT_NONE ||
	       (v->kind == MP_VERDICT_TOO_FEW && v->why == MP_WHY_FEW_LINES);
}

/* Print those of one kind; returns how many are left unsaid. */
static size_t print_kind(const struct mp_totals *t, enum mp_verdict_kind kind,
			 size_t *said, size_t width, FILE *out)
{
	struct text text;
	size_t left = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct mp_page *page = t->pages[i];

		if (page->verdict.kind != kind || is_quiet(&page->verdict))
			continue;
		if (*said == PAGES_MAX) {
			left++;
			continue;
		}
		++*said;
		say_page(&text, page);
		print_text(out, &text, INDENT, width);
	}
	return left;
}

static size_t count_kind(const struct mp_totals *t, enum mp_verdict_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++)
		n += t->pages[i]->verdict.kind == kind &&
		     is_quiet(&t->pages[i]->verdict);
	return n;
}

static void print_heading(const struct mp_totals *t,
			  const struct mp_verdict_options *o, size_t width,
			  FILE *out)
{
	struct text text = { .len = 0 };

	add(&text,
	    "Verdicts (warm-up: %" PRId64 " s and %" PRIu64
	    " requests of each page, at most half):",
	    o->warmup_us / 1000000, o->warmup_requests);
	putc('\n', out);
	print_text(out, &text, 0, width);
	if (t->threshold.value == 0)
		return;
	text.len = 0;
	add(&text, "The threshold left out what grew less: numbers are of the "
		   "requests in the log.");
	print_text(out, &text, INDENT, width);
}

static void print_rest(const struct mp_totals *t, size_t left, size_t width,
		       FILE *out)
{
	struct text text = { .len = 0 };
	size_t steady = count_kind(t, MP_VERDICT_STEADY);
	size_t few = count_kind(t, MP_VERDICT_TOO_FEW);

	if (left > 0)
		add(&text, "%zu more pages are not steady: see the table. ",
		    left);
	if (steady > 0)
		add(&text,
		    steady == 1 ? "%zu page is steady. "
				: "%zu pages are steady. ",
		    steady);
	if (few > 0)
		add(&text,
		    few == 1 ? "%zu page has too few requests to tell. "
			     : "%zu pages have too few requests to "
			       "tell. ",
		    few);
	if (text.len > 0) {
		text.len--;
		print_text(out, &text, INDENT, width);
	}
}

void mp_explain_print(const struct mp_report *r, FILE *out)
{
	static const enum mp_verdict_kind order[] = {
		MP_VERDICT_LEAK,    MP_VERDICT_TOO_FEW,	  MP_VERDICT_SPIKE,
		MP_VERDICT_WARM_UP, MP_VERDICT_HAND_OVER,
	};
	const struct mp_totals *t = &r->totals;
	size_t width = r->options.style.width;
	size_t said = 0, left = 0;
	struct text text;

	if (t->count == 0)
		return;
	if (width > WIDTH_MAX)
		width = WIDTH_MAX;
	print_heading(t, &r->options.verdict, width, out);
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		left += print_kind(t, order[i], &said, width, out);
	if (r->processes.fragmented) {
		say_fragmentation(&text, r->processes.fragmented);
		print_text(out, &text, INDENT, width);
	}
	if (t->outside.verdict.kind == MP_VERDICT_OUTSIDE) {
		say_outside(&text, &t->outside);
		print_text(out, &text, INDENT, width);
	}
	print_rest(t, left, width, out);
}
