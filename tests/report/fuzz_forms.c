/* forms, fuzzed: what is read comes back the same from every form. */

#include "report/forms.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Write `r` in `form`, read that, and compare both as format 1. */
static void round_trip(enum mp_form form, const struct mp_record *r)
{
	char line[MP_FORMS_MAX], want[MP_FORMS_MAX], got[MP_FORMS_MAX];
	size_t len = mp_form_write(form, r, line);
	size_t want_len = mp_form_write(MP_FORM_MEMPROF, r, want);
	struct mp_record_fault fault;
	struct mp_fields room;
	struct mp_record back;

	if (len == 0 || line[len - 1] != '\n' ||
	    memchr(line, '\n', len) != line + len - 1 ||
	    mp_form_read(line, len - 1, &room, &back, &fault) != 1 ||
	    mp_form_write(MP_FORM_MEMPROF, &back, got) != want_len ||
	    memcmp(got, want, want_len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mp_record_fault fault = { 0 };
	struct mp_fields room;
	struct mp_record r;
	int n = mp_form_read((const char *)data, size, &room, &r, &fault);

	if (n < 0 && (!fault.name || !fault.expected))
		abort();
	if (n < 1)
		return 0;
	for (unsigned form = 0; form < MP_FORMS; form++)
		if (form != MP_FORM_LAUNCHPAD)
			round_trip((enum mp_form)form, &r);
	return 0;
}
