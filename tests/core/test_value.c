/*
 * value: what is written is what is set, in a file and in the environment, and
 * what is printed means the same.
 */

#include "test.h"

#include "core/value.h"
#include "loading.h"

#include <errno.h>

static int getcwd_error;
static const char *fake_cwd;

char *__real_getcwd(char *buf, size_t size);
char *__wrap_getcwd(char *buf, size_t size);
char *__wrap_getcwd(char *buf, size_t size)
{
	errno = getcwd_error;
	if (getcwd_error)
		return NULL;
	if (!fake_cwd)
		return __real_getcwd(buf, size);
	assert_true(strlen(fake_cwd) < size);
	return strcpy(buf, fake_cwd);
}

#define TEXT_127                                                           \
	"1234567890123456789012345678901234567890123456789012345678901234" \
	"567890123456789012345678901234567890123456789012345678901234567"

static struct bad_case {
	const char *name; /* of the key */
	const char *value;
	const char *expected; /* or the range of the key */
} bad_cases[] = {
	{ "profiling_allowed", "maybe", NULL },
	{ "profiling_allowed", "", NULL },
	{ "profiling_allowed", "2", NULL },
	{ "profiling_allowed", "truely", NULL },
	{ "memory_profile_log", "\"/var/log/x\"", "a path without quotes" },
	{ "memory_profile_log", "'x'", "a path without quotes" },
	{ "memory_profile_log", "/x # y", "no blank before # in a path" },
	{ "memory_profile_log", "/x-%d", "p or % after % in a path" },
	{ "memory_profile_log", "/x-%", "p or % after % in a path" },
	{ "memory_profile_log", "/x-%%%", "p or % after % in a path" },
	{ "memory_profile_log", "/a\tb", "no control character in a path" },
	{ "memory_profile_log",
	  "/a\x7f"
	  "b",
	  "no control character in a path" },
	{ "memory_profile_format", "Memprof", NULL },
	{ "memory_profile_format", "", NULL },
	{ "memory_profile_format", "launchpad1", NULL },
	{ "memory_profile_write", "Direct", NULL },
	{ "memory_profile_write", "", NULL },
	{ "memory_profile_write", "asynchronous", NULL },
	{ "memory_profile_queue", "63", NULL },
	{ "memory_profile_queue", "31745", NULL },
	{ "close_timeout", "-1", NULL },
	{ "close_timeout", "3601", NULL },
	{ "memory_profile_max_size", "1", NULL },
	{ "memory_profile_max_size", "4095", NULL },
	{ "memory_profile_max_size", "1125899906842625", NULL },
	{ "memory_profile_max_size", "1048577G", NULL },
	{ "memory_profile_max_size", "9223372036854775808", NULL },
	{ "memory_profile_max_size", "18446744073709551616", NULL },
	{ "memory_profile_max_size", "9007199254740992K", NULL },
	{ "memory_profile_max_size", "17179869184G", NULL },
	{ "memory_profile_max_size", "17179869185G", NULL }, /* 1G in 64 bits */
	{ "memory_profile_max_size", "-1", NULL },
	{ "memory_profile_max_size", "+4096", NULL },
	{ "memory_profile_max_size", "8KB", NULL },
	{ "memory_profile_max_size", "8Ki", NULL },
	{ "memory_profile_max_size", "8KiBs", NULL },
	{ "memory_profile_max_size", "8 K", NULL },
	{ "memory_profile_max_size", "8T", NULL },
	{ "memory_profile_max_size", "1.5G", NULL },
	{ "memory_profile_max_size", "K", NULL },
	{ "memory_profile_max_size", "0x2000", NULL },
	{ "memory_profile_max_size", "off", NULL },
	{ "memory_profile_keep", "0", NULL },
	{ "memory_profile_keep", "1000", NULL },
	{ "memory_profile_keep", "1K", NULL },
	{ "log_threshold", "1125899906842625", NULL },
	{ "log_threshold", "-1", NULL },
	{ "log_threshold", "", NULL },
	{ "sample_one_in", "0", NULL },
	{ "sample_one_in", "1000000001", NULL },
	{ "sample_one_in", "99999999999999999999", NULL },
	{ "sample_one_in", "18446744073709551617", NULL }, /* 1 in 64 bits */
	{ "sample_one_in", "2x", NULL },
	{ "sample_one_in", "2.0", NULL },
	{ "statm_max_age", "60.000000001", NULL },
	{ "statm_max_age", "61", NULL },
	{ "statm_max_age", "-0", NULL },
	{ "statm_max_age", "1e-3", NULL },
	{ "statm_max_age", "0,5", NULL },
	{ "statm_max_age", ".5", NULL },
	{ "statm_max_age", "1.", NULL },
	{ "statm_max_age", "0.0000000001", NULL },
	{ "statm_max_age", "1ms", NULL },
	{ "statm_max_age", "1.5s", NULL },
	{ "statm_max_age", "1.5.5", NULL },
	{ "statm_max_age", "off", NULL },
	{ "statm_max_age", "9223372036", NULL },
	{ "statm_max_age", "9223372037", NULL },
	{ "statm_max_age", "18446744074", NULL }, /* 0.3 s in 64 bits */
	{ "statm_max_age", "99999999999999999999", NULL },
	{ "statm_max_age", "inf", NULL },
	{ "statm_max_age", "nan", NULL },
	{ "heap_stats_interval", "-1", NULL },
	{ "heap_stats_interval", "offf", NULL },
	{ "heap_stats_interval", "no", NULL },
	{ "heap_stats_interval", "86400.1", NULL },
	{ "outside_threshold", "0", NULL },
	{ "outside_threshold", "1048577G", NULL },
	{ "abandon_after", "0.999999999", NULL },
	{ "abandon_after", "0", NULL },
	{ "abandon_after", "31536000.1", NULL },
	{ "run_dir", "'x'", "a path without quotes" },
	{ "run_dir", "/a\tb", "no control character in a path" },
	{ "profiling_start_paused", "maybe", NULL },
	{ "profile_dir", "/a\tb", "no control character in a path" },
	{ "profile_all_requests", "2", NULL },
	{ "profile_one_in", "-1", NULL },
	{ "profile_one_in", "1000000001", NULL },
	{ "profile_interval", "0.00009999", NULL },
	{ "profile_interval", "1.000000001", NULL },
	{ "profile_interval", "0", NULL },
	{ "profile_clock", "wall-clock", NULL },
	{ "profile_clock", "", NULL },
	{ "profile_run", "%d", "p or % after % in a path" },
	{ "profile_output", "", NULL },
	{ "profile_output", "none", NULL },
	{ "profile_output", "raw,", NULL },
	{ "profile_output", ",raw", NULL },
	{ "profile_output", "raw callgrind", NULL },
	{ "profile_output", "raw,,html", NULL },
	{ "profile_output", "htm", NULL },
	{ "profile_output", "HTML", NULL },
	{ "profile_max_files", "0", NULL },
	{ "profile_max_files", "1000001", NULL },
	{ "profile_max_bytes", "1048575", NULL },
	{ "profile_max_bytes", "1048577G", NULL },
	{ "profile_key", "two words", NULL },
	{ "profile_key", "\"quoted\"", NULL },
	{ "profile_key", "it's", NULL },
	{ "profile_key", "a\tb", NULL },
	{ "profile_key", "a\x7f", NULL },
	{ "profile_key", "#comment", NULL },
	{ "profile_max_per_minute", "61", NULL },
};

static void test_bad_value(void **state)
{
	const struct bad_case *c = *state;
	const char *range = c->expected
				    ? c->expected
				    : mp_config_keys[key_named(c->name)].range;
	char text[400], want[400], shown[64] = "", found[80];

	for (size_t i = 0; c->value[i]; i++)
		shown[i] = (char)(c->value[i] < 0x20 || c->value[i] == 0x7f
					  ? '?'
					  : c->value[i]);
	snprintf(text, sizeof(text), "[profiling]\n%s = %s\n", c->name,
		 c->value);
	if (mp_config_keys[key_named(c->name)].secret)
		*found = '\0';
	else
		snprintf(found, sizeof(found), ", found \"%s\"", shown);
	snprintf(want, sizeof(want), "c.conf:2: %s: expected %s%s", c->name,
		 range, found);
	assert_int_equal(load_text(text), -EINVAL);
	assert_string_equal(report.error, want);

	setenv(variable(c->name), c->value, 1);
	snprintf(want, sizeof(want), "%s: expected %s%s", variable(c->name),
		 range, found);
	assert_int_equal(load(NULL), -EINVAL);
	unsetenv(variable(c->name));
	assert_string_equal(report.error, want);
}

static struct good_case {
	const char *name; /* of the key */
	const char *value;
	const char *printed;
} good_cases[] = {
	{ "profiling_allowed", "true", "true" },
	{ "profiling_allowed", "False", "false" },
	{ "profiling_allowed", "YES", "true" },
	{ "profiling_allowed", "no", "false" },
	{ "profiling_allowed", "on", "true" },
	{ "profiling_allowed", "oFF", "false" },
	{ "profiling_allowed", "1", "true" },
	{ "profiling_allowed", "0", "false" },
	{ "memory_profile_log", "", "" },
	{ "memory_profile_log", "/var/log/requests.log",
	  "/var/log/requests.log" },
	{ "memory_profile_log", "/var/log/%p.log", "/var/log/%p.log" },
	{ "memory_profile_log", "/var/log/100%%p", "/var/log/100%%p" },
	{ "memory_profile_log", "/a b;c:d=e#f\"g", "/a b;c:d=e#f\"g" },
	{ "memory_profile_log", "/caf\xc3\xa9/\xff", "/caf\xc3\xa9/\xff" },
	{ "memory_profile_format", "memprof", "memprof" },
	{ "memory_profile_format", "launchpad", "launchpad" },
	{ "memory_profile_write", "direct", "direct" },
	{ "memory_profile_write", "async", "async" },
	{ "memory_profile_queue", "31744", "31744" },
	{ "close_timeout", "0.5", "0.5" },
	{ "memory_profile_max_size", "0", "0" },
	{ "memory_profile_max_size", "4096", "4K" },
	{ "memory_profile_max_size", "4097", "4097" },
	{ "memory_profile_max_size", "4k", "4K" },
	{ "memory_profile_max_size", "10MiB", "10M" },
	{ "memory_profile_max_size", "1536m", "1536M" },
	{ "memory_profile_max_size", "2048Mib", "2G" },
	{ "memory_profile_max_size", "1048576G", "1048576G" },
	{ "memory_profile_max_size", "1125899906842624", "1048576G" },
	{ "memory_profile_keep", "1", "1" },
	{ "memory_profile_keep", "999", "999" },
	{ "profile_key", "", "" },
	{ "profile_key", "!a=b;c#d%&~", "!a=b;c#d%&~" },
	{ "profile_key", TEXT_127, TEXT_127 },
	{ "profile_max_per_minute", "0", "0" },
	{ "profile_max_per_minute", "60", "60" },
	{ "memory_profile_keep", "007", "7" },
	{ "log_threshold", "0", "0" },
	{ "log_threshold", "0K", "0" },
	{ "log_threshold", "1", "1" },
	{ "log_threshold", "1125899906842624", "1048576G" },
	{ "sample_one_in", "1", "1" },
	{ "sample_one_in", "1000000000", "1000000000" },
	{ "statm_max_age", "0", "0" },
	{ "statm_max_age", "0.0", "0" },
	{ "statm_max_age", "0.001", "0.001" },
	{ "statm_max_age", "0.000000001", "0.000000001" },
	{ "statm_max_age", "1.500", "1.5" },
	{ "statm_max_age", "10", "10" },
	{ "statm_max_age", "60", "60" },
	{ "heap_stats_interval", "0", "0" },
	{ "heap_stats_interval", "off", "off" },
	{ "heap_stats_interval", "Off", "off" },
	{ "heap_stats_interval", "86400", "86400" },
	{ "outside_threshold", "1", "1" },
	{ "outside_threshold", "1048576", "1M" },
	{ "outside_threshold", "1048576G", "1048576G" },
	{ "abandon_after", "1", "1" },
	{ "abandon_after", "31536000", "31536000" },
	{ "run_dir", "", "" },
	{ "run_dir", "/dev/shm/100%p", "/dev/shm/100%p" },
	{ "profiling_start_paused", "yes", "true" },
	{ "profile_dir", "/100%p", "/100%p" },
	{ "profile_all_requests", "on", "true" },
	{ "profile_one_in", "0", "0" },
	{ "profile_one_in", "1000000000", "1000000000" },
	{ "profile_interval", "0.0001", "0.0001" },
	{ "profile_interval", "1.0", "1" },
	{ "profile_clock", "cpu", "cpu" },
	{ "profile_clock", "wall", "wall" },
	{ "profile_run", "/r-%p", "/r-%p" },
	{ "profile_output", "raw", "raw" },
	{ "profile_output", "raw,raw", "raw" },
	{ "profile_output", "pprof , tree", "raw, tree, pprof" },
	{ "profile_output",
	  "html,sunburst,icicle,flamegraph,pstats,speedscope,pprof,callgrind,"
	  "json,folded,top,tree",
	  "raw, tree, top, folded, json, callgrind, pprof, speedscope, pstats, "
	  "flamegraph, icicle, sunburst, html" },
	{ "profile_max_files", "1000000", "1000000" },
	{ "profile_max_bytes", "1024K", "1M" },
};

static void test_good_value(void **state)
{
	const struct good_case *c = *state;

	load_value(c->name, c->value);
	assert_value(c->name, c->printed);
	load_value(c->name, c->printed);
	assert_value(c->name, c->printed);

	setenv(variable(c->name), c->value, 1);
	assert_int_equal(load(NULL), 0);
	unsetenv(variable(c->name));
	assert_found(c->name, MP_FROM_ENVIRONMENT, 0);
	assert_value(c->name, c->printed);
}

static void test_a_text_has_127_bytes_at_most(void **state)
{
	const struct mp_config_key *key = mp_config_keys;
	char why[MP_VALUE_WHY_MAX];

	(void)state;
	while (key->type != MP_TYPE_TEXT)
		key++;
	assert_int_equal(mp_value_set(&config, key, TEXT_127, why), 0);
	assert_int_equal(mp_value_set(&config, key, TEXT_127 "x", why),
			 -EINVAL);
	/* What a file could not hold is refused in a variable, too. */
	assert_int_equal(mp_value_set(&config, key, ";x", why), -EINVAL);
	assert_int_equal(mp_value_set(&config, key, "\xc3\xa9", why), -EINVAL);
}

static void test_a_relative_log_is_made_absolute(void **state)
{
	(void)state;
	fake_cwd = "/srv/app";
	load_value("memory_profile_log", "logs/%p.log");
	assert_value("memory_profile_log", "/srv/app/logs/%p.log");
	fake_cwd = "/srv/50%p";
	load_value("memory_profile_log", "x");
	assert_value("memory_profile_log", "/srv/50%%p/x");
	load_value("run_dir", "x%y");
	assert_value("run_dir", "/srv/50%p/x%y");
	fake_cwd = "/";
	load_value("memory_profile_log", "x");
	assert_value("memory_profile_log", "//x");
	fake_cwd = NULL;
}

static void test_a_bad_working_directory_is_told(void **state)
{
	(void)state;
	fake_cwd = "/a\nb";
	setenv("MEMPROF_MEMORY_PROFILE_LOG", "x", 1);
	assert_int_equal(load(NULL), -EINVAL);
	assert_string_equal(report.error,
			    "MEMPROF_MEMORY_PROFILE_LOG: expected no control "
			    "character in a path, found \"/a?b/x\"");
	fake_cwd = NULL;
	getcwd_error = ENOENT;
	assert_int_equal(load(NULL), -ENOENT);
	assert_string_equal(report.error,
			    "MEMPROF_MEMORY_PROFILE_LOG: expected an absolute "
			    "path, as the working directory is not known: No "
			    "such file or directory");
	getcwd_error = 0;
	unsetenv("MEMPROF_MEMORY_PROFILE_LOG");
}

/* `len` bytes of path in the environment. */
static void set_long_log(const char *start, size_t len)
{
	char *path = malloc(len + 1);

	assert_non_null(path);
	memset(path, 'x', len);
	memcpy(path, start, strlen(start));
	path[len] = '\0';
	setenv("MEMPROF_MEMORY_PROFILE_LOG", path, 1);
	free(path);
}

static void test_a_log_may_be_as_long_as_a_path(void **state)
{
	static char deep[PATH_MAX - 1];

	(void)state;
	set_long_log("/", PATH_MAX - 1);
	assert_int_equal(load(NULL), 0);
	assert_int_equal(strlen(config.memory_profile_log), PATH_MAX - 1);
	set_long_log("/", PATH_MAX);
	assert_int_equal(load(NULL), -EINVAL);
	assert_non_null(strstr(report.error,
			       ": expected a path of at most 4095 bytes, "
			       "found \"/xxx"));

	fake_cwd = "/ab%";
	set_long_log("", PATH_MAX - 7);
	assert_int_equal(load(NULL), 0);
	assert_int_equal(strlen(config.memory_profile_log), PATH_MAX - 1);
	set_long_log("", PATH_MAX - 6);
	assert_int_equal(load(NULL), -EINVAL);
	assert_non_null(strstr(report.error, ": expected a path of at most "
					     "4095 bytes with the working "
					     "directory before it, found"));

	/* Doubled, it is twice as long as there is room. */
	memset(deep, '%', sizeof(deep) - 1);
	deep[0] = '/';
	fake_cwd = deep;
	set_long_log("", 1);
	assert_int_equal(load(NULL), -EINVAL);
	fake_cwd = NULL;
	unsetenv("MEMPROF_MEMORY_PROFILE_LOG");
}

static void test_blanks_around_a_path(void **state)
{
	static const char *const bad[] = { " /x", "/x ", " " };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		setenv("MEMPROF_MEMORY_PROFILE_LOG", bad[i], 1);
		assert_int_equal(load(NULL), -EINVAL);
		assert_non_null(strstr(report.error,
				       ": expected no blank around a path"));
	}
	setenv("MEMPROF_MEMORY_PROFILE_LOG", "/x ;y", 1);
	assert_int_equal(load(NULL), -EINVAL);
	assert_string_equal(report.error,
			    "MEMPROF_MEMORY_PROFILE_LOG: expected no blank "
			    "before ; in a path, found \"/x ;y\"");
	unsetenv("MEMPROF_MEMORY_PROFILE_LOG");

	/* In a file they are not part of it. */
	load_value("memory_profile_log", "  /x \t ; y ");
	assert_value("memory_profile_log", "/x");
}

#define NAME_SIZE 80

/* The name of the test of one row. */
static const char *row_name(char *name, const char *key, const char *value)
{
	snprintf(name, NAME_SIZE, "%s: %s", key, value);
	return name;
}

int main(void)
{
	static char bad_names[ARRAY_SIZE(bad_cases)][NAME_SIZE];
	static char good_names[ARRAY_SIZE(good_cases)][NAME_SIZE];
	static const struct CMUnitTest rest[] = {
		cmocka_unit_test(test_a_relative_log_is_made_absolute),
		cmocka_unit_test(test_a_bad_working_directory_is_told),
		cmocka_unit_test(test_a_log_may_be_as_long_as_a_path),
		cmocka_unit_test(test_blanks_around_a_path),
		cmocka_unit_test(test_a_text_has_127_bytes_at_most),
	};
	struct CMUnitTest tests[ARRAY_SIZE(rest) + ARRAY_SIZE(bad_cases) +
				ARRAY_SIZE(good_cases)];
	size_t n = ARRAY_SIZE(rest);

	memcpy(tests, rest, sizeof(rest));
	for (size_t i = 0; i < ARRAY_SIZE(bad_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = row_name(bad_names[i], bad_cases[i].name,
					 bad_cases[i].value),
			.test_func = test_bad_value,
			.initial_state = &bad_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(good_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = row_name(good_names[i], good_cases[i].name,
					 good_cases[i].value),
			.test_func = test_good_value,
			.initial_state = &good_cases[i],
		};
	return cmocka_run_group_tests_name("value", tests, enter, leave);
}
