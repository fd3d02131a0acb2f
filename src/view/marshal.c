#include "view/marshal.h"

#include <assert.h>
#include <string.h>

static void put_little_endian(struct mp_bytes *b, uint64_t value, unsigned size)
{
	for (; size > 0; size--, value >>= 8)
		mp_bytes_put_byte(b, (unsigned char)value);
}

void mp_marshal_tuple(struct mp_bytes *b, unsigned char count)
{
	mp_bytes_put_byte(b, ')');
	mp_bytes_put_byte(b, count);
}

void mp_marshal_dict(struct mp_bytes *b)
{
	mp_bytes_put_byte(b, '{');
}

void mp_marshal_dict_end(struct mp_bytes *b)
{
	mp_bytes_put_byte(b, '0');
}

/* What has no 32 bits, with its sign, is stored by 15 bits. */
void mp_marshal_number(struct mp_bytes *b, uint64_t value)
{
	unsigned digits = 0;

	if (value <= INT32_MAX) {
		mp_bytes_put_byte(b, 'i');
		put_little_endian(b, value, 4);
		return;
	}
	for (uint64_t rest = value; rest > 0; rest >>= 15)
		digits++;
	mp_bytes_put_byte(b, 'l');
	put_little_endian(b, digits, 4);
	for (; digits > 0; digits--, value >>= 15)
		put_little_endian(b, value & 0x7fff, 2);
}

void mp_marshal_double(struct mp_bytes *b, double value)
{
	uint64_t bits;

	static_assert(sizeof(bits) == sizeof(value), "IEEE 754");
	memcpy(&bits, &value, sizeof(bits));
	mp_bytes_put_byte(b, 'g');
	put_little_endian(b, bits, 8);
}

void mp_marshal_string(struct mp_bytes *b, const char *text)
{
	struct mp_bytes plain = { 0 };

	mp_bytes_put_plain(&plain, text);
	mp_bytes_put_byte(b, 'u');
	put_little_endian(b, plain.len, 4);
	mp_bytes_put(b, plain.p, plain.len);
	if (plain.err && !b->err)
		b->err = plain.err;
	mp_bytes_release(&plain);
}
