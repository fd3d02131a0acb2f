#include "profile/module.h"

#include <errno.h>

int mp_module_segment(const ElfW(Phdr) * segments, size_t n, uintptr_t bias,
		      uintptr_t address, struct mp_image *ret)
{
	for (size_t i = 0; i < n; i++) {
		uintptr_t start = bias + segments[i].p_vaddr;
		size_t size = segments[i].p_filesz;

		if (segments[i].p_type != PT_LOAD ||
		    !(segments[i].p_flags & PF_R) || address - start >= size)
			continue;
		*ret = (struct mp_image){
			.bytes = (const uint8_t *)start,
			.size = size,
			.address = start,
		};
		return 0;
	}
	return -ENOENT;
}
