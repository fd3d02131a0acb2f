#include "live/health.h"

#include "core/clock.h"
#include "live/statustext.h"
#include "report/show.h"

#include <inttypes.h>

struct mp_health_before mp_health_look(const struct mp_live *live)
{
	return (struct mp_health_before){ live->now_mono_ns,
					  mp_live_size(live).rss };
}

static void print_who(const struct mp_live *live, FILE *out)
{
	fprintf(out, "process %" PRId32 " of ", live->shot.pid);
	mp_statustext_print_path(live->shot.log, out);
	fputs(": ", out);
}

static bool print_killed(const struct mp_live *live, FILE *out)
{
	if (live->alive)
		return false;
	print_who(live, out);
	fprintf(out,
		"killed, with %zu requests in flight: run `memprof "
		"recover`\n",
		live->shot.count);
	return true;
}

static bool print_growth(const struct mp_health *limits,
			 const struct mp_live *live,
			 struct mp_health_before before, FILE *out)
{
	int64_t grown = mp_snapshot_minus(mp_live_size(live).rss, before.rss);
	double seconds = (double)(live->now_mono_ns - before.mono_ns) /
			 (double)MP_NS_PER_S;
	char text[MP_SHOW_MAX], a_minute[MP_SHOW_MAX], limit[MP_SHOW_MAX];
	double rate;

	if (!limits->check_growth || grown == MP_UNKNOWN || seconds <= 0)
		return false;
	rate = (double)grown / seconds;
	if (rate <= limits->growth)
		return false;
	mp_show_bytes(grown, text);
	mp_show_bytes((int64_t)(rate * 60), a_minute);
	mp_show_bytes((int64_t)(limits->growth * 60), limit);
	print_who(live, out);
	fprintf(out, "RSS grew by %s in %.1f s: %s/min, over %s/min\n", text,
		seconds, a_minute, limit);
	return true;
}

static bool print_age(const struct mp_health *limits,
		      const struct mp_live *live, FILE *out)
{
	const struct mp_snapshot *shot = &live->shot;
	char page[MP_SHOW_ID_MAX], text[MP_SHOW_MAX];
	struct mp_text id;
	size_t older = 0;

	while (limits->check_age && older < shot->count &&
	       (double)mp_live_age_ns(live, &shot->requests[older]) >
		       limits->age_s * (double)MP_NS_PER_S)
		older++;
	if (older == 0)
		return false;
	id = (struct mp_text){ shot->requests[0].page,
			       shot->requests[0].page_len };
	mp_show_id(id, mp_show_width(id), page);
	mp_show_time(mp_live_age_ns(live, &shot->requests[0]) / 1000, text);
	print_who(live, out);
	fprintf(out, "%s in flight for %s, over %.10g s", page, text,
		limits->age_s);
	if (older > 1)
		fprintf(out, ", and %zu more", older - 1);
	putc('\n', out);
	return true;
}

size_t mp_health_print(const struct mp_health *limits,
		       const struct mp_live *live,
		       struct mp_health_before before, FILE *out)
{
	size_t found = 0;

	if (print_killed(live, out))
		return 1;
	found += print_growth(limits, live, before, out);
	found += print_age(limits, live, out);
	return found;
}
