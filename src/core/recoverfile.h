#ifndef MP_RECOVERFILE_H
#define MP_RECOVERFILE_H

/*
 * recoverfile: the recorder of a dead process, locked, and its slots.
 *
 * It is read and written by pread(2) and pwrite(2), for whoever owns it may cut
 * it short at any time.
 */

#include "core/recover.h"

/* Read slot `i`.  Fails with -EBADMSG where the file ends before. */
int mp_recoverfile_slot(const struct mp_recover *r, uint32_t i,
			struct mp_recorder_slot *ret);

/*
 * Write a slot, and then its word with the next state.  A slot may lie on two
 * pages, and a kill comes between them: the word alone says what holds, and
 * whoever goes on without it does the same again.
 */
int mp_recoverfile_put(const struct mp_recover *r, uint32_t i,
		       struct mp_recorder_slot *slot,
		       enum mp_recorder_state state);

#endif
