#include "profile/keep.h"

#include "core/latch.h"
#include "core/process.h"
#include "core/request.h"
#include "core/requestlog.h"
#include "core/session.h"
#include "core/thread.h"
#include "profile/cputimer.h"
#include "profile/format.h"
#include "profile/kept.h"
#include "profile/oops.h"
#include "profile/order.h"
#include "profile/perfclock.h"
#include "profile/printer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define RUN_BYTES     (4 * 1024 * 1024)
#define SECTION_BYTES (256 * 1024)
#define NOTES_BYTES   (1024 * 1024)

void mp_keep_fail(struct memprof *mp, int err)
{
	mp_recorder_count(&mp->recorder->profiles.failed);
	atomic_store(&mp->recorder->profiles.error, err);
}

/* Count a file, or why there is none. */
static void count(struct memprof *mp, int err)
{
	if (err)
		mp_keep_fail(mp, err);
	else
		mp_recorder_count(&mp->recorder->profiles.written);
}

void mp_keep_renew(struct memprof *mp)
{
	struct mp_keep *k = &mp->keep;

	if (k->to_run)
		mp_profsum_renew(&k->run);
	for (uint32_t i = 0; i < k->section_count; i++)
		mp_profsum_renew(&k->sections[i].sum);
	atomic_store(&k->sections_latch, MP_LATCH_FREE);
	if (k->to_dir)
		strcpy(mp->recorder->order.dir, mp->config.profile_dir);
}

void mp_keep_open(struct memprof *mp)
{
	const struct mp_config *c = &mp->config;
	struct mp_keep *k = &mp->keep;
	int err;

	k->opener = atomic_load(&mp_process.pid);
	k->section_count = 0;
	k->to_dir = *c->profile_dir != '\0';
	k->to_run = *c->profile_run != '\0';
	mp_bounds_init(&k->reports, c->profile_max_files, c->profile_max_bytes);
	if (k->to_dir) {
		err = mp_profiledir_init(&k->dir, c->profile_dir,
					 c->profile_max_files,
					 c->profile_max_bytes);
		if (err)
			mp_keep_fail(mp, err);
		k->to_dir = !err;
	}
	if (k->to_run) {
		err = mp_profsum_open(&k->run, MP_FOLD_PAGES, RUN_BYTES,
				      NOTES_BYTES, true);
		if (err)
			mp_keep_fail(mp, err);
		k->to_run = !err;
	}
	k->outputs = k->to_dir ? c->profile_output : 0;
	if (k->outputs) {
		err = mp_printer_enter();
		if (err) {
			mp_keep_fail(mp, err);
			k->outputs = 0;
		}
	}
	mp_keep_renew(mp);
}

void mp_keep_close(struct memprof *mp)
{
	if (mp->keep.outputs)
		mp_printer_leave(mp, mp->config.close_timeout_ns);
	mp->keep.outputs = 0;
}

/* A profile as a file of its own; and whatever is wanted beside it, later. */
static int write_profile(struct memprof *mp, const struct mp_rawfile *what,
			 char *ret_path)
{
	struct mp_keep *k = &mp->keep;
	int err = mp_profiledir_write(&k->dir, what, ret_path);

	count(mp, err);
	if (err || !k->outputs)
		return err;
	err = mp_printer_ask(mp, ret_path, k->outputs);
	if (err)
		mp_keep_fail(mp, err);
	return 0;
}

/* ---- what is said of all ---- */

/* What a file says beside its stacks. */
struct telling {
	struct mp_record log;
	struct mp_lacks_text lacks;
};

static struct mp_record blank_record(const struct memprof *mp)
{
	struct mp_record r = mp_record_unknown;

	r.page_id = (struct mp_text){ "-", 1 };
	r.oops_id = (struct mp_text){ "-", 1 };
	r.host = (struct mp_text){ mp->host, mp->host_len };
	r.pid = atomic_load(&mp_process.pid);
	return r;
}

static void tell(struct mp_rawfile *what, struct telling *t,
		 const struct mp_lacks *lacks, bool had_perf,
		 int64_t interval_ns)
{
	mp_lacks_tell(lacks, &t->lacks);
	what->log = &t->log;
	what->degraded = t->lacks.list;
	what->degraded_count = t->lacks.count;
	what->mechanism = had_perf ? MP_FORMAT_PERF : MP_FORMAT_CPU_TIMER;
	what->interval_ns = interval_ns;
	what->tick_ns =
		had_perf ? MP_PERFCLOCK_LEAST_NS : mp_cputimer_tick_ns();
}

/* ---- a request ---- */

static struct mp_text page_of(const struct mp_request *r)
{
	return (struct mp_text){ r->page, r->page_len };
}

static void write_request(struct memprof *mp, const struct mp_request *r,
			  const struct mp_profile *p, const char *oops_id)
{
	struct mp_rawfile_page page = {
		.id = page_of(r),
		.requests = 1,
		.duration_ns = p->duration_ns,
		.cpu_ns = p->cpu_ns,
	};
	struct mp_rawfile what = {
		.wall = p->clock == MP_PROFILE_WALL,
		.began_us = p->begin_real_us,
		.pages = &page,
		.page_count = 1,
		.fold = p->stacks,
		.notes = p->notes,
	};
	struct telling t = { .log = blank_record(mp) };
	char oops[MP_ESCAPE_MAX], path[PATH_MAX];
	int err;

	if (r->flags & MP_REQUEST_MEASURED)
		t.log = mp_requestlog_record(r, mp_thread_self.tid);
	t.log.host = (struct mp_text){ mp->host, mp->host_len };
	t.log.page_id = page.id;
	t.log.tid = mp_thread_self.tid;
	t.log.oops_id = (struct mp_text){ oops, mp_escape(oops_id, "-", oops) };
	tell(&what, &t, &p->lacks, p->had_perf, p->interval_ns);
	err = write_profile(mp, &what, path);
	if (!err)
		mp_kept_add(mp_profile_ref_of(p), path, oops_id);
	if (p->order)
		mp_order_done(&mp->recorder->order, p->order,
			      err ? NULL : path);
	err = mp_oops_write(mp, r, p, err ? NULL : path);
	if (err)
		mp_keep_fail(mp, err);
}

void mp_keep_request(struct memprof *mp, const struct mp_request *r,
		     const struct mp_profile *p, const char *oops_id)
{
	int err;

	/* What an order had measured otherwise does not add up with it. */
	if (mp->keep.to_run && p->clock == mp->config.profile_clock) {
		err = mp_profsum_add(&mp->keep.run, page_of(r), p);
		if (err)
			mp_keep_fail(mp, err);
	}
	if (mp->keep.to_dir && p->wants_file)
		write_request(mp, r, p, oops_id);
}

/* ---- sections ---- */

static int map_sections(struct mp_keep *k)
{
	void *at = mmap(NULL, MP_KEEP_SECTIONS * sizeof(*k->sections),
			PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);

	if (at == MAP_FAILED)
		return -errno;
	k->sections = at;
	return 0;
}

/* The section's sum, which may be new. */
static int find_section(struct mp_keep *k, const struct mp_profile *p,
			struct mp_profsum **ret)
{
	struct mp_section *s;
	int err = k->sections ? 0 : map_sections(k);

	if (err)
		return err;
	for (uint32_t i = 0; i < k->section_count; i++) {
		s = &k->sections[i];
		if (s->name_len == p->name_len &&
		    !memcmp(s->name, p->name, p->name_len)) {
			*ret = &s->sum;
			return 0;
		}
	}
	if (k->section_count == MP_KEEP_SECTIONS)
		return -ENOSPC;
	s = &k->sections[k->section_count];
	/* Notes are of requests; and we may be inside of one. */
	err = mp_profsum_open(&s->sum, 1, SECTION_BYTES, 4096, false);
	if (err)
		return err;
	s->sum.began_us = p->begin_real_us;
	memcpy(s->name, p->name, p->name_len);
	s->name_len = p->name_len;
	k->section_count++;
	*ret = &s->sum;
	return 0;
}

void mp_keep_section(struct memprof *mp, const struct mp_profile *p)
{
	struct mp_keep *k = &mp->keep;
	struct mp_profsum *sum;
	int err;

	mp_latch_lock(&k->sections_latch);
	err = find_section(k, p, &sum);
	mp_latch_unlock(&k->sections_latch);
	if (!err)
		err = mp_profsum_add(
			sum, (struct mp_text){ p->name, p->name_len }, p);
	if (err)
		mp_keep_fail(mp, err);
}

static void finish_section(struct memprof *mp, struct mp_section *s)
{
	struct mp_rawfile what = mp_profsum_lock(&s->sum);
	struct telling t = { .log = blank_record(mp) };
	char path[PATH_MAX];

	if (what.page_count) {
		t.log.page_id = (struct mp_text){ s->name, s->name_len };
		what.wall = mp->config.profile_clock == MP_CLOCK_WALL;
		tell(&what, &t, &s->sum.lacks, s->sum.had_perf,
		     mp->config.profile_interval_ns);
		write_profile(mp, &what, path);
	}
	mp_profsum_renew(&s->sum);
}

/* ---- the run ---- */

/* A child that would write its parent's file writes one of its own, with its
   pid before the suffix. */
static int name_run(const struct memprof *mp, char *ret)
{
	const char *pattern = mp->config.profile_run;
	int32_t pid = atomic_load(&mp_process.pid);
	const size_t suffix_len = sizeof(MP_FORMAT_SUFFIX) - 1;
	char opener[PATH_MAX], number[16];
	size_t len, n, at;
	int err;

	err = mp_process_expand(pattern, pid, ret);
	if (!err)
		err = mp_process_expand(pattern, mp->keep.opener, opener);
	if (err || pid == mp->keep.opener || strcmp(opener, ret) != 0)
		return err;
	len = strlen(ret);
	n = (size_t)snprintf(number, sizeof(number), "-%d", pid);
	at = len;
	if (len > suffix_len &&
	    !strcmp(ret + len - suffix_len, MP_FORMAT_SUFFIX))
		at -= suffix_len;
	if (len + n >= PATH_MAX)
		return -ENAMETOOLONG;
	memmove(ret + at + n, ret + at, len + 1 - at);
	memcpy(ret + at, number, n);
	return 0;
}

static void finish_run(struct memprof *mp)
{
	struct mp_rawfile what = mp_profsum_lock(&mp->keep.run);
	struct telling t = { .log = blank_record(mp) };
	char path[PATH_MAX];
	int err;

	if (what.page_count) {
		what.wall = mp->config.profile_clock == MP_CLOCK_WALL;
		tell(&what, &t, &mp->keep.run.lacks, mp->keep.run.had_perf,
		     mp->config.profile_interval_ns);
		err = name_run(mp, path);
		count(mp, err ? err : mp_rawfile_replace(path, &what));
	}
	mp_profsum_renew(&mp->keep.run);
}

void mp_keep_finish(struct memprof *mp)
{
	struct mp_keep *k = &mp->keep;

	if (k->to_run)
		finish_run(mp);
	mp_latch_lock(&k->sections_latch);
	for (uint32_t i = 0; i < k->section_count; i++)
		finish_section(mp, &k->sections[i]);
	mp_latch_unlock(&k->sections_latch);
}
