/*
 * config: prints the effective configuration, and where each value is from.
 *
 * What is printed is a configuration file, and says the same when it is read;
 * but for secrets: a comment says where they are from.
 */

#include "core/config.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/probe.h"
#include "core/ini.h"
#include "profile/profiling.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HELP_MAX   4096
#define NAME_WIDTH 23 /* of the longest key */
#define WIDTH_MAX  60 /* of a column of values */

static const char intro[] =
	"Print the configuration that a server would have with FILE, the "
	"environment and\n"
	"the defaults, and where each value is from.  Exit status 2 where it "
	"is wrong.\n"
	"Keys of the section [profiling], their defaults and what they "
	"take:\n"
	"\n";

/* Append to a text of HELP_MAX bytes that has `len` already. */
__attribute__((format(printf, 3, 4))) static size_t
append(char *text, size_t len, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text + len, HELP_MAX - len, format, args);
	va_end(args);
	return n > 0 && (size_t)n < HELP_MAX - len ? len + (size_t)n : len;
}

static void describe_keys(char *ret)
{
	size_t len = append(ret, 0, "%s", intro);

	for (unsigned i = 0; i < MP_CONFIG_KEYS; i++) {
		const struct mp_config_key *k = &mp_config_keys[i];

		len = append(ret, len, "  %-24s  %-8s  %s\n      %s\n", k->name,
			     *k->preset ? k->preset : "empty", k->range,
			     k->help);
	}
}

/* Print a comment's text; what would end the comment or steer a terminal is
   shown as a question mark. */
static void print_name(const char *name)
{
	for (; *name; name++)
		putchar((*name > 0 && *name < 0x20) || *name == 0x7f ? '?'
								     : *name);
}

static void print_origin(const struct mp_config_report *report, unsigned key,
			 const char *file)
{
	switch (report->source[key]) {
	case MP_FROM_FILE:
		print_name(file);
		printf(":%d\n", report->line[key]);
		break;
	case MP_FROM_ENVIRONMENT:
		puts("environment");
		break;
	case MP_FROM_DEFAULT:
		puts("default");
		break;
	}
}

/* Whether there is something in it that nobody shall see. */
static bool is_hidden(const struct mp_config *config, unsigned key)
{
	char value[MP_CONFIG_VALUE_MAX];

	mp_config_value(config, key, value);
	return mp_config_keys[key].secret && *value;
}

/* How wide the column of the values is: as the widest is, within reason. */
static size_t column_width(const struct mp_config *config)
{
	size_t width = 8;

	for (unsigned i = 0; i < MP_CONFIG_KEYS; i++) {
		char value[MP_CONFIG_VALUE_MAX];
		size_t len;

		if (is_hidden(config, i))
			continue;
		mp_config_value(config, i, value);
		len = strlen(value);
		if (len > width && len <= WIDTH_MAX)
			width = len;
	}
	return width;
}

/* The origin is a comment behind the value, or before a line that would be too
   long for a file with it. */
static void print_key(const struct mp_config *config,
		      const struct mp_config_report *report, unsigned key,
		      const char *file, size_t width)
{
	const char *name = mp_config_keys[key].name;
	char value[MP_CONFIG_VALUE_MAX];
	size_t len, origin = sizeof("  ; environment");

	if (is_hidden(config, key)) {
		printf("# %s is set, and not shown; it is from: ", name);
		print_origin(report, key, file);
		return;
	}
	mp_config_value(config, key, value);
	if (report->source[key] == MP_FROM_FILE)
		origin = strlen(file) + sizeof("  ; :2147483647");
	len = strlen(value);
	if (NAME_WIDTH + 2 + (len > width ? len : width) + origin <=
	    MP_INI_LINE_MAX) {
		printf("%s:%*s %-*s  ; ", name, NAME_WIDTH - (int)strlen(name),
		       "", (int)width, value);
		print_origin(report, key, file);
		return;
	}
	printf("# The next is from: ");
	print_origin(report, key, file);
	printf("%s:%s\n", name, value); /* a blank may be too much */
	if (strlen(name) + 1 + len > MP_INI_LINE_MAX)
		mp_cmd_say("%s: too long for a line of a file: only the "
			   "environment can set it",
			   name);
}

static const char *state_of(const struct mp_config *config)
{
	if (!config->profiling_allowed)
		return "off, as profiling_allowed is false";
	if (mp_profiling_is_wanted(config) && !*config->memory_profile_log)
		return "on, and logs nothing, as memory_profile_log names no "
		       "log";
	if (!*config->memory_profile_log)
		return "off, as memory_profile_log names no log";
	return "on";
}

static void name_unknown_variables(void)
{
	for (char **p = environ; p && *p; p++)
		if (mp_config_is_unknown(*p))
			mp_cmd_say("%.*s: not a key of memprof.conf(5)",
				   (int)strcspn(*p, "="), *p);
}

int mp_cmd_config(int argc, char **argv)
{
	char help[HELP_MAX];
	struct mp_usage usage = {
		.name = "config",
		.operands = "[FILE]",
		.help = help,
	};
	static struct mp_config config;
	static struct mp_config_report report;
	const char *file;
	int status = MP_EXIT_OK;
	size_t width;
	int first;

	describe_keys(help);
	first = mp_options_read(&usage, argc, argv, NULL, &status);
	if (!first)
		return status;
	if (argc - first > 1)
		return mp_options_wrong(&usage, "more than one FILE");
	file = argv[first];

	if (mp_config_load(file, &config, &report)) {
		mp_cmd_say("%s", report.error);
		return MP_EXIT_ERROR;
	}
	printf("# memprof is %s.\n", state_of(&config));
	if (config.profiling_allowed && *config.memory_profile_log)
		mp_probe_print(&config);
	puts("[profiling]");
	width = column_width(&config);
	for (unsigned i = 0; i < MP_CONFIG_KEYS; i++)
		print_key(&config, &report, i, file, width);
	if (report.unknown_variables)
		name_unknown_variables();
	return MP_EXIT_OK;
}
