#include "core/ini.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What libinih takes for blank in the C locale, within a line. */
#define BLANKS " \t\v\f\r"

struct source {
	FILE *file;
	const char *name;    /* of the file */
	const char *section; /* ours */
	mp_ini_take *take;
	void *user;
	char *error;
	size_t size;
	int line;     /* that libinih has, from 1 */
	bool foreign; /* this line is in somebody else's section */
	int err;      /* 0, or what stopped us, in this line */
};

__attribute__((format(printf, 3, 4))) static void
refuse(struct source *s, int err, const char *format, ...)
{
	va_list args;
	int n;

	s->err = err;
	n = snprintf(s->error, s->size, "%s:%d: ", s->name, s->line);
	if (n < 0 || (size_t)n >= s->size)
		return;
	va_start(args, format);
	vsnprintf(s->error + n, s->size - (size_t)n, format, args);
	va_end(args);
}

/* For errors that belong to no line. */
static int refuse_file(struct source *s, int err)
{
	const char *what = strerrordesc_np(err);

	snprintf(s->error, s->size, "%s: %s", s->name,
		 what ? what : "unknown error");
	return -err;
}

/* What was read of a line: less than all of it where `cut`. */
struct line {
	char *text; /* terminated */
	int len;
	bool cut;
	bool nul; /* there is a NUL byte in it */
};

static bool is_comment(const struct line *l)
{
	size_t i = strspn(l->text, BLANKS);

	return l->text[i] == ';' || l->text[i] == '#';
}

/* Whether `name` would be `section`, but for case and blanks around it. */
static bool resembles(const char *name, size_t len, const char *section)
{
	while (len > 0 && strchr(BLANKS, name[len - 1]))
		len--;
	while (len > 0 && strchr(BLANKS, *name)) {
		name++;
		len--;
	}
	return len == strlen(section) && !strncasecmp(name, section, len);
}

/* Look at a terminated line that begins with `[`. */
static void enter_section(struct source *s, const char *line)
{
	const char *name = line + 1;
	const char *end = strchr(name, ']');
	size_t len = end ? (size_t)(end - name) : 0;

	if (!end) {
		refuse(s, -EINVAL, "expected ] after the name of a section");
		return;
	}
	if (len > MP_INI_SECTION_MAX) {
		refuse(s, -EINVAL,
		       "expected at most %d bytes in the name of a section",
		       MP_INI_SECTION_MAX);
		return;
	}
	s->foreign = len != strlen(s->section) || memcmp(name, s->section, len);
	if (s->foreign && resembles(name, len, s->section)) {
		refuse(s, -EINVAL, "expected [%s], found [%.*s]", s->section,
		       (int)len, name);
		return;
	}
	end += 1 + strspn(end + 1, BLANKS);
	if (!s->foreign && *end && *end != ';' && *end != '#')
		refuse(s, -EINVAL, "expected nothing more after [%s]",
		       s->section);
}

/* Whether this line of a foreign section is our section's, but indented. */
static bool hides_section(const struct source *s, const char *line)
{
	const char *start = line + strspn(line, BLANKS);
	const char *end = *start == '[' ? strchr(start, ']') : NULL;

	return end &&
	       resembles(start + 1, (size_t)(end - start - 1), s->section);
}

/* Whether what is wrong with a line is nobody's business. */
static bool is_ignored(const struct source *s, const struct line *l)
{
	return is_comment(l) ||
	       (s->foreign && l->text[0] != '[' && !hides_section(s, l->text));
}

/*
 * Read a line into `l->text`, without its end: as much as `room` bytes hold.
 * What it has too much of is read and forgotten, but only where it is ignored:
 * else there may be no end to it.  Returns false at the end of the file, and
 * on an error.
 */
static bool read_line(struct source *s, int room, struct line *l)
{
	int c = getc_unlocked(s->file);
	bool any = c != EOF;

	l->len = 0;
	l->cut = false;
	l->nul = false;
	l->text[0] = '\0';
	s->line += any;
	for (; c != EOF && c != '\n'; c = getc_unlocked(s->file)) {
		bool first = !l->cut && !l->nul;

		l->nul |= c == '\0';
		l->cut |= l->len + 1 >= room;
		if (!l->cut) {
			l->text[l->len++] = (char)c;
			l->text[l->len] = '\0';
		}
		if (first && (l->cut || l->nul) && !is_ignored(s, l))
			return true;
		/* A byte order mark. */
		if (s->line == 1 && !strcmp(l->text, "\xef\xbb\xbf"))
			l->text[l->len = 0] = '\0';
	}
	if (ferror_unlocked(s->file)) {
		s->err = refuse_file(s, errno);
		return false;
	}
	if (l->len > 0 && l->text[l->len - 1] == '\r')
		l->text[--l->len] = '\0';
	return any;
}

/* Look at a line before libinih does.  Returns whether libinih needs to see
   more of it than that there is one. */
static bool inspect(struct source *s, const struct line *l, int limit)
{
	if (is_ignored(s, l))
		return false;
	if (l->nul) {
		refuse(s, -EINVAL, "expected text, found a NUL byte");
		return false;
	}
	if (l->cut || l->len > limit) {
		refuse(s, -EINVAL, "expected at most %d bytes in a line",
		       limit);
		return false;
	}
	if (!l->text[strspn(l->text, BLANKS)])
		return false;
	if (strchr(BLANKS, l->text[0]))
		refuse(s, -EINVAL,
		       "expected no blank at the start of a line (a value "
		       "ends with its line)");
	else if (l->text[0] == '[')
		enter_section(s, l->text);
	return true;
}

/* What libinih reads by: fgets(3) with a second look. */
static char *next_line(char *str, int num, void *stream)
{
	struct source *s = stream;
	struct line l = { .text = str };
	int limit = num - 2 < MP_INI_LINE_MAX ? num - 2 : MP_INI_LINE_MAX;

	/* Room for one byte more: the `\r` that a line may end in. */
	if (s->err || !read_line(s, limit + 2, &l))
		return NULL;
	if (!inspect(s, &l, limit))
		l.len = 0;
	if (s->err)
		return NULL;
	strcpy(str + l.len, "\n");
	return str;
}

/* What libinih calls with each key. */
static int take_key(void *user, const char *section, const char *name,
		    const char *value)
{
	struct source *s = user;
	char why[MP_INI_WHY_MAX];
	int err;

	/* After a refused line libinih may hand on what it had read before. */
	if (s->err || !value)
		return 0;
	if (!*section) {
		refuse(s, -EINVAL, "expected [%s] before the first key",
		       s->section);
		return 0;
	}
	err = s->take(s->user, s->line, name, value, why);
	if (err)
		refuse(s, err, "%s", why);
	return !err;
}

int mp_ini_read(const char *file, const char *section, mp_ini_take *take,
		void *user, char *error, size_t size)
{
	struct source s = {
		.name = file,
		.section = section,
		.take = take,
		.user = user,
		.error = error,
		.size = size,
	};
	int first;

	s.file = fopen(file, "re");
	if (!s.file)
		return refuse_file(&s, errno);

	/* The first line that is no key and no section: libinih itself goes on
	   behind it, so an error of ours may lie further down. */
	first = ini_parse_stream(next_line, &s, take_key, &s);
	if (first < 0) {
		s.err = refuse_file(&s, ENOMEM);
	} else if (first > 0 && (!s.err || first < s.line)) {
		s.line = first;
		refuse(&s, -EINVAL, "expected a key, a colon and a value");
	}
	fclose(s.file);
	return s.err;
}
