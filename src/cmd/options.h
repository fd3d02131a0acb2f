#ifndef MP_OPTIONS_H
#define MP_OPTIONS_H

/*
 * options: one table says what a subcommand takes; parsing and `--help` are
 * both made from it.
 */

#include <stddef.h>

#define MP_OPTIONS_MAX 24

struct mp_option {
	const char *name;     /* `--name` */
	char letter;	      /* `-x`, or 0 for none */
	const char *argument; /* what it takes, as help calls it; or null */
	const char *help;     /* one line */
};

/* A subcommand.  `-h, --help` comes by itself. */
struct mp_usage {
	const char *name;
	const char *operands; /* as in `[LOG...]` */
	const char *help;     /* sentences, with their newlines */
	const struct mp_option *options;
	size_t option_count; /* MP_OPTIONS_MAX at most */
};

/*
 * Read the options in `argv`.  `ret_values[i]` becomes the argument of option
 * i, an empty string where it takes none, or stays as it was where the option
 * is not given; the last of several counts.
 *
 * Returns the index of the first operand; or 0 where the command is done, with
 * its exit status in `*ret_status`.
 */
int mp_options_read(const struct mp_usage *usage, int argc, char **argv,
		    const char **ret_values, int *ret_status);

/*
 * The same; each option is handed to `take`, in the order in which they are
 * given, with its index in the table.  Where that returns an exit status other
 * than 0 the command is done.
 */
int mp_options_each(const struct mp_usage *usage, int argc, char **argv,
		    int (*take)(void *user, size_t option, const char *value),
		    void *user, int *ret_status);

/* Say what is wrong with how `usage` is used, as printf(3), and where help is.
   Returns the exit status for that. */
__attribute__((format(printf, 2, 3))) int
mp_options_wrong(const struct mp_usage *usage, const char *format, ...);

/* Say that `value` is not what an option of the table takes, and what it does.
   Returns the exit status for that. */
int mp_options_refuse(const struct mp_usage *usage, size_t option,
		      const char *value);

#endif
