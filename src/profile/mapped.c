#include "profile/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* The longest line: addresses, rights, numbers, and a path. */
#define LINE_ROOM (PATH_MAX + 256)

/* Read a number up to what is behind it. */
static const char *read_hex(const char *p, uintptr_t *ret)
{
	*ret = 0;
	for (;; p++) {
		if (*p >= '0' && *p <= '9')
			*ret = *ret << 4 | (uintptr_t)(*p - '0');
		else if (*p >= 'a' && *p <= 'f')
			*ret = *ret << 4 | (uintptr_t)(*p - 'a' + 10);
		else
			return p;
	}
}

/* `line` is terminated. */
static bool holds(const char *line, uintptr_t at)
{
	uintptr_t start, end;

	line = read_hex(line, &start);
	if (*line == '-')
		read_hex(line + 1, &end);
	return *line == '-' && start <= at && at < end;
}

static int copy_path(const char *line, char ret[PATH_MAX])
{
	const char *path = strchr(line, '/');
	size_t len = path ? strlen(path) : 0;

	if (!len || len >= PATH_MAX)
		return -ENOENT;
	memcpy(ret, path, len + 1);
	return 0;
}

static int find(int fd, uintptr_t at, char ret[PATH_MAX])
{
	char text[LINE_ROOM];
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, text + len, sizeof(text) - len);
		char *line = text, *newline;

		if (n <= 0)
			return n < 0 ? -errno : -ENOENT;
		len += (size_t)n;
		while ((newline = memchr(line, '\n',
					 len - (size_t)(line - text)))) {
			*newline = '\0';
			if (holds(line, at))
				return copy_path(line, ret);
			line = newline + 1;
		}
		len -= (size_t)(line - text);
		memmove(text, line, len);
	}
}

int mp_mapped_path(uintptr_t at, char ret[PATH_MAX])
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = find(fd, at, ret);
	close(fd);
	return err;
}
