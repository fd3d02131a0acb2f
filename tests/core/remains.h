#ifndef MP_REMAINS_H
#define MP_REMAINS_H

/* What the tests of recovery share: what a killed process leaves behind, made
   by hand: a recorder in `run/`, with any slots, and a log. */

#include "core/logging.h"

#include "core/clock.h"
#include "core/config.h"
#include "core/recorder_layout.h"
#include "core/recorders.h"
#include "core/recover.h"

#include <limits.h>

/* No process has this pid. */
#define DEAD INT32_MAX

#define BEGAN_NS INT64_C(5000000000)
#define PAGES	 INT64_C(4096)

#define SLOTS 128

struct remains {
	struct mp_recorder h;
	struct mp_recorder_slot slots[SLOTS];
};

static struct remains remains;
static int64_t began_us; /* after logs were made, before they are written to */
static char remains_log[PATH_MAX];

static inline struct mp_recorder_slot *put_slot(uint32_t i, uint32_t sequence,
						enum mp_recorder_state state,
						const char *page)
{
	struct mp_recorder_slot *s = &remains.slots[i];

	*s = (struct mp_recorder_slot){
		.word = mp_recorder_word(7, sequence, state),
		.number = i,
		.begin_real_us = began_us + i,
		.begin_mono_ns = BEGAN_NS + i * 1000,
		.start = { 1000 * PAGES, 500 * PAGES },
		.tid = 1000 + (int32_t)i,
		.page_len = (uint16_t)strlen(page),
	};
	memcpy(s->page, page, s->page_len);
	return s;
}

static inline struct mp_recorder_slot *put_in_flight(uint32_t i,
						     const char *page)
{
	return put_slot(i, 0, MP_RECORDER_IN_FLIGHT, page);
}

/* An ended request whose line begins in `log` at `size` or behind; where `log`
   is null, the mark was never set. */
static inline struct mp_recorder_slot *put_ended(uint32_t i,
						 enum mp_recorder_state state,
						 const char *page,
						 const char *log, uint64_t size)
{
	struct mp_recorder_slot *s = put_slot(i, 2, state, page);
	struct stat st = { .st_size = 0 };

	if (log)
		assert_int_equal(stat(log, &st), 0);
	s->duration_us = 1234;
	s->end = (struct mp_statm){ 1001 * PAGES, 502 * PAGES };
	s->vss_delta = PAGES;
	s->rss_delta = 2 * PAGES;
	s->allocated = 70;
	s->freed = 30;
	s->peak = 60;
	s->overlap = 1;
	s->heap_allocated = MP_UNKNOWN;
	s->heap_active = MP_UNKNOWN;
	s->heap_resident = MP_UNKNOWN;
	s->mark = (struct mp_recorder_mark){ st.st_dev, st.st_ino, size };
	s->oops_len = 1;
	s->oops[0] = '-';
	return s;
}

/* A recorder without a request, of a process that logged to `log`. */
static inline void begin_remains(const char *log)
{
	struct mp_recorder *h = &remains.h;

	memset(&remains, 0, sizeof(remains));
	began_us = mp_clock_real_us() + 1000000;
	if (log[0] == '/')
		strcpy(remains_log, log);
	else
		snprintf(remains_log, sizeof(remains_log), "%s/%s", logging_dir,
			 log);
	h->magic = MP_RECORDER_MAGIC;
	h->version = MP_RECORDER_VERSION;
	h->header_size = sizeof(*h);
	h->slot_size = sizeof(struct mp_recorder_slot);
	h->slot_count = SLOTS;
	h->pid = DEAD;
	h->uid = geteuid();
	h->start_ticks = 1;
	h->opened_real_us = began_us - 1000000;
	h->opened_mono_ns = BEGAN_NS - 1000000000;
	h->format = MP_FORMAT_MEMPROF;
	h->host_len = 4;
	memcpy(h->host, "web1", 4);
	strcpy(h->log, remains_log);
	strcpy(h->log_pattern, remains_log);
	h->reading.mono_ns = BEGAN_NS + 2000000;
	h->reading.vss = 1100 * PAGES;
	h->reading.rss = 600 * PAGES;
}

/* Where the remains lie under the name number `n`. */
static inline const char *remains_name(unsigned n)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/run/" MP_RECORDER_NAME, logging_dir,
		 geteuid(), DEAD, (uint64_t)1, n);
	return path;
}

static inline void write_remains(unsigned n)
{
	int fd = open(remains_name(n), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0600), 0);
	assert_int_equal(write(fd, &remains, sizeof(remains)), sizeof(remains));
	close(fd);
}

/* The line of a slot that has ended. */
static inline size_t line_of(uint32_t i, char line[MP_RECORD_MAX])
{
	const struct mp_recorder_slot *s = &remains.slots[i];
	struct mp_record r = {
		.timestamp_us = s->begin_real_us,
		.page_id = { s->page, s->page_len },
		.oops_id = { s->oops, s->oops_len },
		.duration_us = s->duration_us,
		.start_vss = s->start.vss,
		.start_rss = s->start.rss,
		.end_vss = s->end.vss,
		.end_rss = s->end.rss,
		.vss_delta = s->vss_delta,
		.rss_delta = s->rss_delta,
		.allocated = s->allocated,
		.freed = s->freed,
		.peak = s->peak,
		.overlap = s->overlap,
		.heap_allocated = s->heap_allocated,
		.heap_active = s->heap_active,
		.heap_resident = s->heap_resident,
		.pid = remains.h.pid,
		.tid = s->tid,
		.host = { remains.h.host, remains.h.host_len },
	};

	return remains.h.format == MP_FORMAT_LAUNCHPAD
		       ? mp_record_format_launchpad(&r, remains.h.utc_offset_s,
						    line)
		       : mp_record_format(&r, line);
}

static inline void append(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0640);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

static inline void append_text(const char *path, const char *text)
{
	append(path, text, strlen(text));
}

/* Append the first `len` bytes of a slot's line; all where it is 0. */
static inline void append_line(const char *path, uint32_t i, size_t len)
{
	char line[MP_RECORD_MAX];
	size_t whole = line_of(i, line);

	append(path, line, len ? len : whole);
}

/* A log that is its header alone, and `n` ended requests whose lines are to
   come. */
static inline void begin_log(uint32_t n)
{
	append_text(LOG, mp_record_header);
	for (uint32_t i = 0; i < n; i++)
		put_ended(i, MP_RECORDER_ENDING, "done", LOG,
			  mp_record_header_len);
}

/* A line as another process of the same log writes it. */
static inline size_t line_of_another(unsigned i, char line[MP_RECORD_MAX])
{
	struct mp_record r = mp_record_unknown;

	r.timestamp_us = began_us + i;
	r.page_id = (struct mp_text){ "another", 7 };
	r.oops_id = (struct mp_text){ "-", 1 };
	r.pid = 99;
	r.tid = 99;
	r.host = (struct mp_text){ "web1", 4 };
	return mp_record_format(&r, line);
}

/* How many whole lines of a file are this one. */
static inline unsigned times(const char *path, const char *line, size_t len)
{
	unsigned n = 0;
	size_t size;
	char *text = read_whole(path, &size);
	const char *newline;

	if (!text)
		return 0;
	for (const char *p = text; (newline = strchr(p, '\n')); p = newline + 1)
		n += (size_t)(newline + 1 - p) == len && !memcmp(p, line, len);
	free(text);
	return n;
}

static inline unsigned times_logged(const char *path, uint32_t i)
{
	char line[MP_RECORD_MAX];
	size_t len = line_of(i, line);

	return times(path, line, len);
}

/* The only record of page `page` in a file: into `ret`, whose texts lie in
   `line`.  Fails where there is not just one. */
static inline void only_record(const char *path, const char *page,
			       char line[MP_RECORD_MAX], struct mp_record *ret)
{
	unsigned n = 0;
	size_t size;
	char *text = read_whole(path, &size);
	const char *newline;

	assert_non_null(text);
	for (const char *p = text; (newline = strchr(p, '\n'));
	     p = newline + 1) {
		size_t len = (size_t)(newline + 1 - p);
		struct mp_record r;

		if (mp_record_parse(p, len, &r, NULL) != MP_RECORD_FORMAT_1 ||
		    r.page_id.len != strlen(page) ||
		    memcmp(r.page_id.p, page, r.page_id.len))
			continue;
		memcpy(line, p, len);
		assert_int_equal(mp_record_parse(line, len, ret, NULL),
				 MP_RECORD_FORMAT_1);
		n++;
	}
	free(text);
	assert_int_equal(n, 1);
}

/* Recover what is in `run/`.  Returns the last error, -ENOENT where there was
   no recorder. */
static inline int recover_into(int out, struct mp_recover_account *ret,
			       const char **ret_why)
{
	struct mp_recorders_entry entry;
	struct mp_recorders in;
	struct mp_recover r;
	char run[80];
	int err = -ENOENT;

	snprintf(run, sizeof(run), "%s/run", logging_dir);
	if (mp_recorders_open(run, &in))
		return -ENOTDIR;
	while (mp_recorders_next(&in, &entry)) {
		err = mp_recover_open(&in, &entry, geteuid(), &r, ret_why);
		if (err)
			continue;
		err = mp_recover_run(&r, MP_NS_PER_S, out, ret);
		mp_recover_close(&r);
	}
	mp_recorders_close(&in);
	return err;
}

static inline struct mp_recover_account recover(void)
{
	struct mp_recover_account account = { 0 };
	const char *why = "";
	int err = recover_into(-1, &account, &why);

	if (err)
		fail_msg("not recovered: %s: %s", strerror(-err), why);
	assert_int_equal(access(remains_name(0), F_OK), -1);
	return account;
}

/* A fresh folder with `run/`, in the folder `*state`. */
static inline int enter_anywhere(void **state)
{
	snprintf(logging_dir, sizeof(logging_dir), "%s/test_recover.XXXXXX",
		 (const char *)*state);
	if (!mkdtemp(logging_dir) || chdir(logging_dir) || mkdir("run", 0700))
		return -1;
	begin_remains(LOG);
	return 0;
}

#define ANYWHERE(f)                                                       \
	{                                                                 \
		.name = #f, .test_func = f, .setup_func = enter_anywhere, \
		.teardown_func = leave, .initial_state = NULL,            \
	}

/* Each of `count` tests twice: with the log on disk, and on tmpfs. */
static inline void anywhere(const struct CMUnitTest *tests, size_t count,
			    struct CMUnitTest *ret)
{
	static char disk[] = "/tmp", tmpfs[] = "/dev/shm";

	for (size_t i = 0; i < 2 * count; i++) {
		ret[i] = tests[i / 2];
		ret[i].initial_state = i % 2 ? tmpfs : disk;
	}
}

#endif
