#include "profile/rawfile.h"

#include "profile/format.h"
#include "profile/objects.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

#define BUFFER_SIZE 4096

/* The first error sticks, and nothing is written from then on. */
struct out {
	const struct mp_newfile *to;
	int err;
	uint64_t bytes, max_bytes, lines;
	size_t len; /* of the buffer in use */
	char buffer[BUFFER_SIZE];
};

/* ---- text ---- */

static void flush(struct out *out)
{
	if (out->bytes > out->max_bytes && !out->err)
		out->err = -EFBIG;
	if (!out->err)
		out->err = mp_newfile_write(out->to, out->buffer, out->len);
	out->len = 0;
}

static void put_text(struct out *out, struct mp_text t)
{
	out->bytes += t.len;
	while (t.len > 0) {
		size_t room = BUFFER_SIZE - out->len;
		size_t n = t.len < room ? t.len : room;

		memcpy(out->buffer + out->len, t.p, n);
		out->len += n;
		t.p += n;
		t.len -= n;
		if (out->len == BUFFER_SIZE)
			flush(out);
	}
}

static void put(struct out *out, const char *s)
{
	put_text(out, (struct mp_text){ s, strlen(s) });
}

static void put_tab(struct out *out)
{
	put_text(out, (struct mp_text){ "\t", 1 });
}

static void end_line(struct out *out)
{
	put_text(out, (struct mp_text){ "\n", 1 });
	out->lines++;
}

static void put_based(struct out *out, uint64_t v, unsigned base)
{
	char digits[20], *end = digits + sizeof(digits), *p = end;

	do
		*--p = "0123456789abcdef"[v % base];
	while (v /= base);
	put_text(out, (struct mp_text){ p, (size_t)(end - p) });
}

static void put_unsigned(struct out *out, uint64_t v)
{
	put_tab(out);
	put_based(out, v, 10);
}

static void put_number(struct out *out, int64_t v)
{
	put_tab(out);
	if (v == MP_UNKNOWN) {
		put(out, MP_FORMAT_UNKNOWN);
		return;
	}
	if (v < 0)
		put(out, "-");
	put_based(out, v < 0 ? -(uint64_t)v : (uint64_t)v, 10);
}

static void put_pcs(struct out *out, const uintptr_t *pcs, size_t depth)
{
	put_tab(out);
	if (!depth)
		put(out, MP_FORMAT_NONE);
	for (size_t i = 0; i < depth; i++) {
		if (i > 0)
			put(out, " ");
		put_based(out, pcs[i], 16);
	}
	end_line(out);
}

/* ---- the header ---- */

static void text_line(struct out *out, const char *key, struct mp_text value)
{
	put(out, key);
	put_tab(out);
	if (value.len)
		put_text(out, value);
	else
		put(out, MP_FORMAT_NONE);
	end_line(out);
}

static void word_line(struct out *out, const char *key, const char *value)
{
	text_line(out, key, (struct mp_text){ value, strlen(value) });
}

static void number_line(struct out *out, const char *key, int64_t v)
{
	put(out, key);
	put_number(out, v);
	end_line(out);
}

static void unsigned_line(struct out *out, const char *key, uint64_t v)
{
	put(out, key);
	put_unsigned(out, v);
	end_line(out);
}

static void put_memory(struct out *out, const struct mp_record *log)
{
	number_line(out, MP_FORMAT_START_VSS, log->start_vss);
	number_line(out, MP_FORMAT_START_RSS, log->start_rss);
	number_line(out, MP_FORMAT_END_VSS, log->end_vss);
	number_line(out, MP_FORMAT_END_RSS, log->end_rss);
	number_line(out, MP_FORMAT_VSS_DELTA, log->vss_delta);
	number_line(out, MP_FORMAT_RSS_DELTA, log->rss_delta);
	number_line(out, MP_FORMAT_ALLOCATED, log->allocated);
	number_line(out, MP_FORMAT_FREED, log->freed);
	number_line(out, MP_FORMAT_PEAK, log->peak);
	number_line(out, MP_FORMAT_OVERLAP, log->overlap);
}

static int64_t add_known(int64_t a, int64_t b)
{
	return a == MP_UNKNOWN || b == MP_UNKNOWN ? MP_UNKNOWN : a + b;
}

static struct mp_rawfile_page sum_pages(const struct mp_rawfile *what)
{
	struct mp_rawfile_page sum = { .requests = 0 };

	for (uint32_t i = 0; i < what->page_count; i++) {
		const struct mp_rawfile_page *p = &what->pages[i];

		sum.requests += p->requests;
		sum.duration_ns = add_known(sum.duration_ns, p->duration_ns);
		sum.cpu_ns = add_known(sum.cpu_ns, p->cpu_ns);
	}
	return sum;
}

/* ---- values ---- */

/* What the stacks of a page should add up to; or MP_UNKNOWN. */
static int64_t page_total(const struct mp_rawfile *what, uint32_t page)
{
	const struct mp_rawfile_page *p = &what->pages[page];

	return what->wall ? p->duration_ns : p->cpu_ns;
}

static uint64_t sum_values(const struct mp_fold *f, uint32_t page)
{
	const struct mp_fold_stack *s = mp_fold_first(f, page);
	uint64_t sum = 0;

	for (; s; s = mp_fold_next(f, s))
		sum += s->value;
	return sum;
}

/* Whether the stacks of some page have more than its total. */
static bool exceeds(const struct mp_rawfile *what)
{
	for (uint32_t i = 0; i < what->page_count; i++) {
		int64_t total = page_total(what, i);

		if (total != MP_UNKNOWN &&
		    sum_values(what->fold, i) > (uint64_t)total)
			return true;
	}
	return false;
}

static void put_degraded(struct out *out, const struct mp_rawfile *what)
{
	for (size_t i = 0; i < what->degraded_count; i++)
		word_line(out, MP_FORMAT_DEGRADED, what->degraded[i]);
	if (exceeds(what))
		word_line(out, MP_FORMAT_DEGRADED,
			  "Samples were weighted with more time than passed.");
}

static void put_header(struct out *out, const struct mp_rawfile *what,
		       struct mp_text exe)
{
	const struct mp_record *log = what->log;
	struct mp_rawfile_page sum = sum_pages(what);
	char began[MP_RECORD_TIME_LEN];

	mp_record_format_time(what->began_us, began);
	word_line(out, MP_FORMAT_MAGIC, MP_FORMAT_VERSION);
	word_line(out, MP_FORMAT_CLOCK,
		  what->wall ? MP_FORMAT_CLOCK_WALL : MP_FORMAT_CLOCK_CPU);
	text_line(out, MP_FORMAT_BEGAN,
		  (struct mp_text){ began, sizeof(began) });
	text_line(out, MP_FORMAT_PAGE_ID, log->page_id);
	text_line(out, MP_FORMAT_OOPS_ID, log->oops_id);
	text_line(out, MP_FORMAT_HOST, log->host);
	number_line(out, MP_FORMAT_PID, log->pid);
	number_line(out, MP_FORMAT_TID, log->tid);
	text_line(out, MP_FORMAT_EXE, exe);
	unsigned_line(out, MP_FORMAT_REQUESTS, sum.requests);
	number_line(out, MP_FORMAT_DURATION_NS, sum.duration_ns);
	number_line(out, MP_FORMAT_CPU_NS, sum.cpu_ns);
	if (sum.requests == 1)
		put_memory(out, log);
	word_line(out, MP_FORMAT_MECHANISM, what->mechanism);
	number_line(out, MP_FORMAT_INTERVAL_NS, what->interval_ns);
	number_line(out, MP_FORMAT_TICK_NS, what->tick_ns);
	unsigned_line(out, MP_FORMAT_SAMPLES, what->fold->samples);
	unsigned_line(out, MP_FORMAT_LOST, atomic_load(&what->fold->lost));
	unsigned_line(out, MP_FORMAT_CUT, atomic_load(&what->fold->cut));
	put_degraded(out, what);
}

/* ---- the body ---- */

/* Which objects were met: bit by bit. */
struct met {
	unsigned char bits[MP_OBJECTS_MAX / CHAR_BIT];
};

static void note_met(struct met *met, const struct mp_objects *objects,
		     const uintptr_t *pcs, size_t depth)
{
	for (size_t i = 0; i < depth; i++) {
		size_t at = mp_objects_find(objects, pcs[i]);

		if (at < MP_OBJECTS_MAX)
			met->bits[at / CHAR_BIT] |=
				(unsigned char)(1 << at % CHAR_BIT);
	}
}

static void put_objects(struct out *out, const struct mp_rawfile *what,
			const struct mp_objects *objects)
{
	const struct mp_note *n =
		what->notes ? mp_notelist_first(what->notes) : NULL;
	struct met met = { { 0 } };

	for (uint32_t i = 0; i < what->page_count; i++) {
		const struct mp_fold_stack *s = mp_fold_first(what->fold, i);

		for (; s; s = mp_fold_next(what->fold, s))
			note_met(&met, objects, s->pcs, s->depth);
	}
	for (; n; n = mp_notelist_next(what->notes, n))
		note_met(&met, objects, n->pcs, n->depth);

	for (size_t i = 0; i < MP_OBJECTS_MAX; i++)
		if (met.bits[i / CHAR_BIT] >> i % CHAR_BIT & 1) {
			put_text(out, mp_objects_line(objects, i));
			out->lines++;
		}
}

static void put_stack(struct out *out, enum mp_fold_kind kind, uint64_t samples,
		      uint64_t value, const uintptr_t *pcs, size_t depth)
{
	static const char *const kinds[] = {
		[MP_FOLD_CPU] = MP_FORMAT_KIND_CPU,
		[MP_FOLD_BLOCKED] = MP_FORMAT_KIND_BLOCKED,
		[MP_FOLD_QUEUED] = MP_FORMAT_KIND_QUEUED,
		[MP_FOLD_UNSAMPLED] = MP_FORMAT_KIND_UNSAMPLED,
	};

	put(out, MP_FORMAT_STACK);
	put_tab(out);
	put(out, kinds[kind]);
	put_unsigned(out, samples);
	put_unsigned(out, value);
	put_pcs(out, pcs, depth);
}

static void put_stacks(struct out *out, const struct mp_rawfile *what,
		       uint32_t page)
{
	int64_t total = page_total(what, page);
	uint64_t left = total == MP_UNKNOWN ? UINT64_MAX : (uint64_t)total;
	const struct mp_fold_stack *s = mp_fold_first(what->fold, page);

	for (; s; s = mp_fold_next(what->fold, s)) {
		uint64_t value = s->value < left ? s->value : left;

		put_stack(out, s->kind, s->samples, value, s->pcs, s->depth);
		left -= value;
	}
	if (total != MP_UNKNOWN && left > 0)
		put_stack(out, MP_FOLD_UNSAMPLED, 0, left, NULL, 0);
}

static void put_notes(struct out *out, const struct mp_notelist *notes,
		      uint32_t page)
{
	const struct mp_note *n = mp_notelist_first(notes);

	for (; n; n = mp_notelist_next(notes, n)) {
		if (n->page != page)
			continue;
		put(out, MP_FORMAT_NOTE);
		put_tab(out);
		put_text(out, mp_note_kind(n));
		put_number(out, n->start_ns);
		put_number(out, n->end_ns);
		put_tab(out);
		put_text(out, mp_note_text(n));
		put_pcs(out, n->pcs, n->depth);
	}
}

static void put_page(struct out *out, const struct mp_rawfile *what,
		     uint32_t page)
{
	const struct mp_rawfile_page *p = &what->pages[page];

	put(out, MP_FORMAT_PAGE);
	put_tab(out);
	put_text(out, p->id);
	put_unsigned(out, p->requests);
	put_number(out, p->duration_ns);
	put_number(out, p->cpu_ns);
	end_line(out);
	put_stacks(out, what, page);
	if (what->notes)
		put_notes(out, what->notes, page);
}

int mp_rawfile_put(const struct mp_newfile *to, const struct mp_rawfile *what,
		   uint64_t max_bytes, uint64_t *ret_bytes)
{
	struct mp_objects *objects = mp_objects_get();
	struct out out = { .to = to, .max_bytes = max_bytes };

	if (!objects)
		return -ENOMEM;
	put_header(&out, what, mp_objects_exe(objects));
	put_objects(&out, what, objects);
	for (uint32_t i = 0; i < what->page_count; i++)
		put_page(&out, what, i);
	if (what->notes)
		unsigned_line(&out, MP_FORMAT_NOTES_DROPPED,
			      atomic_load(&what->notes->dropped));
	unsigned_line(&out, MP_FORMAT_END, out.lines);
	flush(&out);
	mp_objects_put(objects);
	if (out.err)
		return out.err;
	*ret_bytes = out.bytes;
	return 0;
}

/* ---- a file of a given name ---- */

/* The folder of `path`, with room for PATH_MAX bytes, and the name in it. */
static int split(const char *path, char *ret_dir, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) + 1 : 0;

	if (len >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(ret_dir, path, len);
	strcpy(ret_dir + len, ".");
	*ret_name = path + len;
	return 0;
}

static int replace(const char *path, const struct mp_rawfile *what)
{
	char dir[PATH_MAX + 2];
	struct mp_newfile f;
	const char *name;
	uint64_t bytes;
	int err = split(path, dir, &name);

	if (err)
		return err;
	err = mp_newfile_open(dir, &f);
	if (err)
		return err;
	err = mp_rawfile_put(&f, what, UINT64_MAX, &bytes);
	if (!err)
		return mp_newfile_replace(&f, name);
	mp_newfile_abandon(&f);
	return err;
}

int mp_rawfile_replace(const char *path, const struct mp_rawfile *what)
{
	int before = errno, cancel, err;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	err = replace(path, what);
	pthread_setcancelstate(cancel, NULL);
	errno = before;
	return err;
}
