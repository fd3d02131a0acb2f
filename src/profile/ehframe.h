#ifndef MP_EHFRAME_H
#define MP_EHFRAME_H

/* ehframe: which FDE is of a PC, by the table in `.eh_frame_hdr`. */

#include "profile/cfiread.h"

/*
 * `hdr` is the offset of the header in the image.  Fails with -ENOENT where the
 * table has nothing, -EINVAL where there is no table as linkers make it.  The
 * FDE that is found may still be of other code, or outside of the image, which
 * mp_cfi_row() refuses.
 */
int mp_ehframe_find(const struct mp_image *image, size_t hdr, uintptr_t pc,
		    size_t *ret_fde);

#endif
