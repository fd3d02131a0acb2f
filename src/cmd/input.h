#ifndef MP_INPUT_H
#define MP_INPUT_H

/*
 * input: every line of the logs that a command line names, file after file.
 *
 * A log that cannot be opened or read to its end is told on stderr, and the
 * next one is read.
 */

#include "cmd/options.h"
#include "report/reader.h"
#include "report/view.h"

#include <stdbool.h>

struct mp_input {
	char **paths; /* those still to be opened; ends with a null pointer */
	const char *name;	  /* of the log that is being read */
	struct mp_reader *reader; /* null between two logs */
	uint64_t good;		  /* lines read so far, of all logs */
	uint64_t faults;	  /* lines so far that could not be read */
	bool failed;		  /* a log, or part of it, was not read */
};

/*
 * Begin with the operands `paths`, which end with a null pointer.  None at all
 * means stdin, unless that is a terminal.  Returns 0, or the exit status where
 * the usage is wrong.
 */
int mp_input_begin(struct mp_input *in, const struct mp_usage *usage,
		   char **paths);

/* Read the next line; false when no log is left. */
bool mp_input_next(struct mp_input *in, struct mp_line *ret);

/*
 * Locate a line that could not be read on stderr, the first few of them at
 * least: mp_input_finish() tells how many there were.
 */
void mp_input_complain(const struct mp_input *in, const struct mp_line *line);

/* Where records go: see scan.h. */
struct mp_input_sink {
	void **lanes;
	unsigned count; /* of the lanes */
	const struct mp_view *view;
	int (*add)(void *lane, const struct mp_record *r,
		   enum mp_record_form form);
	void (*foresee)(void *lane, uint64_t hash);
	void (*expect)(void *lane, const struct mp_record *r, uint64_t hash);
	int (*note)(void *lane, const struct mp_record *r);
	bool prints; /* meanwhile, so that no bar may be drawn */
};

/* Read all logs.  Faults are complained of.  Fails with -ENOMEM. */
int mp_input_scan(struct mp_input *in, const struct mp_input_sink *sink);

/* End, and sum up on stderr what could not be read.  Returns the exit status. */
int mp_input_finish(struct mp_input *in);

/* Whether nothing could be read so far, of logs that are not just empty: what
   would be made of it is to take the place of no file. */
bool mp_input_is_lost(const struct mp_input *in);

#endif
