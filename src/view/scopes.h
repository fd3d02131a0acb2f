#ifndef MP_SCOPES_H
#define MP_SCOPES_H

/*
 * scopes: which function is at an address, and into which ones it is inlined,
 * by a file's DWARF.
 *
 * A compilation unit is read when an address in it is first asked for, and
 * laid out as segments without overlap, so that the next ones cost a search.
 */

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MP_SCOPES_NONE UINT32_MAX

/* A function's instance in the code. */
struct mp_scope {
	Dwarf_Die die;
	uint32_t parent;    /* into which it is inlined, or MP_SCOPES_NONE */
	uint32_t call_line; /* there; 0: not known */
	uint32_t function;  /* the user's own; MP_SCOPES_NONE at first */
};

/* A compilation unit. */
struct mp_unit {
	Dwarf_Die die;
	struct mp_scope *scopes; /* parents before what is inlined into them */
	struct mp_segment *segments;
	size_t scope_count, segment_count;
	bool read;
};

struct mp_scopes {
	struct mp_unit *units;
	struct mp_unit_range *ranges; /* of all units, by where they begin */
	size_t unit_count, range_count;
};

/* List the units.  Fails with -ENOMEM. */
int mp_scopes_open(Dwarf *dwarf, struct mp_scopes *ret);
void mp_scopes_close(struct mp_scopes *s);

/*
 * Find the unit that `address` is in, and in it the innermost scope, which
 * becomes MP_SCOPES_NONE where there is none.  The unit is null where there is
 * none.  Fails with -ENOMEM.
 */
int mp_scopes_find(struct mp_scopes *s, uint64_t address,
		   struct mp_unit **ret_unit, uint32_t *ret_scope);

/* The source line at `address`; 0 where it is not known.  The file is null
   then. */
uint32_t mp_scopes_line(struct mp_unit *unit, uint64_t address,
			const char **ret_file);

#endif
