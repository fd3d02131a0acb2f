#ifndef MP_OUTFILE_H
#define MP_OUTFILE_H

/*
 * outfile: a file that is written whole, or not at all.
 *
 * What is written goes to a file beside it, which takes its place at the end.
 * A device or a pipe is written to as it is.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

struct mp_outfile {
	FILE *file;	     /* to write to */
	const char *name;    /* as the user calls it */
	bool beside;	     /* whether `path` is to be replaced */
	char path[PATH_MAX]; /* behind all symbolic links */
	char part[PATH_MAX]; /* the file beside it */
};

/* Open it; a null `path` is stdout.  Fails with a negative errno value, having
   told why on stderr, as the next does. */
int mp_outfile_open(struct mp_outfile *f, const char *path);

/* Close it.  Unless `keep` is set and all of it could be written, what was
   there before stays as it was. */
int mp_outfile_close(struct mp_outfile *f, bool keep);

#endif
