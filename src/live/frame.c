#include "live/frame.h"

#include "core/clock.h"
#include "live/brief.h"
#include "live/owncost.h"
#include "live/statustext.h"
#include "report/growth.h"
#include "report/show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOT_AGE_NS (10 * MP_NS_PER_S)

/* Below that a log has its name alone, without its folder. */
#define WIDE 120

const char *const mp_frame_sort_names[MP_ROWS_SORTS] = {
	[MP_ROWS_BY_AGE] = "age",
	[MP_ROWS_BY_MEMORY] = "memory",
	[MP_ROWS_BY_REQUESTS] = "requests",
	[MP_ROWS_BY_NAME] = "name",
};

/* ---- lines ---- */

struct sheet {
	struct mp_frame *frame;
	size_t width;
	int err;
};

/* Add a line, cut to the width. */
static void add_text(struct sheet *s, enum mp_frame_style style, char *text)
{
	struct mp_frame *f = s->frame;
	struct mp_text whole = { text, strlen(text) };
	struct mp_frame_line *more;
	char *cut = text;

	more = reallocarray(f->lines, f->count + 1, sizeof(*more));
	if (more)
		f->lines = more;
	if (more && s->width && mp_show_width(whole) > s->width) {
		/* No character takes more than three, see show.h. */
		cut = malloc(3 * whole.len + 2);
		if (cut)
			mp_show_id(whole, s->width, cut);
		free(text);
	}
	if (!more || !cut) {
		free(cut);
		s->err = -ENOMEM;
		return;
	}
	f->lines[f->count++] = (struct mp_frame_line){ style, cut };
}

__attribute__((format(printf, 3, 4))) static void
add_line(struct sheet *s, enum mp_frame_style style, const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		s->err = -ENOMEM;
	else
		add_text(s, style, text);
}

void mp_frame_release(struct mp_frame *frame)
{
	for (size_t i = 0; i < frame->count; i++)
		free(frame->lines[i].text);
	free(frame->lines);
	*frame = (struct mp_frame){ 0 };
}

/* ---- the head ---- */

static void add_head(struct sheet *s, const struct mp_frame_view *view)
{
	struct mp_ledger sum = { 0 };
	struct mp_owncost cost = { 0 };
	size_t servers = 0, paused = 0, killed = 0, end;
	char moment[MP_SHOW_MAX], own[64] = "";
	char bad[32] = "", dead[32] = "";
	double percent;

	for (size_t i = 0; i < view->rows.now->count; i = end) {
		end = mp_live_server_end(view->rows.now, i);
		servers++;
	}
	for (size_t i = 0; i < view->rows.now->count; i++) {
		const struct mp_live *live = &view->rows.now->items[i];

		killed += !live->alive;
		if (!live->alive)
			continue;
		paused += live->shot.pause.on;
		mp_ledger_add(&sum, &live->shot.ledger);
		mp_owncost_add(&cost, live);
	}
	percent = mp_owncost_percent(&cost);
	if (percent >= 0)
		snprintf(own, sizeof(own), ", memprof costs %.*f %%",
			 percent < 0.1 ? 2 : 1, percent);
	mp_show_moment(view->rows.now->count
			       ? view->rows.now->items[0].now_real_us
			       : mp_clock_real_us(),
		       false, moment);
	if (paused > 0)
		snprintf(bad, sizeof(bad), ", %zu paused", paused);
	if (killed > 0)
		snprintf(dead, sizeof(dead), ", %zu killed", killed);
	add_line(s, MP_FRAME_HEAD,
		 "memprof %.8s UTC: %zu server%s, %zu process%s%s%s%s",
		 moment + 11, servers, servers == 1 ? "" : "s",
		 view->rows.now->count, view->rows.now->count == 1 ? "" : "es",
		 bad, dead, own);
	add_line(s, MP_FRAME_HEAD,
		 "by %s%s%s%s: %" PRIu64 " begun, %" PRIu64 " logged, %" PRIu64
		 " skipped, %" PRIu64 " dropped, %" PRIu64 " in flight",
		 mp_frame_sort_names[view->rows.sort],
		 *view->rows.filter ? ", pages like " : "", view->rows.filter,
		 view->closed_logs ? ", not all logs can be read" : "",
		 sum.begun, sum.logged, mp_ledger_skipped(&sum), sum.dropped,
		 sum.in_flight);
}

/* ---- the tables ---- */

static struct mp_text log_name(const struct mp_live *live, size_t width)
{
	const char *log = live->shot.log, *slash = strrchr(log, '/');

	if (slash && width > 0 && width < WIDE)
		log = slash + 1;
	return (struct mp_text){ log, strlen(log) };
}

static void add_process(struct sheet *s, const struct mp_rows_process *p)
{
	const struct mp_live *live = p->live;
	struct mp_statm size = mp_live_size(live);
	char rss[MP_BRIEF_MAX], vss[MP_BRIEF_MAX], grown[MP_BRIEF_MAX],
		cpu[MP_BRIEF_MAX], rate[MP_BRIEF_MAX],
		oldest[MP_BRIEF_MAX] = "-";
	char threads[24] = "-", log[3 * PATH_MAX] = "";
	struct mp_text path = log_name(live, s->width);
	bool bad = !live->alive || live->shot.pause.on;

	mp_brief_bytes(size.rss, rss);
	mp_brief_bytes(size.vss, vss);
	mp_brief_growth(p->grown, grown);
	mp_brief_rate(p->cpu, cpu);
	mp_brief_rate(p->requests, rate);
	if (live->shot.count > 0)
		mp_brief_age(p->oldest_ns, oldest);
	if (live->seen)
		snprintf(threads, sizeof(threads), "%" PRId64,
			 live->proc.threads);
	mp_show_id(path, mp_show_width(path), log);
	add_line(s,
		 p->grown >= MP_GROWTH_LARGE ? MP_FRAME_HOT
		 : bad			     ? MP_FRAME_WARM
					     : MP_FRAME_PLAIN,
		 "%8" PRId32 " %-9s %4s %6s %6s %7s %5s %7s %6zu %6s  %s",
		 live->shot.pid,
		 live->alive && live->shot.pause.on ? "paused"
						    : mp_statustext_state(live),
		 threads, rss, vss, grown, cpu, rate, live->shot.count, oldest,
		 log);
}

static void add_request(struct sheet *s, const struct mp_rows_request *r)
{
	char age[MP_BRIEF_MAX], kept[MP_BRIEF_MAX], peak[MP_BRIEF_MAX],
		grown[MP_BRIEF_MAX], page[MP_SHOW_ID_MAX];
	struct mp_text id = mp_rows_page(r);

	mp_brief_age(r->age_ns, age);
	mp_brief_growth(r->kept, kept);
	mp_brief_bytes(r->r->peak, peak);
	mp_brief_growth(r->grown, grown);
	mp_show_id(id, mp_show_width(id), page);
	add_line(s, r->age_ns >= HOT_AGE_NS ? MP_FRAME_HOT : MP_FRAME_PLAIN,
		 "%8" PRId32 " %8" PRId32 " %8s %8s %8s %8s  %s",
		 r->live->shot.pid, r->r->tid, age, kept, peak, grown, page);
}

static void add_page(struct sheet *s, const struct mp_minute_page *p)
{
	char kept[MP_BRIEF_MAX], each[MP_BRIEF_MAX], rss[MP_BRIEF_MAX],
		longest[MP_BRIEF_MAX], id[MP_SHOW_ID_MAX];
	int64_t mean = p->kept == MP_UNKNOWN ? MP_UNKNOWN
					     : p->kept / (int64_t)p->requests;
	enum mp_frame_style style = MP_FRAME_PLAIN;

	if (p->kept >= MP_GROWTH_LARGE)
		style = MP_FRAME_HOT;
	else if (p->kept > 0)
		style = MP_FRAME_WARM;
	mp_brief_growth(p->kept, kept);
	mp_brief_growth(mean, each);
	mp_brief_growth(p->rss, rss);
	mp_brief_age(p->longest_us > INT64_MAX / 1000 ? INT64_MAX
						      : p->longest_us * 1000,
		     longest);
	mp_show_id(p->id, mp_show_width(p->id), id);
	add_line(s, style, "%8s %9s %8s %9" PRIu64 " %8s  %s", kept, each, rss,
		 p->requests, longest, id);
}

/* How many rows each table gets of those that there are, of which it gets one
   at least: what one does not need, the next one has. */
static void share(size_t rows, const struct mp_rows *t, size_t ret[3])
{
	const size_t want[3] = { t->process_count, t->request_count,
				 t->page_count };

	for (size_t i = 0; i < 3; i++) {
		size_t most = rows / (3 - i), behind = 0;

		for (size_t k = i + 1; k < 3; k++)
			behind += want[k];
		/* Those behind it may need less than their part. */
		if (behind < rows - most)
			most = rows - behind;
		ret[i] = want[i] < most ? want[i] : most;
		rows -= ret[i];
	}
}

/* Lines that are no rows: two of the head, and of each table an empty one and
   one of titles. */
#define OTHER_LINES 8

static void add_titles(struct sheet *s, const char *titles, size_t shown,
		       size_t all)
{
	char more[48] = "";

	if (shown < all)
		snprintf(more, sizeof(more), " (%zu of %zu)", shown, all);
	add_line(s, MP_FRAME_PLAIN, "%s", "");
	add_line(s, MP_FRAME_TITLE, "%s%s", titles, more);
}

static void add_tables(struct sheet *s, const struct mp_frame_view *view,
		       const struct mp_rows *t)
{
	size_t rows[3] = { t->process_count, t->request_count, t->page_count };

	if (view->height > 0)
		share(view->height > OTHER_LINES ? view->height - OTHER_LINES
						 : 0,
		      t, rows);
	add_titles(s,
		   "     PID STATE      THR    RSS    VSS RSS/min  CPU%   "
		   "REQ/s FLYING OLDEST  LOG",
		   rows[0], t->process_count);
	for (size_t i = 0; i < rows[0]; i++)
		add_process(s, &t->processes[i]);
	add_titles(s,
		   "     PID      TID      AGE     KEPT     PEAK      RSS  "
		   "PAGE IN FLIGHT",
		   rows[1], t->request_count);
	for (size_t i = 0; i < rows[1]; i++)
		add_request(s, &t->requests[i]);
	add_titles(s,
		   "    KEPT      EACH      RSS  REQUESTS  LONGEST  "
		   "PAGE, LAST MINUTE",
		   rows[2], t->page_count);
	for (size_t i = 0; i < rows[2]; i++)
		add_page(s, &t->pages[i]);
}

int mp_frame_make(const struct mp_frame_view *view, struct mp_frame *ret)
{
	struct mp_frame frame = { 0 };
	struct sheet sheet = { &frame, view->width, 0 };
	struct mp_rows t;

	sheet.err = mp_rows_make(&view->rows, &t);
	if (!sheet.err) {
		add_head(&sheet, view);
		add_tables(&sheet, view, &t);
		mp_rows_release(&t);
	}
	if (sheet.err)
		mp_frame_release(&frame);
	else
		*ret = frame;
	return sheet.err;
}

int mp_frame_of(const char *const *lines, size_t count, struct mp_frame *ret)
{
	struct mp_frame frame = { 0 };
	struct sheet sheet = { &frame, 0, 0 };

	for (size_t i = 0; i < count; i++)
		add_line(&sheet, i ? MP_FRAME_PLAIN : MP_FRAME_HEAD, "%s",
			 lines[i]);
	if (sheet.err)
		mp_frame_release(&frame);
	else
		*ret = frame;
	return sheet.err;
}
