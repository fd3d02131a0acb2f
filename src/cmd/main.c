/* memprof(1): finds the subcommand, runs it, and sees that stdout took all. */

#include "memprof.h"

#include "cmd/cmd.h"

#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRING(x)	 #x
#define VERSION(a, b, c) STRING(a) "." STRING(b) "." STRING(c)

struct command {
	const char *name;
	const char *help;
	int (*run)(int argc, char **argv);
};

static int help(int argc, char **argv);
static int version(int argc, char **argv);

static const struct command commands[] = {
	{ "cat", "put logs into one form: JSON, CSV, logfmt, ...", mp_cmd_cat },
	{ "check", "verify logs line by line", mp_cmd_check },
	{ "config", "print the configuration, and where it is from",
	  mp_cmd_config },
	{ "diff", "compare the pages of two logs; a gate for CI", mp_cmd_diff },
	{ "pause", "stop measuring in running servers", mp_cmd_pause },
	{ "plot", "draw memory over time, and what each page kept",
	  mp_cmd_plot },
	{ "profile", "profile the next requests of a running server",
	  mp_cmd_profile },
	{ "recover", "log what killed processes left in flight",
	  mp_cmd_recover },
	{ "reopen", "let running servers open their log anew", mp_cmd_reopen },
	{ "report", "rank the pages by the memory that they kept",
	  mp_cmd_report },
	{ "resume", "measure again in running servers", mp_cmd_resume },
	{ "schema", "print the table that a database needs for the log",
	  mp_cmd_schema },
	{ "status", "tell what running servers do, and what memprof costs",
	  mp_cmd_status },
	{ "tail", "show the last requests of a log, and those to come",
	  mp_cmd_tail },
	{ "top", "show what running servers do, again and again", mp_cmd_top },
	{ "view", "show where the time of profiled requests went",
	  mp_cmd_view },
	{ "watch", "let growth arm the profiler of a running server",
	  mp_cmd_watch },
	{ "help", "list the commands, or tell what one takes", help },
	{ "version", "print the version", version },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

void mp_cmd_say(const char *format, ...)
{
	va_list args;

	fputs("memprof: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static int version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("memprof " VERSION(MEMPROF_VERSION_MAJOR, MEMPROF_VERSION_MINOR,
				MEMPROF_VERSION_PATCH));
	return MP_EXIT_OK;
}

static int run(int argc, char **argv)
{
	const char *name = argc > 0 ? argv[0] : "";

	if (!strncmp(name, "--", 2))
		name += 2; /* --help and --version */
	else if (!strcmp(name, "-h"))
		name = "help";
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return commands[i].run(argc, argv);
	if (argc > 0)
		mp_cmd_say("no command `%s`", argv[0]);
	mp_cmd_say("`memprof help` lists the commands");
	return MP_EXIT_ERROR;
}

static int help(int argc, char **argv)
{
	static char option[] = "--help";
	char *ask[] = { argc > 1 ? argv[1] : NULL, option, NULL };

	if (argc > 1 && strcmp(argv[1], "help") && strcmp(argv[1], "version"))
		return run(2, ask);
	puts("usage: memprof COMMAND [argument...]\n\n"
	     "Which requests make this server's memory grow?  Commands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-8s  %s\n", commands[i].name, commands[i].help);
	puts("\n`memprof COMMAND --help` tells more, and so does memprof(1).");
	return MP_EXIT_OK;
}

int main(int argc, char **argv)
{
	int status;

	/* Page ids are UTF-8 wherever the log is read. */
	setlocale(LC_CTYPE, "C.UTF-8");
	status = run(argc - 1, argv + 1);

	/* A full disk may show only now. */
	errno = 0;
	if (fflush(stdout) || ferror(stdout)) {
		mp_cmd_say("standard output: %s",
			   errno ? strerror(errno) : "write error");
		return MP_EXIT_ERROR;
	}
	return status;
}
