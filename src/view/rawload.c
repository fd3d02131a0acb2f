/* The part of rawread.h that gets the bytes. */

#include "view/grow.h"
#include "view/rawread.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_ROOM 65536

/* All of it: a pipe has no length to ask for. */
static int slurp(int fd, char **ret, size_t *ret_len)
{
	size_t room = FIRST_ROOM, len = 0;
	char *data = malloc(room), *grown;
	ssize_t n = -1;
	int err;

	while (data && (n = read(fd, data + len, room - len)) > 0) {
		len += (size_t)n;
		if (len < room)
			continue;
		room *= 2;
		grown = realloc(data, room);
		if (!grown)
			free(data);
		data = grown;
	}
	if (data && n == 0) {
		*ret = data;
		*ret_len = len;
		return 0;
	}
	err = data ? -errno : -ENOMEM;
	free(data);
	return err;
}

int mp_raw_load(const char *path, struct mp_raw *ret,
		struct mp_raw_fault *ret_fault)
{
	bool own = strcmp(path, "-") != 0;
	int fd = own ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
		     : STDIN_FILENO;
	char *data = NULL;
	size_t len = 0;
	int err;

	if (fd < 0)
		return -errno;
	err = slurp(fd, &data, &len);
	if (own)
		close(fd);
	if (err)
		return err;
	err = mp_raw_read(data, len, ret, ret_fault);
	free(data);
	return err;
}
