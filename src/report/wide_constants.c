#include "report/wide_constants.h"

#define ALL(word)                      \
	{                              \
		word, word, word, word \
	}
#define BYTES(byte) ALL(UINT64_C(0x0101010101010101) * (byte))
#define PAIRS(low, high) \
	ALL(UINT64_C(0x0001000100010001) * ((low) | (high) << 8))
#define WORDS(low, high) \
	ALL(UINT64_C(0x0000000100000001) * ((low) | (high) << 16))

const struct mp_wide_constants mp_wide_constants = {
	.tab = BYTES('\t'),
	.newline = BYTES('\n'),
	.backslash = BYTES('\\'),
	.first_graphic = BYTES(0x21),
	.graphics = BYTES(0x7e - 0x21),
	.zero = BYTES('0'),
	.by_10_1 = PAIRS(10, 1),
	.by_100_1 = WORDS(100, 1),
	.by_10000_1 = WORDS(10000, 1),
	.by_100000000 = ALL(100000000),
	.above_9 = BYTES(0x80 - 10),
};
