#ifndef MP_QUICK_H
#define MP_QUICK_H

/*
 * quick: the usual line of format 1, read several bytes at a time.
 *
 * It knows less than mp_record_parse() on purpose: what it does not take, that
 * one has to read, and to say what is wrong with it.  What it takes, both read
 * alike.
 */

#include "core/record.h"
#include "report/cpu.h"

#define MP_QUICK_BEHIND MP_RECORD_MAX /* readable bytes behind all lines */

/* The minute that the last line lay in; all zeros at first. */
struct mp_quick {
	char minute[16]; /* as it stands in the log: `2026-11-21T01:02` */
	int64_t minute_us;
};

/*
 * Read the line at `text`; MP_QUICK_BEHIND bytes at `end` can be read, and do
 * not matter.  Returns its length, newline included, or 0 where it is none
 * that this module knows or ends behind `end`; `*ret` is garbage then.
 */
size_t mp_quick_parse(const struct mp_quick *q, const char *text,
		      const char *end, struct mp_record *ret);

/* The same with what every processor has, and with what those have that
   mp_cpu_has_avx2() tells of. */
size_t mp_quick_parse_base(const struct mp_quick *q, const char *text,
			   const char *end, struct mp_record *ret);
size_t mp_quick_parse_avx2(const struct mp_quick *q, const char *text,
			   const char *end, struct mp_record *ret);

/* Learn the minute from a line that mp_record_parse() has read as format 1. */
void mp_quick_learn(struct mp_quick *q, const char *text,
		    const struct mp_record *r);

#endif
