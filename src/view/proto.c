#include "view/proto.h"

enum wire {
	VARINT = 0,
	LENGTH = 2,
};

void mp_proto_varint(struct mp_bytes *b, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		mp_bytes_put_byte(b, (unsigned char)(value | 0x80));
	mp_bytes_put_byte(b, (unsigned char)value);
}

static void put_tag(struct mp_bytes *b, unsigned field, enum wire wire)
{
	mp_proto_varint(b, (uint64_t)field << 3 | wire);
}

void mp_proto_number(struct mp_bytes *b, unsigned field, uint64_t value)
{
	if (value == 0)
		return;
	put_tag(b, field, VARINT);
	mp_proto_varint(b, value);
}

void mp_proto_string(struct mp_bytes *b, unsigned field, const void *data,
		     size_t len)
{
	put_tag(b, field, LENGTH);
	mp_proto_varint(b, len);
	mp_bytes_put(b, data, len);
}

void mp_proto_message(struct mp_bytes *b, unsigned field, struct mp_bytes *m)
{
	mp_proto_string(b, field, m->p, m->len);
	if (m->err && !b->err)
		b->err = m->err;
	mp_bytes_release(m);
}
