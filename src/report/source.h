#ifndef MP_SOURCE_H
#define MP_SOURCE_H

/*
 * source: the bytes of one log, plain or gzip'd, in order.
 *
 * Gzip'd data is known by its first two bytes, whatever the name.  It may have
 * several members, and zeros behind the last one, as tapes leave them.
 */

#include <stddef.h>
#include <stdint.h>

struct mp_source;

/*
 * Open the log `path`, or stdin for `-`.  Fails as open(2) does, and with
 * -ENOMEM.
 */
int mp_source_open(const char *path, struct mp_source **ret);

/*
 * Read up to `size` bytes, at least one.  Returns their number, or 0 at the
 * end, or a negative errno value where the rest cannot be read: as read(2),
 * and
 *
 *	-ENODATA	the gzip'd data ends too early
 *	-EBADMSG	it is damaged
 *	-EILSEQ		something else follows it
 *	-ESTALE		the file is shorter than what was read of it
 *
 * What ended it once ends it again.
 */
int64_t mp_source_read(struct mp_source *s, char *ret, size_t size);

/* Describe an error of this module.  The string is constant. */
const char *mp_source_strerror(int err);

/* Bytes of the file that were read so far, as they are stored. */
uint64_t mp_source_position(const struct mp_source *s);

void mp_source_close(struct mp_source *s);

/* Bytes that the files `paths`, which end with a null pointer, hold as they
   are stored; 0 where one of them does not tell, as a pipe. */
uint64_t mp_source_sizes(char *const *paths);

#endif
