#include "live/statusprom.h"

#include "core/clock.h"
#include "core/escape.h"
#include "live/owncost.h"
#include "live/statustext.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* So many are told apart, the last of them is all others. */
#define SERVERS_MAX 50

/* One server. */
struct server {
	const char *pattern;
	char user[64];
	uint64_t alive, killed, paused;
	struct mp_ledger ledger;
	int64_t oldest_ns;
	int64_t rss, rss_max; /* of those whose size is known */
	struct mp_owncost cost;
};

static void add_process(struct server *s, const struct mp_live *live)
{
	int64_t rss = mp_live_size(live).rss, sum, age;

	if (!live->alive) {
		s->killed++;
		return;
	}
	s->alive++;
	s->paused += live->shot.pause.on;
	mp_ledger_add(&s->ledger, &live->shot.ledger);
	mp_owncost_add(&s->cost, live);
	age = live->shot.count > 0
		      ? mp_live_age_ns(live, &live->shot.requests[0])
		      : 0;
	s->oldest_ns = age > s->oldest_ns ? age : s->oldest_ns;
	if (rss < 0 || __builtin_add_overflow(s->rss, rss, &sum))
		return;
	s->rss = sum;
	s->rss_max = rss > s->rss_max ? rss : s->rss_max;
}

/* Bytes of the character at `p` that may stand in a label, or 0. */
static size_t character(const char *p, size_t left)
{
	if (*p == ' ' || *p == '%')
		return 1;
	for (size_t n = 1; n <= 4 && n <= left; n++)
		if (mp_escape_valid(p, n))
			return n;
	return 0;
}

/* A path may hold any byte, a label valid UTF-8 without line breaks.  No two
   paths become one label: a series that is there twice spoils all. */
static void print_label(const char *text, FILE *out)
{
	size_t left = strlen(text);

	while (left > 0) {
		size_t n = character(text, left);

		if (*text == '"')
			fputs("\\\"", out);
		else if (*text == '\\')
			fputs("\\\\\\\\", out);
		else if (n > 0)
			fwrite(text, 1, n, out);
		else
			fprintf(out, "\\\\x%02X", (unsigned char)*text);
		text += n > 0 ? n : 1;
		left -= n > 0 ? n : 1;
	}
}

static void print_head(FILE *out, const char *name, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void print_name(FILE *out, const char *name, const struct server *s,
		       const char *state)
{
	fprintf(out, "%s{log=\"", name);
	print_label(s->pattern, out);
	fputs("\",user=\"", out);
	print_label(s->user, out);
	fprintf(out, state ? "\",state=\"%s\"} " : "\"} ", state);
}

/* ---- numbers, one or several a server ---- */

typedef void print_numbers(FILE *out, const char *name, const struct server *s);

static void print_state(FILE *out, const char *name, const struct server *s,
			const char *state, uint64_t v)
{
	print_name(out, name, s, state);
	fprintf(out, "%" PRIu64 "\n", v);
}

static void print_seconds(FILE *out, const char *name, const struct server *s,
			  double ns)
{
	print_name(out, name, s, NULL);
	fprintf(out, "%.6f\n", ns / (double)MP_NS_PER_S);
}

static void put_processes(FILE *out, const char *name, const struct server *s)
{
	print_state(out, name, s, "on", s->alive - s->paused);
	print_state(out, name, s, "paused", s->paused);
	print_state(out, name, s, "killed", s->killed);
}

static void put_requests(FILE *out, const char *name, const struct server *s)
{
	const struct mp_ledger *l = &s->ledger;

	print_state(out, name, s, "logged", l->logged);
	print_state(out, name, s, "dropped", l->dropped);
	print_state(out, name, s, "cancelled", l->cancelled);
	print_state(out, name, s, "abandoned", l->abandoned);
	print_state(out, name, s, "sampled_out", l->skipped_sampling);
	print_state(out, name, s, "under_threshold", l->skipped_threshold);
	print_state(out, name, s, "while_paused", l->skipped_paused);
	print_state(out, name, s, "in_flight", l->in_flight);
}

static void put_slotless(FILE *out, const char *name, const struct server *s)
{
	print_state(out, name, s, NULL, s->ledger.slotless);
}

static void put_oldest(FILE *out, const char *name, const struct server *s)
{
	print_seconds(out, name, s, (double)s->oldest_ns);
}

static void put_rss(FILE *out, const char *name, const struct server *s)
{
	print_state(out, name, s, NULL, (uint64_t)s->rss);
}

static void put_rss_max(FILE *out, const char *name, const struct server *s)
{
	print_state(out, name, s, NULL, (uint64_t)s->rss_max);
}

static void put_cost(FILE *out, const char *name, const struct server *s)
{
	if (s->cost.sampled > 0)
		print_seconds(out, name, s, s->cost.memprof_ns);
}

static void put_cpu(FILE *out, const char *name, const struct server *s)
{
	if (s->cost.sampled > 0)
		print_seconds(out, name, s, s->cost.process_ns);
}

static const struct metric {
	const char *name;
	const char *help;
	print_numbers *put;
} metrics[] = {
	{ "memprof_live_processes", "Processes that memprof watches.",
	  put_processes },
	{ "memprof_live_requests",
	  "Requests of the processes that run, by what became of them.",
	  put_requests },
	{ "memprof_live_slotless",
	  "Requests that began when all slots of the recorder were taken.",
	  put_slotless },
	{ "memprof_live_oldest_seconds", "Age of the oldest request in flight.",
	  put_oldest },
	{ "memprof_live_rss_bytes", "RSS of the processes, all together.",
	  put_rss },
	{ "memprof_live_rss_largest_bytes", "RSS of the largest process.",
	  put_rss_max },
	{ "memprof_live_own_cpu_seconds",
	  "CPU time that memprof took in the processes, estimated.", put_cost },
	{ "memprof_live_cpu_seconds",
	  "CPU time of the processes whose own cost is estimated.", put_cpu },
};

static void name_server(struct server *s, const struct mp_snapshot *shot,
			bool other)
{
	s->pattern = other ? "(other)" : shot->log_pattern;
	if (other)
		strcpy(s->user, "(other)");
	else
		mp_statustext_user(shot->uid, s->user, sizeof(s->user));
}

int mp_statusprom_print(const struct mp_live_list *list, FILE *out)
{
	struct server *servers = calloc(SERVERS_MAX, sizeof(*servers));
	size_t count = 0, end;

	if (!servers)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i = end) {
		count += count < SERVERS_MAX;
		name_server(&servers[count - 1], &list->items[i].shot,
			    count == SERVERS_MAX);
		end = mp_live_server_end(list, i);
		for (size_t k = i; k < end; k++)
			add_process(&servers[count - 1], &list->items[k]);
	}
	for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++) {
		print_head(out, metrics[i].name, metrics[i].help);
		for (size_t k = 0; k < count; k++)
			metrics[i].put(out, metrics[i].name, &servers[k]);
	}
	free(servers);
	return 0;
}
