/* module_linked: modules as glibc's _dl_find_object() tells them. */

#include "profile/arch.h"
#include "profile/module.h"

#include <errno.h>
#include <string.h>

#if defined(DLFO_STRUCT_HAS_EH_DBASE) && !defined(MP_MODULE_TABLE)

#define HEADER_PAGE 4096u

/*
 * The program headers of what is mapped from `start` on.  A module need not
 * have its ELF header there, nor anything: that is asked of the kernel first,
 * and no more than a page of it is looked at.
 */
static const ElfW(Phdr) * segments_at(uintptr_t start, size_t *ret_n)
{
	const ElfW(Ehdr) *h = (const ElfW(Ehdr) *)start;

	if (start % HEADER_PAGE || !mp_arch_readable(start) ||
	    memcmp(h->e_ident, ELFMAG, SELFMAG) ||
	    h->e_phentsize != sizeof(ElfW(Phdr)) ||
	    h->e_phoff % sizeof(uint64_t) || h->e_phoff > HEADER_PAGE ||
	    h->e_phnum > (HEADER_PAGE - h->e_phoff) / sizeof(ElfW(Phdr)))
		return NULL;
	*ret_n = h->e_phnum;
	return (const ElfW(Phdr) *)(start + h->e_phoff);
}

static int segment_of(const struct dl_find_object *object, uintptr_t address,
		      struct mp_image *ret)
{
	const ElfW(Phdr) * segments;
	size_t n;

	segments = segments_at((uintptr_t)object->dlfo_map_start, &n);
	if (!segments)
		return -ENOENT;
	return mp_module_segment(segments, n, object->dlfo_link_map->l_addr,
				 address, ret);
}

int mp_linked_find(uintptr_t pc, struct mp_module *ret)
{
	struct dl_find_object object;
	uintptr_t hdr;
	int err;

	if (_dl_find_object((void *)pc, &object) || !object.dlfo_eh_frame)
		return -ENOENT;
	hdr = (uintptr_t)object.dlfo_eh_frame;
	err = segment_of(&object, hdr, &ret->image);
	if (err)
		return err;
	ret->hdr = hdr - ret->image.address;
	ret->start = (uintptr_t)object.dlfo_map_start;
	ret->end = (uintptr_t)object.dlfo_map_end;
	return 0;
}

int mp_linked_bytes(uintptr_t address, struct mp_image *ret)
{
	struct dl_find_object object;

	if (_dl_find_object((void *)address, &object))
		return -ENOENT;
	return segment_of(&object, address, ret);
}

/* It is known at any time. */
void mp_linked_refresh(void)
{
}

#endif
