#include "view/words.h"

#include "report/show.h"
#include "view/plain.h"

#include <inttypes.h>
#include <string.h>

const char *const mp_view_sorts[MP_VIEW_SORTS] = {
	[MP_VIEW_BY_SELF] = "self",
	[MP_VIEW_BY_TOTAL] = "total",
	[MP_VIEW_BY_SAMPLES] = "samples",
	[MP_VIEW_BY_NAME] = "name",
};

_Static_assert(MP_WORDS_MAX >= MP_SHOW_MAX, "a time fits");

void mp_words_time(uint64_t ns, char *ret)
{
	if (ns < 1000)
		snprintf(ret, MP_WORDS_MAX, "%d ns", (int)ns);
	else
		mp_show_time((int64_t)(ns / 1000 + (ns % 1000 >= 500)), ret);
}

double mp_words_percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static size_t characters(const char *s)
{
	char shown[MP_PLAIN_MAX];
	size_t n = 0;

	while ((s = mp_plain_next(s, shown)))
		n++;
	return n;
}

size_t mp_words_put(FILE *out, const char *s, size_t max)
{
	size_t n = characters(s), left = max && n > max ? max - 1 : n;
	char shown[MP_PLAIN_MAX];

	for (size_t i = 0; i < left; i++) {
		s = mp_plain_next(s, shown);
		fputs(shown, out);
	}
	if (left == n)
		return n;
	putc('~', out);
	return left + 1;
}

void mp_words_where(const struct mp_calls *c, const struct mp_place *p,
		    FILE *out)
{
	const struct mp_function *f = &c->functions[p->function];
	const char *slash = strrchr(f->file, '/');
	uint32_t line = p->line ? p->line : f->line;

	if (!*f->file)
		return;
	putc(' ', out);
	mp_words_put(out, slash ? slash + 1 : f->file, 0);
	if (line)
		fprintf(out, ":%" PRIu32, line);
}

void mp_words_colour(FILE *out, const struct mp_view_style *style,
		     double percent)
{
	if (!style->colour)
		return;
	if (percent >= 50)
		fputs("\033[31m", out);
	else if (percent >= 20)
		fputs("\033[33m", out);
	else if (percent >= 5)
		fputs("\033[32m", out);
	else
		fputs("\033[2m", out);
}

void mp_words_plain(FILE *out, const struct mp_view_style *style)
{
	if (style->colour)
		fputs("\033[0m", out);
}

/* ---- the heading --------------------------------------------------------- */

static void put_time(FILE *out, const char *before, int64_t ns,
		     const char *after)
{
	char text[MP_WORDS_MAX];

	if (ns == MP_UNKNOWN)
		return;
	mp_words_time((uint64_t)ns, text);
	fprintf(out, "%s%s%s", before, text, after);
}

static void put_who(FILE *out, const struct mp_view_head *head)
{
	char moment[MP_SHOW_MAX];

	mp_words_put(out, *head->page_id ? head->page_id : "several pages", 0);
	if (*head->oops_id) {
		fputs(" (", out);
		mp_words_put(out, head->oops_id, 0);
		putc(')', out);
	}
	if (head->began_us != MP_UNKNOWN) {
		mp_show_moment(head->began_us, false, moment);
		fprintf(out, ", %s", moment);
	}
	if (head->pid != MP_UNKNOWN)
		fprintf(out, ", pid %" PRId64, head->pid);
	if (*head->host) {
		fputs(" on ", out);
		mp_words_put(out, head->host, 0);
	}
	putc('\n', out);
}

/* What is between two samples: no less than the mechanism can do. */
static int64_t spacing(const struct mp_view_head *head)
{
	if (head->interval_ns == MP_UNKNOWN || head->tick_ns == MP_UNKNOWN)
		return MP_UNKNOWN;
	return head->interval_ns > head->tick_ns ? head->interval_ns
						 : head->tick_ns;
}

static void put_sums(FILE *out, const struct mp_calls *c)
{
	const struct mp_view_head *head = &c->head;
	char text[MP_WORDS_MAX];

	mp_words_time(c->total, text);
	fprintf(out, "%s of %s time in %" PRIu64 " %s", text,
		head->wall ? "wall" : "CPU", head->requests,
		head->requests == 1 ? "request" : "requests");
	if (!head->wall)
		put_time(out, " that took ", head->duration_ns, "");
	else
		put_time(out, ", of it ", head->cpu_ns, " of CPU time");
	fprintf(out, "; %" PRIu64 " %s", head->samples,
		head->samples == 1 ? "sample" : "samples");
	put_time(out, ", one each ", spacing(head), "");
	putc('\n', out);
}

static void put_missing(FILE *out, const struct mp_calls *c)
{
	const struct mp_view_head *head = &c->head;

	if (c->left_out > 0)
		put_time(out, "left out by --focus or --ignore: ",
			 (int64_t)c->left_out, "\n");
	if (head->lost > 0)
		fprintf(out, "lost samples: %" PRIu64 "\n", head->lost);
	if (head->cut > 0)
		fprintf(out, "stacks too deep to be whole: %" PRIu64 "\n",
			head->cut);
	for (size_t i = 0; i < c->degraded_count; i++) {
		fputs("missing: ", out);
		mp_words_put(out, c->degraded[i], 0);
		putc('\n', out);
	}
}

void mp_words_heading(FILE *out, const struct mp_calls *c)
{
	put_who(out, &c->head);
	put_sums(out, c);
	put_missing(out, c);
	putc('\n', out);
}
