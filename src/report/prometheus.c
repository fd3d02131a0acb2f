#include "report/prometheus.h"

#include <inttypes.h>

/* A number in the base unit; false where it is not known. */
typedef bool get_number(const struct mp_page *page, char *ret);

#define NUMBER_MAX 32

static bool put_whole(bool known, int64_t v, char *ret)
{
	snprintf(ret, NUMBER_MAX, "%" PRId64, v);
	return known;
}

static bool put_seconds(bool known, int64_t us, char *ret)
{
	snprintf(ret, NUMBER_MAX, "%" PRId64 ".%06d", us / 1000000,
		 (int)(us % 1000000));
	return known;
}

static bool put_sum(const struct mp_sum *sum, char *ret)
{
	return put_whole(sum->lines > 0, sum->value, ret);
}

static bool put_requests(const struct mp_page *p, char *ret)
{
	return put_whole(true, (int64_t)p->requests, ret);
}

static bool put_errors(const struct mp_page *p, char *ret)
{
	return put_whole(true, (int64_t)p->errors, ret);
}

static bool put_duration(const struct mp_page *p, char *ret)
{
	return put_seconds(p->duration_us.lines > 0, p->duration_us.value, ret);
}

static bool put_longest(const struct mp_page *p, char *ret)
{
	return put_seconds(p->duration_max_us != MP_UNKNOWN, p->duration_max_us,
			   ret);
}

static bool put_allocated(const struct mp_page *p, char *ret)
{
	return put_sum(&p->allocated, ret);
}

static bool put_freed(const struct mp_page *p, char *ret)
{
	return put_sum(&p->freed, ret);
}

static bool put_retained(const struct mp_page *p, char *ret)
{
	return put_sum(&p->retained, ret);
}

static bool put_rss(const struct mp_page *p, char *ret)
{
	return put_sum(&p->rss, ret);
}

static bool put_clean_rss(const struct mp_page *p, char *ret)
{
	return put_sum(&p->clean_rss, ret);
}

static bool put_peak(const struct mp_page *p, char *ret)
{
	return put_whole(p->peak_max != MP_UNKNOWN, p->peak_max, ret);
}

/* What may fall is a gauge, though it is a sum. */
static const struct metric {
	const char *name;
	const char *type;
	const char *help;
	get_number *put;
} metrics[] = {
	{ "memprof_requests_total", "counter", "Requests in the log.",
	  put_requests },
	{ "memprof_oopses_total", "counter", "Requests with an oops id.",
	  put_errors },
	{ "memprof_duration_seconds_total", "counter",
	  "Time that the requests took.", put_duration },
	{ "memprof_duration_longest_seconds", "gauge",
	  "Time that the longest request took.", put_longest },
	{ "memprof_allocated_bytes_total", "counter",
	  "Heap that the requests allocated.", put_allocated },
	{ "memprof_freed_bytes_total", "counter",
	  "Heap that the requests freed.", put_freed },
	{ "memprof_retained_bytes", "gauge",
	  "Heap that the requests kept: allocated minus freed.", put_retained },
	{ "memprof_rss_growth_bytes", "gauge",
	  "Growth of RSS during the requests; parallel ones share it.",
	  put_rss },
	{ "memprof_rss_clean_growth_bytes", "gauge",
	  "Growth of RSS during requests that ran alone.", put_clean_rss },
	{ "memprof_peak_bytes", "gauge", "Most heap that one request held.",
	  put_peak },
};

static void print_head(FILE *out, const char *name, const char *type,
		       const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* An id holds no newline, and no backslash but that of `\N`. */
static void print_label(FILE *out, struct mp_text id)
{
	for (size_t i = 0; i < id.len; i++) {
		if (id.p[i] == '"' || id.p[i] == '\\')
			putc('\\', out);
		putc(id.p[i], out);
	}
}

static void print_series(FILE *out, const struct metric *metric,
			 const char *label, const struct mp_page *page)
{
	char number[NUMBER_MAX];

	if (!metric->put(page, number))
		return;
	fprintf(out, "%s{%s=\"", metric->name, label);
	print_label(out, page->id);
	fprintf(out, "\"} %s\n", number);
}

static void print_single(FILE *out, const char *name, const char *type,
			 const char *help, int64_t v)
{
	print_head(out, name, type, help);
	fprintf(out, "%s %" PRId64 "\n", name, v);
}

static void print_processes(FILE *out, const struct mp_totals *t)
{
	if (t->outside.rss.lines > 0)
		print_single(out, "memprof_outside_rss_growth_bytes", "gauge",
			     "Growth of RSS while no request was in flight.",
			     t->outside.rss.value);
	print_single(out, "memprof_started_total", "counter",
		     "Processes that began to log.", (int64_t)t->started);
	print_single(out, "memprof_stopped_total", "counter",
		     "Processes that ended in good order.",
		     (int64_t)t->stopped);
	print_single(out, "memprof_recovered_total", "counter",
		     "Processes that were killed, or ended without closing.",
		     (int64_t)t->recovered);
	print_head(out, "memprof_skipped_total", "counter",
		   "Requests that the log leaves out.");
	fprintf(out,
		"memprof_skipped_total{why=\"sampling\"} %" PRId64 "\n"
		"memprof_skipped_total{why=\"threshold\"} %" PRId64 "\n"
		"memprof_skipped_total{why=\"paused\"} %" PRId64 "\n",
		t->sampled.value, t->threshold.value, t->paused.value);
}

void mp_prometheus_print(const struct mp_report *r, FILE *out)
{
	const char *label = mp_view_name(r->by);

	for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++) {
		print_head(out, metrics[i].name, metrics[i].type,
			   metrics[i].help);
		for (size_t k = 0; k < r->shown; k++)
			print_series(out, &metrics[i], label,
				     r->totals.pages[k]);
		if (r->other.requests > 0)
			print_series(out, &metrics[i], label, &r->other);
	}
	print_processes(out, &r->totals);
}
