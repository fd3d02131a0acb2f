#include "cmd/options.h"

#include "cmd/cmd.h"

#include <assert.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What getopt_long() returns for option i; letters are below. */
#define FIRST_CODE 256

static const struct mp_option help_option = { "help", 'h', NULL,
					      "print this help" };

static void print_option(const struct mp_option *o, FILE *out)
{
	char text[64];

	snprintf(text, sizeof(text), "--%s%s%s", o->name,
		 o->argument ? "=" : "", o->argument ? o->argument : "");
	fprintf(out, o->letter ? "  -%c, " : "      ", o->letter);
	fprintf(out, "%-20s  %s\n", text, o->help);
}

static void print_help(const struct mp_usage *usage)
{
	printf("usage: memprof %s [option...] %s\n\n%s\n", usage->name,
	       usage->operands, usage->help);
	for (size_t i = 0; i < usage->option_count; i++)
		print_option(&usage->options[i], stdout);
	print_option(&help_option, stdout);
}

static int hint(const struct mp_usage *usage)
{
	mp_cmd_say("`memprof %s --help` lists what it takes", usage->name);
	return MP_EXIT_ERROR;
}

int mp_options_wrong(const struct mp_usage *usage, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "memprof: %s: ", usage->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return hint(usage);
}

int mp_options_refuse(const struct mp_usage *usage, size_t option,
		      const char *value)
{
	const struct mp_option *o = &usage->options[option];

	mp_cmd_say("%s: no %s: `%s`", usage->name, o->argument, value);
	print_option(o, stderr);
	return hint(usage);
}

/* Where in the table the option is that getopt_long() returned `code` for. */
static size_t find(const struct mp_usage *usage, int code)
{
	size_t i = 0;

	if (code >= FIRST_CODE)
		return (size_t)(code - FIRST_CODE);
	while (usage->options[i].letter != code)
		i++;
	return i;
}

static struct option long_option(const struct mp_option *o, int code)
{
	return (struct option){
		.name = o->name,
		.has_arg = o->argument ? required_argument : no_argument,
		.val = code,
	};
}

static char *put_letter(char *p, const struct mp_option *o)
{
	if (!o->letter)
		return p;
	*p++ = o->letter;
	if (o->argument)
		*p++ = ':';
	return p;
}

static int keep_last(void *values, size_t option, const char *value)
{
	((const char **)values)[option] = value;
	return 0;
}

int mp_options_read(const struct mp_usage *usage, int argc, char **argv,
		    const char **ret_values, int *ret_status)
{
	return mp_options_each(usage, argc, argv, keep_last, ret_values,
			       ret_status);
}

int mp_options_each(const struct mp_usage *usage, int argc, char **argv,
		    int (*take)(void *user, size_t option, const char *value),
		    void *user, int *ret_status)
{
	struct option longs[MP_OPTIONS_MAX + 2] = { 0 };
	char letters[2 * MP_OPTIONS_MAX + 2] = "", *p = letters;
	char name[64], *own_name = argv[0];
	size_t n = usage->option_count;
	int code, status = 0;

	assert(n <= MP_OPTIONS_MAX);
	for (size_t i = 0; i < n; i++) {
		longs[i] = long_option(&usage->options[i], FIRST_CODE + (int)i);
		p = put_letter(p, &usage->options[i]);
	}
	longs[n] = long_option(&help_option, help_option.letter);
	put_letter(p, &help_option);

	/* getopt_long() begins its messages with this. */
	snprintf(name, sizeof(name), "memprof: %s", usage->name);
	argv[0] = name;
	optind = 1;
	while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (code == '?' || code == help_option.letter)
			break;
		status = take(user, find(usage, code), optarg ? optarg : "");
		if (status)
			break;
	}
	argv[0] = own_name;

	if (status) {
		*ret_status = status;
		return 0;
	}
	if (code == -1)
		return optind;
	if (code == '?') {
		*ret_status = hint(usage);
	} else {
		print_help(usage);
		*ret_status = MP_EXIT_OK;
	}
	return 0;
}
