#include "others.h"

#include "bench.h"

#include <fcntl.h>
#include <libproc2/pids.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int statm, floor_log;
static char stdio_log[PATH_MAX];
static char line[1280];
static size_t line_len;
static struct pids_info *pids;

void others_open(const char *dir, size_t len)
{
	enum pids_item items[] = { PIDS_MEM_VIRT, PIDS_MEM_RES };
	char floor_path[PATH_MAX];

	if (len == 0 || len > sizeof(line))
		bench_die("the length of a line");
	line_len = len;
	memset(line, 'x', len - 1);
	line[len - 1] = '\n';
	snprintf(floor_path, sizeof(floor_path), "%s/floor.log", dir);
	snprintf(stdio_log, sizeof(stdio_log), "%s/stdio.log", dir);
	statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	floor_log = open(floor_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
			 0640);
	if (statm < 0 || floor_log < 0)
		bench_die(floor_path);
	if (procps_pids_new(&pids, items, 2) < 0)
		bench_die("libproc2");
}

void others_readings_floor(void)
{
	struct timespec t;
	char text[128];

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (pread(statm, text, sizeof(text), 0) <= 0)
		bench_die("statm");
	if (pread(statm, text, sizeof(text), 0) <= 0)
		bench_die("statm");
	clock_gettime(CLOCK_MONOTONIC, &t);
}

void others_floor(void)
{
	others_readings_floor();
	if (write(floor_log, line, line_len) != (ssize_t)line_len)
		bench_die("floor.log");
}

static void scan_statm(unsigned long *ret_vss, unsigned long *ret_rss)
{
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%lu %lu", ret_vss, ret_rss) != 2)
		bench_die("statm");
	fclose(f);
}

void others_stdio(void)
{
	unsigned long vss[2], rss[2];
	struct timespec t[2];
	FILE *log;

	clock_gettime(CLOCK_MONOTONIC, &t[0]);
	scan_statm(&vss[0], &rss[0]);
	scan_statm(&vss[1], &rss[1]);
	clock_gettime(CLOCK_MONOTONIC, &t[1]);
	log = fopen(stdio_log, "a");
	if (!log)
		bench_die(stdio_log);
	fprintf(log, "%lld.%09ld %s - %f %lu %lu %lu %lu\n",
		(long long)t[0].tv_sec, t[0].tv_nsec, "RootObject:index.html",
		(double)(t[1].tv_nsec - t[0].tv_nsec) / 1e9, vss[0], rss[0],
		vss[1], rss[1]);
	fclose(log);
}

static void scan_stat(void)
{
	unsigned long vss;
	long rss;
	FILE *f = fopen("/proc/self/stat", "r");

	/* Fields 23 and 24 of proc(5). */
	if (!f ||
	    fscanf(f,
		   "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u "
		   "%*u %*d %*d %*d %*d %*d %*d %*u %lu %ld",
		   &vss, &rss) != 2)
		bench_die("stat");
	fclose(f);
}

void others_uwsgi_readings(void)
{
	scan_stat();
	scan_stat();
}

static void select_self(void)
{
	unsigned pid = (unsigned)getpid();

	if (!procps_pids_select(pids, &pid, 1, PIDS_SELECT_PID))
		bench_die("libproc2");
}

void others_libproc2_readings(void)
{
	select_self();
	select_self();
}
