#include "report/explain.h"

#include "report/sentence.h"
#include "report/show.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Wider lines are hard to read. */
#define WIDTH_MAX 100
#define INDENT	  2
/* More sentences are for nobody. */
#define PAGES_MAX 20

/* ---- numbers ---- */

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

/* ---- what is said, and of whom ---- */

static bool is_quiet(const struct mp_verdict *v)
{
	return v->kind == MP_VERDICT_STEADY || v->kind == MP_VERDICT_NONE ||
	       (v->kind == MP_VERDICT_TOO_FEW && v->why == MP_WHY_FEW_LINES);
}

static struct mp_statement begin(const char *verdict)
{
	struct mp_statement s = { .verdict = verdict };

	mp_sentence_init(&s.who);
	mp_sentence_init(&s.why);
	return s;
}

static void tell_page(const struct mp_page *page, mp_explain_tell *tell,
		      void *user)
{
	struct mp_statement s = begin(mp_verdict_name(&page->verdict));

	mp_sentence_add_id(&s.who, page->id);
	mp_sentence_add_page(&s.why, page);
	tell(user, &s);
}

/* Tell of pages of one kind, and count them in `*said`; returns how many are
   left unsaid. */
static size_t tell_kind(const struct mp_totals *t, enum mp_verdict_kind kind,
			size_t *said, mp_explain_tell *tell, void *user)
{
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
		tell_page(page, tell, user);
	}
	return left;
}

static void tell_process(const struct mp_life *life, mp_explain_tell *tell,
			 void *user)
{
	struct mp_statement s = begin("fragmentation");

	mp_sentence_add(&s.who, "process %" PRId64, life->pid);
	mp_sentence_add_fragmentation(&s.why, life);
	tell(user, &s);
}

static void tell_outside(const struct mp_page *outside, mp_explain_tell *tell,
			 void *user)
{
	struct mp_statement s = begin(mp_verdict_name(&outside->verdict));

	mp_sentence_add(&s.who, "(outside)");
	mp_sentence_add_page(&s.why, outside);
	tell(user, &s);
}

size_t mp_explain_each(const struct mp_report *r, mp_explain_tell *tell,
		       void *user)
{
	static const enum mp_verdict_kind order[] = {
		MP_VERDICT_LEAK,    MP_VERDICT_TOO_FEW,	  MP_VERDICT_SPIKE,
		MP_VERDICT_WARM_UP, MP_VERDICT_HAND_OVER,
	};
	const struct mp_totals *t = &r->totals;
	size_t said = 0, left = 0;

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		left += tell_kind(t, order[i], &said, tell, user);
	if (r->processes.fragmented)
		tell_process(r->processes.fragmented, tell, user);
	if (t->outside.verdict.kind == MP_VERDICT_OUTSIDE)
		tell_outside(&t->outside, tell, user);
	return left;
}

/* ---- what is said of all ---- */

static size_t count_kind(const struct mp_totals *t, enum mp_verdict_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++)
		n += t->pages[i]->verdict.kind == kind &&
		     is_quiet(&t->pages[i]->verdict);
	return n;
}

static size_t count_few(const struct mp_totals *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++)
		n += t->pages[i]->verdict.kind == MP_VERDICT_TOO_FEW;
	return n;
}

static size_t count_leaks(const struct mp_totals *t, bool unsure)
{
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct mp_verdict *v = &t->pages[i]->verdict;

		n += v->kind == MP_VERDICT_LEAK && v->unsure == unsure;
	}
	return n;
}

void mp_explain_headline(const struct mp_report *r, struct mp_sentence *ret)
{
	const struct mp_totals *t = &r->totals;
	size_t leaks = count_leaks(t, false), maybe = count_leaks(t, true);
	size_t few = count_few(t);
	const char *pages = t->count == 1 ? "page" : "pages";

	mp_sentence_init(ret);
	if (t->count == 0)
		mp_sentence_add(ret, "There are no requests");
	else if (leaks > 0)
		mp_sentence_add(ret, "%zu of %zu %s %s", leaks, t->count, pages,
				leaks == 1 ? "leaks" : "leak");
	else if (maybe > 0)
		mp_sentence_add(ret, "%zu of %zu %s may leak", maybe, t->count,
				pages);
	else if (few == t->count)
		mp_sentence_add(ret, "Too few requests to tell whether a page "
				     "leaks");
	else
		mp_sentence_add(ret, "No leak found in %zu %s", t->count,
				pages);
	if (leaks + maybe == 0 && few > 0 && few < t->count)
		mp_sentence_add(ret, "; too few requests to tell of %zu", few);
	if (leaks > 0 && maybe > 0)
		mp_sentence_add(ret, ", and %zu more may", maybe);
}

void mp_explain_heading(const struct mp_report *r, struct mp_sentence *ret)
{
	const struct mp_verdict_options *options = &r->options.verdict;

	mp_sentence_init(ret);
	mp_sentence_add(ret,
			"Verdicts (warm-up: %" PRId64 " s and %" PRIu64
			" requests of each page, at most half):",
			options->warmup_us / 1000000, options->warmup_requests);
}

void mp_explain_caution(const struct mp_report *r, struct mp_sentence *ret)
{
	mp_sentence_init(ret);
	if (r->totals.threshold.value > 0)
		mp_sentence_add(ret, "The threshold left out what grew less: "
				     "numbers are of the requests in the log.");
}

void mp_explain_rest(const struct mp_report *r, size_t left,
		     struct mp_sentence *ret)
{
	size_t steady = count_kind(&r->totals, MP_VERDICT_STEADY);
	size_t few = count_kind(&r->totals, MP_VERDICT_TOO_FEW);

	mp_sentence_init(ret);
	if (left > 0)
		mp_sentence_add(
			ret, "%zu more pages are not steady: see the table. ",
			left);
	if (steady > 0)
		mp_sentence_add(ret,
				steady == 1 ? "%zu page is steady. "
					    : "%zu pages are steady. ",
				steady);
	if (few > 0)
		mp_sentence_add(
			ret,
			few == 1 ? "%zu page has too few requests to tell. "
				 : "%zu pages have too few requests to tell. ",
			few);
	if (ret->len > 0)
		ret->p[--ret->len] = '\0';
}

/* ---- text, broken into lines ---- */

struct printing {
	FILE *out;
	size_t width;
};

/* Print a paragraph, its first line `indent` columns in. */
static void print_text(const struct printing *to, const struct mp_sentence *s,
		       size_t indent)
{
	const char *p = s->p, *end = s->p + s->len;
	size_t used = 0;

	if (p == end)
		return;
	while (p < end) {
		const char *blank = memchr(p, ' ', (size_t)(end - p));
		struct mp_text word = { p,
					(size_t)((blank ? blank : end) - p) };
		size_t columns = mp_show_width(word);
		size_t gap = used > 0 ? 1 : indent;

		if (used > 0 && to->width > 0 &&
		    used + gap + columns > to->width) {
			putc('\n', to->out);
			used = 0;
			gap = 2 * INDENT;
		}
		fprintf(to->out, "%*s%.*s", (int)gap, "", (int)word.len,
			word.p);
		used += gap + columns;
		p = blank ? blank + 1 : end;
	}
	putc('\n', to->out);
}

static void print_statement(void *printing, const struct mp_statement *s)
{
	struct mp_sentence text = s->who;

	mp_sentence_add(&text, ": %s: %s", s->verdict, s->why.p);
	print_text(printing, &text, INDENT);
}

void mp_explain_print(const struct mp_report *r, FILE *out)
{
	size_t width = r->options.style.width;
	struct printing to = { out, width > WIDTH_MAX ? WIDTH_MAX : width };
	struct mp_sentence text;
	size_t left;

	if (!mp_report_has_verdicts(r))
		return;
	putc('\n', out);
	mp_explain_heading(r, &text);
	print_text(&to, &text, 0);
	mp_explain_caution(r, &text);
	print_text(&to, &text, INDENT);
	left = mp_explain_each(r, print_statement, &to);
	mp_explain_rest(r, left, &text);
	print_text(&to, &text, INDENT);
}
