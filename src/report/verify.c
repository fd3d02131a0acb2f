#include "report/verify.h"

#include "report/own.h"

#include <errno.h>

static int fail(struct mp_record_fault *ret, unsigned column,
		const char *expected)
{
	*ret = (struct mp_record_fault){
		.column = column,
		.name = mp_record_column_name(column - 1),
		.expected = expected,
	};
	return -EINVAL;
}

/* A request that still holds something held it at its peak. */
static bool peak_agrees(const struct mp_record *r)
{
	return r->peak == MP_UNKNOWN || r->allocated == MP_UNKNOWN ||
	       r->freed == MP_UNKNOWN || r->peak >= r->allocated - r->freed;
}

int mp_verify(const struct mp_record *r, enum mp_record_form form,
	      struct mp_record_fault *ret_fault)
{
	struct mp_skipped skipped;

	switch (mp_own_kind(r, form)) {
	case MP_OWN_UNKNOWN:
		return fail(ret_fault, 2,
			    "(started), (stopped), (outside), (skipped) or "
			    "(recovered) where a parenthesis begins");
	case MP_OWN_SKIPPED:
		if (mp_skipped_parse(r->oops_id, &skipped))
			return fail(ret_fault, 3,
				    "sampled=N,threshold=M,one_in=K, perhaps "
				    "with ,paused=P");
		break;
	case MP_OWN_RECOVERED:
		if (!mp_recovered_is_valid(r->oops_id))
			return fail(ret_fault, 3,
				    "begun=N,logged=N and so on, as "
				    "memprof-log(5) has it");
		break;
	default:
		break;
	}
	if (!peak_agrees(r))
		return fail(ret_fault, 13,
			    "no less than allocated minus freed");
	if (r->pid == 0)
		return fail(ret_fault, 18, "a process id");
	return 0;
}
