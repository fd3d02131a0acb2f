#ifndef MP_RECORDER_H
#define MP_RECORDER_H

/*
 * recorder: a session's own flight recorder: its file, its mapping, its lock.
 * What lies in it says recorder_layout.h.
 *
 * A session reserves a range of addresses, once, and reads and writes its
 * recorder there and nowhere else.  Where it has no file, anonymous memory is
 * there: so nothing but the claim of a slot asks whether there is one.  Files
 * come and go under the same addresses (mmap(2), MAP_FIXED), and a call that
 * comes too late never faults.
 *
 * The file lies on tmpfs, and all of it is reserved before it is mapped: a
 * sparse one would end the host by SIGBUS when the tmpfs is full, and one on a
 * disk would have it wait for writeback.  It gets its name when it is whole and
 * locked; who is killed before leaves nothing.
 *
 * Its lock says that the process lives.  It is one of fcntl(2), F_SETLK, which
 * a forked child does not inherit; but any close(2) of any descriptor of the
 * file in this process drops it, so nothing here opens the file twice, and each
 * second's check takes it again.
 */

#include "core/clock.h"
#include "core/record.h"
#include "core/recorder_layout.h"
#include "core/sys.h"
#include "memprof.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mp_recorder_file {
	struct mp_recorder *at; /* constant from mp_recorder_reserve() on */
	size_t room;		/* bytes reserved there */
	_Atomic uint32_t slot_count; /* 0 where there is no file */
	_Atomic int32_t state; /* an enum memprof_recorder, or a negative errno
				  value: why there is none, or none that can
				  be found */
	int fd;
	struct mp_sys_id id;
	char path[PATH_MAX];
};

/* What a recorder tells of its session. */
struct mp_recorder_about {
	const char *run_dir; /* empty: no recorder is wanted */
	const char *log;
	const char *log_pattern;
	struct mp_text host;
	uint32_t format; /* an enum mp_config_format */
	uint32_t slot_count;
	uint64_t log_threshold, sample_one_in;
	bool async;
	bool paused; /* nothing is measured from the start */
};

/* Reserve addresses for a recorder of up to `slot_count` slots.  Fails as
   mmap(2). */
int mp_recorder_reserve(struct mp_recorder_file *f, uint32_t slot_count);

static inline bool mp_recorder_has_room(const struct mp_recorder_file *f,
					uint32_t slot_count)
{
	return f->room >= mp_recorder_size(slot_count);
}

/*
 * Make the recorder, or go without: then `f->state` says why: -EMEDIUMTYPE
 * where `run_dir` is not on tmpfs, -ENOSPC where that is full, -EFBIG where
 * RLIMIT_FSIZE is too low, -ENAMETOOLONG, or what a system call said.  Fails with -ENOMEM where even the reserved
 * addresses were lost.
 */
int mp_recorder_open(struct mp_recorder_file *f,
		     const struct mp_recorder_about *about);

/* The same in a forked child, whose parent's recorder is left alone.  Whether
   it is paused is the parent's, too.  On failure the session must not go on. */
int mp_recorder_renew(struct mp_recorder_file *f,
		      const struct mp_recorder_about *about);

/* See to it that the file is still locked and has its name; each second. */
void mp_recorder_check(struct mp_recorder_file *f);

/* Remove the file.  Who is still inside a call goes on in anonymous memory,
   with the same counts. */
void mp_recorder_close(struct mp_recorder_file *f);

/* ---- what the process tells ---- */

static inline void mp_recorder_count(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

#define MP_RECORDER_READING_NS (MP_NS_PER_S / 1000)

__attribute__((cold, noinline)) void
mp_recorder_store_reading(struct mp_recorder *r, int64_t now_ns,
			  int64_t real_us, struct mp_statm size);

/* The size of the process, as it was just read; kept once a millisecond. */
static inline void mp_recorder_note_reading(struct mp_recorder *r,
					    int64_t now_ns, int64_t real_us,
					    struct mp_statm size)
{
	if (__builtin_expect(now_ns - mp_seq_get(&r->reading.mono_ns) >=
				     MP_RECORDER_READING_NS,
			     0))
		mp_recorder_store_reading(r, now_ns, real_us, size);
}

/* The log as it is now; what is written from here on lies behind that. */
void mp_recorder_note_log(struct mp_recorder *r, int fd);

/* The log as it was when it was last noted. */
static inline struct mp_recorder_mark
mp_recorder_mark(const struct mp_recorder *r)
{
	const struct mp_recorder_log *l = &r->log_state;
	uint32_t began = mp_seq_read_begin(&l->seq);
	struct mp_recorder_mark mark = {
		.dev = (uint64_t)mp_seq_get(&l->dev),
		.ino = (uint64_t)mp_seq_get(&l->ino),
		.size = (uint64_t)mp_seq_get(&l->size),
	};

	/* Unknown: then all of the log is searched. */
	return mp_seq_read_ok(&l->seq, began)
		       ? mark
		       : (struct mp_recorder_mark){ .size = 0 };
}

#endif
