#ifndef MP_CFIAPPLY_H
#define MP_CFIAPPLY_H

/* cfiapply: from a frame's registers to its caller's, by a row. */

#include "profile/cfi.h"
#include "profile/stackview.h"

/*
 * `*registers` become those of the caller.  Fails, and leaves them as they
 * were, with -ENOENT where there is no caller, and as mp_cfi_evaluate().
 */
int mp_cfi_apply(const struct mp_image *image, const struct mp_cfi_row *row,
		 struct mp_stack_view *stack, struct mp_registers *registers);

#endif
