#include "cmd/over.h"

#include "cmd/cmd.h"
#include "report/over.h"

#include <stdio.h>

static int add(void *over, const struct mp_record *r, enum mp_record_form form)
{
	mp_over_add(over, r, form);
	return 0;
}

static void tell(void *user, const char *sentence)
{
	(void)user;
	mp_cmd_say("%s", sentence);
}

/* All threads read, and one prints: the lines stay in their order. */
int mp_cmd_over(struct mp_input *in, const struct mp_view *view, int64_t bytes)
{
	struct mp_over over;
	void *lanes[] = { &over };
	const struct mp_input_sink sink = {
		.lanes = lanes,
		.count = 1,
		.add = add,
		.prints = true,
	};

	mp_over_init(&over, bytes, view, stdout);
	if (mp_input_scan(in, &sink)) {
		mp_cmd_say("too little memory to read a log");
		in->failed = true;
	}
	/* Data before talk, where both are one terminal. */
	fflush(stdout);
	mp_over_tell(&over, tell, NULL);
	return mp_input_finish(in);
}
