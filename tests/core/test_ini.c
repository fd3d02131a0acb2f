/*
 * ini: nothing is cut in silence, and what is wrong is told where.
 *
 * Read through mp_config_load(), which is what the line of an error must be
 * right for.
 */

#include "test.h"

#include "core/ini.h"
#include "loading.h"

#include <errno.h>
#include <ini.h>

static int fopen_error;
static bool no_memory_in_parser;

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode)
{
	errno = fopen_error;
	return fopen_error ? NULL : __real_fopen(path, mode);
}

int __real_ini_parse_stream(ini_reader reader, void *stream,
			    ini_handler handler, void *user);
int __wrap_ini_parse_stream(ini_reader reader, void *stream,
			    ini_handler handler, void *user);
int __wrap_ini_parse_stream(ini_reader reader, void *stream,
			    ini_handler handler, void *user)
{
	if (no_memory_in_parser)
		return -2;
	return __real_ini_parse_stream(reader, stream, handler, user);
}

#define T(literal) .text = (literal), .len = sizeof(literal) - 1

#define X10  "xxxxxxxxxx"
#define X49  X10 X10 X10 X10 "xxxxxxxxx"
#define X50  X10 X10 X10 X10 X10
#define X200 X50 X50 X50 X50

static struct wrong_case {
	const char *name;
	const char *text;
	size_t len;
	const char *error;
} wrong_cases[] = {
	{ "an unknown key", T("[profiling]\nmemory_profile_lgo: /x\n"),
	  "c.conf:2: expected a key of memprof.conf(5), found "
	  "\"memory_profile_lgo\"" },
	{ "a key in capitals", T("[profiling]\nSample_One_In: 2\n"),
	  "c.conf:2: expected a key of memprof.conf(5), found "
	  "\"Sample_One_In\"" },
	{ "a key that memprof does not have",
	  T("[profiling]\nmemory_profile_reader: direct\n"),
	  "c.conf:2: expected a key of memprof.conf(5), found "
	  "\"memory_profile_reader\"" },
	{ "control characters in a key", T("[profiling]\na\x1b[31mb: 2\n"),
	  "c.conf:2: expected a key of memprof.conf(5), found \"a?[31mb\"" },
	{ "a key of no name", T("[profiling]\n: 2\n"),
	  "c.conf:2: expected a key of memprof.conf(5), found \"\"" },
	{ "a key that is longer than libinih keeps",
	  T("[profiling]\n" X50 X10 ": 2\n"),
	  "c.conf:2: expected a key of memprof.conf(5), found \"" X50 X10
	  "\"" },
	{ "a bad value", T("[profiling]\nmemory_profile_format: xml\n"),
	  "c.conf:2: memory_profile_format: expected memprof or launchpad, "
	  "found \"xml\"" },
	{ "no value", T("[profiling]\nsample_one_in:\n"),
	  "c.conf:2: sample_one_in: expected 1 to 1000000000, found \"\"" },
	{ "no value but a comment", T("[profiling]\nsample_one_in: ; 2\n"),
	  "c.conf:2: sample_one_in: expected 1 to 1000000000, found \"\"" },
	{ "control characters in a value",
	  T("[profiling]\nsample_one_in: \x1b[31m\x7f\n"),
	  "c.conf:2: sample_one_in: expected 1 to 1000000000, found "
	  "\"?[31m?\"" },
	{ "a long bad value", T("[profiling]\nsample_one_in: " X50 X50 "\n"),
	  "c.conf:2: sample_one_in: expected 1 to 1000000000, found "
	  "\"" X50 X10 "xxx...\"" },
	{ "a comment that is none", T("[profiling]\nsample_one_in: 2 # two\n"),
	  "c.conf:2: sample_one_in: expected 1 to 1000000000, found "
	  "\"2 # two\"" },
	{ "no colon", T("[profiling]\nsample_one_in 2\n"),
	  "c.conf:2: expected a key, a colon and a value" },
	{ "no colon, and a bad value behind it",
	  T("[profiling]\nsample_one_in 2\nlog_threshold: x\n"),
	  "c.conf:2: expected a key, a colon and a value" },
	{ "no colon, and a blank behind it",
	  T("[profiling]\nsample_one_in 2\n log_threshold: 1\n"),
	  "c.conf:2: expected a key, a colon and a value" },
	{ "a colon in a comment", T("[profiling]\nsample_one_in ; : 2\n"),
	  "c.conf:2: expected a key, a colon and a value" },
	{ "a repeated key",
	  T("[profiling]\nsample_one_in: 2\n\nsample_one_in: 2\n"),
	  "c.conf:4: sample_one_in: expected once, found in line 2 already" },
	{ "a key repeated in a repeated section",
	  T("[profiling]\nsample_one_in: 2\n[x]\n[profiling]\n"
	    "sample_one_in: 3\n"),
	  "c.conf:5: sample_one_in: expected once, found in line 2 already" },
	{ "a key before any section", T("# head\n\nsample_one_in: 2\n"),
	  "c.conf:3: expected [profiling] before the first key" },
	{ "a line that is nothing before any section", T("nonsense\n"),
	  "c.conf:1: expected a key, a colon and a value" },
	{ "a continuation", T("[profiling]\nmemory_profile_log: /a\n  /b\n"),
	  "c.conf:3: expected no blank at the start of a line (a value ends "
	  "with its line)" },
	{ "an indented key", T("[profiling]\n\tsample_one_in: 2\n"),
	  "c.conf:2: expected no blank at the start of a line (a value ends "
	  "with its line)" },
	{ "an indented section", T("[host]\na: 1\n  [profiling]\nb: 2\n"),
	  "c.conf:3: expected no blank at the start of a line (a value ends "
	  "with its line)" },
	{ "an indented section in ours", T("[profiling]\n  [host]\n"),
	  "c.conf:2: expected no blank at the start of a line (a value ends "
	  "with its line)" },
	{ "a NUL byte", T("[profiling]\nsample_one_in: 2\0003\n"),
	  "c.conf:2: expected text, found a NUL byte" },
	{ "a NUL byte at the start of a line", T("[profiling]\n\0\n"),
	  "c.conf:2: expected text, found a NUL byte" },
	{ "a NUL byte in the name of another section", T("[ho\0st]\n"),
	  "c.conf:1: expected text, found a NUL byte" },
	{ "a NUL byte in the end", T("[profiling]\nsample_one_in: 2\0"),
	  "c.conf:2: expected text, found a NUL byte" },
	{ "UTF-16", T("\xff\xfe[\0p\0r\0"),
	  "c.conf:1: expected text, found a NUL byte" },
	{ "a long line", T("[profiling]\nlog_threshold: 0\n" X200 "\n"),
	  "c.conf:3: expected at most 198 bytes in a line" },
	{ "a long line before any section", T("\n" X200 "\n"),
	  "c.conf:2: expected at most 198 bytes in a line" },
	{ "a long section line", T("[host] ; " X200 "\n"),
	  "c.conf:1: expected at most 198 bytes in a line" },
	{ "a long name of a section", T("[" X50 "]\n"),
	  "c.conf:1: expected at most 49 bytes in the name of a section" },
	{ "an open section", T("[profiling]\nlog_threshold: 0\n[host\n"),
	  "c.conf:3: expected ] after the name of a section" },
	{ "a section that a comment cuts", T("[a ;b]\n"),
	  "c.conf:1: expected a key, a colon and a value" },
	{ "a section with more behind it", T("[profiling] sample_one_in: 2\n"),
	  "c.conf:1: expected nothing more after [profiling]" },
	{ "our section with blanks", T("[ profiling ]\nsample_one_in: 2\n"),
	  "c.conf:1: expected [profiling], found [ profiling ]" },
	{ "our section in capitals", T("[Profiling]\nsample_one_in: 2\n"),
	  "c.conf:1: expected [profiling], found [Profiling]" },
	{ "CRLF, comments and blank lines before it",
	  T("; a\r\n\r\n[profiling]\r\n# b\r\n\r\nkeep: 1\r\n"),
	  "c.conf:6: expected a key of memprof.conf(5), found \"keep\"" },
	{ "no newline at the end", T("[profiling]\n\nkeep: 1"),
	  "c.conf:3: expected a key of memprof.conf(5), found \"keep\"" },
	{ "a byte order mark before it", T("\xef\xbb\xbf[profiling]\nx: 1\n"),
	  "c.conf:2: expected a key of memprof.conf(5), found \"x\"" },
	{ "a byte order mark further down",
	  T("[profiling]\n\xef\xbb\xbfsample_one_in: 1\n"),
	  "c.conf:2: expected a key of memprof.conf(5), found "
	  "\"\xef\xbb\xbfsample_one_in\"" },
	{ "somebody else's lines before it",
	  T("[host]\n" X200 "\n\0\0\n  more\n[\t;]\n[profiling]\nx: 1\n"),
	  "c.conf:5: expected a key, a colon and a value" },
};

static void test_wrong_file(void **state)
{
	const struct wrong_case *c = *state;

	assert_int_equal(load_bytes(c->text, c->len), -EINVAL);
	assert_string_equal(report.error, c->error);
}

static void test_a_file_without_our_section_says_nothing(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"# only this",
		"\xef\xbb\xbf",
		"[profiling]",
		"[profiling] ; ours\n; x: 1\n",
		"[host]\nsample_one_in: 2\n",
		"[profiling.x]\nabandon_after: y\n",
		"[" X49 "]\n"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(load_text(texts[i]), 0);
		for (int k = 0; k < MP_CONFIG_KEYS; k++)
			assert_int_equal(report.source[k], MP_FROM_DEFAULT);
	}
}

static void test_lines_are_counted(void **state)
{
	(void)state;
	assert_int_equal(load_text("\xef\xbb\xbf# a\r\n"
				   "\r\n"
				   "[host] junk\r\n"
				   "a b c\r\n"
				   "   d [e\r\n"
				   "sample_one_in: x\r\n"
				   "[profiling]\t# ours\r\n"
				   "\t; c\r\n"
				   "   \r\n"
				   "sample_one_in : 2 ; two\r\n"
				   "[host]\r\n"
				   "[profiling]\r\n"
				   "log_threshold=3"),
			 0);
	assert_found("sample_one_in", MP_FROM_FILE, 10);
	assert_found("log_threshold", MP_FROM_FILE, 13);
	assert_found("abandon_after", MP_FROM_DEFAULT, 0);
	assert_value("sample_one_in", "2");
	assert_value("log_threshold", "3");
}

static void put(FILE *f, int c, size_t count)
{
	while (count--)
		putc(c, f);
}

#define LOG_KEY "memory_profile_log:"

/* A log with a name that makes its line `len` bytes long, between others. */
static int load_line_of(size_t len, const char *end, const char *more)
{
	FILE *f = create();

	fputs("[profiling]\n" LOG_KEY "/", f);
	put(f, 'x', len - strlen(LOG_KEY) - 1);
	fprintf(f, "%s%s", end, more);
	fclose(f);
	return load(FILE_NAME);
}

static void test_the_longest_line_is_whole(void **state)
{
	static const char *const ends[] = { "\n", "\r\n" };
	const char *more = "sample_one_in: 2\n";
	size_t len = MP_INI_LINE_MAX - strlen(LOG_KEY);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		assert_int_equal(load_line_of(MP_INI_LINE_MAX, ends[i], more),
				 0);
		assert_int_equal(strlen(config.memory_profile_log), len);
		assert_value("sample_one_in", "2");
		assert_found("sample_one_in", MP_FROM_FILE, 3);
	}
	assert_int_equal(load_line_of(MP_INI_LINE_MAX, "", ""), 0);
	assert_int_equal(strlen(config.memory_profile_log), len);
}

static void test_one_byte_more_is_refused(void **state)
{
	static const char *const ends[] = { "\n", "\r\n", "", "\r", "\rx" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		for (size_t len = 1; len < 300; len += len) {
			assert_int_equal(load_line_of(MP_INI_LINE_MAX + len,
						      ends[i], ""),
					 -EINVAL);
			assert_string_equal(
				report.error,
				"c.conf:2: expected at most 198 bytes in a "
				"line");
		}
}

static void test_long_lines_of_others_are_one_line_each(void **state)
{
	FILE *f = create();

	(void)state;
	fputs("; ", f);
	put(f, 'c', 1 << 20);
	fputs("\n[host]\n", f);
	put(f, 'x', 1 << 20);
	fputs("\n", f);
	put(f, '\0', 1 << 20);
	fputs("\nx: ", f);
	put(f, '[', 1 << 20);
	fputs("\n[profiling]\n \t # ", f);
	put(f, 'c', 1 << 20);
	fputs("\nsample_one_in: 2\n", f);
	fclose(f);
	assert_int_equal(load(FILE_NAME), 0);
	assert_found("sample_one_in", MP_FROM_FILE, 8);
}

static void test_a_long_line_of_ours_is_refused_where_it_is(void **state)
{
	FILE *f = create();

	(void)state;
	fputs("[profiling]\nlog_threshold: 0\n\n", f);
	put(f, 'x', 1 << 20);
	fputs("\nlog_threshold: x\n", f);
	fclose(f);
	assert_int_equal(load(FILE_NAME), -EINVAL);
	assert_string_equal(report.error,
			    "c.conf:4: expected at most 198 bytes in a line");
}

static void test_an_endless_file_is_refused(void **state)
{
	(void)state;
	assert_int_equal(load("/dev/zero"), -EINVAL);
	assert_string_equal(report.error,
			    "/dev/zero:1: expected text, found a NUL byte");
}

static void test_a_missing_file(void **state)
{
	(void)state;
	assert_int_equal(load("no/such.conf"), -ENOENT);
	assert_string_equal(report.error,
			    "no/such.conf: No such file or directory");
}

static void test_a_directory(void **state)
{
	(void)state;
	assert_int_equal(load("/"), -EISDIR);
	assert_string_equal(report.error, "/: Is a directory");
}

static void test_a_name_that_is_too_long(void **state)
{
	static char name[3 * PATH_MAX];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	assert_int_equal(load(name), -ENAMETOOLONG);
	assert_int_equal(strlen(report.error), MP_CONFIG_ERROR_MAX - 1);
}

static void test_failing_calls(void **state)
{
	static const int errors[] = { ENOMEM, EMFILE, EACCES };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		char want[100];

		fopen_error = errors[i];
		assert_int_equal(load("x"), -errors[i]);
		fopen_error = 0;
		snprintf(want, sizeof(want), "x: %s", strerror(errors[i]));
		assert_string_equal(report.error, want);
	}
	no_memory_in_parser = true;
	assert_int_equal(load_text("[profiling]\n"), -ENOMEM);
	no_memory_in_parser = false;
	assert_string_equal(report.error, "c.conf: Cannot allocate memory");
}

int main(void)
{
	static const struct CMUnitTest rest[] = {
		cmocka_unit_test(test_a_file_without_our_section_says_nothing),
		cmocka_unit_test(test_lines_are_counted),
		cmocka_unit_test(test_the_longest_line_is_whole),
		cmocka_unit_test(test_one_byte_more_is_refused),
		cmocka_unit_test(test_long_lines_of_others_are_one_line_each),
		cmocka_unit_test(
			test_a_long_line_of_ours_is_refused_where_it_is),
		cmocka_unit_test(test_an_endless_file_is_refused),
		cmocka_unit_test(test_a_missing_file),
		cmocka_unit_test(test_a_directory),
		cmocka_unit_test(test_a_name_that_is_too_long),
		cmocka_unit_test(test_failing_calls),
	};
	struct CMUnitTest tests[ARRAY_SIZE(rest) + ARRAY_SIZE(wrong_cases)];
	size_t n = ARRAY_SIZE(rest);

	memcpy(tests, rest, sizeof(rest));
	for (size_t i = 0; i < ARRAY_SIZE(wrong_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = wrong_cases[i].name,
			.test_func = test_wrong_file,
			.initial_state = &wrong_cases[i],
		};
	return cmocka_run_group_tests_name("ini", tests, enter, leave);
}
