#ifndef MP_RAWFILES_H
#define MP_RAWFILES_H

/* A profile as memprof-profile(5) shows one, for tests that write it. */

#include "test.h"

#include "profile/format.h"
#include "profile/rawfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FOLD_SIZE  (size_t)(1 << 20)
#define NOTES_SIZE (size_t)(1 << 16)

static inline void *map_zeros(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(memory != MAP_FAILED);
	return memory;
}

static inline struct mp_text text(const char *s)
{
	return (struct mp_text){ s, strlen(s) };
}

struct example {
	struct mp_record log;
	struct mp_rawfile_page pages[2];
	struct mp_fold *fold;
	struct mp_notelist *notes;
	struct mp_rawfile file;
};

/* One request, without stacks or notes yet.  It points into itself. */
static inline void make_example(struct example *e)
{
	e->log = mp_record_unknown;
	e->log.page_id = text("Cart:checkout");
	e->log.oops_id = text("-");
	e->log.host = text("web1");
	e->log.pid = 4711;
	e->log.tid = 4712;
	e->log.start_vss = 104857600;
	e->log.start_rss = 20971520;
	e->log.end_vss = 104857600;
	e->log.end_rss = 21037056;
	e->log.vss_delta = 0;
	e->log.rss_delta = 65536;
	e->log.overlap = 2;
	e->pages[0] = (struct mp_rawfile_page){
		.id = e->log.page_id,
		.requests = 1,
		.duration_ns = 20500000,
		.cpu_ns = 12250000,
	};
	e->fold = mp_fold_init(map_zeros(FOLD_SIZE), FOLD_SIZE);
	e->notes = mp_notelist_init(map_zeros(NOTES_SIZE), NOTES_SIZE);
	e->file = (struct mp_rawfile){
		.began_us = INT64_C(1795222923123456), /* 21 November 2026 */
		.log = &e->log,
		.mechanism = MP_FORMAT_CPU_TIMER,
		.interval_ns = 10000000,
		.tick_ns = 4000000,
		.pages = e->pages,
		.page_count = 1,
		.fold = e->fold,
		.notes = e->notes,
	};
}

static inline void drop_example(struct example *e)
{
	munmap(e->fold, FOLD_SIZE);
	munmap(e->notes, NOTES_SIZE);
}

/* The whole of a file, terminated, on the heap. */
static inline char *read_whole(const char *path)
{
	FILE *f = fopen(path, "r");
	char *ret;
	long n;

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	n = ftell(f);
	assert_true(n > 0);
	rewind(f);
	ret = malloc((size_t)n + 1);
	assert_non_null(ret);
	assert_int_equal(fread(ret, 1, (size_t)n, f), n);
	fclose(f);
	ret[n] = '\0';
	assert_int_equal(ret[n - 1], '\n');
	return ret;
}

#endif
