#include "report/quick_line.h"

#define MINUTE_US 60000000

size_t mp_quick_parse_base(const struct mp_quick *q, const char *text,
			   const char *end, struct mp_record *ret)
{
	return read_line(q, text, end, ret);
}

size_t mp_quick_parse(const struct mp_quick *q, const char *text,
		      const char *end, struct mp_record *ret)
{
	if (mp_cpu_has_avx2())
		return mp_quick_parse_avx2(q, text, end, ret);
	return mp_quick_parse_base(q, text, end, ret);
}

void mp_quick_learn(struct mp_quick *q, const char *text,
		    const struct mp_record *r)
{
	int64_t rest = r->timestamp_us % MINUTE_US;

	if (rest < 0)
		rest += MINUTE_US;
	memcpy(q->minute, text, sizeof(q->minute));
	q->minute_us = r->timestamp_us - rest;
}
