#ifndef MP_RECORDING_H
#define MP_RECORDING_H

/* What the tests of readers share: recorders as a server makes them, of this
   process, with what a test puts into them. */

#include "core/clock.h"
#include "core/procstat.h"
#include "core/recorder_layout.h"
#include "core/recorders.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A recorder in memory. */
struct recording {
	struct mp_recorder *header;
	struct mp_recorder_slot *slots; /* behind it */
	size_t size;
};

static inline struct recording recording_new(const char *log,
					     const char *pattern)
{
	size_t size = mp_recorder_size(MP_RECORDER_SLOTS);
	struct mp_recorder *h = aligned_alloc(64, size);

	if (!h)
		abort();
	memset(h, 0, size);
	h->magic = MP_RECORDER_MAGIC;
	h->version = MP_RECORDER_VERSION;
	h->header_size = sizeof(*h);
	h->slot_size = sizeof(struct mp_recorder_slot);
	h->slot_count = MP_RECORDER_SLOTS;
	h->pid = getpid();
	h->uid = geteuid();
	mp_procstat_start(getpid(), &h->start_ticks);
	h->opened_real_us = mp_clock_real_us();
	h->opened_mono_ns = mp_clock_mono_ns();
	h->sample_one_in = 1;
	h->host_len = 4;
	memcpy(h->host, "host", 4);
	snprintf(h->log, sizeof(h->log), "%s", log);
	snprintf(h->log_pattern, sizeof(h->log_pattern), "%s", pattern);
	return (struct recording){ h, (struct mp_recorder_slot *)(h + 1),
				   size };
}

/* Begin a request in slot `i`, `age_ns` ago. */
static inline struct mp_recorder_slot *recording_begin(struct recording *r,
						       unsigned i,
						       const char *page,
						       int64_t age_ns)
{
	struct mp_recorder_slot *s = &r->slots[i];

	s->number = i + 1;
	s->begin_real_us = mp_clock_real_us() - age_ns / 1000;
	s->begin_mono_ns = mp_clock_mono_ns() - age_ns;
	s->start = (struct mp_statm){ 8192, 4096 };
	s->tid = getpid();
	s->page_len = (uint16_t)strlen(page);
	memcpy(s->page, page, s->page_len);
	atomic_store(&s->word, mp_recorder_word(1, 2, MP_RECORDER_IN_FLIGHT));
	atomic_fetch_or(&r->header->taken[i / 64], UINT64_C(1) << i % 64);
	atomic_fetch_add(&r->header->overlap.word, (UINT64_C(1) << 32) + 1);
	return s;
}

/* Write it to `dir` under a name of its own, stored in `ret_path`, and return a
   descriptor; locked where `lock` is set. */
static inline int recording_write(const struct recording *r, const char *dir,
				  bool lock, char *ret_path, size_t path_size)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	static unsigned serial;
	int fd;

	snprintf(ret_path, path_size, "%s/" MP_RECORDER_NAME, dir,
		 r->header->uid, r->header->pid,
		 (uint64_t)r->header->opened_real_us / 1000, ++serial);
	fd = open(ret_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, r->header, r->size) != (ssize_t)r->size ||
	    (lock && fcntl(fd, F_SETLK, &all)))
		abort();
	return fd;
}

static inline void recording_free(struct recording *r)
{
	free(r->header);
}

#endif
