#ifndef MP_PROTO_H
#define MP_PROTO_H

/*
 * proto: fields of protocol buffers.
 *
 * A message in another is made in a mp_bytes of its own, and then put whole.
 */

#include "view/bytes.h"

/* A number that is 0 is left out, as the format has it. */
void mp_proto_number(struct mp_bytes *b, unsigned field, uint64_t value);

/* A number of a repeated, packed field; also where it is 0. */
void mp_proto_varint(struct mp_bytes *b, uint64_t value);

/* These are put where they are empty, too. */
void mp_proto_string(struct mp_bytes *b, unsigned field, const void *data,
		     size_t len);

/* A message, or packed numbers; releases them. */
void mp_proto_message(struct mp_bytes *b, unsigned field, struct mp_bytes *m);

#endif
