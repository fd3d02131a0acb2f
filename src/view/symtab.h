#ifndef MP_SYMTAB_H
#define MP_SYMTAB_H

/* symtab: the functions of a file's symbol table, by address. */

#include <elfutils/libdwfl.h>

struct mp_symbol {
	uint64_t start, end;
	const char *name; /* mangled; may end in a version: `@@GLIBC_2.2.5` */
	unsigned rank;	  /* of several at one address the lowest is taken */
};

struct mp_symtab {
	struct mp_symbol *symbols; /* by start; no two have the same */
	size_t count;
	bool stripped; /* only what others may link to is there */
};

/* Read the symbols of a module, which must outlive them.  Fails with -ENOMEM;
   none at all are no failure. */
int mp_symtab_read(Dwfl_Module *module, struct mp_symtab *ret);
void mp_symtab_release(struct mp_symtab *t);

/* The function at `address`, or null. */
const struct mp_symbol *mp_symtab_find(const struct mp_symtab *t,
				       uint64_t address);

#endif
