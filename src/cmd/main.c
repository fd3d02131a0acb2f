/* memprof(1): finds the subcommand and runs it. */

#include "memprof.h"

#include <stdio.h>
#include <string.h>

#define STRING(x)	 #x
#define VERSION(a, b, c) STRING(a) "." STRING(b) "." STRING(c)

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("memprof " VERSION(MEMPROF_VERSION_MAJOR,
					MEMPROF_VERSION_MINOR,
					MEMPROF_VERSION_PATCH));
		return fflush(stdout) ? 2 : 0;
	}
	fputs("usage: memprof --version\n", stderr);
	return 2;
}
