#include "cmd/viewload.h"

#include "cmd/cmd.h"
#include "view/naming.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static int complain(const char *name, int err, const struct mp_raw_fault *fault)
{
	if (err == -EINVAL && fault->expected)
		mp_cmd_say("%s:%" PRIu64 ": %s: expected %s", name, fault->line,
			   fault->name, fault->expected);
	else
		mp_cmd_say("%s: %s", name, strerror(-err));
	return err;
}

static int load(struct mp_symbols *s, struct mp_calls *c, const char *path,
		bool first)
{
	const char *name = strcmp(path, "-") ? path : "stdin";
	struct mp_raw_fault fault = { 0 };
	struct mp_raw raw;
	int err = mp_raw_load(path, &raw, &fault);

	if (err)
		return complain(name, err, &fault);
	if (!first && raw.head.wall != c->head.wall) {
		mp_cmd_say("%s: its clock is %s, the one before has %s: times "
			   "that can't be added",
			   name, raw.head.wall ? "wall" : "cpu",
			   c->head.wall ? "wall" : "cpu");
		err = -EINVAL;
	} else {
		mp_naming_add(s, c, &raw, first);
		err = mp_calls_error(c);
		if (err)
			complain(name, err, &fault);
	}
	mp_raw_release(&raw);
	return err;
}

int mp_viewload(char **paths, int count, struct mp_calls *ret)
{
	struct mp_symbols *s;
	int err;

	mp_calls_init(ret);
	err = mp_symbols_open(ret, &s);
	if (err)
		return complain("symbols", err, &(struct mp_raw_fault){ 0 });
	for (int i = 0; i < count && !err; i++)
		err = load(s, ret, paths[i], i == 0);
	mp_symbols_close(s);
	for (size_t i = 0; i < ret->warning_count && !err; i++)
		mp_cmd_say("%s", ret->warnings[i]);
	return err;
}
