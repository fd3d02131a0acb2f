#include "core/value.h"

#include "profile/outputs.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)

static const char *const format_names[] = { "memprof", "launchpad", NULL };
static const char *const write_names[] = { "direct", "async", NULL };
static const char *const clock_names[] = { "cpu", "wall", NULL };
static const char raw_name[] = "raw"; /* beside mp_outputs */

/* The first of each pair is how a bool is printed. */
static const char *const bool_names[][2] = {
	{ "false", "true" }, { "no", "yes" }, { "off", "on" }, { "0", "1" }
};

static const struct unit {
	char letter; /* `K`, also written `KiB` */
	int shift;
} units[] = { { 'G', 30 }, { 'M', 20 }, { 'K', 10 } };

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* Say what was expected, and how `value` begins, unless it is null. */
__attribute__((format(printf, 3, 4))) static int
reject(char *why, const char *value, const char *format, ...)
{
	char found[64];
	size_t len = 0;
	va_list args;
	int n;

	for (; value && value[len] && len + 1 < sizeof(found); len++)
		found[len] = value[len];
	found[len] = '\0';

	va_start(args, format);
	n = vsnprintf(why, MP_VALUE_WHY_MAX, format, args);
	va_end(args);
	if (value && n >= 0 && n < MP_VALUE_WHY_MAX)
		snprintf(why + n, (size_t)(MP_VALUE_WHY_MAX - n),
			 ", found \"%s%s\"", found, value[len] ? "..." : "");
	return -EINVAL;
}

/* Read digits at `*p` and step over them. */
static int parse_digits(const char **p, int64_t *ret)
{
	const char *start = *p;
	int64_t v = 0;

	for (; **p >= '0' && **p <= '9'; ++*p) {
		int digit = **p - '0';

		if (v > (INT64_MAX - digit) / 10)
			return -ERANGE;
		v = v * 10 + digit;
	}
	if (*p == start)
		return -EINVAL;
	*ret = v;
	return 0;
}

static int parse_count(const char *value, int64_t *ret)
{
	int err = parse_digits(&value, ret);

	return err ? err : *value ? -EINVAL : 0;
}

static int parse_size(const char *value, int64_t *ret)
{
	int err = parse_digits(&value, ret);

	if (err || !*value)
		return err;
	for (size_t i = 0; i < COUNT(units); i++) {
		if ((*value & ~0x20) != units[i].letter)
			continue;
		if (value[1] && strcasecmp(value + 1, "iB"))
			return -EINVAL;
		if (*ret > INT64_MAX >> units[i].shift)
			return -ERANGE;
		*ret <<= units[i].shift;
		return 0;
	}
	return -EINVAL;
}

/* Not by strtod(3), whose decimal point is the locale's. */
static int parse_time(const char *value, int64_t *ret)
{
	int64_t unit = SECOND;
	int64_t ns;
	int err = parse_digits(&value, &ns);

	if (err)
		return err;
	if (ns > INT64_MAX / SECOND - 1)
		return -ERANGE;
	ns *= SECOND;
	if (*value == '.') {
		for (value++; *value >= '0' && *value <= '9'; value++) {
			unit /= 10;
			if (!unit)
				return -ERANGE;
			ns += (*value - '0') * unit;
		}
		if (unit == SECOND)
			return -EINVAL;
	}
	*ret = ns;
	return *value ? -EINVAL : 0;
}

static int parse_number(const struct mp_config_key *key, const char *value,
			int64_t *ret)
{
	int err;

	if (key->word && !strcasecmp(value, key->word)) {
		*ret = key->word_value;
		return 0;
	}
	switch (key->type) {
	case MP_TYPE_SIZE:
		err = parse_size(value, ret);
		break;
	case MP_TYPE_TIME:
		err = parse_time(value, ret);
		break;
	default:
		err = parse_count(value, ret);
		break;
	}
	if (!err && (*ret < key->min || *ret > key->max))
		err = -ERANGE;
	return err;
}

/* Put the working directory before a relative path: the log is opened again
   after rotation, and a daemon has changed its directory by then.  In a
   pattern, a percent sign of it stands for itself. */
static int make_absolute(char *path, const char *value, bool pattern, char *why)
{
	char cwd[PATH_MAX];
	size_t len = 0;

	if (!getcwd(cwd, sizeof(cwd))) {
		const char *what;
		int err = -errno;

		what = strerrordesc_np(-err);
		snprintf(why, MP_VALUE_WHY_MAX,
			 "expected an absolute path, as the working directory "
			 "is not known: %s",
			 what ? what : "unknown error");
		return err;
	}
	for (const char *p = cwd; *p; p++) {
		if (len + 2 >= PATH_MAX)
			break;
		path[len++] = *p;
		if (pattern && *p == '%')
			path[len++] = '%';
	}
	if (len + 1 + strlen(value) >= PATH_MAX)
		return reject(why, value,
			      "expected a path of at most %d bytes with the "
			      "working directory before it",
			      PATH_MAX - 1);
	path[len++] = '/';
	strcpy(path + len, value);
	return 0;
}

/*
 * What could not be written in a file is refused everywhere, so that a value
 * means the same wherever it stands, and `memprof config` can print it.
 */
static int check_path(const char *path, bool pattern, char *why)
{
	for (const char *p = path; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == 0x7f)
			return reject(why, path,
				      "expected no control character in a "
				      "path");
		if (c == ' ' && (p == path || !p[1]))
			return reject(why, path,
				      "expected no blank around a path");
		if (c == ' ' && (p[1] == ';' || p[1] == '#'))
			return reject(why, path,
				      "expected no blank before %c in a path",
				      p[1]);
		if (c != '%' || !pattern)
			continue;
		if (p[1] != 'p' && p[1] != '%')
			return reject(why, path,
				      "expected p or %% after %% in a path");
		p++;
	}
	if (*path == '"' || *path == '\'')
		return reject(why, path, "expected a path without quotes");
	return 0;
}

static int parse_path(char *path, const char *value, bool pattern, char *why)
{
	int err = check_path(value, pattern, why);

	if (err)
		return err;
	if (strlen(value) >= PATH_MAX)
		return reject(why, value, "expected a path of at most %d bytes",
			      PATH_MAX - 1);
	if (*value && *value != '/') {
		err = make_absolute(path, value, pattern, why);
		return err ? err : check_path(path, pattern, why);
	}
	strcpy(path, value);
	return 0;
}

/* Nothing that could not be written in a file, or in a header of HTTP. */
static int parse_text(char *text, const char *value)
{
	if (*value == ';' || *value == '#')
		return -EINVAL;
	for (const char *p = value; *p; p++)
		if (*p <= 0x20 || *p >= 0x7f || *p == '"' || *p == '\'')
			return -EINVAL;
	if (strlen(value) >= MP_CONFIG_TEXT_MAX)
		return -EINVAL;
	strcpy(text, value);
	return 0;
}

static int parse_bool(const char *value, bool *ret)
{
	for (size_t i = 0; i < COUNT(bool_names); i++) {
		for (int yes = 0; yes < 2; yes++) {
			if (strcasecmp(value, bool_names[i][yes]))
				continue;
			*ret = yes;
			return 0;
		}
	}
	return -EINVAL;
}

/* Enums are stored as what they are: the number of their word. */
static int parse_word(const char *value, const char *const *words,
		      uint32_t *ret)
{
	for (uint32_t i = 0; words[i]; i++) {
		if (strcmp(value, words[i]))
			continue;
		*ret = i;
		return 0;
	}
	return -EINVAL;
}

static bool is_word(const char *word, const char *s, size_t len)
{
	return len == strlen(word) && !memcmp(s, word, len);
}

/* Formats, with a comma between two; the raw one has no bit. */
static int parse_outputs(const char *value, uint32_t *ret)
{
	uint32_t bits = 0;

	for (;;) {
		size_t len, i = 0;

		value += strspn(value, " ");
		len = strcspn(value, ", ");
		while (i < MP_OUTPUTS &&
		       !is_word(mp_outputs[i].name, value, len))
			i++;
		if (i < MP_OUTPUTS)
			bits |= UINT32_C(1) << i;
		else if (!is_word(raw_name, value, len))
			return -EINVAL;
		value += len;
		value += strspn(value, " ");
		if (!*value)
			break;
		if (*value++ != ',')
			return -EINVAL;
	}
	*ret = bits;
	return 0;
}

int mp_value_set(struct mp_config *config, const struct mp_config_key *key,
		 const char *value, char *why)
{
	void *field = (char *)config + key->offset;
	int64_t number;
	int err;

	switch (key->type) {
	case MP_TYPE_PATH:
	case MP_TYPE_DIR:
		return parse_path(field, value, key->type == MP_TYPE_PATH, why);
	case MP_TYPE_TEXT:
		err = parse_text(field, value);
		break;
	case MP_TYPE_BOOL:
		err = parse_bool(value, field);
		break;
	case MP_TYPE_FORMAT:
		err = parse_word(value, format_names, field);
		break;
	case MP_TYPE_WRITE:
		err = parse_word(value, write_names, field);
		break;
	case MP_TYPE_OUTPUT:
		err = parse_outputs(value, field);
		break;
	case MP_TYPE_CLOCK:
		err = parse_word(value, clock_names, field);
		break;
	default:
		err = parse_number(key, value, &number);
		if (!err)
			memcpy(field, &number, sizeof(number));
		break;
	}
	if (!err)
		return 0;
	return reject(why, key->secret ? NULL : value, "expected %s",
		      key->range);
}

static void print_size(int64_t bytes, char *ret)
{
	for (size_t i = 0; i < COUNT(units); i++) {
		int64_t unit = INT64_C(1) << units[i].shift;

		if (!bytes || bytes % unit)
			continue;
		sprintf(ret, "%lld%c", (long long)(bytes / unit),
			units[i].letter);
		return;
	}
	sprintf(ret, "%lld", (long long)bytes);
}

static void print_time(int64_t ns, char *ret)
{
	int n = sprintf(ret, "%lld.%09lld", (long long)(ns / SECOND),
			(long long)(ns % SECOND));

	while (ret[n - 1] == '0')
		n--;
	if (ret[n - 1] == '.')
		n--;
	ret[n] = '\0';
}

static void print_outputs(uint32_t bits, char *ret)
{
	ret += sprintf(ret, "%s", raw_name);
	for (size_t i = 0; i < MP_OUTPUTS; i++)
		if (bits >> i & 1)
			ret += sprintf(ret, ", %s", mp_outputs[i].name);
}

void mp_value_print(const struct mp_config *config,
		    const struct mp_config_key *key, char *ret)
{
	const void *field = (const char *)config + key->offset;
	int64_t number;

	switch (key->type) {
	case MP_TYPE_BOOL:
		strcpy(ret, bool_names[0][*(const bool *)field]);
		return;
	case MP_TYPE_PATH:
	case MP_TYPE_DIR:
	case MP_TYPE_TEXT:
		strcpy(ret, field);
		return;
	case MP_TYPE_FORMAT:
		strcpy(ret, format_names[*(const uint32_t *)field]);
		return;
	case MP_TYPE_WRITE:
		strcpy(ret, write_names[*(const uint32_t *)field]);
		return;
	case MP_TYPE_OUTPUT:
		print_outputs(*(const uint32_t *)field, ret);
		return;
	case MP_TYPE_CLOCK:
		strcpy(ret, clock_names[*(const uint32_t *)field]);
		return;
	default:
		memcpy(&number, field, sizeof(number));
		if (key->word && number == key->word_value)
			strcpy(ret, key->word);
		else if (key->type == MP_TYPE_SIZE)
			print_size(number, ret);
		else if (key->type == MP_TYPE_TIME)
			print_time(number, ret);
		else
			sprintf(ret, "%lld", (long long)number);
	}
}
