#ifndef MP_LOADING_H
#define MP_LOADING_H

/* What the tests of the configuration's modules share: files to load, in a
   directory of their own, and a look at what came of it. */

#include "test.h"

#include "core/config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "c.conf"

static struct mp_config config;
static struct mp_config_report report;

static inline int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Load, and see that no descriptor is lost and that failure sets nothing. */
static inline int load(const char *file)
{
	struct mp_config *untouched = malloc(sizeof(*untouched));
	int before = open_files();
	int err;

	assert_non_null(untouched);
	memset(untouched, 0x5a, sizeof(*untouched));
	config = *untouched;
	memset(&report, 0x5a, sizeof(report));
	err = mp_config_load(file, &config, &report);
	assert_int_equal(open_files(), before);
	if (err)
		assert_memory_equal(&config, untouched, sizeof(config));
	else
		assert_string_equal(report.error, "");
	free(untouched);
	return err;
}

static inline FILE *create(void)
{
	FILE *f = fopen(FILE_NAME, "w");

	assert_non_null(f);
	return f;
}

static inline int load_bytes(const char *text, size_t len)
{
	FILE *f = create();

	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
	return load(FILE_NAME);
}

static inline int load_text(const char *text)
{
	return load_bytes(text, strlen(text));
}

static inline unsigned key_named(const char *name)
{
	unsigned i = 0;

	while (strcmp(mp_config_keys[i].name, name))
		i++;
	return i;
}

static inline void assert_value(const char *key, const char *want)
{
	char got[MP_CONFIG_VALUE_MAX];

	mp_config_value(&config, key_named(key), got);
	assert_string_equal(got, want);
}

static inline void assert_found(const char *key, enum mp_config_source source,
				int line)
{
	assert_int_equal(report.source[key_named(key)], source);
	assert_int_equal(report.line[key_named(key)], line);
}

static inline const char *variable(const char *key)
{
	static char name[64];
	size_t i;

	strcpy(name, "MEMPROF_");
	for (i = 0; key[i]; i++)
		name[8 + i] = (char)(key[i] == '_' ? '_' : key[i] - 'a' + 'A');
	name[8 + i] = '\0';
	return name;
}

static inline void load_value(const char *key, const char *value)
{
	char text[400];

	snprintf(text, sizeof(text), "[profiling]\n\n%s:%s\n", key, value);
	assert_int_equal(load_text(text), 0);
	assert_found(key, MP_FROM_FILE, 3);
}

static char loading_dir[] = "/tmp/test_config.XXXXXX";

static inline int enter(void **state)
{
	(void)state;
	for (char **p = environ; *p;) {
		char name[128];

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(*p, "="), *p);
		if (strncmp(name, "MEMPROF_", 8) || unsetenv(name))
			p++;
	}
	return !mkdtemp(loading_dir) || chdir(loading_dir);
}

static inline int leave(void **state)
{
	(void)state;
	return unlink(FILE_NAME) || chdir("/") || rmdir(loading_dir);
}

#endif
