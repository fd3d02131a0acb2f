/* A server without a network: it serves /busy, which computes, and /idle, which
   sleeps, in turn, configured by the environment, until its stdin ends.  `late` names the pages only when they
   are half done. */

#include <memprof.h>

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A name to look for in profiles. */
__attribute__((noinline)) static void burn(double seconds)
{
	double until = cpu_seconds() + seconds;

	while (cpu_seconds() < until)
		;
}

static bool is_over(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&in, 1, 0) != 0;
}

int main(int argc, char **argv)
{
	bool late = argc > 1 && !strcmp(argv[1], "late");
	struct memprof_request req = { 0 };
	struct memprof *mp;

	if (memprof_open(NULL, &mp)) {
		fprintf(stderr, "%s\n", memprof_open_error());
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (unsigned i = 0; !is_over(); i++) {
		const char *page = i % 2 ? "/idle" : "/busy";

		memprof_begin(mp, &req, late ? NULL : page);
		burn(0.001);
		if (late)
			memprof_page(&req, page);
		if (i % 2)
			usleep(30000);
		else
			burn(0.012);
		memprof_end(&req, NULL);
	}
	return memprof_close(mp) ? 1 : 0;
}
