#ifndef MP_OUTPUTS_H
#define MP_OUTPUTS_H

/* outputs: the formats of `memprof view` that profiles may be kept in, too. */

#define MP_OUTPUTS 12

/* One is bit `i` of a set of them; the raw file is none. */
struct mp_output {
	const char *name;
	const char *suffix; /* of a file, in place of MP_FORMAT_SUFFIX */
};

extern const struct mp_output mp_outputs[MP_OUTPUTS];

#endif
