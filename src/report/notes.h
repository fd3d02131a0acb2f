#ifndef MP_NOTES_H
#define MP_NOTES_H

/* notes: what must be known to read the numbers of a report. */

#include "report/report.h"
#include "report/sentence.h"

typedef void mp_notes_tell(void *user, const struct mp_sentence *note);

/* Tell each note: what the pages are sorted by first, then what is missing. */
void mp_notes_each(const struct mp_report *r, mp_notes_tell *tell, void *user);

#endif
