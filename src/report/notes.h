#ifndef MP_NOTES_H
#define MP_NOTES_H

/* notes: what must be known to read the numbers of a report. */

#include "report/report.h"
#include "report/sentence.h"

/* What the report is of: how many requests, and when. */
void mp_notes_facts(const struct mp_report *r, struct mp_sentence *ret);

/* The moments of the first and of the last line, as they stand in the log; each
   has room for MP_SHOW_MAX.  False where there is none, or some are in UTC and
   some in local time. */
bool mp_notes_span(const struct mp_report *r, char *ret_first, char *ret_last);

typedef void mp_notes_tell(void *user, const struct mp_sentence *note);

/* Tell each note: what the pages are sorted by first, then what is missing. */
void mp_notes_each(const struct mp_report *r, mp_notes_tell *tell, void *user);

#endif
