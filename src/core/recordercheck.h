#ifndef MP_RECORDERCHECK_H
#define MP_RECORDERCHECK_H

/*
 * recordercheck: what may be believed of a recorder's content.
 *
 * Whoever owns the file may have written anything there, and a process may be
 * killed, or run wild, while it writes.  So no length, no text and no time is
 * used before it was looked at here; and what can't be believed is unknown,
 * never guessed at.
 */

#include "core/record.h"
#include "core/recorder_layout.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What is wrong with the header `h` of a file of `file_size` bytes that belongs
 * to `owner`, in words; or null.  Then its texts are terminated, and its slots
 * are inside the file.
 */
const char *mp_recordercheck_header(const struct mp_recorder *h,
				    uint64_t file_size, uint32_t owner);

/* Whether a slot holds a request. */
bool mp_recordercheck_is_used(const struct mp_recorder_slot *slot);

/* Whether that is no request but an `(outside)` line, which a request has left
   to the writer thread. */
bool mp_recordercheck_is_own(const struct mp_recorder_slot *slot);

/*
 * The record of a slot that is used: as it was ended, or as far as it is known
 * of a request in flight.  May be formatted, and is read back as it is.  The
 * texts point into `h` and `slot`, or are constant.
 */
struct mp_record mp_recordercheck_record(const struct mp_recorder *h,
					 const struct mp_recorder_slot *slot);

/* What the process last read of itself; unknown where it was killed while it
   noted that.  `ret_mono_ns` is MP_UNKNOWN where it never did. */
struct mp_statm mp_recordercheck_reading(const struct mp_recorder *h,
					 int64_t *ret_mono_ns);

#endif
