#ifndef MP_RECORDERS_H
#define MP_RECORDERS_H

/*
 * recorders: finds the recorders in a directory, and tells the dead ones.
 *
 * Anybody may put files into /dev/shm, under any name.  So what is opened here
 * is a regular file that only its owner may read, with one name, of the owner
 * that the caller wants; what is in it is for mp_recordercheck_header().
 */

#include "core/recorder_layout.h"
#include "core/sys.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct mp_recorders {
	DIR *dir;
};

/* A file named like a recorder, not opened yet. */
struct mp_recorders_entry {
	char name[MP_RECORDER_NAME_MAX];
	int32_t pid; /* as its name says */
	struct mp_sys_id id;
	uint32_t owner; /* of the file */
	uint32_t group;
};

/* Fails as opendir(3). */
int mp_recorders_open(const char *dir, struct mp_recorders *ret);
void mp_recorders_close(struct mp_recorders *r);

/* The next one, whatever kind of file it is; false where there is no more. */
bool mp_recorders_next(struct mp_recorders *r, struct mp_recorders_entry *ret);

/*
 * Open one with `access`, O_RDONLY or O_RDWR, never waiting.  Returns a
 * descriptor; -ESTALE where the name is gone or another file's by now; -EPERM
 * where the file is not `owner`'s or is not what a recorder is; or what open(2)
 * said.
 *
 * A process must not open the recorders that it has a lock on: closing any
 * descriptor of a file drops the process's locks on it (fcntl(2)).
 */
int mp_recorders_open_file(const struct mp_recorders *r,
			   const struct mp_recorders_entry *entry, int access,
			   uint32_t owner);

/* What is wrong with a file as that of a recorder of `owner`, in words; or
   null. */
const char *mp_recorders_why_not(const struct stat *st, uint32_t owner);

/*
 * Whether a recorder is none to recover: its process holds the lock, or is
 * there, still has it mapped, and lost the lock with a descriptor that its host
 * closed; or somebody else is recovering it.  Stores the pid that holds the
 * lock in `*ret_holder`, 0 where nobody does.
 */
bool mp_recorders_is_alive(int fd, int32_t pid, uint64_t start_ticks,
			   int32_t *ret_holder);

#endif
