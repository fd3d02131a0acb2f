/*
 * bench_peak: runs a command and tells the most memory that it had resident.
 *
 * Usage: bench_peak COMMAND...  Ends with `peak BYTES` on stderr.
 */

#include "bench.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage usage;
	int status;
	pid_t pid;

	if (argc < 2)
		bench_die("usage: bench_peak COMMAND...");
	pid = fork();
	if (pid < 0)
		bench_die("cannot fork");
	if (pid == 0) {
		execv(argv[1], argv + 1);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &usage) != pid || status != 0)
		bench_die("the command failed");
	fprintf(stderr, "peak %ld\n", usage.ru_maxrss * 1024);
	return 0;
}
