#include "core/recover.h"

#include "core/config.h"
#include "core/recordercheck.h"
#include "core/recoveraccount.h"
#include "core/recoverfile.h"
#include "core/recoverline.h"
#include "core/recoverlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* It was in the log, or is now. */
static int write_logged(const struct mp_recover *r, uint32_t i, uint32_t how)
{
	struct mp_recorder_slot slot;
	int err = mp_recoverfile_slot(r, i, &slot);

	if (err)
		return err;
	slot.flags &= ~(uint32_t)(MP_RECORDER_FOUND | MP_RECORDER_WRITTEN);
	slot.flags |= how;
	return mp_recoverfile_put(r, i, &slot, MP_RECORDER_LOGGED);
}

/* ---- requests in flight ---- */

static int64_t grown(int64_t start, int64_t end)
{
	return start == MP_UNKNOWN || end == MP_UNKNOWN ? MP_UNKNOWN
							: end - start;
}

/*
 * End a request as far as its process is known.  What it had when the process
 * was last read is what it ended with; where it began later, that is its own
 * beginning.
 */
static void end_slot(const struct mp_recorder *h, struct mp_recorder_slot *slot)
{
	struct mp_record known = mp_recordercheck_record(h, slot);
	int64_t mono_ns;
	struct mp_statm end = mp_recordercheck_reading(h, &mono_ns);

	if (mono_ns == MP_UNKNOWN || mono_ns < slot->begin_mono_ns) {
		mono_ns = slot->begin_mono_ns;
		end = (struct mp_statm){ known.start_vss, known.start_rss };
	}
	/* No slice of it is over: what it allocated is not known. */
	if (known.allocated == 0 && known.freed == 0)
		known.allocated = known.freed = known.peak = MP_UNKNOWN;

	slot->start = (struct mp_statm){ known.start_vss, known.start_rss };
	slot->allocated = known.allocated;
	slot->freed = known.freed;
	slot->peak = known.peak;
	slot->end_mono_ns = mono_ns;
	slot->duration_us = (mono_ns - slot->begin_mono_ns) / 1000;
	slot->end = end;
	slot->vss_delta = grown(known.start_vss, end.vss);
	slot->rss_delta = grown(known.start_rss, end.rss);
	slot->overlap = MP_UNKNOWN;
	slot->heap_allocated = MP_UNKNOWN;
	slot->heap_active = MP_UNKNOWN;
	slot->heap_resident = MP_UNKNOWN;
	slot->oops_len = sizeof(MP_RECORD_UNFINISHED) - 1;
	memcpy(slot->oops, MP_RECORD_UNFINISHED,
	       sizeof(MP_RECORD_UNFINISHED) - 1);
	slot->flags |= MP_RECORDER_UNFINISHED;
}

static bool is_in_state(const struct mp_recorder_slot *slot,
			enum mp_recorder_state state)
{
	return mp_recordercheck_is_used(slot) &&
	       mp_recorder_state(slot->word) == state;
}

/* From here on what was in flight is ending: its line can only lie behind
   `mark`. */
static int end_all(struct mp_recover *r, const struct mp_recorder_mark *mark)
{
	struct mp_recorder_slot slot;

	for (uint32_t i = 0; i < r->header->slot_count; i++) {
		int err = mp_recoverfile_slot(r, i, &slot);

		if (!err && is_in_state(&slot, MP_RECORDER_IN_FLIGHT)) {
			end_slot(r->header, &slot);
			slot.mark = *mark;
			err = mp_recoverfile_put(r, i, &slot,
						 MP_RECORDER_ENDING);
		}
		if (err)
			return err;
	}
	return 0;
}

/* ---- what is ending ---- */

struct pending {
	struct mp_lineset lines;
	struct mp_recorder_mark *marks; /* one a line */
	int64_t since_us;		/* when the first of them ended */
};

static int add_pending(struct pending *p, const struct mp_recorder *h,
		       uint32_t i, const struct mp_recorder_slot *slot)
{
	struct mp_record record = mp_recordercheck_record(h, slot);
	char line[MP_RECORD_MAX];
	int64_t ended_us;
	size_t len;

	if (h->format == MP_FORMAT_LAUNCHPAD)
		len = mp_record_format_launchpad(&record, h->utc_offset_s,
						 line);
	else
		len = mp_record_format(&record, line);
	p->marks[p->lines.count] = slot->mark;
	ended_us = record.timestamp_us;
	if (record.duration_us != MP_UNKNOWN &&
	    record.duration_us < INT64_MAX - ended_us)
		ended_us += record.duration_us;
	if (ended_us < p->since_us)
		p->since_us = ended_us;
	return mp_lineset_add(&p->lines, line, len, i);
}

static int collect(const struct mp_recover *r, struct pending *ret)
{
	const struct mp_recorder *h = r->header;
	struct mp_recorder_slot slot;

	mp_lineset_init(&ret->lines);
	ret->since_us = INT64_MAX;
	ret->marks = malloc(h->slot_count * sizeof(*ret->marks));
	if (!ret->marks)
		return -ENOMEM;
	for (uint32_t i = 0; i < h->slot_count; i++) {
		int err = mp_recoverfile_slot(r, i, &slot);

		if (!err && is_in_state(&slot, MP_RECORDER_ENDING))
			err = add_pending(ret, h, i, &slot);
		if (err)
			return err;
	}
	return 0;
}

static void release_pending(struct pending *p)
{
	mp_lineset_release(&p->lines);
	free(p->marks);
}

static int note_found(const struct mp_recover *r, const struct pending *p)
{
	for (size_t i = 0; i < p->lines.count; i++) {
		const struct mp_lineset_line *l = &p->lines.lines[i];
		int err;

		if (!l->found || l->owner == MP_RECOVERLOG_SWALLOWED)
			continue;
		err = write_logged(r, l->owner, MP_RECORDER_FOUND);
		if (err)
			return err;
	}
	return 0;
}

/* Note that the lines from `first` up to `end` are in the log now. */
static int note_written(const struct mp_recover *r, const struct pending *p,
			size_t first, size_t end, uint64_t *repeated)
{
	for (size_t i = first; i < end; i++) {
		const struct mp_lineset_line *l = &p->lines.lines[i];
		int err = 0;

		if (l->found)
			continue;
		if (l->owner == MP_RECOVERLOG_SWALLOWED)
			++*repeated;
		else
			err = write_logged(r, l->owner, MP_RECORDER_WRITTEN);
		if (err)
			return err;
	}
	return 0;
}

/* A batch at a time: to the log, or to `out` where `log` is null. */
static int put_batch(const struct mp_recoverlog *log, int out,
		     const struct pending *p, struct mp_recoverlog_batch *batch)
{
	if (log)
		return mp_recoverlog_append(log, &p->lines, batch);
	for (size_t at = 0; at < batch->len;) {
		ssize_t n = write(out, batch->lines + at, batch->len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += (size_t)n;
	}
	return 0;
}

static int put_lines(const struct mp_recover *r,
		     const struct mp_recoverlog *log, int out,
		     const struct pending *p, uint64_t *repeated)
{
	struct mp_recoverlog_batch *batch = malloc(sizeof(*batch));
	const struct mp_lineset *lines = &p->lines;
	size_t first = 0;
	int err = 0;

	if (!batch)
		return -ENOMEM;
	batch->len = 0;
	for (size_t i = 0; i < lines->count && !err; i++) {
		const struct mp_lineset_line *l = &lines->lines[i];

		if (l->found)
			continue;
		if (l->len > sizeof(batch->lines) - batch->len) {
			err = put_batch(log, out, p, batch);
			if (!err)
				err = note_written(r, p, first, i, repeated);
			first = i;
			batch->len = 0;
		}
		memcpy(batch->lines + batch->len, mp_lineset_text(lines, l),
		       l->len);
		batch->len += l->len;
	}
	if (!err && batch->len > 0)
		err = put_batch(log, out, p, batch);
	if (!err && batch->len > 0)
		err = note_written(r, p, first, lines->count, repeated);
	free(batch);
	return err;
}

/* ---- the account ---- */

static bool is_there(const struct mp_recoverlog *log,
		     const struct mp_recover *r, const char *line, size_t len,
		     int64_t since_us, int *ret_err)
{
	const struct mp_recorder_log *at = &r->header->log_state;
	bool torn = at->seq.n & 1;
	const struct mp_recorder_mark mark = {
		.dev = torn ? 0 : (uint64_t)at->dev,
		.ino = torn ? 0 : (uint64_t)at->ino,
		.size = torn ? 0 : (uint64_t)at->size,
	};
	struct mp_recoverlog_search search = { &mark, 1, since_us };
	struct mp_lineset lines;
	uint64_t unsure;
	bool found = false;

	mp_lineset_init(&lines);
	*ret_err = mp_lineset_add(&lines, line, len, 0);
	if (!*ret_err)
		*ret_err = mp_recoverlog_find(log, &search, &lines, &unsure);
	if (!*ret_err)
		found = lines.lines[0].found;
	mp_lineset_release(&lines);
	return found;
}

/* Last of all its lines: who comes after a recoverer that was killed before
   finds it. */
static int put_account(const struct mp_recover *r,
		       const struct mp_recoverlog *log, int out,
		       const struct mp_recover_account *a)
{
	char counts[MP_RECOVERLINE_COUNTS + 1];
	struct mp_record record = mp_recoverline(r->header, a, counts);
	struct pending none = { .marks = NULL };
	struct mp_recoverlog_batch *batch;
	int err = 0;

	if (r->header->format == MP_FORMAT_LAUNCHPAD)
		return 0;
	batch = malloc(sizeof(*batch));
	if (!batch)
		return -ENOMEM;
	mp_lineset_init(&none.lines);
	batch->len = mp_record_format(&record, batch->lines);
	if (!log || !is_there(log, r, batch->lines, batch->len,
			      record.timestamp_us, &err))
		err = err ? err : put_batch(log, out, &none, batch);
	free(batch);
	return err;
}

/* ---- all of it ---- */

static int recover_into_log(struct mp_recover *r,
			    const struct mp_recoverlog *log,
			    struct mp_recover_account *ret)
{
	struct mp_recorder_mark mark;
	struct pending p;
	int err = mp_recoverlog_mark(log, &mark);

	if (err)
		return err;
	err = end_all(r, &mark);
	if (err)
		return err;
	err = collect(r, &p);
	if (!err && p.lines.count > 0) {
		struct mp_recoverlog_search search = { p.marks, p.lines.count,
						       p.since_us };

		err = mp_recoverlog_find(log, &search, &p.lines, &ret->unsure);
	}
	if (!err)
		err = note_found(r, &p);
	if (!err)
		err = put_lines(r, log, -1, &p, &ret->repeated);
	release_pending(&p);
	if (!err)
		err = mp_recoveraccount_settle(r, ret);
	return err ? err : put_account(r, log, -1, ret);
}

static int recover_to_descriptor(struct mp_recover *r, int out,
				 struct mp_recover_account *ret)
{
	const struct mp_recorder_mark nowhere = { 0 };
	struct pending p;
	int err;

	if (out < 0)
		return -EMEDIUMTYPE;
	err = end_all(r, &nowhere);
	if (err)
		return err;
	err = collect(r, &p);
	if (!err)
		err = put_lines(r, NULL, out, &p, &ret->repeated);
	release_pending(&p);
	if (!err)
		err = mp_recoveraccount_settle(r, ret);
	return err ? err : put_account(r, NULL, out, ret);
}

static int recover_lines(struct mp_recover *r, int64_t patience_ns, int out,
			 struct mp_recover_account *ret)
{
	struct mp_recoverlog *log = malloc(sizeof(*log));
	int err;

	if (!log)
		return -ENOMEM;
	err = mp_recoverlog_open(r->header->log,
				 r->header->format == MP_FORMAT_MEMPROF,
				 patience_ns, log);
	if (!err) {
		err = recover_into_log(r, log, ret);
		mp_recoverlog_close(log);
	} else if (err == -EMEDIUMTYPE) {
		err = recover_to_descriptor(r, out, ret);
	}
	free(log);
	return err;
}

static int remove_recorder(const struct mp_recover *r)
{
	int dir = dirfd(r->in->dir);
	struct stat st;

	if (fstatat(dir, r->entry.name, &st, AT_SYMLINK_NOFOLLOW) ||
	    st.st_dev != r->entry.id.dev || st.st_ino != r->entry.id.ino)
		return -ESTALE;
	return unlinkat(dir, r->entry.name, 0) ? -errno : 0;
}

int mp_recover_run(struct mp_recover *r, int64_t patience_ns, int out,
		   struct mp_recover_account *ret)
{
	struct mp_recoveraccount_states n;
	int err;

	*ret = (struct mp_recover_account){ 0 };
	err = mp_recoveraccount_count(r, &n, ret);
	if (err)
		return err;
	*ret = (struct mp_recover_account){ 0 };
	err = recover_lines(r, patience_ns, out, ret);
	/* Its account alone is not worth a recorder that nobody can remove. */
	if (err == -ENOENT && n.unfinished + n.ending + n.own == 0)
		err = mp_recoveraccount_settle(r, ret);
	return err ? err : remove_recorder(r);
}

unsigned mp_recover_log(const char *dir, const char *log_pattern, unsigned max,
			int64_t patience_ns, bool (*is_own)(struct mp_sys_id))
{
	struct mp_recover_account account;
	struct mp_recorders_entry entry;
	struct mp_recorders in;
	struct mp_recover r;
	const char *why;
	unsigned n = 0;

	if (mp_recorders_open(dir, &in))
		return 0;
	while (n < max && mp_recorders_next(&in, &entry)) {
		if (entry.owner != geteuid() || is_own(entry.id) ||
		    mp_recover_open(&in, &entry, geteuid(), &r, &why))
			continue;
		if (!strcmp(r.header->log_pattern, log_pattern) &&
		    !mp_recover_run(&r, patience_ns, -1, &account))
			n++;
		mp_recover_close(&r);
	}
	mp_recorders_close(&in);
	return n;
}
