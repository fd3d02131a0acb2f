/* quick_avx2: quick.h for processors with AVX2 and BMI, and compiled so. */

#include "report/quick_line.h"

size_t mp_quick_parse_avx2(const struct mp_quick *q, const char *text,
			   const char *end, struct mp_record *ret)
{
	return read_line(q, text, end, ret);
}
