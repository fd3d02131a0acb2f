/*
 * answer: what a host gets to send, whatever becomes of the command that it
 * takes: here that is a script, which says how it was called.
 */

#include "profiled.h"

#include <sys/stat.h>

#define DOOR                        \
	"profiling_allowed: true\n" \
	"profile_dir: .\n"          \
	"profile_max_per_minute: 60\n"

#define HOSTILE "</code><script>alert('1')</script>"

/* Put a command `memprof` of this text into the PATH, or none. */
static void set_command(const char *script)
{
	FILE *f;

	setenv("PATH", ".:/usr/bin:/bin", 1);
	unlink("memprof");
	if (!script)
		return;
	f = fopen("memprof", "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", script);
	fclose(f);
	assert_int_equal(chmod("memprof", 0700), 0);
}

/* Serve a request of `page` as `path` asks for it, and answer. */
static struct memprof_answer answer(struct memprof *mp, const char *path,
				    const char *page)
{
	struct memprof_trigger t = { .size = sizeof(t) };
	struct memprof_answer a = { .size = sizeof(a) };
	struct memprof_request r = { 0 };

	assert_int_equal(
		memprof_trigger(mp, path, NULL, NULL, MEMPROF_AUTHORISED, &t),
		0);
	memprof_begin(mp, &r, page);
	memprof_profile(&r, &t);
	memprof_end(&r, NULL);
	assert_int_equal(memprof_answer(&r, &t, &a), 0);
	return a;
}

/* Whether the answer has this text; it is not terminated. */
static bool says(const struct memprof_answer *a, const char *what)
{
	return memmem(a->text, a->len, what, strlen(what)) != NULL;
}

static void assert_ended(struct memprof *mp, struct memprof_answer *a)
{
	memprof_answer_free(a);
	assert_null(a->text);
	memprof_answer_free(a);
	assert_int_equal(stats_of(mp).misused, 0);
	assert_int_equal(memprof_close(mp), 0);
}

static void test_nothing_is_asked_nothing_is_answered(void **state)
{
	struct memprof *mp = serve(DOOR);
	struct memprof_answer a = answer(mp, "/a", "x");

	(void)state;
	assert_int_equal(a.kind, MEMPROF_ANSWER_NONE);
	assert_null(a.text);
	assert_ended(mp, &a);
}

static void test_show_is_the_commands_text(void **state)
{
	struct memprof *mp = serve(DOOR);
	struct memprof_answer a;

	(void)state;
	set_command("echo \"$*\" | sed 's,/[^ ]*/,,'");
	a = answer(mp, "/++profile++show/", "Cart:index");
	assert_int_equal(a.kind, MEMPROF_ANSWER_REPLACE);
	assert_string_equal(a.content_type, "text/plain; charset=utf-8");
	assert_int_equal(a.error, 0);
	assert_true(says(&a, "Profile of: Cart:index\nFile: /"));
	assert_true(says(&a, "\n\nview --format tree 2"));
	assert_true(says(&a, ".mprof\n"));
	assert_ended(mp, &a);
}

static void test_flamegraph_is_the_commands_picture(void **state)
{
	struct memprof *mp = serve(DOOR);
	struct memprof_answer a;

	(void)state;
	set_command("printf '<svg>%s</svg>' \"$3\"");
	a = answer(mp, "/++profile++flamegraph&show/", "x");
	assert_int_equal(a.kind, MEMPROF_ANSWER_REPLACE);
	assert_string_equal(a.content_type, "image/svg+xml");
	assert_int_equal(a.len, strlen("<svg>flamegraph</svg>"));
	assert_memory_equal(a.text, "<svg>flamegraph</svg>", a.len);
	assert_ended(mp, &a);
}

static void test_others_are_a_piece_of_the_page(void **state)
{
	struct memprof *mp = serve(DOOR);
	struct memprof_answer a;

	(void)state;
	set_command("touch called");
	a = answer(mp, "/++profile++callgrind&what/", HOSTILE);
	assert_int_equal(a.kind, MEMPROF_ANSWER_INSERT);
	assert_true(says(&a, "memprof view --format callgrind"));
	assert_true(says(&a, "Not understood: <code>what</code>"));
	assert_true(says(&a, "&lt;script&gt;alert("));
	assert_false(says(&a, "<script"));
	assert_int_equal(access("called", F_OK), -1);
	assert_ended(mp, &a);
}

static void test_help_needs_no_profile(void **state)
{
	struct memprof *mp = serve(DOOR);
	struct memprof_answer a = answer(mp, "/++profile++bogus/", "x");

	(void)state;
	assert_int_equal(a.kind, MEMPROF_ANSWER_REPLACE);
	assert_string_equal(a.content_type, "text/html; charset=utf-8");
	assert_true(says(&a, "Not understood: <code>bogus</code>"));
	assert_int_equal(stats_of(mp).profiled, 0);
	assert_ended(mp, &a);
}

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct fail_case {
	const char *name;
	const char *script; /* of the command; or null: there is none */
	int error;
	const char *why;
} fail_cases[] = {
	{ "a command that is not there", NULL, -ENOENT, "no command memprof" },
	{ "a command that fails", "echo x; exit 2", -EIO, "failed" },
	{ "a command that says nothing", ":", -EIO, "failed" },
	{ "a command that says too much", "cat /dev/zero", -EFBIG,
	  "too large" },
};

static void test_fail(void **state)
{
	const struct fail_case *c = *state;
	struct memprof *mp = serve(DOOR);
	struct memprof_answer a;

	set_command(c->script);
	a = answer(mp, "/++profile++flamegraph/", "x");
	assert_int_equal(a.kind, MEMPROF_ANSWER_INSERT);
	assert_int_equal(a.error, c->error);
	assert_true(says(&a, "Not shown here: <code>"));
	assert_true(says(&a, c->why));
	assert_true(says(&a, "memprof view --format flamegraph"));
	assert_ended(mp, &a);
}

static void test_request_without_a_profile_says_so(void **state)
{
	struct memprof *mp = serve(DOOR);
	struct memprof_trigger t = { .size = sizeof(t) };
	struct memprof_answer a = { .size = sizeof(a) };
	struct memprof_request r = { 0 };

	(void)state;
	assert_int_equal(memprof_trigger(mp, "/++profile++show/", NULL, NULL,
					 MEMPROF_AUTHORISED, &t),
			 0);
	memprof_begin(mp, &r, "x");
	assert_int_equal(memprof_answer(&r, &t, &a), -EINVAL);
	memprof_end(&r, NULL);
	assert_int_equal(memprof_answer(&r, &t, &a), 0);
	assert_int_equal(a.kind, MEMPROF_ANSWER_INSERT);
	assert_int_equal(a.error, -ENODATA);
	assert_true(says(&a, "no profile was made"));
	assert_ended(mp, &a);
}

static void test_size_is_checked(void **state)
{
	struct memprof_trigger t = { .size = sizeof(t) };
	struct memprof_answer a = { .size = sizeof(a) - 1 };
	struct memprof_request r = { 0 };

	(void)state;
	memprof_begin(NULL, &r, "x");
	memprof_end(&r, NULL);
	assert_int_equal(memprof_answer(&r, &t, &a), -EINVAL);
}

static void test_place_is_in_html_alone(void **state)
{
	static const char page[] = "<body>x</body>";
	size_t at = 99;

	(void)state;
	assert_int_equal(memprof_answer_place("text/plain", page, 14, &at),
			 -EINVAL);
	assert_int_equal(memprof_answer_place(NULL, page, 14, &at), -EINVAL);
	assert_int_equal(at, 99);
	assert_int_equal(memprof_answer_place("text/html", page, 14, &at), 0);
	assert_int_equal(at, 7);
}

/* ---- the report ---- */

/* Read the only report, with what it is of; its id goes to `ret_id`. */
static char *read_report(char *ret_id)
{
	static char text[8192];
	FILE *f = popen("cat oopses/*/OOPS-*.json", "r");
	size_t len;

	assert_non_null(f);
	len = fread(text, 1, sizeof(text) - 1, f);
	text[len] = '\0';
	assert_int_equal(pclose(f), 0);
	assert_int_equal(sscanf(text, "{\n\"id\": \"%63[^\"]\"", ret_id), 1);
	return text;
}

static void test_report_of_what_had_none(void **state)
{
	struct memprof *mp;
	struct memprof_answer a;
	static struct profile p;
	char id[64], want[PATH_MAX + 64], path[PATH_MAX];
	const char *text;

	(void)state;
	assert_int_equal(mkdir("oopses", 0700), 0);
	mp = serve(DOOR "oops_dir: oopses\n");
	a = answer(mp, "/++profile++pprof/a%20b", "Cart:index");
	text = read_report(id);
	assert_int_equal(strlen(id), 37);
	assert_string_equal(a.oops_id, id);
	assert_true(says(&a, id));
	assert_non_null(strstr(text, "\"page_id\": \"Cart:index\""));
	assert_non_null(strstr(text, "\"url\": \"/++profile++pprof/a%20b\""));
	assert_int_equal(find_profiles(id, path), 1);
	snprintf(want, sizeof(want), "%s\",\n\"informational\"", path);
	assert_non_null(strstr(text, want));
	read_profile(path, &p);
	assert_string_equal(field(&p, "oops_id"), id);
	assert_int_equal(stats_of(mp).profiles_failed, 0);
	assert_ended(mp, &a);
	snprintf(want, sizeof(want), "grep -q '\tCart:index\t%s\t' " LOG_NAME,
		 id);
	assert_int_equal(system(want), 0);
	assert_int_equal(system("rm -r oopses"), 0);
}

static void test_real_report_wins(void **state)
{
	struct memprof_trigger t = { .size = sizeof(t) };
	struct memprof_answer a = { .size = sizeof(a) };
	struct memprof_request r = { 0 };
	struct memprof *mp;

	(void)state;
	assert_int_equal(mkdir("oopses", 0700), 0);
	mp = serve(DOOR "oops_dir: oopses\n");
	memprof_trigger(mp, "/++profile++pprof/", NULL, NULL,
			MEMPROF_AUTHORISED, &t);
	memprof_begin(mp, &r, "x");
	memprof_profile(&r, &t);
	memprof_end(&r, "OOPS-real");
	assert_int_equal(memprof_answer(&r, &t, &a), 0);
	assert_string_equal(a.oops_id, "OOPS-real");
	assert_int_equal(find_profiles("-OOPS-real-", NULL), 1);
	assert_ended(mp, &a);
	assert_int_equal(rmdir("oopses"), 0); /* it is empty */
}

static void test_report_has_the_notes(void **state)
{
	struct memprof_trigger t = { .size = sizeof(t) };
	struct memprof_request r = { 0 };
	struct memprof *mp;
	char id[64];

	(void)state;
	assert_int_equal(mkdir("oopses", 0700), 0);
	mp = serve(DOOR "oops_dir: oopses\n");
	memprof_trigger(mp, "/", "profile", NULL, MEMPROF_AUTHORISED, &t);
	memprof_begin(mp, &r, "x");
	memprof_profile(&r, &t);
	memprof_note(&r, "sql", "SELECT", 1, 2);
	memprof_end(&r, NULL);
	assert_non_null(strstr(read_report(id), "{\"kind\": \"sql\", "));
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(system("rm -r oopses"), 0);
}

static void test_report_that_fails_is_counted(void **state)
{
	struct memprof *mp = serve(DOOR "oops_dir: /no/such/folder\n");
	struct memprof_answer a = answer(mp, "/++profile++pprof/", "x");

	(void)state;
	assert_int_equal(a.kind, MEMPROF_ANSWER_INSERT);
	assert_int_equal(stats_of(mp).profiles_written, 1);
	assert_int_equal(stats_of(mp).profiles_failed, 1);
	assert_int_equal(stats_of(mp).profile_error, -ENOENT);
	assert_ended(mp, &a);
}

static void test_who_is_not_profiled_has_no_report(void **state)
{
	struct memprof_answer a;
	struct memprof *mp;

	(void)state;
	assert_int_equal(mkdir("oopses", 0700), 0);
	mp = serve(DOOR "oops_dir: oopses\n");
	a = answer(mp, "/a", "x");
	assert_ended(mp, &a);
	assert_int_equal(rmdir("oopses"), 0);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(fail_cases) + 13] = {
		cmocka_unit_test_teardown(
			test_nothing_is_asked_nothing_is_answered, clear),
		cmocka_unit_test_teardown(test_show_is_the_commands_text,
					  clear),
		cmocka_unit_test_teardown(
			test_flamegraph_is_the_commands_picture, clear),
		cmocka_unit_test_teardown(test_others_are_a_piece_of_the_page,
					  clear),
		cmocka_unit_test_teardown(test_help_needs_no_profile, clear),
		cmocka_unit_test_teardown(
			test_request_without_a_profile_says_so, clear),
		cmocka_unit_test_teardown(test_size_is_checked, clear),
		cmocka_unit_test_teardown(test_place_is_in_html_alone, clear),
		cmocka_unit_test_teardown(test_report_of_what_had_none, clear),
		cmocka_unit_test_teardown(test_real_report_wins, clear),
		cmocka_unit_test_teardown(test_report_has_the_notes, clear),
		cmocka_unit_test_teardown(test_report_that_fails_is_counted,
					  clear),
		cmocka_unit_test_teardown(
			test_who_is_not_profiled_has_no_report, clear),
	};

	for (size_t i = 0; i < ARRAY_SIZE(fail_cases); i++)
		tests[i + 13] = (struct CMUnitTest){
			.name = fail_cases[i].name,
			.test_func = test_fail,
			.teardown_func = clear,
			.initial_state = &fail_cases[i],
		};
	return cmocka_run_group_tests_name("answer", tests, enter, leave);
}
