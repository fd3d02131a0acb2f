/* formats: without memory each says so, whichever piece it was, and frees the
   rest. */

#include "test.h"

#include "view/callgrind.h"
#include "view/callsjson.h"
#include "view/diffjson.h"
#include "view/flamegraph.h"
#include "view/folded.h"
#include "view/pprof.h"
#include "view/printed.h"
#include "view/pstats.h"
#include "view/sampled.h"
#include "view/speedscope.h"
#include "view/sunburst.h"
#include "view/webpage.h"

/* Define write_NAME, which writes what changed from a profile to itself. */
#define DIFF(name, show)                                             \
	static int write_##name(FILE *out, const struct mp_calls *c) \
	{                                                            \
		struct mp_calldiff d;                                \
		int err = mp_calldiff_build(c, c, &d);               \
                                                                     \
		if (!err)                                            \
			err = show(out, &d, NULL);                   \
		mp_calldiff_release(&d);                             \
		return err;                                          \
	}

DIFF(folded_diff, mp_show_foldeddiff)
DIFF(json_diff, mp_show_diffjson)
DIFF(flame_diff, mp_show_flamediff)
DIFF(icicle_diff, mp_show_iciclediff)
DIFF(sunburst_diff, mp_show_sunburstdiff)
DIFF(html_diff, mp_show_htmldiff)

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct format_case {
	const char *name;
	write_function *write;
	bool begins; /* before it has all memory that it needs */
} format_cases[] = {
	{ "callgrind", mp_write_callgrind, false },
	{ "pprof", mp_write_pprof, false },
	{ "pstats", mp_write_pstats, false },
	{ "flamegraph", mp_write_flamegraph, true },
	{ "icicle", mp_write_icicle, true },
	{ "sunburst", mp_write_sunburst, true },
	{ "html", mp_write_html, true },
	{ "folded", mp_write_folded, true },
	{ "json", mp_write_callsjson, true },
	{ "speedscope", mp_write_speedscope, false },
	{ "folded of two", write_folded_diff, true },
	{ "json of two", write_json_diff, true },
	{ "flamegraph of two", write_flame_diff, true },
	{ "icicle of two", write_icicle_diff, true },
	{ "sunburst of two", write_sunburst_diff, true },
	{ "html of two", write_html_diff, true },
};

static int calls_left; /* the call that takes this to zero fails */

/* Define __wrap_NAME, which the Makefile puts in NAME's place. */
#define FAULT(name, params, args)          \
	void *__real_##name params;        \
	void *__wrap_##name params;        \
	void *__wrap_##name params         \
	{                                  \
		if (--calls_left == 0)     \
			return NULL;       \
		return __real_##name args; \
	}

FAULT(malloc, (size_t size), (size))
FAULT(calloc, (size_t count, size_t size), (count, size))
FAULT(realloc, (void *p, size_t size), (p, size))
FAULT(reallocarray, (void *p, size_t count, size_t size), (p, count, size))

static void test_each_failure_is_told(void **state)
{
	const struct format_case *f = *state;
	struct mp_calls c;
	int failures = 0, err;

	sampled_init(&c);
	mp_calls_note(&c, &(struct mp_view_note){ .kind = "sql", .text = "" });
	do {
		char *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);

		assert_non_null(out);
		calls_left = failures + 1;
		err = f->write(out, &c);
		calls_left = 0;
		fclose(out);
		free(text);
		if (err) {
			assert_int_equal(err, -ENOMEM);
			assert_true(len == 0 || f->begins);
			failures++;
		}
	} while (err);
	assert_true(failures > 0);
	mp_calls_release(&c);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(format_cases)];

	for (size_t i = 0; i < ARRAY_SIZE(format_cases); i++)
		tests[i] = (struct CMUnitTest){
			.name = format_cases[i].name,
			.test_func = test_each_failure_is_told,
			.initial_state = &format_cases[i],
		};
	return cmocka_run_group_tests_name("formats faults", tests, NULL, NULL);
}
