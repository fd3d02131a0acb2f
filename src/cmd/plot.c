/* plot: draws memory over time and what each page kept, by gnuplot. */

#include "cmd/cmd.h"
#include "cmd/input.h"
#include "report/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OPT_OUTPUT, OPT_SCRIPT, OPTIONS };

static const struct mp_option options[OPTIONS] = {
	[OPT_OUTPUT] = { "output", 'o', "FILE",
			 "the picture: FILE ends in .svg, .png or .pdf" },
	[OPT_SCRIPT] = { "script", 's', NULL,
			 "print the gnuplot script instead of running it" },
};

static const struct mp_usage usage = {
	.name = "plot",
	.operands = "[LOG...]",
	.help = "Draw the memory of the processes over time, with a mark where "
		"a request had\n"
		"an oops id, and below it what each page kept.  Without a LOG, "
		"or for -, stdin\n"
		"is read.  The picture is made by gnuplot(1).\n",
	.options = options,
	.option_count = OPTIONS,
};

static int find_picture(const char *file, enum mp_picture *ret)
{
	static const char *const ends[] = {
		[MP_PICTURE_SVG] = ".svg",
		[MP_PICTURE_PNG] = ".png",
		[MP_PICTURE_PDF] = ".pdf",
	};
	size_t len = strlen(file);

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (len > 4 && !strcmp(file + len - 4, ends[i])) {
			*ret = (enum mp_picture)i;
			return 0;
		}
	return -EINVAL;
}

static int read_all(struct mp_input *in, struct mp_timeline *timeline,
		    struct mp_totals *totals)
{
	struct mp_line line;

	while (mp_input_next(in, &line)) {
		if (line.kind == MP_LINE_FAULT)
			mp_input_complain(in, &line);
		if (line.kind != MP_LINE_RECORD)
			continue;
		if (mp_timeline_add(timeline, &line.record, line.form) ||
		    mp_totals_add(totals, &line.record, line.form))
			return -ENOMEM;
	}
	return 0;
}

/* Run gnuplot on the script in `in`; its picture goes to `out`. */
static int run_gnuplot(int in, int out)
{
	static char name[] = "gnuplot", no_init_file[] = "-d";
	char *argv[] = { name, no_init_file, NULL };
	posix_spawn_file_actions_t actions;
	int err, status;
	pid_t pid;

	err = posix_spawn_file_actions_init(&actions);
	if (err)
		return -err;
	err = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&actions, out,
						       STDOUT_FILENO);
	if (!err)
		err = posix_spawnp(&pid, name, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err) {
		mp_cmd_say("gnuplot: %s%s", strerror(err),
			   err == ENOENT ? " (Debian: gnuplot-nox)" : "");
		return -err;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	mp_cmd_say("gnuplot failed");
	return -EIO;
}

/* gnuplot does not notice a full disk: see that the picture has its end. */
static bool is_whole(int fd, enum mp_picture picture)
{
	static const char *const ends[] = {
		[MP_PICTURE_SVG] = "</svg>",
		[MP_PICTURE_PNG] = "IEND",
		[MP_PICTURE_PDF] = "%%EOF",
	};
	char tail[16];
	off_t size = lseek(fd, 0, SEEK_END);
	ssize_t n;

	if (size < (off_t)sizeof(tail))
		return false;
	n = pread(fd, tail, sizeof(tail), size - (off_t)sizeof(tail));
	return n > 0 &&
	       memmem(tail, (size_t)n, ends[picture], strlen(ends[picture]));
}

/* A file beside `path` that will take its place, with the mode of a new one. */
static int open_beside(const char *path, char *ret_name, size_t size)
{
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	if ((size_t)snprintf(ret_name, size, "%s.XXXXXX", path) >= size)
		return -ENAMETOOLONG;
	fd = mkostemp(ret_name, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	fchmod(fd, 0666 & ~mask);
	return fd;
}

static int draw(FILE *script, enum mp_picture picture, const char *path)
{
	char name[PATH_MAX];
	int err, fd = open_beside(path, name, sizeof(name));

	if (fd < 0) {
		mp_cmd_say("%s: %s", path, strerror(-fd));
		return fd;
	}
	rewind(script);
	err = run_gnuplot(fileno(script), fd);
	if (!err && !is_whole(fd, picture)) {
		err = -ENOSPC;
		mp_cmd_say("%s: gnuplot did not write it all", path);
	}
	if (!err && rename(name, path)) {
		err = -errno;
		mp_cmd_say("%s: %s", path, strerror(errno));
	}
	if (err)
		unlink(name);
	close(fd);
	return err;
}

/* In memory: a full /tmp is no reason to draw nothing. */
static int open_script(FILE **ret)
{
	int err, fd = memfd_create("script", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	*ret = fdopen(fd, "w");
	if (*ret)
		return 0;
	err = -errno;
	close(fd);
	return err;
}

static int write_script_and_draw(enum mp_picture picture, const char *path,
				 struct mp_timeline *timeline,
				 struct mp_totals *totals)
{
	FILE *script;
	int err;

	err = open_script(&script);
	if (err)
		goto say;
	mp_gnuplot_write(script, picture, NULL, timeline, totals);
	if (fflush(script)) {
		err = -errno;
		goto close_script;
	}
	err = draw(script, picture, path);
	fclose(script);
	return err;

close_script:
	fclose(script);
say:
	mp_cmd_say("the script: %s", strerror(-err));
	return err;
}

int mp_cmd_plot(int argc, char **argv)
{
	const char *values[OPTIONS] = { NULL };
	enum mp_picture picture = MP_PICTURE_SVG;
	struct mp_timeline timeline;
	struct mp_totals totals;
	struct mp_input in;
	int status = 0, failed = 0;
	int first = mp_options_read(&usage, argc, argv, values, &status);
	const char *output = values[OPT_OUTPUT];

	if (!first)
		return status;
	if (!output && !values[OPT_SCRIPT])
		return mp_options_wrong(&usage, "say where to: -o FILE.svg");
	if (output && find_picture(output, &picture))
		return mp_options_wrong(
			&usage, "`%s` ends in none of .svg, .png and .pdf",
			output);
	status = mp_input_begin(&in, &usage, argv + first);
	if (status)
		return status;

	mp_timeline_init(&timeline);
	mp_totals_init(&totals);
	failed = read_all(&in, &timeline, &totals);
	if (failed)
		mp_cmd_say("%s: too many pages for the memory there is",
			   in.name);
	else if (values[OPT_SCRIPT])
		mp_gnuplot_write(stdout, picture, output, &timeline, &totals);
	else
		failed = write_script_and_draw(picture, output, &timeline,
					       &totals);
	status = mp_input_finish(&in);
	mp_timeline_release(&timeline);
	mp_totals_release(&totals);
	return failed ? MP_EXIT_ERROR : status;
}
