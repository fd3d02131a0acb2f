#include "report/growth.h"

#include "report/show.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define RED    "\033[1;31m"
#define YELLOW "\033[33m"
#define PLAIN  "\033[0m"

int64_t mp_growth_kept(const struct mp_record *r)
{
	if (r->allocated == MP_UNKNOWN || r->freed == MP_UNKNOWN)
		return MP_UNKNOWN;
	return r->allocated - r->freed;
}

void mp_growth_print_titles(const struct mp_growth_style *style, FILE *out)
{
	fprintf(out, "%s%-12s  %11s  %11s  %10s  %8s  %6s  page, oops%s\n",
		style->colour ? "\033[1m" : "", "time", "kept", "RSS", "peak",
		"took", "others", style->colour ? PLAIN : "");
}

static void print_coloured(FILE *out, const char *colour, const char *text,
			   int width)
{
	if (colour)
		fprintf(out, "%s%*s%s", colour, width, text, PLAIN);
	else
		fprintf(out, "%*s", width, text);
}

/* Small growth of RSS is noise; of the heap, it is a leak's. */
static const char *colour_of(const struct mp_growth_style *style, int64_t bytes,
			     bool heap)
{
	if (!style->colour || bytes == MP_UNKNOWN || bytes <= 0)
		return NULL;
	if (bytes >= MP_GROWTH_LARGE)
		return RED;
	return heap ? YELLOW : NULL;
}

static void print_growth(const struct mp_growth_style *style, int64_t bytes,
			 bool heap, FILE *out)
{
	char text[MP_SHOW_MAX + 1] = "+";

	mp_show_bytes(bytes, bytes > 0 ? text + 1 : text);
	fputs("  ", out);
	print_coloured(out, colour_of(style, bytes, heap), text, 11);
}

static void print_time(struct mp_growth_style *style, int64_t us, FILE *out)
{
	int64_t seconds = us / 1000000 - (us % 1000000 < 0);
	int64_t day = seconds / 86400 - (seconds % 86400 < 0);
	time_t at = seconds;
	char text[32] = "";
	struct tm t;

	if (!gmtime_r(&at, &t))
		return;
	if (day != style->day) {
		strftime(text, sizeof(text), "%Y-%m-%d", &t);
		fprintf(out, "%s\n", text);
		style->day = day;
	}
	strftime(text, sizeof(text), "%H:%M:%S", &t);
	fprintf(out, "%s.%03d", text, (int)((us - seconds * 1000000) / 1000));
}

void mp_growth_print(struct mp_growth_style *style, const struct mp_record *r,
		     FILE *out)
{
	char peak[MP_SHOW_MAX], took[MP_SHOW_MAX], others[24] = "\\N";
	char id[MP_SHOW_ID_MAX], oops[MP_SHOW_ID_MAX];

	print_time(style, r->timestamp_us, out);
	print_growth(style, mp_growth_kept(r), true, out);
	print_growth(style, r->rss_delta, false, out);
	mp_show_bytes(r->peak, peak);
	mp_show_time(r->duration_us, took);
	if (r->overlap != MP_UNKNOWN)
		snprintf(others, sizeof(others), "%" PRId64, r->overlap);
	mp_show_id(r->page_id, mp_show_width(r->page_id), id);
	fprintf(out, "  %10s  %8s  %6s  %s", peak, took, others, id);
	if (r->oops_id.len != 1 || *r->oops_id.p != '-') {
		mp_show_id(r->oops_id, mp_show_width(r->oops_id), oops);
		putc(' ', out);
		print_coloured(out, style->colour ? RED : NULL, oops, 0);
	}
	putc('\n', out);
}
