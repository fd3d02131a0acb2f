/* answertext: names of strangers are text in what a browser and a shell get. */

#include "test.h"

#include "memprof.h"
#include "profile/answertext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[65536];

typedef size_t write_fn(const struct mp_answertext *about, char *ret,
			size_t size);

static void write_text(write_fn *fn, const struct mp_answertext *about)
{
	size_t len = fn(about, text, sizeof(text) - 1);

	assert_true(len < sizeof(text) - 1);
	text[len] = '\0';
	assert_int_equal(strlen(text), len);
}

static const struct mp_answertext hostile = {
	.actions = MEMPROF_ACTION_CALLGRIND,
	.page_id = "</code><script>alert('1')</script>&amp;",
	.oops_id = "\"onload=x",
	.file = "/p/$(rm -rf)'\"`\n<b>&.mprof",
	.unknown = "<img/src=x>",
	.failed = "<i>",
};

static void test_piece_names_file_and_command(void **state)
{
	struct mp_answertext about = {
		.actions = MEMPROF_ACTION_CALLGRIND | MEMPROF_ACTION_PPROF,
		.page_id = "Root:index.html",
		.oops_id = "OOPS-1",
		.file = "/p/x.mprof",
	};

	(void)state;
	write_text(mp_answertext_piece, &about);
	assert_int_equal(strncmp(text, "<div ", 5), 0);
	assert_non_null(strstr(
		text, "Profile of: <code>Root:index.html</code><br>\n"
		      "Report: <code>OOPS-1</code><br>\n"
		      "File: <code>/p/x.mprof</code><br>\n"
		      "<pre style=\"white-space:pre-wrap\">"
		      "memprof view --format callgrind -o callgrind.out.1 "
		      "/p/x.mprof &amp;&amp; kcachegrind callgrind.out.1\n"
		      "memprof view --format pprof -o profile.pb.gz "
		      "/p/x.mprof &amp;&amp; go tool pprof -http=: "
		      "profile.pb.gz\n"
		      "</pre>\n</div>\n"));
}

static void test_head_is_plain(void **state)
{
	struct mp_answertext about = {
		.actions = MEMPROF_ACTION_SHOW | MEMPROF_ACTION_WALL,
		.page_id = "a&b",
		.file = "/p/x y.mprof",
		.unknown = "",
	};

	(void)state;
	write_text(mp_answertext_head, &about);
	assert_string_equal(text, "Profile of: a&b\n"
				  "File: /p/x y.mprof\n"
				  "memprof view --format tree '/p/x y.mprof'\n"
				  "\n");
}

static void test_some_command_is_always_there(void **state)
{
	struct mp_answertext about = { .actions = MEMPROF_ACTION_WALL,
				       .file = "/p/x.mprof" };

	(void)state;
	write_text(mp_answertext_piece, &about);
	assert_non_null(strstr(text, ">memprof view /p/x.mprof\n</pre>"));
}

static void test_without_a_file_there_is_none(void **state)
{
	struct mp_answertext about = { .failed = "no room" };

	(void)state;
	write_text(mp_answertext_piece, &about);
	assert_null(strstr(text, "memprof view"));
	assert_non_null(strstr(text, "Not shown here: <code>no room</code>"));
}

static void test_hostile_names_are_text_in_html(void **state)
{
	static const char *const no_markup[] = { "<script", "<b>", "<img",
						 "<i>",	    "'1'", "\"onload" };

	(void)state;
	write_text(mp_answertext_piece, &hostile);
	for (size_t i = 0; i < ARRAY_SIZE(no_markup); i++)
		assert_null(strstr(text, no_markup[i]));
	assert_non_null(strstr(text, "&lt;/code&gt;&lt;script&gt;alert("
				     "&#39;1&#39;)&lt;/script&gt;&amp;amp;<"));
	assert_non_null(strstr(text, "&lt;img/src=x&gt;"));
	write_text(mp_answertext_help, &hostile);
	assert_null(strstr(text, "<img"));
	assert_non_null(strstr(text, "&lt;img/src=x&gt;"));
}

/* Given to a shell, the command has the file's name as one word of it. */
static void test_hostile_file_is_one_word(void **state)
{
	struct mp_answertext about = { .actions = MEMPROF_ACTION_SHOW };
	char out[256] = { 0 }, script[1024];
	const char *command;
	FILE *shell;

	(void)state;
	about.file = "/p/$(echo 1)'\"`echo 2`\\ <b>&|;*~#!.mprof";
	write_text(mp_answertext_head, &about);
	command = strstr(text, "memprof view");
	assert_non_null(command);
	snprintf(script, sizeof(script),
		 "memprof() { for f; do :; done; printf %%s \"$f\"; }\n%s",
		 command);
	setenv("SCRIPT", script, 1);
	shell = popen("sh -c \"$SCRIPT\"", "r");
	assert_non_null(shell);
	assert_true(fread(out, 1, sizeof(out) - 1, shell) > 0);
	assert_int_equal(pclose(shell), 0);
	assert_string_equal(out, about.file);
}

static void test_control_characters_are_none(void **state)
{
	(void)state;
	write_text(mp_answertext_head, &hostile);
	for (const char *p = text; *p; p++)
		assert_true(*p == '\n' || (unsigned char)*p >= 0x20);
	assert_non_null(strstr(text, "\"`?<b>&.mprof\n"));
}

static void test_help_names_each_action(void **state)
{
	static const char *const names[] = {
		"show",	  "callgrind",	"log",	  "pprof", "speedscope",
		"folded", "flamegraph", "pstats", "wall",  "help",
	};
	struct mp_answertext about = { .actions = MEMPROF_ACTION_HELP };

	(void)state;
	write_text(mp_answertext_help, &about);
	assert_int_equal(strncmp(text, "<!DOCTYPE html>\n", 16), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_non_null(strstr(text, names[i]));
	assert_null(strstr(text, "Not understood"));
}

static void test_text_is_cut_where_there_is_no_room(void **state)
{
	static write_fn *const fns[] = { mp_answertext_help,
					 mp_answertext_piece,
					 mp_answertext_head };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fns); i++) {
		size_t whole = fns[i](&hostile, text, sizeof(text));

		for (size_t size = 0; size <= whole; size++) {
			char *exact = malloc(size ? size : 1);

			assert_int_equal(fns[i](&hostile, exact, size), size);
			assert_memory_equal(exact, text, size);
			free(exact);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_piece_names_file_and_command),
		cmocka_unit_test(test_head_is_plain),
		cmocka_unit_test(test_some_command_is_always_there),
		cmocka_unit_test(test_without_a_file_there_is_none),
		cmocka_unit_test(test_hostile_names_are_text_in_html),
		cmocka_unit_test(test_hostile_file_is_one_word),
		cmocka_unit_test(test_control_characters_are_none),
		cmocka_unit_test(test_help_names_each_action),
		cmocka_unit_test(test_text_is_cut_where_there_is_no_room),
	};

	return cmocka_run_group_tests_name("answertext", tests, NULL, NULL);
}
