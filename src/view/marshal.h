#ifndef MP_MARSHAL_H
#define MP_MARSHAL_H

/* marshal: values as Python's module of this name stores them, in what its
   versions since 3.4 read. */

#include "view/bytes.h"

/* `count` values follow: 255 at most. */
void mp_marshal_tuple(struct mp_bytes *b, unsigned char count);

/* Pairs of key and value follow, up to the end. */
void mp_marshal_dict(struct mp_bytes *b);
void mp_marshal_dict_end(struct mp_bytes *b);

void mp_marshal_number(struct mp_bytes *b, uint64_t value);
void mp_marshal_double(struct mp_bytes *b, double value);

/* Its bytes as text that may be shown. */
void mp_marshal_string(struct mp_bytes *b, const char *text);

#endif
