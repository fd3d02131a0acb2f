/*
 * config: a file, the environment over it, the defaults under it.
 *
 * The programs that make(1) runs are not setuid: here secure_getenv(3) and
 * getauxval(3) are asked to say they are, and tests/cmd/test_config.sh runs a
 * real one.
 */

#include "test.h"

#include "loading.h"

#include <errno.h>
#include <sys/auxv.h>

static bool is_secure;

char *__real_secure_getenv(const char *name);
char *__wrap_secure_getenv(const char *name);
char *__wrap_secure_getenv(const char *name)
{
	return is_secure ? NULL : __real_secure_getenv(name);
}

unsigned long __real_getauxval(unsigned long type);
unsigned long __wrap_getauxval(unsigned long type);
unsigned long __wrap_getauxval(unsigned long type)
{
	return type == AT_SECURE ? is_secure : __real_getauxval(type);
}

static void test_every_field_is_set(void **state)
{
	(void)state;
	assert_int_equal(load_text("[profiling]\n"
				   "profiling_allowed: false\n"
				   "memory_profile_log = /log\n"
				   "memory_profile_format: launchpad\n"
				   "memory_profile_write: async\n"
				   "memory_profile_queue: 65\n"
				   "close_timeout: 2\n"
				   "memory_profile_max_size: 4096\n"
				   "memory_profile_keep: 3\n"
				   "log_threshold: 4\n"
				   "sample_one_in: 5\n"
				   "statm_max_age: 0.006\n"
				   "heap_stats_interval: off\n"
				   "outside_threshold: 7K\n"
				   "abandon_after: 8\n"
				   "run_dir: /run/user\n"
				   "profiling_start_paused: yes\n"
				   "profile_dir: /profiles\n"
				   "profile_all_requests: on\n"
				   "profile_one_in: 9\n"
				   "profile_interval: 0.001\n"
				   "profile_clock: cpu\n"
				   "profile_run: /run-%p\n"
				   "profile_output: raw, top,folded\n"
				   "profile_max_files: 10\n"
				   "profile_max_bytes: 11M\n"
				   "profile_key: k-1\n"
				   "profile_trigger: XPROF=1\n"
				   "profile_max_per_minute: 12\n"
				   "oops_dir: /oopses\n"),
			 0);
	assert_false(config.profiling_allowed);
	assert_string_equal(config.memory_profile_log, "/log");
	assert_int_equal(config.memory_profile_format, MP_FORMAT_LAUNCHPAD);
	assert_int_equal(config.memory_profile_write, MP_WRITE_ASYNC);
	assert_int_equal(config.memory_profile_queue, 65);
	assert_int_equal(config.close_timeout_ns, 2000000000);
	assert_int_equal(config.memory_profile_max_size, 4096);
	assert_int_equal(config.memory_profile_keep, 3);
	assert_int_equal(config.log_threshold, 4);
	assert_int_equal(config.sample_one_in, 5);
	assert_int_equal(config.statm_max_age_ns, 6000000);
	assert_int_equal(config.heap_stats_interval_ns, -1);
	assert_int_equal(config.outside_threshold, 7168);
	assert_int_equal(config.abandon_after_ns, 8000000000);
	assert_string_equal(config.run_dir, "/run/user");
	assert_true(config.profiling_start_paused);
	assert_string_equal(config.profile_dir, "/profiles");
	assert_true(config.profile_all_requests);
	assert_int_equal(config.profile_one_in, 9);
	assert_int_equal(config.profile_interval_ns, 1000000);
	assert_int_equal(config.profile_clock, MP_CLOCK_CPU);
	assert_string_equal(config.profile_run, "/run-%p");
	assert_int_equal(config.profile_output, 2 | 4);
	assert_int_equal(config.profile_max_files, 10);
	assert_int_equal(config.profile_max_bytes, 11 << 20);
	assert_string_equal(config.profile_key, "k-1");
	assert_string_equal(config.profile_trigger, "XPROF=1");
	assert_int_equal(config.profile_max_per_minute, 12);
	assert_string_equal(config.oops_dir, "/oopses");
	for (int i = 0; i < MP_CONFIG_KEYS; i++)
		assert_int_equal(report.line[i], i + 2);
}

static void assert_defaults(void)
{
	char value[MP_CONFIG_VALUE_MAX];

	assert_true(config.profiling_allowed);
	assert_string_equal(config.memory_profile_log, "");
	assert_int_equal(config.memory_profile_format, MP_FORMAT_MEMPROF);
	assert_int_equal(config.memory_profile_write, MP_WRITE_DIRECT);
	assert_int_equal(config.memory_profile_queue, 3072);
	assert_int_equal(config.close_timeout_ns, 1000000000);
	assert_int_equal(config.memory_profile_max_size, 0);
	assert_int_equal(config.memory_profile_keep, 1);
	assert_int_equal(config.log_threshold, 0);
	assert_int_equal(config.sample_one_in, 1);
	assert_int_equal(config.statm_max_age_ns, 0);
	assert_int_equal(config.heap_stats_interval_ns, 1000000000);
	assert_int_equal(config.outside_threshold, 1048576);
	assert_int_equal(config.abandon_after_ns, 600000000000);
	assert_string_equal(config.run_dir, "/dev/shm");
	assert_false(config.profiling_start_paused);
	assert_string_equal(config.profile_dir, "");
	assert_false(config.profile_all_requests);
	assert_int_equal(config.profile_one_in, 0);
	assert_int_equal(config.profile_interval_ns, 10000000);
	assert_int_equal(config.profile_clock, MP_CLOCK_CPU);
	assert_string_equal(config.profile_run, "");
	assert_int_equal(config.profile_output, 0);
	assert_int_equal(config.profile_max_files, 1000);
	assert_int_equal(config.profile_max_bytes, 1 << 30);
	assert_string_equal(config.profile_key, "");
	assert_string_equal(config.profile_trigger, "");
	assert_int_equal(config.profile_max_per_minute, 6);
	assert_string_equal(config.oops_dir, "");
	for (unsigned i = 0; i < MP_CONFIG_KEYS; i++) {
		mp_config_value(&config, i, value);
		assert_string_equal(value, mp_config_keys[i].preset);
	}
}

static void test_defaults_are_those_of_the_table(void **state)
{
	(void)state;
	memset(&config, 0x5a, sizeof(config));
	mp_config_defaults(&config);
	assert_defaults();
	assert_int_equal(load(NULL), 0);
	assert_defaults();
	for (int i = 0; i < MP_CONFIG_KEYS; i++) {
		assert_int_equal(report.source[i], MP_FROM_DEFAULT);
		assert_int_equal(report.line[i], 0);
	}
}

/* Permission for profiles is given, not had by default. */
static void test_profiles_need_a_permission_that_is_set(void **state)
{
	(void)state;
	assert_int_equal(load_text("[profiling]\nmemory_profile_log: /x\n"), 0);
	assert_true(config.profiling_allowed);
	assert_false(config.profiles_allowed);
	assert_int_equal(load_text("[profiling]\nprofiling_allowed: true\n"),
			 0);
	assert_true(config.profiles_allowed);
	assert_int_equal(load_text("[profiling]\nprofiling_allowed: false\n"),
			 0);
	assert_false(config.profiles_allowed);
	setenv("MEMPROF_PROFILING_ALLOWED", "true", 1);
	assert_int_equal(load(NULL), 0);
	assert_true(config.profiles_allowed);
	unsetenv("MEMPROF_PROFILING_ALLOWED");
	assert_int_equal(mp_config_for_log("/x", &config, &report), 0);
	assert_false(config.profiles_allowed);
}

static void test_environment_overrides_the_file(void **state)
{
	(void)state;
	setenv("MEMPROF_SAMPLE_ONE_IN", "7", 1);
	setenv("MEMPROF_MEMORY_PROFILE_LOG", "", 1);
	assert_int_equal(load_text("[profiling]\nsample_one_in: 2\n"
				   "memory_profile_log: /x\nkeep: 1\n"),
			 -EINVAL);
	assert_int_equal(load_text("[profiling]\nsample_one_in: 2\n"
				   "memory_profile_log: /x\n"
				   "log_threshold: 3\n"),
			 0);
	assert_value("sample_one_in", "7");
	assert_found("sample_one_in", MP_FROM_ENVIRONMENT, 0);
	assert_value("memory_profile_log", "");
	assert_found("memory_profile_log", MP_FROM_ENVIRONMENT, 0);
	assert_found("log_threshold", MP_FROM_FILE, 4);
	unsetenv("MEMPROF_SAMPLE_ONE_IN");
	unsetenv("MEMPROF_MEMORY_PROFILE_LOG");
}

static void test_unknown_variables_are_counted(void **state)
{
	(void)state;
	setenv("MEMPROF_SAMPLE_ONE_IN", "7", 1);
	setenv("MEMPROF_SAMPLE_ONE_I", "7", 1);
	setenv("MEMPROF_SAMPLE_ONE_INN", "7", 1);
	setenv("MEMPROF_sample_one_in", "7", 1);
	setenv("MEMPROFILE", "7", 1);
	assert_int_equal(load(NULL), 0);
	assert_int_equal(report.unknown_variables, 3);
	assert_false(mp_config_is_unknown("MEMPROF_SAMPLE_ONE_IN=7"));
	assert_true(mp_config_is_unknown("MEMPROF_=7"));
	assert_false(mp_config_is_unknown("PATH=MEMPROF_X"));
	unsetenv("MEMPROF_SAMPLE_ONE_IN");
	unsetenv("MEMPROF_SAMPLE_ONE_I");
	unsetenv("MEMPROF_SAMPLE_ONE_INN");
	unsetenv("MEMPROF_sample_one_in");
	unsetenv("MEMPROFILE");
	assert_int_equal(load(NULL), 0);
	assert_int_equal(report.unknown_variables, 0);
}

static void test_a_secure_program_looks_at_no_variable(void **state)
{
	(void)state;
	setenv("MEMPROF_SAMPLE_ONE_IN", "bad", 1);
	setenv("MEMPROF_UNKNOWN", "7", 1);
	is_secure = true;
	assert_int_equal(load(NULL), 0);
	is_secure = false;
	assert_defaults();
	assert_int_equal(report.unknown_variables, 0);
	unsetenv("MEMPROF_SAMPLE_ONE_IN");
	unsetenv("MEMPROF_UNKNOWN");
}

static void test_no_environment_is_none(void **state)
{
	char **saved = environ;

	(void)state;
	environ = NULL;
	assert_int_equal(load(NULL), 0);
	environ = saved;
	assert_defaults();
}

static void test_one_log_and_the_defaults(void **state)
{
	(void)state;
	setenv("MEMPROF_SAMPLE_ONE_IN", "bad", 1);
	assert_int_equal(mp_config_for_log("/x-%p", &config, &report), 0);
	unsetenv("MEMPROF_SAMPLE_ONE_IN");
	assert_string_equal(report.error, "");
	assert_value("memory_profile_log", "/x-%p");
	config.memory_profile_log[0] = '\0';
	assert_defaults();

	assert_int_equal(mp_config_for_log(NULL, &config, &report), -EINVAL);
	assert_string_equal(report.error,
			    "memory_profile_log: expected a path");
	assert_int_equal(mp_config_for_log("", &config, &report), -EINVAL);
	assert_int_equal(mp_config_for_log("/%\n", &config, &report), -EINVAL);
	assert_string_equal(report.error,
			    "memory_profile_log: expected p or % after % in a "
			    "path, found \"/%?\"");
	assert_defaults();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field_is_set),
		cmocka_unit_test(test_defaults_are_those_of_the_table),
		cmocka_unit_test(test_profiles_need_a_permission_that_is_set),
		cmocka_unit_test(test_environment_overrides_the_file),
		cmocka_unit_test(test_unknown_variables_are_counted),
		cmocka_unit_test(test_a_secure_program_looks_at_no_variable),
		cmocka_unit_test(test_no_environment_is_none),
		cmocka_unit_test(test_one_log_and_the_defaults),
	};

	return cmocka_run_group_tests_name("config", tests, enter, leave);
}
