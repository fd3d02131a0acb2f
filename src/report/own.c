#include "report/own.h"

#include <errno.h>
#include <string.h>

static const char *const ids[] = {
	[MP_OWN_STARTED] = "(started)",	    [MP_OWN_STOPPED] = "(stopped)",
	[MP_OWN_OUTSIDE] = "(outside)",	    [MP_OWN_SKIPPED] = "(skipped)",
	[MP_OWN_RECOVERED] = "(recovered)",
};

static bool is_unfinished(const struct mp_record *r)
{
	return r->oops_id.len == sizeof(MP_RECORD_UNFINISHED) - 1 &&
	       !memcmp(r->oops_id.p, MP_RECORD_UNFINISHED, r->oops_id.len);
}

enum mp_own mp_own_find(const struct mp_record *r, enum mp_record_form form)
{
	if (form != MP_RECORD_FORMAT_1 || !mp_record_is_own(r))
		return is_unfinished(r) ? MP_OWN_UNFINISHED : MP_OWN_NONE;
	for (unsigned i = MP_OWN_STARTED; i <= MP_OWN_RECOVERED; i++)
		if (r->page_id.len == strlen(ids[i]) &&
		    !memcmp(r->page_id.p, ids[i], r->page_id.len))
			return (enum mp_own)i;
	return MP_OWN_UNKNOWN;
}

/* Step over `name` and the number behind it. */
static bool read_count(const char **p, const char *end, const char *name,
		       int64_t *ret)
{
	size_t len = strlen(name);
	const char *digits;
	int64_t v = 0;

	if ((size_t)(end - *p) < len || memcmp(*p, name, len) != 0)
		return false;
	digits = *p += len;
	for (; *p < end && **p >= '0' && **p <= '9'; ++*p)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, **p - '0', &v))
			return false;
	*ret = v;
	return *p > digits;
}

int mp_skipped_parse(struct mp_text oops_id, struct mp_skipped *ret)
{
	const char *p = oops_id.p, *end = oops_id.p + oops_id.len;
	struct mp_skipped s = { .paused = 0 };

	if (!read_count(&p, end, "sampled=", &s.sampled) ||
	    !read_count(&p, end, ",threshold=", &s.threshold) ||
	    !read_count(&p, end, ",one_in=", &s.one_in))
		return -EINVAL;
	if (p != end &&
	    (!read_count(&p, end, ",paused=", &s.paused) || p != end))
		return -EINVAL;
	*ret = s;
	return 0;
}

bool mp_recovered_is_valid(struct mp_text oops_id)
{
	static const char *const names[] = {
		"begun=",      ",logged=",    ",skipped=",    ",dropped=",
		",cancelled=", ",abandoned=", ",unfinished=", ",unnamed=",
	};
	const char *p = oops_id.p, *end = oops_id.p + oops_id.len;
	int64_t v;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!read_count(&p, end, names[i], &v))
			return false;
	return p == end;
}
