/*
 * module_table: modules as they were at the last refresh, where the dynamic
 * linker cannot be asked in a handler.
 *
 * Who looks something up while the table is filled, finds nothing.  A module
 * that was unloaded since may still be found; that its segment can be read is
 * asked of the kernel each time.
 */

#include "profile/arch.h"
#include "profile/loader.h"
#include "profile/module.h"

#include "core/seq.h"

#include <errno.h>

#if !defined(DLFO_STRUCT_HAS_EH_DBASE) || defined(MP_MODULE_TABLE)

#define SEGMENTS 2048 /* of about 400 modules; others are not known */

/* A segment that can be read, and what is known of its module. */
struct segment {
	_Atomic int64_t start, size;
	_Atomic int64_t module_start, module_end;
	_Atomic int64_t hdr; /* 0: it tells nothing of frames */
};

static struct mp_seq filling;
static struct segment table[SEGMENTS];
static _Atomic int64_t segments;

static int add_module(struct dl_phdr_info *info, size_t size, void *ret)
{
	uintptr_t start = UINTPTR_MAX, end = 0, hdr = 0;
	int64_t *n = ret;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + p->p_vaddr;

		if (p->p_type == PT_GNU_EH_FRAME)
			hdr = at;
		if (p->p_type != PT_LOAD)
			continue;
		start = at < start ? at : start;
		end = at + p->p_memsz > end ? at + p->p_memsz : end;
	}
	for (int i = 0; i < info->dlpi_phnum && *n < SEGMENTS; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		struct segment *s = &table[*n];

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_R))
			continue;
		mp_seq_put(&s->start, (int64_t)(info->dlpi_addr + p->p_vaddr));
		mp_seq_put(&s->size, (int64_t)p->p_filesz);
		mp_seq_put(&s->module_start, (int64_t)start);
		mp_seq_put(&s->module_end, (int64_t)end);
		mp_seq_put(&s->hdr, (int64_t)hdr);
		++*n;
	}
	return 0;
}

void mp_table_refresh(void)
{
	int64_t n = 0;

	if (!mp_seq_write_begin(&filling))
		return;
	mp_loader_iterate(add_module, &n);
	mp_seq_put(&segments, n);
	mp_seq_write_end(&filling);
}

static bool is_there(const struct mp_image *image)
{
	uintptr_t last = image->address + image->size - 1;

	return image->size > 0 &&
	       mp_arch_readable(image->address & ~(uintptr_t)7) &&
	       mp_arch_readable(last & ~(uintptr_t)7);
}

/* The segment with `address`. */
static int find(uintptr_t address, struct mp_image *ret,
		struct mp_module *ret_module)
{
	uint32_t began = mp_seq_read_begin(&filling);
	int64_t n = mp_seq_get(&segments);
	struct mp_module module = { 0 };
	struct mp_image image = { 0 };

	for (int64_t i = 0; i < n; i++) {
		const struct segment *s = &table[i];
		uintptr_t start = (uintptr_t)mp_seq_get(&s->start);

		image.size = (size_t)mp_seq_get(&s->size);
		if (address - start >= image.size)
			continue;
		image.address = start;
		image.bytes = (const uint8_t *)start;
		module.start = (uintptr_t)mp_seq_get(&s->module_start);
		module.end = (uintptr_t)mp_seq_get(&s->module_end);
		module.hdr = (uintptr_t)mp_seq_get(&s->hdr);
		break;
	}
	if (!image.bytes || !mp_seq_read_ok(&filling, began) ||
	    !is_there(&image))
		return -ENOENT;
	*ret = image;
	*ret_module = module;
	return 0;
}

int mp_table_find(uintptr_t pc, struct mp_module *ret)
{
	struct mp_module module, same;
	struct mp_image image;
	int err = find(pc, &image, &module);

	if (err)
		return err;
	if (!module.hdr)
		return -ENOENT;
	/* So far an address. */
	err = find(module.hdr, &image, &same);
	if (err)
		return err;
	*ret = module;
	ret->image = image;
	ret->hdr = module.hdr - image.address;
	return 0;
}

int mp_table_bytes(uintptr_t address, struct mp_image *ret)
{
	struct mp_module module;

	return find(address, ret, &module);
}

#endif
