#include "core/config.h"

#include "core/ini.h"
#include "core/value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define SECTION	     "profiling"
#define PREFIX	     "MEMPROF_"
#define VARIABLE_MAX 48 /* bytes of the longest variable's name, and more */
#define SECOND	     INT64_C(1000000000)
#define PIB	     (INT64_C(1) << 50)

#define IN(field) .offset = offsetof(struct mp_config, field)

const struct mp_config_key mp_config_keys[MP_CONFIG_KEYS] = {
	{ .name = "profiling_allowed",
	  .preset = "true",
	  .range = "true or false",
	  .help = "Whether anything is measured at all.",
	  .type = MP_TYPE_BOOL,
	  IN(profiling_allowed) },
	{ .name = "memory_profile_log",
	  .preset = "",
	  .range = "a path, or nothing",
	  .help = "The log; %p in it stands for the pid; nothing: no log.",
	  .type = MP_TYPE_PATH,
	  IN(memory_profile_log) },
	{ .name = "memory_profile_format",
	  .preset = "memprof",
	  .range = "memprof or launchpad",
	  .help = "The form of the log's lines.",
	  .type = MP_TYPE_FORMAT,
	  IN(memory_profile_format) },
	{ .name = "memory_profile_write",
	  .preset = "direct",
	  .range = "direct or async",
	  .help = "Who writes the log: each request, or a thread for all.",
	  .type = MP_TYPE_WRITE,
	  IN(memory_profile_write) },
	{ .name = "memory_profile_queue",
	  .preset = "3072",
	  .range = "64 to 31744",
	  .help = "How many ended requests may wait for that thread.",
	  .type = MP_TYPE_COUNT,
	  IN(memory_profile_queue),
	  .min = 64,
	  .max = 31744 },
	{ .name = "close_timeout",
	  .preset = "1",
	  .range = "0 to 3600",
	  .help = "Seconds that memprof_close() waits for that thread.",
	  .type = MP_TYPE_TIME,
	  IN(close_timeout_ns),
	  .min = 0,
	  .max = 3600 * SECOND },
	{ .name = "memory_profile_max_size",
	  .preset = "0",
	  .range = "0, or 4K to 1048576G",
	  .help = "Rotate the log when it would outgrow this; 0: never.",
	  .type = MP_TYPE_SIZE,
	  IN(memory_profile_max_size),
	  .min = 4096,
	  .max = PIB,
	  .word = "0",
	  .word_value = 0 },
	{ .name = "memory_profile_keep",
	  .preset = "1",
	  .range = "1 to 999",
	  .help = "How many logs that max_size rotated away are kept.",
	  .type = MP_TYPE_COUNT,
	  IN(memory_profile_keep),
	  .min = 1,
	  .max = 999 },
	{ .name = "log_threshold",
	  .preset = "0",
	  .range = "0 to 1048576G",
	  .help = "Log only requests that grew by more than this; 0: all.",
	  .type = MP_TYPE_SIZE,
	  IN(log_threshold),
	  .min = 0,
	  .max = PIB },
	{ .name = "sample_one_in",
	  .preset = "1",
	  .range = "1 to 1000000000",
	  .help = "Measure one request in this many.",
	  .type = MP_TYPE_COUNT,
	  IN(sample_one_in),
	  .min = 1,
	  .max = 1000000000 },
	{ .name = "statm_max_age",
	  .preset = "0",
	  .range = "0 to 60",
	  .help = "Seconds that one reading of statm may serve; 0: always "
		  "fresh.",
	  .type = MP_TYPE_TIME,
	  IN(statm_max_age_ns),
	  .min = 0,
	  .max = 60 * SECOND },
	{ .name = "heap_stats_interval",
	  .preset = "1",
	  .range = "0 to 86400, or off",
	  .help = "Seconds between readings of jemalloc's totals; 0: each "
		  "request.",
	  .type = MP_TYPE_TIME,
	  IN(heap_stats_interval_ns),
	  .min = 0,
	  .max = 86400 * SECOND,
	  .word = "off",
	  .word_value = -1 },
	{ .name = "outside_threshold",
	  .preset = "1M",
	  .range = "1 to 1048576G",
	  .help = "Log growth between requests from this size.",
	  .type = MP_TYPE_SIZE,
	  IN(outside_threshold),
	  .min = 1,
	  .max = PIB },
	{ .name = "abandon_after",
	  .preset = "600",
	  .range = "1 to 31536000",
	  .help = "Seconds after which a request in flight is taken for lost.",
	  .type = MP_TYPE_TIME,
	  IN(abandon_after_ns),
	  .min = SECOND,
	  .max = 31536000 * SECOND },
	{ .name = "run_dir",
	  .preset = "/dev/shm",
	  .range = "a path, or nothing",
	  .help = "Where the flight recorder lives, on tmpfs; nothing: none.",
	  .type = MP_TYPE_DIR,
	  IN(run_dir) },
	{ .name = "profiling_start_paused",
	  .preset = "false",
	  .range = "true or false",
	  .help = "Whether nothing is measured until `memprof resume`.",
	  .type = MP_TYPE_BOOL,
	  IN(profiling_start_paused) },
	{ .name = "profile_dir",
	  .preset = "",
	  .range = "a path, or nothing",
	  .help = "Where profiles of requests go; nothing: none is made.",
	  .type = MP_TYPE_DIR,
	  IN(profile_dir) },
	{ .name = "profile_all_requests",
	  .preset = "false",
	  .range = "true or false",
	  .help = "Whether each request is profiled.",
	  .type = MP_TYPE_BOOL,
	  IN(profile_all_requests) },
	{ .name = "profile_one_in",
	  .preset = "0",
	  .range = "0 to 1000000000",
	  .help = "Profile one request in this many; 0: none.",
	  .type = MP_TYPE_COUNT,
	  IN(profile_one_in),
	  .min = 0,
	  .max = 1000000000 },
	{ .name = "profile_interval",
	  .preset = "0.01",
	  .range = "0.0001 to 1",
	  .help = "Seconds of CPU time between the samples of a profile.",
	  .type = MP_TYPE_TIME,
	  IN(profile_interval_ns),
	  .min = SECOND / 10000,
	  .max = SECOND },
	{ .name = "profile_clock",
	  .preset = "cpu",
	  .range = "cpu or wall",
	  .help = "The time that profiles are of.",
	  .type = MP_TYPE_CLOCK,
	  IN(profile_clock) },
	{ .name = "profile_run",
	  .preset = "",
	  .range = "a path, or nothing",
	  .help = "One profile of all requests; %p stands for the pid.",
	  .type = MP_TYPE_PATH,
	  IN(profile_run) },
	{ .name = "profile_output",
	  .preset = "raw",
	  .range = "raw, or raw and formats of memprof view, by commas",
	  .help = "The formats of profiles in profile_dir; raw always is one.",
	  .type = MP_TYPE_OUTPUT,
	  IN(profile_output) },
	{ .name = "profile_max_files",
	  .preset = "1000",
	  .range = "1 to 1000000",
	  .help = "How many profiles profile_dir keeps, and reports oops_dir.",
	  .type = MP_TYPE_COUNT,
	  IN(profile_max_files),
	  .min = 1,
	  .max = 1000000 },
	{ .name = "profile_max_bytes",
	  .preset = "1G",
	  .range = "1M to 1048576G",
	  .help = "How much they take together; the oldest go.",
	  .type = MP_TYPE_SIZE,
	  IN(profile_max_bytes),
	  .min = 1 << 20,
	  .max = PIB },
	{ .name = "profile_key",
	  .preset = "",
	  .range = "text without blanks and quotes, or nothing",
	  .help = "Who brings this may have a request profiled; nothing: "
		  "nobody.",
	  .type = MP_TYPE_TEXT,
	  IN(profile_key),
	  .secret = true },
	{ .name = "profile_trigger",
	  .preset = "",
	  .range = "text without blanks and quotes, or nothing",
	  .help = "A text that asks for a profile where a URL has it.",
	  .type = MP_TYPE_TEXT,
	  IN(profile_trigger) },
	{ .name = "profile_max_per_minute",
	  .preset = "6",
	  .range = "0 to 60",
	  .help = "How many profiles URLs may ask for, in each process.",
	  .type = MP_TYPE_COUNT,
	  IN(profile_max_per_minute),
	  .min = 0,
	  .max = 60 },
	{ .name = "oops_dir",
	  .preset = "",
	  .range = "a path, or nothing",
	  .help = "Where reports of profiled requests go; nothing: none.",
	  .type = MP_TYPE_DIR,
	  IN(oops_dir) },
};

void mp_config_defaults(struct mp_config *ret)
{
	char why[MP_VALUE_WHY_MAX];

	memset(ret, 0, sizeof(*ret));
	for (unsigned i = 0; i < MP_CONFIG_KEYS; i++)
		mp_value_set(ret, &mp_config_keys[i], mp_config_keys[i].preset,
			     why);
}

void mp_config_value(const struct mp_config *config, unsigned key, char *ret)
{
	mp_value_print(config, &mp_config_keys[key], ret);
}

/* What is being loaded: not the caller's until all of it is right. */
struct loading {
	struct mp_config config;
	struct mp_config_report *report;
};

/* What mp_ini_read() calls with each key of our section. */
static int take(void *user, int line, const char *name, const char *value,
		char *why)
{
	struct loading *l = user;
	char reason[MP_VALUE_WHY_MAX];
	unsigned i = 0;
	int err;

	while (i < MP_CONFIG_KEYS && strcmp(name, mp_config_keys[i].name))
		i++;
	if (i == MP_CONFIG_KEYS) {
		snprintf(why, MP_INI_WHY_MAX,
			 "expected a key of memprof.conf(5), found \"%s\"",
			 name);
		return -EINVAL;
	}
	if (l->report->line[i]) {
		snprintf(why, MP_INI_WHY_MAX,
			 "%s: expected once, found in line %d already", name,
			 l->report->line[i]);
		return -EINVAL;
	}
	l->report->line[i] = line;
	l->report->source[i] = MP_FROM_FILE;
	err = mp_value_set(&l->config, &mp_config_keys[i], value, reason);
	if (err)
		snprintf(why, MP_INI_WHY_MAX, "%s: %s", name, reason);
	return err;
}

/* The variable that overrides a key. */
static void variable_name(const struct mp_config_key *key, char *ret)
{
	size_t i = sizeof(PREFIX) - 1;

	memcpy(ret, PREFIX, i);
	for (const char *p = key->name; *p; p++)
		ret[i++] = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
	ret[i] = '\0';
}

bool mp_config_is_unknown(const char *variable)
{
	char name[VARIABLE_MAX];
	size_t len = strcspn(variable, "=");

	if (strncmp(variable, PREFIX, sizeof(PREFIX) - 1))
		return false;
	for (unsigned i = 0; i < MP_CONFIG_KEYS; i++) {
		variable_name(&mp_config_keys[i], name);
		if (len == strlen(name) && !memcmp(variable, name, len))
			return false;
	}
	return true;
}

static int read_environment(struct loading *l)
{
	char name[VARIABLE_MAX], reason[MP_VALUE_WHY_MAX];

	for (unsigned i = 0; i < MP_CONFIG_KEYS; i++) {
		const char *value;
		int err;

		variable_name(&mp_config_keys[i], name);
		value = secure_getenv(name);
		if (!value)
			continue;
		l->report->source[i] = MP_FROM_ENVIRONMENT;
		l->report->line[i] = 0;
		err = mp_value_set(&l->config, &mp_config_keys[i], value,
				   reason);
		if (!err)
			continue;
		snprintf(l->report->error, sizeof(l->report->error), "%s: %s",
			 name, reason);
		return err;
	}
	if (getauxval(AT_SECURE))
		return 0;
	for (char **p = environ; p && *p; p++)
		l->report->unknown_variables += mp_config_is_unknown(*p);
	return 0;
}

/* Errors end up on terminals and in other people's logs: one line, no control
   characters. */
static void make_printable(char *error)
{
	for (; *error; error++)
		if ((*error > 0 && *error < 0x20) || *error == 0x7f)
			*error = '?';
}

int mp_config_load(const char *file, struct mp_config *ret,
		   struct mp_config_report *ret_report)
{
	struct loading l = { .report = ret_report };
	int err = 0;

	memset(ret_report, 0, sizeof(*ret_report));
	mp_config_defaults(&l.config);
	if (file)
		err = mp_ini_read(file, SECTION, take, &l, ret_report->error,
				  sizeof(ret_report->error));
	if (!err)
		err = read_environment(&l);
	if (err) {
		make_printable(ret_report->error);
		return err;
	}
	/* The first key. */
	l.config.profiles_allowed = l.config.profiling_allowed &&
				    ret_report->source[0] != MP_FROM_DEFAULT;
	*ret = l.config;
	return 0;
}

int mp_config_for_log(const char *memory_profile_log, struct mp_config *ret,
		      struct mp_config_report *ret_report)
{
	const struct mp_config_key *key = mp_config_keys;
	struct mp_config config;
	char reason[MP_VALUE_WHY_MAX] = "expected a path";
	int err = -EINVAL;

	memset(ret_report, 0, sizeof(*ret_report));
	mp_config_defaults(&config);
	while (key->type != MP_TYPE_PATH)
		key++;
	if (memory_profile_log && *memory_profile_log)
		err = mp_value_set(&config, key, memory_profile_log, reason);
	if (!err) {
		*ret = config;
		return 0;
	}
	snprintf(ret_report->error, sizeof(ret_report->error), "%s: %s",
		 key->name, reason);
	make_printable(ret_report->error);
	return err;
}
