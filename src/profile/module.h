#ifndef MP_MODULE_H
#define MP_MODULE_H

/*
 * module: which loaded module holds a PC, and where the module describes its
 * frames.
 *
 *	int mp_module_find(uintptr_t pc, struct mp_module *ret)
 * Fails with -ENOENT where no module has the PC, or the one that has it tells
 * nothing of frames.
 *
 *	int mp_module_bytes(uintptr_t address, struct mp_image *ret)
 * The segment that has an address; -ENOENT where none has.
 *
 * Both in a handler too.
 *
 *	void mp_module_refresh(void)
 * Note what is loaded now.  Not in a handler.
 */

#include "profile/cfiread.h"

#include <dlfcn.h>
#include <link.h>

struct mp_module {
	uintptr_t start, end;  /* the addresses that it has */
	struct mp_image image; /* the segment that holds `.eh_frame` */
	size_t hdr;	       /* the offset of `.eh_frame_hdr` in it */
};

/* From glibc 2.35 on the dynamic linker answers without a lock. */
#if defined(DLFO_STRUCT_HAS_EH_DBASE) && !defined(MP_MODULE_TABLE)
#define mp_module_find	  mp_linked_find
#define mp_module_bytes	  mp_linked_bytes
#define mp_module_refresh mp_linked_refresh
#else
#define mp_module_find	  mp_table_find
#define mp_module_bytes	  mp_table_bytes
#define mp_module_refresh mp_table_refresh
#endif

int mp_module_find(uintptr_t pc, struct mp_module *ret);
int mp_module_bytes(uintptr_t address, struct mp_image *ret);
void mp_module_refresh(void);

/* The one, among `n` segments of a module that lies `bias` above its addresses,
   that has `address`, as far as its file has it.  Else -ENOENT. */
int mp_module_segment(const ElfW(Phdr) * segments, size_t n, uintptr_t bias,
		      uintptr_t address, struct mp_image *ret);

#endif
