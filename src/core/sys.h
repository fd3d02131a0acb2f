#ifndef MP_SYS_H
#define MP_SYS_H

/*
 * sys: the system calls of the request path, and descriptors out of the way.
 *
 * write(2) and pread(2) as glibc has them are cancellation points; a host that
 * cancels its threads must not lose one inside memprof_end().  These are not.
 * They return what the kernel returns: a count, or a negative errno value.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Descriptors below this are left to the host: select(2) and programs that
   expect the lowest numbers free. */
#define MP_SYS_FD_MIN 64

ssize_t mp_sys_write(int fd, const void *data, size_t len);
ssize_t mp_sys_pread(int fd, void *ret, size_t len, off_t offset);

/* send(2) that neither waits nor raises SIGPIPE. */
ssize_t mp_sys_send(int fd, const void *data, size_t len);

/*
 * Move `fd` to MP_SYS_FD_MIN or above, closed on exec, and return its new
 * number; where there is no room up there, it stays where it is.
 */
int mp_sys_move_up(int fd);

/* A file's identity, to tell whether a descriptor is still what it was. */
struct mp_sys_id {
	dev_t dev;
	ino_t ino;
};

/* Whether `fd` is open and still the file `id`. */
bool mp_sys_is(int fd, struct mp_sys_id id);

#endif
