#include "profile/ehframe.h"

#include <errno.h>

/* Both numbers of an entry count from the header. */
struct entry {
	int32_t start, fde;
};

static struct entry entry_of(const uint8_t *table, size_t i)
{
	struct entry e;

	memcpy(&e, table + i * sizeof(e), sizeof(e));
	return e;
}

int mp_ehframe_find(const struct mp_image *image, size_t hdr, uintptr_t pc,
		    size_t *ret_fde)
{
	struct mp_cursor c = mp_cursor_at(image, hdr);
	uintptr_t base = image->address + hdr;
	uint8_t version = mp_cursor_byte(&c);
	uint8_t frame_encoding = mp_cursor_byte(&c);
	uint8_t count_encoding = mp_cursor_byte(&c);
	uint8_t table_encoding = mp_cursor_byte(&c);
	size_t low = 0, high;
	const uint8_t *table;
	uint64_t count;

	if (c.bad || version != 1 || count_encoding == MP_PE_OMIT ||
	    table_encoding != (MP_PE_DATAREL | MP_PE_SDATA4))
		return -EINVAL;
	mp_cursor_pointer(&c, image, frame_encoding, base);
	count = mp_cursor_pointer(&c, image, count_encoding, base);
	if (c.bad || count > mp_cursor_left(&c) / sizeof(struct entry))
		return -EINVAL;
	table = c.p;

	/* The last one that begins at or before the PC. */
	high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct entry e = entry_of(table, middle);

		if (base + (uintptr_t)(intptr_t)e.start <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return -ENOENT;
	*ret_fde = hdr + (size_t)(ptrdiff_t)entry_of(table, low - 1).fde;
	return 0;
}
