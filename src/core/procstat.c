#include "core/procstat.h"

#include "core/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* A line of maps ends in a path; one fits. */
#define MAPS_MAX 8192

/* The fields behind the command's name, which may hold blanks and brackets:
   state, ..., number of threads (20), ..., start time (22). */
#define SKIP "%*s "

int mp_procstat_start(int32_t pid, uint64_t *ret_ticks)
{
	char path[32], text[1024];
	uint64_t ticks;
	const char *p;
	long threads;
	char state;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%" PRId32 "/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = mp_sys_pread(fd, text, sizeof(text) - 1, 0);
	close(fd);
	if (n < 0)
		return (int)n;
	text[n] = '\0';

	p = strrchr(text, ')');
	if (!p ||
	    sscanf(p,
		   ") %c " SKIP SKIP SKIP SKIP SKIP SKIP SKIP SKIP SKIP SKIP
			   SKIP SKIP SKIP SKIP SKIP SKIP "%ld " SKIP "%" SCNu64,
		   &state, &threads, &ticks) != 3)
		return -EPROTO;
	/* The first thread may be gone and the others go on. */
	if ((state == 'Z' || state == 'X') && threads <= 1)
		return -ESRCH;
	*ret_ticks = ticks;
	return 0;
}

static bool is_of(const char *line, dev_t dev, ino_t ino)
{
	unsigned maj, min;
	uintmax_t inode;

	return sscanf(line, "%*s %*s %*s %x:%x %ju", &maj, &min, &inode) == 3 &&
	       maj == major(dev) && min == minor(dev) && inode == ino;
}

/* Whether a line of `text` is of the file.  Stores where the last line that is
   not whole begins. */
static bool look(char *text, dev_t dev, ino_t ino, char **ret_rest)
{
	char *end;

	for (*ret_rest = text; (end = strchr(*ret_rest, '\n'));
	     *ret_rest = end + 1) {
		*end = '\0';
		if (is_of(*ret_rest, dev, ino))
			return true;
	}
	return false;
}

bool mp_procstat_maps(int32_t pid, dev_t dev, ino_t ino)
{
	char path[32], text[MAPS_MAX + 1], *rest;
	size_t kept = 0;
	bool found = false;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%" PRId32 "/maps", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	while ((n = read(fd, text + kept, MAPS_MAX - kept)) > 0) {
		text[kept + (size_t)n] = '\0';
		found = look(text, dev, ino, &rest);
		if (found)
			break;
		kept = strlen(rest);
		if (kept == MAPS_MAX)
			kept = 0;
		memmove(text, rest, kept);
	}
	close(fd);
	return found || n < 0;
}
