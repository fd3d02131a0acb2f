#include "cmd/draw.h"

#include "cmd/cmd.h"
#include "cmd/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* gnuplot does not notice a full disk: see that the picture has an end, of
   whatever kind. */
static bool is_whole(int fd)
{
	static const char *const ends[] = { "</svg>", "IEND", "%%EOF" };
	char tail[16];
	off_t size = lseek(fd, 0, SEEK_END);
	ssize_t n;

	if (size < (off_t)sizeof(tail))
		return false;
	n = pread(fd, tail, sizeof(tail), size - (off_t)sizeof(tail));
	for (size_t i = 0; n > 0 && i < sizeof(ends) / sizeof(*ends); i++)
		if (memmem(tail, (size_t)n, ends[i], strlen(ends[i])))
			return true;
	return false;
}

static int draw_file(int script, const char *path)
{
	struct mp_outfile out;
	int err, late;

	err = mp_outfile_open(&out, path);
	if (err)
		return err;
	err = run_gnuplot(script, fileno(out.file));
	if (!err && out.beside && !is_whole(fileno(out.file))) {
		err = -ENOSPC;
		mp_cmd_say("%s: gnuplot did not write it all", path);
	}
	late = mp_outfile_close(&out, !err);
	return err ? err : late;
}

static int open_memory(FILE **ret)
{
	int err, fd = memfd_create("memprof", MFD_CLOEXEC);

	if (fd >= 0)
		*ret = fdopen(fd, "w+");
	if (fd >= 0 && *ret)
		return 0;
	err = -errno;
	mp_cmd_say("memory for the picture: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}

/* Copy what gnuplot drew with letters, without the form feed before it. */
static int copy_text(FILE *drawn)
{
	int c;

	rewind(drawn);
	while ((c = getc(drawn)) != EOF)
		if (c != '\f')
			putchar(c);
	return ferror(drawn) ? -EIO : 0;
}

static int draw_in_memory(int script, FILE **ret_drawn)
{
	int err = open_memory(ret_drawn);

	if (err)
		return err;
	err = run_gnuplot(script, fileno(*ret_drawn));
	if (err)
		fclose(*ret_drawn);
	return err;
}

static int draw_text(int script)
{
	FILE *drawn;
	int err = draw_in_memory(script, &drawn);

	if (err)
		return err;
	err = copy_text(drawn);
	fclose(drawn);
	return err;
}

static int read_whole(int fd, struct mp_text *ret)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *p;

	if (!is_whole(fd))
		return -EIO;
	p = malloc((size_t)size);
	if (!p)
		return -ENOMEM;
	if (pread(fd, p, (size_t)size, 0) != size) {
		free(p);
		return -EIO;
	}
	*ret = (struct mp_text){ p, (size_t)size };
	return 0;
}

static int draw_picture(int script, struct mp_text *ret)
{
	FILE *drawn;
	int err = draw_in_memory(script, &drawn);

	if (err)
		return err;
	err = read_whole(fileno(drawn), ret);
	if (err)
		mp_cmd_say("the picture: %s", strerror(-err));
	fclose(drawn);
	return err;
}

int mp_draw_open(FILE **ret)
{
	return open_memory(ret);
}

/* Let gnuplot read it from its beginning. */
static int finish(FILE *script)
{
	int err = 0;

	if (fflush(script)) {
		err = -errno;
		mp_cmd_say("the script: %s", strerror(errno));
	}
	rewind(script);
	return err;
}

int mp_draw_close(FILE *script, const char *path)
{
	int err = finish(script);

	if (!err)
		err = path ? draw_file(fileno(script), path)
			   : draw_text(fileno(script));
	fclose(script);
	return err;
}

int mp_draw_close_picture(FILE *script, struct mp_text *ret)
{
	int err = finish(script);

	if (!err)
		err = draw_picture(fileno(script), ret);
	fclose(script);
	return err;
}
