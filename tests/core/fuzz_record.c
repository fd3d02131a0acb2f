/* What the parser takes comes back whole: parse, format, parse. */

#include "core/record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int same_text(struct mp_text a, struct mp_text b)
{
	return a.len == b.len && !memcmp(a.p, b.p, a.len);
}

/* All but the texts, which lie in different lines. */
static int same_numbers(struct mp_record a, struct mp_record b)
{
	a.page_id = b.page_id = (struct mp_text){ NULL, 0 };
	a.oops_id = b.oops_id = (struct mp_text){ NULL, 0 };
	a.host = b.host = (struct mp_text){ NULL, 0 };
	return !memcmp(&a, &b, sizeof(a));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[MP_RECORD_MAX], again[MP_RECORD_MAX];
	struct mp_record r, back;
	struct mp_record_fault fault;
	int form = mp_record_parse((const char *)data, size, &r, &fault);
	size_t len;

	if (form < 0) {
		if (!fault.name || !fault.expected || !fault.column)
			abort();
		return 0;
	}
	if (form == MP_RECORD_HEADER)
		return 0;
	if (form == MP_RECORD_LAUNCHPAD_7 || form == MP_RECORD_LAUNCHPAD_8) {
		mp_record_format_launchpad(&r, 0, line);
		r.host = (struct mp_text){ "h", 1 };
	}
	len = mp_record_format(&r, line);
	if (mp_record_parse(line, len, &back, NULL) != MP_RECORD_FORMAT_1 ||
	    !same_numbers(r, back) || !same_text(r.page_id, back.page_id) ||
	    !same_text(r.oops_id, back.oops_id) ||
	    !same_text(r.host, back.host))
		abort();
	if (mp_record_format(&back, again) != len || memcmp(line, again, len))
		abort();
	return 0;
}
