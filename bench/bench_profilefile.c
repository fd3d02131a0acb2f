/*
 * bench_profilefile: what the file of a profile costs who writes it.
 *
 * Files of a request of ten stacks, in a folder that is full, so that for each
 * one, another one goes; beside the same bytes written to a file and renamed by
 * a plain program that keeps the folder open and removes the last one.
 */

#include "bench.h"

#include "profile/format.h"
#include "profile/profiledir.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STACKS	  10
#define DEPTH	  20
#define MAX_FILES 1000
#define FOLD_SIZE (size_t)(1 << 20)

static char dir[] = "/dev/shm/memprof-bench-XXXXXX";
static struct mp_profiledir d;
static struct mp_record record;
static struct mp_rawfile_page page;
static struct mp_rawfile what;
static char last[PATH_MAX];

static struct mp_text text(const char *s)
{
	return (struct mp_text){ s, strlen(s) };
}

/* Code of this program and of the C library, where the linker put it. */
static void add_stacks(struct mp_fold *f)
{
	for (uintptr_t i = 0; i < STACKS; i++) {
		uintptr_t pcs[DEPTH];

		for (uintptr_t j = 0; j < DEPTH; j++)
			pcs[j] = (j % 2 ? (uintptr_t)add_stacks
					: (uintptr_t)qsort) +
				 i * j;
		mp_fold_add(f, MP_FOLD_CPU, pcs, DEPTH, 1, 4000000);
	}
}

static void set_up(void)
{
	void *memory = mmap(NULL, FOLD_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct mp_fold *fold;

	if (memory == MAP_FAILED || !mkdtemp(dir) ||
	    mp_profiledir_init(&d, dir, MAX_FILES, UINT64_C(1) << 30))
		bench_die("no memory or no folder");
	fold = mp_fold_init(memory, FOLD_SIZE);
	add_stacks(fold);
	record = mp_record_unknown;
	record.page_id = text("Cart:checkout");
	record.oops_id = text("-");
	record.host = text("web1");
	record.pid = record.tid = 4711;
	page = (struct mp_rawfile_page){ record.page_id, 1, 60000000,
					 45000000 };
	what = (struct mp_rawfile){
		.began_us = INT64_C(1795222923123456),
		.log = &record,
		.mechanism = MP_FORMAT_CPU_TIMER,
		.interval_ns = 10000000,
		.tick_ns = 4000000,
		.pages = &page,
		.page_count = 1,
		.fold = fold,
	};
}

static void write_profiles(unsigned times)
{
	while (times--) {
		what.began_us++;
		if (mp_profiledir_write(&d, &what, last))
			bench_die("a profile was not written");
	}
}

static char bytes[65536];
static size_t bytes_len;
static int folder;

static void read_last(void)
{
	int fd = open(last, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));

	folder = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (n <= 0 || folder < 0)
		bench_die("the last profile can't be read");
	close(fd);
	bytes_len = (size_t)n;
}

static void write_plainly(unsigned times)
{
	while (times--) {
		int fd = openat(folder, "plain.tmp",
				O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		if (fd < 0 ||
		    write(fd, bytes, bytes_len) != (ssize_t)bytes_len ||
		    close(fd) ||
		    renameat(folder, "plain.tmp", folder, "plain") ||
		    unlinkat(folder, "plain", 0))
			bench_die("a plain file was not written");
	}
}

static void clean_up(void)
{
	char command[sizeof(dir) + 16];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	if (system(command))
		bench_die("the folder was not removed");
}

int main(void)
{
	struct bench_contender c[] = {
		{ .name = "profile", .run = write_profiles, .times = 20 },
		{ .name = "plain file", .run = write_plainly, .times = 20 },
	};
	double ns;

	set_up();
	write_profiles(MAX_FILES);
	read_last();
	bench_interleave(c, 2, BENCH_ROUNDS);
	clean_up();

	bench_title("The file of a profile, 10 stacks of depth 20, on tmpfs");
	ns = bench_ns(&c[0], BENCH_ROUNDS);
	bench_limit("one file, the oldest removed", ns / 1000, "us", 60);
	bench_number("the same bytes, plainly",
		     bench_ns(&c[1], BENCH_ROUNDS) / 1000, "us");
	bench_number("the first / the second",
		     bench_ratio(&c[0], &c[1], BENCH_ROUNDS), "");
	bench_number("what is in it", (double)bytes_len, "bytes");
	return bench_broken();
}
