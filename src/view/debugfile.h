#ifndef MP_DEBUGFILE_H
#define MP_DEBUGFILE_H

/*
 * debugfile: a program or library on disk, with what is known of its names.
 *
 * Debug files that are kept apart are found by build id and by debug link, in
 * the folders where distributions keep them; never on the network.
 */

#include <elfutils/libdwfl.h>

struct mp_debugfile {
	Dwfl *dwfl; /* null where it is not open */
	Dwfl_Module *module;
};

/*
 * Open the file `path`, whose build id is `build_id`, in hexadecimal, or empty
 * where it has none.  Where the file is gone, its debug file alone does.  The
 * object of the kernel, `[vdso]`, is the one that this process has.
 *
 * Fails as open(2) does, with -ESTALE where the file now has another build id,
 * and with -ENOEXEC where it is no ELF file.
 */
int mp_debugfile_open(const char *path, const char *build_id,
		      struct mp_debugfile *ret);

/* One that is not open does no harm. */
void mp_debugfile_close(struct mp_debugfile *f);

#endif
