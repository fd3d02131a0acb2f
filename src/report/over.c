#include "report/over.h"

#include "core/escape.h"
#include "report/forms.h"
#include "report/own.h"
#include "report/show.h"

#include <inttypes.h>
#include <stdarg.h>

void mp_over_init(struct mp_over *o, int64_t bytes, const struct mp_view *view,
		  FILE *out)
{
	*o = (struct mp_over){ .bytes = bytes, .view = view, .out = out };
}

/* ---- lines ---- */

static void add(struct mp_sum *sum, int64_t v)
{
	if (v == MP_UNKNOWN)
		return;
	if (__builtin_add_overflow(sum->value, v, &sum->value))
		sum->value = v < 0 ? -INT64_MAX : INT64_MAX;
	sum->lines++;
}

static void print_line(struct mp_over *o, const struct mp_record *r,
		       enum mp_record_form form)
{
	char line[MP_RECORD_MAX], room[MP_ESCAPE_MAX];
	struct mp_record printed = *r;

	if (form != MP_RECORD_FORMAT_1)
		mp_form_to_format_1(&printed, room);
	if (o->printed++ == 0)
		fwrite(mp_record_header, 1, mp_record_header_len, o->out);
	fwrite(line, 1, mp_record_format(&printed, line), o->out);
}

static void add_request(struct mp_over *o, const struct mp_record *r,
			enum mp_record_form form)
{
	int64_t retained = MP_UNKNOWN;

	if (o->view && !mp_view_has_page(o->view, r->page_id))
		return;
	if (r->allocated != MP_UNKNOWN && r->freed != MP_UNKNOWN)
		retained = r->allocated - r->freed;
	o->looked_at++;
	/* MP_UNKNOWN is less than every number. */
	if (retained <= o->bytes && r->rss_delta <= o->bytes)
		return;
	print_line(o, r, form);
	add(&o->retained, retained);
	if (r->overlap == 0)
		add(&o->own_rss, r->rss_delta);
	else if (r->overlap == MP_UNKNOWN)
		add(&o->unclear_rss, r->rss_delta);
	else
		add(&o->shared_rss, r->rss_delta);
}

static void add_skipped(struct mp_over *o, const struct mp_record *r)
{
	struct mp_skipped s;

	if (mp_skipped_parse(r->oops_id, &s))
		return;
	o->sampled += (uint64_t)s.sampled;
	o->threshold += (uint64_t)s.threshold;
	o->paused += (uint64_t)s.paused;
}

void mp_over_add(struct mp_over *o, const struct mp_record *r,
		 enum mp_record_form form)
{
	if (o->view && !mp_view_counts(o->view, r, form))
		return;
	switch (mp_own_kind(r, form)) {
	case MP_OWN_NONE:
	case MP_OWN_UNFINISHED:
		add_request(o, r, form);
		break;
	case MP_OWN_OUTSIDE:
		if (r->rss_delta > o->bytes)
			add(&o->outside, r->rss_delta);
		break;
	case MP_OWN_SKIPPED:
		add_skipped(o, r);
		break;
	default:
		break;
	}
}

/* ---- what they come to ---- */

struct teller {
	void (*tell)(void *user, const char *sentence);
	void *user;
};

__attribute__((format(printf, 2, 3))) static void say(const struct teller *to,
						      const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	to->tell(to->user, text);
}

static void say_rss(const struct teller *to, const struct mp_sum *sum,
		    const char *whose)
{
	char bytes[MP_SHOW_MAX];

	if (sum->lines == 0)
		return;
	mp_show_bytes(sum->value, bytes);
	say(to, "RSS grew by %s in %" PRIu64 " request%s %s", bytes, sum->lines,
	    sum->lines == 1 ? "" : "s", whose);
}

void mp_over_tell(const struct mp_over *o,
		  void (*tell)(void *user, const char *sentence), void *user)
{
	const struct teller to = { tell, user };
	char bytes[MP_SHOW_MAX];

	mp_show_bytes(o->bytes, bytes);
	say(&to,
	    "%" PRIu64 " of %" PRIu64
	    " requests grew RSS by more than %s, or retained more",
	    o->printed, o->looked_at, bytes);
	mp_show_bytes(o->retained.value, bytes);
	if (o->retained.lines > 0 && o->retained.lines == o->printed)
		say(&to, "they retained %s of heap", bytes);
	else if (o->retained.lines > 0)
		say(&to,
		    "%" PRIu64 " of them retained %s of heap; of the rest "
		    "that is not known",
		    o->retained.lines, bytes);
	say_rss(&to, &o->own_rss, "that overlapped no other: own growth");
	say_rss(&to, &o->shared_rss,
		"that overlapped others: shared growth, of which a byte may be "
		"counted several times");
	say_rss(&to, &o->unclear_rss,
		"of which overlap is not known: own growth or shared");
	if (o->outside.lines > 0) {
		mp_show_bytes(o->outside.value, bytes);
		say(&to,
		    "not among them: outside of requests RSS grew by more than "
		    "that %" PRIu64 " time%s, by %s",
		    o->outside.lines, o->outside.lines == 1 ? "" : "s", bytes);
	}
	if (o->sampled + o->paused > 0)
		say(&to,
		    "nothing is known of %" PRIu64
		    " requests that sampling or a pause left out",
		    o->sampled + o->paused);
	if (o->threshold > 0)
		say(&to,
		    "%" PRIu64 " requests are not in the log: they grew less "
		    "than its own threshold",
		    o->threshold);
}
