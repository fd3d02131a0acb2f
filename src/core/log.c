#include "core/log.h"

#include "core/clock.h"
#include "core/process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static_assert(MP_RECORD_MAX <= PIPE_BUF, "a line to a pipe is whole");

#define MOMENT_NS (MP_NS_PER_S / 1000)

/* What is written behind a fragment.  The TAB makes a field too many or an
   empty one: cut in its last column, the fragment would read as a line. */
#define CUT_OFF	    "\t\n"
#define CUT_OFF_LEN 2

/* ---- appending ---- */

static ssize_t write_once(struct mp_log *l, uint32_t special, const char *data,
			  size_t len)
{
	int fd = atomic_load_explicit(&l->fd, memory_order_relaxed);
	ssize_t n;

	do {
		if (special & MP_LOG_SOCKET)
			n = mp_sys_send(fd, data, len);
		else if (special & MP_LOG_GUARDED)
			n = mp_logfile_write_guarded(fd, data, len);
		else
			n = mp_sys_write(fd, data, len);
	} while (n == -EINTR);
	return n;
}

/* Look at the file again at once: what we write to may be gone. */
static void check_soon(struct mp_log *l)
{
	atomic_store_explicit(&l->check_at_ns, 0, memory_order_relaxed);
}

/* Keep a line whose beginning alone is in the log.  Where one is kept already,
   this one is lost.  Needs `torn_busy`. */
static void keep_torn(struct mp_log *l, const char *line, size_t len, bool own)
{
	if (l->torn_len)
		return;
	memcpy(l->torn, line, len);
	l->torn_len = len;
	l->torn_is_own = own;
	mp_log_set_special(l, MP_LOG_TORN, true);
}

/* It was counted as dropped when it was torn. */
static void count_repeated(struct mp_recorder_counts *c, bool own)
{
	atomic_fetch_add_explicit(own ? &c->own_lines : &c->logged, 1,
				  memory_order_relaxed);
	atomic_fetch_sub_explicit(own ? &c->own_dropped : &c->dropped, 1,
				  memory_order_relaxed);
}

static void torn_is_in(struct mp_log *l)
{
	if (!l->torn_len)
		return;
	count_repeated(l->counts, l->torn_is_own);
	l->torn_len = 0;
	mp_log_set_special(l, MP_LOG_TORN, false);
}

/* The last byte that the kernel took of a write was `last`. */
static void note_tear(struct mp_log *l, char last)
{
	mp_log_note_error(l, -ENOSPC);
	atomic_fetch_add_explicit(&l->torn_lines, 1, memory_order_relaxed);
	if (last != '\n')
		mp_log_set_special(l, MP_LOG_DIRTY, true);
}

/* What came of a write of `len` bytes that was not whole. */
static void append_failed(struct mp_log *l, const char *line, size_t len,
			  bool own, ssize_t n)
{
	if (n < 0) {
		mp_log_note_error(l, (int)n);
		if (n == -EBADF && atomic_load(&l->fd) >= 0)
			check_soon(l);
		return;
	}
	note_tear(l, '\t');
	if (!atomic_flag_test_and_set_explicit(&l->torn_busy,
					       memory_order_acquire)) {
		keep_torn(l, line, len, own);
		atomic_flag_clear_explicit(&l->torn_busy, memory_order_release);
	}
}

/* Append after a short write: an end to the fragment, the torn line, then
   `line`, which may be empty.  Needs `torn_busy`. */
static bool append_after_torn(struct mp_log *l, uint32_t special,
			      const char *line, size_t len, bool own)
{
	char text[CUT_OFF_LEN + 2 * MP_RECORD_MAX];
	size_t size = 0, torn_end;
	ssize_t n;

	if (special & MP_LOG_DIRTY) {
		memcpy(text, CUT_OFF, CUT_OFF_LEN);
		size = CUT_OFF_LEN;
	}
	memcpy(text + size, l->torn, l->torn_len);
	size += l->torn_len;
	torn_end = size;
	memcpy(text + size, line, len);
	size += len;

	/* Before the write: who tears another line behind it says so after. */
	mp_log_set_special(l, MP_LOG_DIRTY, false);
	n = write_once(l, special, text, size);
	if (n == (ssize_t)size) {
		torn_is_in(l);
		return true;
	}
	if (n < 0) {
		if (special & MP_LOG_DIRTY)
			mp_log_set_special(l, MP_LOG_DIRTY, true);
		append_failed(l, line, len, own, n);
		return false;
	}
	note_tear(l, text[n - 1]);
	if ((size_t)n >= torn_end) {
		torn_is_in(l);
		keep_torn(l, line, len, own);
	}
	return false;
}

/* Somebody else is repeating the torn line. */
static bool append_after_fragment(struct mp_log *l, uint32_t special,
				  const char *line, size_t len, bool own)
{
	char text[CUT_OFF_LEN + MP_RECORD_MAX];
	ssize_t n;

	memcpy(text, CUT_OFF, CUT_OFF_LEN);
	memcpy(text + CUT_OFF_LEN, line, len);
	n = write_once(l, special, text, CUT_OFF_LEN + len);
	if (n == (ssize_t)(CUT_OFF_LEN + len))
		return true;
	append_failed(l, line, len, own, n);
	return false;
}

/* The header of a file that is still empty, now that a line is to come.
   Returns what write(2) said, if that failed. */
static int append_header(struct mp_log *l)
{
	int err;

	if (atomic_flag_test_and_set_explicit(&l->check_busy,
					      memory_order_acquire))
		return 0;
	err = mp_logfile_header(&l->file, l->path);
	if (err == -EAGAIN || err == -ESTALE) {
		atomic_fetch_add_explicit(&l->headerless, 1,
					  memory_order_relaxed);
		err = 0;
	}
	if (!err)
		mp_log_set_special(l, MP_LOG_NO_HEADER, false);
	atomic_flag_clear_explicit(&l->check_busy, memory_order_release);
	return err;
}

static bool append_specially(struct mp_log *l, uint32_t special,
			     const char *line, size_t len, bool own)
{
	bool appended;
	ssize_t n;
	int err;

	if (special & MP_LOG_NO_HEADER) {
		err = append_header(l);
		if (err) {
			mp_log_note_error(l, err);
			return false;
		}
	}
	if (!(special & (MP_LOG_TORN | MP_LOG_DIRTY))) {
		n = write_once(l, special, line, len);
		if (n == (ssize_t)len)
			return true;
		append_failed(l, line, len, own, n);
		return false;
	}
	if (atomic_flag_test_and_set_explicit(&l->torn_busy,
					      memory_order_acquire))
		return append_after_fragment(l, special, line, len, own);
	appended = append_after_torn(l, special, line, len, own);
	atomic_flag_clear_explicit(&l->torn_busy, memory_order_release);
	return appended;
}

/* Some of the calls below are cancellation points. */
__attribute__((cold, noinline)) static bool append_special(struct mp_log *l,
							   uint32_t special,
							   const char *line,
							   size_t len, bool own)
{
	bool appended;
	int cancel;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	appended = append_specially(l, special, line, len, own);
	pthread_setcancelstate(cancel, NULL);
	return appended;
}

static void count_size(struct mp_log *l, size_t len)
{
	uint64_t at = atomic_load_explicit(&l->check_at, memory_order_relaxed);
	uint64_t size =
		atomic_fetch_add_explicit(&l->size, len, memory_order_relaxed);

	if (size < at && size + len >= at)
		check_soon(l);
}

bool mp_log_append(struct mp_log *l, const char *line, size_t len, bool own)
{
	uint32_t special =
		atomic_load_explicit(&l->special, memory_order_relaxed);
	ssize_t n;

	if (l->max_size)
		count_size(l, len);
	if (__builtin_expect(special != 0, 0))
		return append_special(l, special, line, len, own);
	n = mp_sys_write(atomic_load_explicit(&l->fd, memory_order_relaxed),
			 line, len);
	if (__builtin_expect(n == (ssize_t)len, 1))
		return true;
	if (n == -EINTR)
		return append_special(l, 0, line, len, own);
	append_failed(l, line, len, own, n);
	return false;
}

/* Returns how many lines of the batch are settled: all of them, or those before
   and with the torn one. */
static size_t append_at_once(struct mp_log *l, const struct mp_log_batch *b,
			     bool *ret_in)
{
	ssize_t n;
	size_t end = 0;

	/* What is special is done line by line: pipes take no more at once. */
	if (atomic_load_explicit(&l->special, memory_order_relaxed))
		return 0;
	n = mp_sys_write(atomic_load_explicit(&l->fd, memory_order_relaxed),
			 b->text, b->len);
	if (n < 0)
		return 0;
	if (l->max_size)
		count_size(l, (size_t)n);
	for (size_t i = 0; i < b->count; i++) {
		size_t start = end;

		end += b->lens[i];
		ret_in[i] = end <= (size_t)n;
		if (ret_in[i])
			continue;
		if (start == (size_t)n)
			return i;
		append_failed(l, b->text + start, b->lens[i], b->own[i],
			      n - (ssize_t)start);
		return i + 1;
	}
	return b->count;
}

void mp_log_append_batch(struct mp_log *l, const struct mp_log_batch *b,
			 bool *ret_in)
{
	size_t settled = append_at_once(l, b, ret_in);
	size_t at = 0;

	for (size_t i = 0; i < b->count; at += b->lens[i++])
		if (i >= settled)
			ret_in[i] = mp_log_append(l, b->text + at, b->lens[i],
						  b->own[i]);
}

void mp_log_flush(struct mp_log *l)
{
	uint32_t special = atomic_load(&l->special);

	if (special & MP_LOG_TORN)
		append_special(l, special, "", 0, true);
}

void mp_log_reopen(struct mp_log *l)
{
	atomic_store(&l->reopen_wanted, true);
	atomic_store(&l->check_at_ns, 0);
}

/* ---- opening and closing ---- */

/* At open, nobody's request waits for us: give who writes the header right
   now a tenth of a second. */
static void header_at_open(struct mp_log *l)
{
	const struct timespec moment = { 0, MOMENT_NS };
	int err = 0;

	for (int i = 0; i < 100; i++) {
		err = mp_logfile_header(&l->file, l->path);
		if (err != -EAGAIN)
			break;
		nanosleep(&moment, NULL);
	}
	if (err == -EAGAIN)
		atomic_fetch_add(&l->headerless, 1);
	else if (err == -ESTALE)
		check_soon(l);
	else if (err)
		mp_log_set_special(l, MP_LOG_NO_HEADER, true);
}

int mp_log_open(struct mp_log *l, const struct mp_config *config,
		struct mp_recorder_counts *counts)
{
	int err;

	memset(l, 0, sizeof(*l));
	l->counts = counts;
	atomic_flag_clear(&l->torn_busy);
	atomic_flag_clear(&l->check_busy);
	l->max_size = config->memory_profile_max_size;
	l->keep = config->memory_profile_keep;
	l->header = config->memory_profile_format == MP_FORMAT_MEMPROF;

	err = mp_process_expand(config->memory_profile_log,
				atomic_load(&mp_process.pid), l->path);
	if (err)
		return err;
	err = mp_logfile_open(l->path, &l->file);
	if (err)
		return err;
	atomic_store(&l->fd, l->file.fd);
	atomic_store(&l->check_at_ns, mp_clock_mono_ns() + MP_NS_PER_S);
	mp_log_look(l);
	if (l->header)
		header_at_open(l);
	return 0;
}

static bool is_quiet(const struct mp_log *l)
{
	/* In this order: who enters and leaves between the two readings must not
	   stand for one who is still inside. */
	uint64_t left = atomic_load(&l->left);

	return atomic_load(&l->entered) == left;
}

bool mp_log_drain(const struct mp_log *l)
{
	const struct timespec moment = { 0, MOMENT_NS };

	for (int i = 0; i < 1000; i++) {
		if (is_quiet(l))
			return true;
		nanosleep(&moment, NULL);
	}
	return false;
}

void mp_log_close(struct mp_log *l)
{
	if (mp_sys_is(l->file.fd, l->file.id))
		close(l->file.fd);
}

void mp_log_renew(struct mp_log *l, const struct mp_config *config)
{
	struct mp_logfile file;
	char path[PATH_MAX];

	atomic_flag_clear(&l->torn_busy);
	atomic_flag_clear(&l->check_busy);
	/* The parent repeats it, but perhaps behind a line of ours. */
	l->torn_len = 0;
	mp_log_set_special(l, MP_LOG_TORN, false);
	l->header_wanted_ns = 0;
	atomic_store(&l->entered, 0);
	atomic_store(&l->left, 0);
	atomic_store(&l->torn_lines, 0);
	atomic_store(&l->reopened, 0);
	atomic_store(&l->reopen_failed, 0);
	atomic_store(&l->rotated, 0);
	atomic_store(&l->rotate_failed, 0);
	atomic_store(&l->headerless, 0);
	atomic_store(&l->first_error, 0);

	if (!mp_process_expand(config->memory_profile_log,
			       atomic_load(&mp_process.pid), path) &&
	    strcmp(path, l->path)) {
		strcpy(l->path, path);
		/* Until the child has its own, it writes nowhere. */
		if (mp_sys_is(l->file.fd, l->file.id))
			close(l->file.fd);
		atomic_store(&l->fd, -1);
		mp_log_set_special(l, MP_LOG_DIRTY, false);
		if (!mp_logfile_open(l->path, &file)) {
			l->file = file;
			atomic_store(&l->fd, file.fd);
			/* With its first line: here a request waits for us. */
			mp_log_set_special(l, MP_LOG_NO_HEADER, l->header);
		}
	}
	mp_log_check(l, mp_clock_mono_ns());
}
