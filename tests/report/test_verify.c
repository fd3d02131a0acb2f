/* verify: records whose columns are each fine and do not fit together. */

#include "test.h"

#include "report/verify.h"

#include <errno.h>
#include <string.h>

#define N MP_UNKNOWN

#define LEDGER                                                          \
	"begun=9,logged=7,skipped=0,dropped=0,cancelled=1,abandoned=0," \
	"unfinished=1,unnamed=0"

static struct verify_case {
	const char *name;
	const char *page_id, *oops_id;
	int64_t allocated, freed, peak, pid;
	enum mp_record_form form;
	const char *want; /* the column at fault, or null */
} cases[] = {
	{ "a request", "Page", "-", 100, 40, 60, 7, MP_RECORD_FORMAT_1, NULL },
	{ "a request that freed more", "Page", "-", 40, 100, 0, 7,
	  MP_RECORD_FORMAT_1, NULL },
	{ "a request that knows nothing", "Page", "-", N, N, N, 7,
	  MP_RECORD_FORMAT_1, NULL },
	{ "a peak below what was kept", "Page", "-", 100, 40, 59, 7,
	  MP_RECORD_FORMAT_1, "peak" },
	{ "a peak without a sum to compare", "Page", "-", N, 40, 0, 7,
	  MP_RECORD_FORMAT_1, NULL },
	{ "no peak", "Page", "-", 100, 40, N, 7, MP_RECORD_FORMAT_1, NULL },
	{ "process 0", "Page", "-", 0, 0, 0, 0, MP_RECORD_FORMAT_1, "pid" },
	{ "memprof's own line", "(stopped)", "-", N, N, N, 7,
	  MP_RECORD_FORMAT_1, NULL },
	{ "a line in parentheses that memprof has not", "(paused)", "-", N, N,
	  N, 7, MP_RECORD_FORMAT_1, "page_id" },
	{ "the same as Launchpad's page", "(paused)", "-", N, N, N, N,
	  MP_RECORD_LAUNCHPAD_8, NULL },
	{ "(skipped) with its numbers", "(skipped)",
	  "sampled=1,threshold=2,one_in=3", N, N, N, 7, MP_RECORD_FORMAT_1,
	  NULL },
	{ "(skipped) without its numbers", "(skipped)", "-", N, N, N, 7,
	  MP_RECORD_FORMAT_1, "oops_id" },
	{ "(recovered) with its numbers", "(recovered)", LEDGER, N, N, N, 7,
	  MP_RECORD_FORMAT_1, NULL },
	{ "(recovered) without its numbers", "(recovered)", "-", N, N, N, 7,
	  MP_RECORD_FORMAT_1, "oops_id" },
	{ "(recovered) with more behind them", "(recovered)", LEDGER ",a=1", N,
	  N, N, 7, MP_RECORD_FORMAT_1, "oops_id" },
};

static void test_verify(void **state)
{
	const struct verify_case *c = *state;
	struct mp_record_fault fault = { .name = "untouched" };
	struct mp_record r = {
		.page_id = { c->page_id, strlen(c->page_id) },
		.oops_id = { c->oops_id, strlen(c->oops_id) },
		.allocated = c->allocated,
		.freed = c->freed,
		.peak = c->peak,
		.pid = c->pid,
	};

	assert_int_equal(mp_verify(&r, c->form, &fault), c->want ? -EINVAL : 0);
	assert_string_equal(fault.name, c->want ? c->want : "untouched");
	if (c->want)
		assert_string_equal(mp_record_column_name(fault.column - 1),
				    c->want);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(cases)];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest){
			.name = cases[i].name,
			.test_func = test_verify,
			.initial_state = &cases[i],
		};
	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
