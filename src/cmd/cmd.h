#ifndef MP_CMD_H
#define MP_CMD_H

/*
 * cmd: the subcommands of memprof(1), one file each.
 *
 * Each gets its own name as argv[0], writes data to stdout and talk to stderr,
 * and returns an exit status; main() finds out whether stdout took it all.
 */

enum mp_exit {
	MP_EXIT_OK,
	MP_EXIT_FOUND, /* what was looked for is there: a fault, a difference */
	MP_EXIT_ERROR, /* wrong usage, or input that could not be read */
};

int mp_cmd_cat(int argc, char **argv);
int mp_cmd_check(int argc, char **argv);
int mp_cmd_config(int argc, char **argv);
int mp_cmd_diff(int argc, char **argv);
int mp_cmd_pause(int argc, char **argv);
int mp_cmd_plot(int argc, char **argv);
int mp_cmd_profile(int argc, char **argv);
int mp_cmd_recover(int argc, char **argv);
int mp_cmd_reopen(int argc, char **argv);
int mp_cmd_report(int argc, char **argv);
int mp_cmd_resume(int argc, char **argv);
int mp_cmd_schema(int argc, char **argv);
int mp_cmd_status(int argc, char **argv);
int mp_cmd_tail(int argc, char **argv);
int mp_cmd_top(int argc, char **argv);
int mp_cmd_view(int argc, char **argv);
int mp_cmd_watch(int argc, char **argv);

/* Say `memprof: ` and the message, as printf(3), on stderr. */
__attribute__((format(printf, 1, 2))) void mp_cmd_say(const char *format, ...);

#endif
