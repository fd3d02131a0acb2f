#include "live/statustext.h"

#include "live/owncost.h"
#include "report/show.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#define USER_MAX 64

void mp_statustext_print_path(const char *path, FILE *out)
{
	const char *end = path + strlen(path);
	mbstate_t state = { 0 };

	while (path < end) {
		wchar_t c;
		size_t n = mbrtowc(&c, path, (size_t)(end - path), &state);

		if (n == 0 || n > (size_t)(end - path)) {
			memset(&state, 0, sizeof(state));
			putc('?', out);
			path++;
			continue;
		}
		if (iswprint((wint_t)c))
			fwrite(path, 1, n, out);
		else
			putc('?', out);
		path += n;
	}
}

void mp_statustext_user(uint32_t uid, char *ret, size_t size)
{
	const struct passwd *user = getpwuid(uid);

	if (user)
		snprintf(ret, size, "%s", user->pw_name);
	else
		snprintf(ret, size, "uid %" PRIu32, uid);
}

const char *mp_statustext_state(const struct mp_live *live)
{
	if (!live->alive)
		return "killed";
	if (!live->seen)
		return "elsewhere";
	switch (live->proc.state) {
	case 'R':
		return "running";
	case 'S':
	case 'I':
		return "sleeping";
	case 'D':
		return "waiting";
	case 'T':
	case 't':
		return "stopped";
	case 'Z':
	case 'X':
		return "zombie";
	default:
		return "unknown";
	}
}

/* ---- a server ---- */

struct server {
	const struct mp_live *first;
	size_t processes;
	size_t alive, paused;
	uint64_t waiting;
	struct mp_ledger ledger; /* of those that are alive, as is `cost` */
	struct mp_owncost cost;
};

static struct server sum_up(const struct mp_live *first, size_t processes)
{
	struct server s = { .first = first, .processes = processes };

	for (size_t i = 0; i < processes; i++) {
		if (!first[i].alive)
			continue;
		s.alive++;
		s.paused += first[i].shot.pause.on;
		s.waiting += first[i].shot.waiting;
		mp_ledger_add(&s.ledger, &first[i].shot.ledger);
		mp_owncost_add(&s.cost, &first[i]);
	}
	return s;
}

/* To whole seconds. */
static void print_moment(int64_t us, FILE *out)
{
	char text[MP_SHOW_MAX];

	mp_show_moment(us, false, text);
	fprintf(out, "%.19sZ", text);
}

static void print_pause(const struct mp_snapshot_pause *p, FILE *out)
{
	char user[USER_MAX];

	if (p->since_us) {
		fputs(" since ", out);
		print_moment(p->since_us, out);
	}
	if (p->by_config) {
		fputs(" by profiling_start_paused", out);
		return;
	}
	mp_statustext_user(p->uid, user, sizeof(user));
	fprintf(out, " by %s, process %" PRId32, user, p->pid);
}

static const struct mp_live *first_paused(const struct server *s)
{
	for (size_t i = 0; i < s->processes; i++)
		if (s->first[i].alive && s->first[i].shot.pause.on)
			return &s->first[i];
	return NULL;
}

static void print_state(const struct server *s, FILE *out)
{
	const struct mp_snapshot *shot = &s->first->shot;
	const struct mp_live *paused = first_paused(s);

	fputs("  ", out);
	if (s->alive == 0) {
		fputs("not running\n", out);
		return;
	}
	if (!paused) {
		fputs("on", out);
	} else if (s->paused == s->alive) {
		fputs("paused", out);
	} else {
		fprintf(out, "on in %zu processes, paused in %zu",
			s->alive - s->paused, s->paused);
	}
	if (paused)
		print_pause(&paused->shot.pause, out);
	fprintf(out, "; logs %s%s", shot->async ? "async" : "direct",
		shot->launchpad ? ", in Launchpad's form" : "");
	if (shot->sample_one_in > 1)
		fprintf(out, ", 1 request in %" PRIu64, shot->sample_one_in);
	if (shot->log_threshold > 0)
		fprintf(out, ", those over %" PRIu64 " bytes",
			shot->log_threshold);
	putc('\n', out);
}

static void print_part(uint64_t n, const char *what, FILE *out)
{
	if (n > 0)
		fprintf(out, " + %" PRIu64 " %s", n, what);
}

static void print_ledger(const struct server *s, FILE *out)
{
	const struct mp_ledger *l = &s->ledger;
	int64_t rest = mp_ledger_rest(l);

	fprintf(out, "  %" PRIu64 " requests begun = %" PRIu64 " logged",
		l->begun, l->logged);
	print_part(l->skipped_sampling, "sampled out", out);
	print_part(l->skipped_threshold, "under the threshold", out);
	print_part(l->skipped_paused, "while paused", out);
	fprintf(out, " + %" PRIu64 " dropped", l->dropped);
	print_part(l->cancelled, "cancelled", out);
	print_part(l->abandoned, "abandoned", out);
	fprintf(out, " + %" PRIu64 " in flight", l->in_flight);
	if (rest > 0)
		print_part((uint64_t)rest, "just ending", out);
	putc('\n', out);
	if (rest < 0)
		fprintf(out, "  %" PRId64 " of them ended meanwhile\n", -rest);
	if (s->waiting > 0)
		fprintf(out, "  %" PRIu64 " wait to be logged\n", s->waiting);
	if (l->slotless > 0)
		fprintf(out,
			"  %" PRIu64
			" began when all slots were taken: a kill would lose "
			"their names\n",
			l->slotless);
}

static void print_profiles(const struct mp_ledger *l, FILE *out)
{
	const char *why = strerrordesc_np(-l->profile_error);

	if (!l->profiled && !l->profiles_failed && !l->profiles_refused)
		return;
	fprintf(out, "  %" PRIu64 " profiled, %" PRIu64 " files written",
		l->profiled, l->profiles_written);
	if (l->profiles_refused)
		fprintf(out, ", %" PRIu64 " refused", l->profiles_refused);
	if (l->profiles_failed)
		fprintf(out, ", %" PRIu64 " failed, the last one: %s",
			l->profiles_failed, why ? why : "unknown error");
	putc('\n', out);
}

static void print_cost(const struct mp_owncost *c, FILE *out)
{
	double percent = mp_owncost_percent(c);

	if (percent < 0) {
		fputs("  memprof's own cost is not measured yet\n", out);
		return;
	}
	fprintf(out,
		"  memprof costs this server %.*f %% of its CPU time: %.2f us "
		"a request, measured in %" PRIu64 "\n",
		percent < 0.1 ? 2 : 1, percent, c->mean_ns / 1e3, c->sampled);
}

/* ---- its processes ---- */

static void print_process(const struct mp_live *live, FILE *out)
{
	const struct mp_snapshot *s = &live->shot;
	struct mp_statm size = mp_live_size(live);
	char rss[MP_SHOW_MAX], vss[MP_SHOW_MAX], oldest[MP_SHOW_MAX] = "-";
	char threads[24] = "-";

	mp_show_bytes(size.rss, rss);
	mp_show_bytes(size.vss, vss);
	if (s->count > 0)
		mp_show_time(mp_live_age_ns(live, &s->requests[0]) / 1000,
			     oldest);
	if (live->seen)
		snprintf(threads, sizeof(threads), "%" PRId64,
			 live->proc.threads);
	fprintf(out,
		"  %8" PRId32 "  %-9s  %7s  %11s  %11s  %11" PRIu64
		"  %9zu  %10s%s\n",
		s->pid, mp_statustext_state(live), threads, rss, vss,
		s->ledger.begun, s->count, oldest,
		live->alive && s->pause.on ? "  paused" : "");
}

static void print_processes(const struct server *s, FILE *out)
{
	fprintf(out, "  %8s  %-9s  %7s  %11s  %11s  %11s  %9s  %10s\n", "pid",
		"state", "threads", "RSS", "VSS", "begun", "in flight",
		"oldest");
	for (size_t i = 0; i < s->processes; i++)
		print_process(&s->first[i], out);
	if (s->alive == s->processes)
		return;
	fputs("  killed: run `memprof recover ", out);
	mp_statustext_print_path(s->first->shot.log_pattern, out);
	fputs("`, or start the server, to have in the log what they did\n",
	      out);
}

/* ---- requests in flight ---- */

static void print_request(const struct mp_live *live,
			  const struct mp_snapshot_request *r, FILE *out)
{
	struct mp_text id = { r->page, r->page_len };
	char age[MP_SHOW_MAX], kept[MP_SHOW_MAX], grown[MP_SHOW_MAX];
	char page[MP_SHOW_ID_MAX];

	mp_show_time(mp_live_age_ns(live, r) / 1000, age);
	mp_show_bytes(mp_snapshot_minus(r->allocated, r->freed), kept);
	mp_show_bytes(mp_snapshot_minus(mp_live_size(live).rss, r->start.rss),
		      grown);
	mp_show_id(id, mp_show_width(id), page);
	fprintf(out, "  %8" PRId32 "  %8" PRId32 "  %10s  %11s  %11s  %s\n",
		live->shot.pid, r->tid, age, kept, grown, page);
}

/* One that is not shown yet: the oldest of all processes.  `next` has the place
   of the next one of each process. */
static size_t oldest(const struct server *s, const size_t *next)
{
	size_t found = s->processes;
	int64_t age = -1;

	for (size_t i = 0; i < s->processes; i++) {
		const struct mp_live *live = &s->first[i];
		int64_t its;

		if (next[i] == live->shot.count)
			continue;
		its = mp_live_age_ns(live, &live->shot.requests[next[i]]);
		if (its > age) {
			age = its;
			found = i;
		}
	}
	return found;
}

static void print_requests(const struct server *s, size_t most, size_t *next,
			   FILE *out)
{
	size_t all = 0;

	for (size_t i = 0; i < s->processes; i++) {
		next[i] = 0;
		all += s->first[i].shot.count;
	}
	if (all == 0 || most == 0)
		return;
	fprintf(out, "\n  %8s  %8s  %10s  %11s  %11s  %s\n", "pid", "tid",
		"age", "kept so far", "RSS since", "page in flight");
	for (size_t i = 0; i < all && i < most; i++) {
		size_t k = oldest(s, next);
		const struct mp_live *live = &s->first[k];

		print_request(live, &live->shot.requests[next[k]++], out);
	}
	if (all > most)
		fprintf(out, "  and %zu younger ones\n", all - most);
}

void mp_statustext_print(const struct mp_live_list *list, size_t requests,
			 FILE *out)
{
	size_t *next = calloc(list->count + 1, sizeof(*next));
	size_t end;

	for (size_t i = 0; i < list->count; i = end) {
		struct server s;

		end = mp_live_server_end(list, i);
		s = sum_up(&list->items[i], end - i);
		if (i > 0)
			putc('\n', out);
		mp_statustext_print_path(s.first->shot.log_pattern, out);
		putc('\n', out);
		print_state(&s, out);
		if (s.alive > 0) {
			print_ledger(&s, out);
			print_profiles(&s.ledger, out);
			print_cost(&s.cost, out);
		}
		putc('\n', out);
		print_processes(&s, out);
		if (next)
			print_requests(&s, requests, next, out);
	}
	free(next);
}
