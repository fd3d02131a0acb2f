#ifndef MP_CFI_H
#define MP_CFI_H

/*
 * cfi: how to leave a frame, as the call frame information of its code says.
 *
 * A row holds for one PC: where the frame's end is (the CFA), and where each of
 * the caller's registers is.  Of an image that holds anything at all, a row is
 * made or refused.
 */

#include "profile/arch.h"
#include "profile/cfiread.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mp_cfi_how {
	MP_CFI_SAME,	  /* as in the frame that is left */
	MP_CFI_UNDEFINED, /* lost; of the return address: no caller */
	MP_CFI_AT,	  /* in memory at CFA + n */
	MP_CFI_IS,	  /* CFA + n itself */
	MP_CFI_REGISTER,  /* in the register n of the frame that is left */
	MP_CFI_AT_EXPR,	  /* in memory where an expression says */
	MP_CFI_IS_EXPR,	  /* what an expression says */
};

struct mp_cfi_rule {
	int32_t n; /* an expression: where its length stands in the image */
	uint8_t how;
};

struct mp_cfi_row {
	uintptr_t start;	/* of the code that the FDE is of */
	struct mp_cfi_rule cfa; /* IS: register `cfa_register` + n; IS_EXPR */
	uint8_t cfa_register;
	bool signal; /* a signal's frame: its caller did not call */
	struct mp_cfi_rule registers[MP_REG_COUNT];
};

/*
 * Make the row for `pc` by the FDE at `fde`, an offset into the image.  Fails
 * with -ENOENT where the FDE is of other code, and -EINVAL where it is not
 * understood.
 */
int mp_cfi_row(const struct mp_image *image, size_t fde, uintptr_t pc,
	       struct mp_cfi_row *ret);

#endif
