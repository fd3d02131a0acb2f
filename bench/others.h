#ifndef OTHERS_H
#define OTHERS_H

/*
 * others: what memprof is measured against, each the way that its authors, or
 * somebody in a hurry, would write it.
 */

#include <stddef.h>

/* Open what the calls below need; logs are files in `dir`.  The floor writes
   lines of `line_len` bytes. */
void others_open(const char *dir, size_t line_len);

/* The least that a record of memory can cost: two preads of an open statm, two
   readings of the clock, one write of a line that is finished already. */
void others_floor(void);

/* The same without the write. */
void others_readings_floor(void);

/* Naive C: statm opened and scanned twice, the log opened for one fprintf. */
void others_stdio(void);

/* uWSGI's --memory-report: /proc/self/stat opened and scanned; here at both
   ends, and without writing. */
void others_uwsgi_readings(void);

/* libproc2, told to select this process, at both ends; without writing. */
void others_libproc2_readings(void);

#endif
