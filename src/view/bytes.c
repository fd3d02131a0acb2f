#include "view/bytes.h"

#include "view/plain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 64

/* Make room for `len` more; false after an error. */
static bool reserve(struct mp_bytes *b, size_t len)
{
	size_t room = b->room ? b->room : FIRST_ROOM;
	unsigned char *p;

	if (b->err)
		return false;
	if (len <= b->room - b->len)
		return true;
	while (room - b->len < len && room <= SIZE_MAX / 2)
		room *= 2;
	p = room - b->len < len ? NULL : realloc(b->p, room);
	if (!p) {
		b->err = -ENOMEM;
		return false;
	}
	b->p = p;
	b->room = room;
	return true;
}

void mp_bytes_put(struct mp_bytes *b, const void *data, size_t len)
{
	if (len == 0 || !reserve(b, len))
		return;
	memcpy(b->p + b->len, data, len);
	b->len += len;
}

void mp_bytes_put_byte(struct mp_bytes *b, unsigned char byte)
{
	mp_bytes_put(b, &byte, 1);
}

void mp_bytes_print(struct mp_bytes *b, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (!reserve(b, (size_t)len + 1))
		return;
	va_start(args, format);
	vsnprintf((char *)b->p + b->len, (size_t)len + 1, format, args);
	va_end(args);
	b->len += (size_t)len;
}

void mp_bytes_put_plain(struct mp_bytes *b, const char *name)
{
	char c[MP_PLAIN_MAX];

	while ((name = mp_plain_next(name, c)))
		mp_bytes_put(b, c, strlen(c));
}

int mp_bytes_finish(struct mp_bytes *b, FILE *out)
{
	int err = b->err;

	if (!err && b->len > 0 && fwrite(b->p, b->len, 1, out) < 1)
		err = -EIO;
	mp_bytes_release(b);
	return err;
}

void mp_bytes_release(struct mp_bytes *b)
{
	free(b->p);
	*b = (struct mp_bytes){ 0 };
}
