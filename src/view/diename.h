#ifndef MP_DIENAME_H
#define MP_DIENAME_H

/* diename: what DWARF calls a function, and where its source begins. */

#include <elfutils/libdw.h>
#include <stdint.h>

struct mp_diename {
	const char *name;    /* demangled, or with its namespaces before it */
	const char *linkage; /* null where DWARF has none */
	const char *file;    /* or null */
	uint32_t line;	     /* or 0 */
	char *own;	     /* the name, where it had to be made */
};

/* Where a function is declared first: all its instances have one such place. */
const void *mp_diename_origin(Dwarf_Die *die);

/* Fails with -ENOENT where it has no name, and with -ENOMEM. */
int mp_diename_get(Dwarf_Die *die, struct mp_diename *ret);
void mp_diename_release(struct mp_diename *name);

#endif
