#include "core/procstat.h"

#include "core/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fields from the process's state, the third, to the one before the start. */
#define FIELDS_BETWEEN 19

static int parse(const char *text, uint64_t *ret_ticks)
{
	/* The second field is the program's name, with anything in it. */
	const char *p = strrchr(text, ')');
	char *end;

	if (!p || p[1] != ' ')
		return -EINVAL;
	p += 2;
	for (int i = 0; i < FIELDS_BETWEEN; i++) {
		p = strchr(p, ' ');
		if (!p)
			return -EINVAL;
		p++;
	}
	if (*p < '0' || *p > '9')
		return -EINVAL;
	*ret_ticks = strtoull(p, &end, 10);
	return *end == ' ' ? 0 : -EINVAL;
}

int mp_procstat_start(int32_t pid, uint64_t *ret_ticks)
{
	char path[32], text[1024];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = mp_sys_pread(fd, text, sizeof(text) - 1, 0);
	close(fd);
	if (n < 0)
		return (int)n;
	text[n] = '\0';
	return parse(text, ret_ticks);
}
