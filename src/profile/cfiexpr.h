#ifndef MP_CFIEXPR_H
#define MP_CFIEXPR_H

/*
 * cfiexpr: DWARF expressions, as procedure linkage tables, signal trampolines
 * and realigned stacks have them.
 */

#include "profile/arch.h"
#include "profile/cfiread.h"
#include "profile/stackview.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Evaluate the expression whose length stands at `offset`.  `cfa` is on its
 * stack first, unless it is null.  Memory is read where the view has it.
 * Fails with -ENODATA where a register is not known, -EFAULT where memory is
 * not to be read, -EINVAL for all else.
 */
int mp_cfi_evaluate(const struct mp_image *image, size_t offset,
		    const struct mp_registers *registers,
		    struct mp_stack_view *stack, const uint64_t *cfa,
		    uint64_t *ret);

#endif
