#ifndef MP_FOLLOW_H
#define MP_FOLLOW_H

/*
 * follow: the lines of a log as they are written, through rotation.
 *
 * A writer goes on with the old file until it notices that the log was moved,
 * so for some seconds both are read.  A log that was cut to nothing is read
 * anew; that is missed where it has grown beyond its old size meanwhile.
 */

#include "core/record.h"

struct mp_follow;

/* Open `path`, or stdin for `-`, from its start.  Fails as open(2) does, and
   with -ENOMEM. */
int mp_follow_open(const char *path, struct mp_follow **ret);

/* Open a log that others name: never waits, and fails with -EINVAL where it is
   no regular file. */
int mp_follow_open_file(const char *path, struct mp_follow **ret);

/*
 * Go to the first line that begins in the last `bytes`.  Returns whether lines
 * were left out; never where the log is no regular file, of which nothing was
 * read yet.
 */
bool mp_follow_rewind(struct mp_follow *f, uint64_t bytes);

/*
 * Return 1 and the next whole line, without its newline, which holds until the
 * next call; or 0 where there is none for now; or a negative errno value.  Of a
 * line that is too long for a record, its beginning.
 */
int mp_follow_next(struct mp_follow *f, struct mp_text *ret);

/* Whether nothing can come after a 0: the input was a pipe, and is closed. */
bool mp_follow_is_over(const struct mp_follow *f);

/* What to wait for with poll(2), or -1: then there is nothing but time. */
int mp_follow_descriptor(const struct mp_follow *f);

void mp_follow_close(struct mp_follow *f);

#endif
