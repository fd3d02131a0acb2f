#ifndef MP_CONFIG_H
#define MP_CONFIG_H

/*
 * config: what the user asked for: an INI file, then the environment.
 *
 * One table holds each key's name, type, default, range and help, and where it
 * is stored; the parser, the man page and `memprof config` all go by it.  Cold:
 * used when a session is opened, and by the command.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mp_config_format { MP_FORMAT_MEMPROF, MP_FORMAT_LAUNCHPAD };
enum mp_config_write { MP_WRITE_DIRECT, MP_WRITE_ASYNC };
enum mp_config_clock { MP_CLOCK_CPU, MP_CLOCK_WALL };

#define MP_CONFIG_TEXT_MAX 128 /* bytes of a text, with its terminator */

/* Intervals are nanoseconds; `heap_stats_interval_ns` is -1 for off. */
struct mp_config {
	bool profiling_allowed;
	char memory_profile_log[PATH_MAX]; /* absolute, `%p` and `%%` not
					      expanded; or empty: off */
	uint32_t memory_profile_format;	   /* an enum mp_config_format */
	uint32_t memory_profile_write;	   /* an enum mp_config_write */
	uint64_t memory_profile_queue;	   /* requests that may wait, async */
	int64_t close_timeout_ns;
	uint64_t memory_profile_max_size; /* bytes; 0: no bound */
	uint64_t memory_profile_keep;
	uint64_t log_threshold; /* bytes; 0: log all */
	uint64_t sample_one_in;
	int64_t statm_max_age_ns;	/* 0: always fresh */
	int64_t heap_stats_interval_ns; /* 0: each request; -1: off */
	uint64_t outside_threshold;	/* bytes */
	int64_t abandon_after_ns;
	char run_dir[PATH_MAX]; /* absolute; or empty: no recorder */
	bool profiling_start_paused;

	bool profiles_allowed;	    /* no key: `profiling_allowed` is there, and
				   true, not by default */
	char profile_dir[PATH_MAX]; /* absolute; or empty: no files */
	bool profile_all_requests;
	uint64_t profile_one_in; /* 0: none */
	int64_t profile_interval_ns;
	uint32_t profile_clock;	    /* an enum mp_config_clock */
	char profile_run[PATH_MAX]; /* as `memory_profile_log` */
	uint32_t profile_output; /* bits of mp_outputs, beside the raw file */
	uint64_t profile_max_files;
	uint64_t profile_max_bytes;
	char profile_key[MP_CONFIG_TEXT_MAX];	  /* or empty: opens nothing */
	char profile_trigger[MP_CONFIG_TEXT_MAX]; /* or empty: triggers none */
	uint64_t profile_max_per_minute;
	char oops_dir[PATH_MAX]; /* absolute; or empty: no reports */
};

/* How a key is written, and stored. */
enum mp_config_type {
	MP_TYPE_BOOL,	/* bool */
	MP_TYPE_PATH,	/* char[PATH_MAX]: `%p` may stand in it */
	MP_TYPE_DIR,	/* char[PATH_MAX] */
	MP_TYPE_TEXT,	/* char[MP_CONFIG_TEXT_MAX] */
	MP_TYPE_FORMAT, /* uint32_t: an enum mp_config_format */
	MP_TYPE_WRITE,	/* uint32_t: an enum mp_config_write */
	MP_TYPE_CLOCK,	/* uint32_t: an enum mp_config_clock */
	MP_TYPE_OUTPUT, /* uint32_t: bits of mp_outputs */
	MP_TYPE_SIZE,	/* uint64_t: bytes, or with K, M, G */
	MP_TYPE_COUNT,	/* uint64_t */
	MP_TYPE_TIME,	/* int64_t: nanoseconds; written in seconds */
};

/* One key of the table. */
struct mp_config_key {
	const char *name;
	const char *preset; /* the default, as a user would write it */
	const char *range;  /* what may be written, in words */
	const char *help;   /* one sentence */
	enum mp_config_type type;
	size_t offset; /* in struct mp_config */
	int64_t min;   /* of a number, as it is stored */
	int64_t max;
	const char *word; /* what may be written beside a number, or null */
	int64_t word_value;
	bool secret; /* its value is in no error, and in no listing */
};

/* Where a value came from. */
enum mp_config_source { MP_FROM_DEFAULT, MP_FROM_FILE, MP_FROM_ENVIRONMENT };

#define MP_CONFIG_KEYS	    29
#define MP_CONFIG_VALUE_MAX PATH_MAX
#define MP_CONFIG_ERROR_MAX (PATH_MAX + 512)

extern const struct mp_config_key mp_config_keys[MP_CONFIG_KEYS];

/* What came of loading, beside the values. */
struct mp_config_report {
	enum mp_config_source source[MP_CONFIG_KEYS];
	int line[MP_CONFIG_KEYS];   /* in the file, from 1 */
	unsigned unknown_variables; /* MEMPROF_ variables that are no key */
	char error[MP_CONFIG_ERROR_MAX]; /* `file:line: what`, or empty */
};

/* Every key at its default. */
void mp_config_defaults(struct mp_config *ret);

/*
 * Read the section `[profiling]` of `file`, which may be null, then the
 * environment (secure_getenv(3): none in a setuid program).  Fails with
 * -EINVAL on bad content, with -ENOMEM, as fopen(3), read(2) and, for a
 * relative `memory_profile_log`, as getcwd(3); then `ret_report` says where and
 * why in `error`, and `ret` is as it was.
 */
int mp_config_load(const char *file, struct mp_config *ret,
		   struct mp_config_report *ret_report);

/*
 * Every key at its default but `memory_profile_log`, which must not be null or
 * empty.  Looks at no file and no environment; fails as mp_config_load() does.
 */
int mp_config_for_log(const char *memory_profile_log, struct mp_config *ret,
		      struct mp_config_report *ret_report);

/* Write the value of key `key`, as a user would write it, to `ret`, which has
   room for MP_CONFIG_VALUE_MAX bytes. */
void mp_config_value(const struct mp_config *config, unsigned key, char *ret);

/* Whether `variable`, as in environ(7), is a MEMPROF_ one that is no key. */
bool mp_config_is_unknown(const char *variable);

#endif
