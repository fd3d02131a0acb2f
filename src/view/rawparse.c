#include "view/rawparse.h"

#include "core/escape.h"
#include "profile/format.h"

#include <errno.h>
#include <string.h>

int mp_rawparse_wrong(struct mp_rawparse *p, const char *name,
		      const char *expected)
{
	*p->fault = (struct mp_raw_fault){ p->lines, name, expected };
	return -EINVAL;
}

/* A copy of a field, decoded where it is told. */
static int copy(struct mp_rawparse *p, struct mp_rawfield f, bool decode,
		const char **ret)
{
	char *own = mp_arena_get(&p->raw->arena, f.len + 1);
	size_t len = f.len;

	if (!own)
		return -ENOMEM;
	if (decode)
		len = mp_unescape(f.p, f.len, own);
	else
		memcpy(own, f.p, len);
	own[len] = '\0';
	*ret = own;
	return 0;
}

int mp_rawparse_field(struct mp_rawparse *p, const char *name,
		      struct mp_rawfield *ret)
{
	if (!mp_rawfields_next(&p->rest, ret) || ret->len == 0)
		return mp_rawparse_wrong(p, name, "a field");
	return 0;
}

int mp_rawparse_text(struct mp_rawparse *p, const char *name, bool decode,
		     const char **ret)
{
	struct mp_rawfield f;
	int err = mp_rawparse_field(p, name, &f);

	return err ? err : copy(p, f, decode, ret);
}

int mp_rawparse_name(struct mp_rawparse *p, const char *name, bool decode,
		     const char **ret)
{
	struct mp_rawfield f;
	int err = mp_rawparse_field(p, name, &f);

	if (err)
		return err;
	if (mp_rawfield_is(f, MP_FORMAT_NONE))
		f.len = 0;
	return copy(p, f, decode, ret);
}

int mp_rawparse_count(struct mp_rawparse *p, const char *name, uint64_t *ret)
{
	struct mp_rawfield f;
	int err = mp_rawparse_field(p, name, &f);

	if (!err && !mp_rawfield_count(f, ret))
		err = mp_rawparse_wrong(p, name, "digits");
	return err;
}

int mp_rawparse_number(struct mp_rawparse *p, const char *name, int64_t *ret)
{
	struct mp_rawfield f;
	int err = mp_rawparse_field(p, name, &f);

	if (!err && !mp_rawfield_number(f, ret))
		err = mp_rawparse_wrong(p, name, "digits or \\N");
	return err;
}

int mp_rawparse_signed(struct mp_rawparse *p, const char *name, int64_t *ret)
{
	struct mp_rawfield f;
	int err = mp_rawparse_field(p, name, &f);

	if (!err && !mp_rawfield_signed(f, ret))
		err = mp_rawparse_wrong(p, name, "a whole number or \\N");
	return err;
}

int mp_rawparse_hex(struct mp_rawparse *p, const char *name, uint64_t *ret)
{
	struct mp_rawfield f;
	int err = mp_rawparse_field(p, name, &f);

	if (!err && !mp_rawfield_hex(f, ret))
		err = mp_rawparse_wrong(
			p, name, "1 to 16 hexadecimal digits, lower case");
	return err;
}

int mp_rawparse_moment(struct mp_rawparse *p, const char *name, int64_t *ret)
{
	struct mp_rawfield f;
	int err = mp_rawparse_field(p, name, &f);

	if (!err && !mp_rawfield_moment(f, ret))
		err = mp_rawparse_wrong(
			p, name, "a time as 2026-11-21T01:02:03.123456Z");
	return err;
}
