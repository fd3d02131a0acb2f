/* callgrind: the whole file, and what readers would add up twice. */

#include "test.h"

#include "view/callgrind.h"
#include "view/printed.h"
#include "view/sampled.h"

#include <string.h>

#define HEAD                   \
	"# callgrind format\n" \
	"version: 1\n"         \
	"creator: memprof " SAMPLED_VERSION "\n"

#define CPU_TIME "part: 1\ndesc: Trigger: samples of CPU time\n"

#define EVENTS "positions: line\nevents: ns samples\n"

static void test_the_whole_file(void **state)
{
	struct mp_calls c;

	(void)state;
	sampled_init(&c);
	mp_calls_degraded(&c, "no perf:\nno right");
	mp_calls_warn(&c, "/bin/app has changed");
	assert_printed(mp_write_callgrind, &c,
		       HEAD "pid: 7\n"
			    "cmd: /bin/app\n" CPU_TIME
			    "desc: Degraded: no perf:%0Ano right\n"
			    "desc: Warning: /bin/app has changed\n" EVENTS
			    "summary: 45 4\n"
			    "\n"
			    "ob=(1) ???\n"
			    "fl=(1) ???\n"
			    "fn=(1) [Page:index]\n"
			    "cob=(2) /bin/app\n"
			    "cfi=(2) app.c\n"
			    "cfn=(2) main\n"
			    "calls=4 10\n"
			    "0 40 4\n"
			    "cob=(1)\n"
			    "cfn=(8) [unsampled]\n"
			    "calls=1 0\n"
			    "0 5 0\n"
			    "\n"
			    "ob=(2)\n"
			    "fl=(2)\n"
			    "fn=(2)\n"
			    "cob=(2)\n"
			    "cfn=(3) work\n"
			    "calls=3 20\n"
			    "12 30 3\n"
			    "cob=(2)\n"
			    "cfn=(5) fib\n"
			    "calls=1 30\n"
			    "12 10 1\n"
			    "\n"
			    "ob=(2)\n"
			    "fl=(2)\n"
			    "fn=(3)\n"
			    "cob=(2)\n"
			    "cfi=(3) copy.h\n"
			    "cfn=(4) copy\n"
			    "calls=3 5\n"
			    "22 30 3\n"
			    "\n"
			    "ob=(2)\n"
			    "fl=(3)\n"
			    "fn=(4)\n"
			    "6 30 3\n"
			    "\n"
			    "ob=(2)\n"
			    "fl=(2)\n"
			    "fn=(5)\n"
			    "cob=(2)\n"
			    "cfn=(6) fib'2\n"
			    "calls=1 30\n"
			    "31 10 1\n"
			    "\n"
			    "ob=(2)\n"
			    "fl=(2)\n"
			    "fn=(6)\n"
			    "cob=(2)\n"
			    "cfn=(7) fib'3\n"
			    "calls=1 30\n"
			    "31 10 1\n"
			    "\n"
			    "ob=(2)\n"
			    "fl=(2)\n"
			    "fn=(7)\n"
			    "32 10 1\n"
			    "\n"
			    "ob=(1)\n"
			    "fl=(1)\n"
			    "fn=(8)\n"
			    "0 5 0\n"
			    "\n"
			    "totals: 45 4\n");
	mp_calls_release(&c);
}

static void test_an_empty_profile_has_its_totals(void **state)
{
	struct mp_calls c;

	(void)state;
	sampled_init_empty(&c);
	c.head.wall = true;
	assert_printed(mp_write_callgrind, &c,
		       HEAD
		       "part: 1\ndesc: Trigger: samples of wall time\n" EVENTS
		       "summary: 0 0\n"
		       "\ntotals: 0 0\n");
	mp_calls_release(&c);
}

/* A header's function in two objects has one name for callgrind_annotate. */
static void test_one_name_in_two_objects_is_one_recursion(void **state)
{
	struct mp_function f = { "f", "f", "/lib/a", "f.h", 1 };
	uint32_t places[2];
	struct mp_calls c;
	size_t len;
	char *text;

	(void)state;
	sampled_init_empty(&c);
	for (int i = 0; i < 2; i++) {
		f.object = i ? "/lib/b" : "/lib/a";
		places[i] = mp_calls_place(
			&c, &(struct mp_place){ mp_calls_function(&c, &f), 2, 0,
						false });
	}
	mp_calls_stack(&c,
		       &(struct mp_stack){ places, 2, 0, MP_KIND_CPU, 1, 3 });
	/* The other way round it is the outer one. */
	mp_calls_stack(
		&c, &(struct mp_stack){ places + 1, 1, 0, MP_KIND_CPU, 1, 4 });
	text = printed(mp_write_callgrind, &c, &len);
	assert_non_null(strstr(text, "cob=(3) /lib/b\ncfi=(2)\ncfn=(4) f\n"));
	assert_non_null(strstr(text, "cob=(3)\ncfn=(3) f'2\n"));
	free(text);
	mp_calls_release(&c);
}

/* So that what a root's callers add up to is all of it. */
static void test_each_page_calls_its_roots(void **state)
{
	uint32_t place;
	struct mp_calls c;
	size_t len;
	char *text;

	(void)state;
	sampled_init_empty(&c);
	mp_calls_page(&c, &(struct mp_view_page){ .id = "b" });
	place = sampled_place(&c, "main", "", 0, 0, false);
	for (uint32_t page = 0; page < 2; page++)
		mp_calls_stack(&c, &(struct mp_stack){ &place, 1, page,
						       MP_KIND_CPU, 1, 3 });
	text = printed(mp_write_callgrind, &c, &len);
	assert_non_null(strstr(text, "fn=(1) [Page:index]\n"
				     "cob=(2) /bin/app\n"
				     "cfn=(2) main\n"
				     "calls=1 0\n"
				     "0 3 1\n"));
	assert_non_null(strstr(text, "fn=(3) [b]\n"
				     "cob=(2)\n"
				     "cfn=(2)\n"
				     "calls=1 0\n"
				     "0 3 1\n"));
	assert_non_null(strstr(text, "fn=(2)\n0 6 2\n"));
	free(text);
	mp_calls_release(&c);
}

static void test_a_full_disk_is_told(void **state)
{
	struct mp_calls c;

	(void)state;
	sampled_init(&c);
	assert_full_disk_is_told(mp_write_callgrind, &c);
	mp_calls_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_whole_file),
		cmocka_unit_test(test_an_empty_profile_has_its_totals),
		cmocka_unit_test(test_one_name_in_two_objects_is_one_recursion),
		cmocka_unit_test(test_each_page_calls_its_roots),
		cmocka_unit_test(test_a_full_disk_is_told),
	};

	return cmocka_run_group_tests_name("callgrind", tests, NULL, NULL);
}
