#include "profile/trigger.h"

#include "core/escape.h"
#include "memprof.h"

#include <string.h>

#define MARK	   "++profile++"
#define NAME_BYTES 64 /* bytes of a name that is looked at; and its zero */

static const struct action {
	const char *name;
	uint32_t bit;
} known[] = {
	{ "show", MEMPROF_ACTION_SHOW },
	{ "callgrind", MEMPROF_ACTION_CALLGRIND },
	{ "log", MEMPROF_ACTION_CALLGRIND },
	{ "pprof", MEMPROF_ACTION_PPROF },
	{ "speedscope", MEMPROF_ACTION_SPEEDSCOPE },
	{ "folded", MEMPROF_ACTION_FOLDED },
	{ "flamegraph", MEMPROF_ACTION_FLAMEGRAPH },
	{ "pstats", MEMPROF_ACTION_PSTATS },
	{ "wall", MEMPROF_ACTION_WALL },
	{ "help", MEMPROF_ACTION_HELP },
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character at `*p`, decoded, stepped over; 0 at the end.  What is no
   escape stands for itself, and so does %00: no text goes on behind a zero. */
static char next(const char **p)
{
	int high, low;
	char c = **p;

	if (!c)
		return 0;
	++*p;
	if (c != '%')
		return c;
	high = hex_digit(**p);
	low = high < 0 ? -1 : hex_digit((*p)[1]);
	if (low < 0 || high + low == 0)
		return c;
	*p += 2;
	return (char)(high << 4 | low);
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* ---- the segment ---- */

static void add_unknown(struct mp_trigger *t, const char *name)
{
	static const char more[] = "...";
	char field[MP_ESCAPE_MAX];
	size_t used = strlen(t->unknown);
	size_t len = mp_escape(name, "-", field);

	if (used >= sizeof(more) &&
	    !strcmp(t->unknown + used + 1 - sizeof(more), more))
		return;
	/* A blank, the name, and room for what says that more were there. */
	if (used + 1 + len + 1 + sizeof(more) > sizeof(t->unknown)) {
		memcpy(field, more, sizeof(more) - 1);
		len = sizeof(more) - 1;
	}
	if (used)
		t->unknown[used++] = ' ';
	memcpy(t->unknown + used, field, len);
	t->unknown[used + len] = '\0';
}

/* Not by strcasecmp(3), whose letters are the locale's. */
static bool is_same(const char *name, const char *lower)
{
	for (; *name; name++, lower++) {
		bool upper = *name >= 'A' && *name <= 'Z';

		if ((upper ? *name + 0x20 : *name) != *lower)
			return false;
	}
	return !*lower;
}

static void add_action(struct mp_trigger *t, const char *name)
{
	for (size_t i = 0; i < COUNT(known); i++) {
		if (!is_same(name, known[i].name))
			continue;
		t->actions |= known[i].bit;
		return;
	}
	add_unknown(t, name);
}

/* Read the names up to the end of the segment at `p`. */
static void read_actions(const char *p, struct mp_trigger *t)
{
	char name[NAME_BYTES];
	size_t len = 0, blanks = 0;
	char c;

	do {
		c = next(&p);
		if (c && c != '/' && c != '&') {
			if (is_blank(c)) {
				blanks += len > 0;
				continue;
			}
			/* Blanks inside a name belong to it. */
			for (; blanks && len + 1 < sizeof(name); blanks--)
				name[len++] = ' ';
			if (len + 1 < sizeof(name))
				name[len++] = c;
			continue;
		}
		name[len] = '\0';
		if (len)
			add_action(t, name);
		len = 0;
		blanks = 0;
	} while (c && c != '/');
	if (!t->actions)
		t->actions = MEMPROF_ACTION_HELP;
}

/* Whether the segment at `*p` is ours; then `*p` is behind the mark. */
static bool skip_mark(const char **p)
{
	const char *q = *p;

	for (const char *want = MARK; *want; want++)
		if (next(&q) != *want)
			return false;
	*p = q;
	return true;
}

/* The end of the segment at `p`: where its slash begins, or the path ends. */
static const char *segment_end(const char *p)
{
	const char *at = p;
	char c;

	while ((c = next(&p)) && c != '/')
		at = p;
	return at;
}

/* `before` is the slash that the segment at `start` follows, or null. */
static void cut(const char *path, const char *before, const char *start,
		struct mp_trigger *t)
{
	const char *end = segment_end(start);
	const char *from = before ? before : start;

	/* Without a slash before it, the one behind it goes. */
	if (!before && *end)
		next(&end);
	/* The root stays the root. */
	else if (before == path && !*end)
		from = start;
	t->cut_at = (size_t)(from - path);
	t->cut_len = (size_t)(end - from);
}

static void find_segment(const char *path, struct mp_trigger *t)
{
	const char *before = NULL;
	const char *start = path;

	for (;;) {
		const char *p = start;

		if (skip_mark(&p)) {
			read_actions(p, t);
			cut(path, before, start, t);
			return;
		}
		before = segment_end(start);
		if (!*before)
			return;
		start = before;
		next(&start);
	}
}

/* ---- the query ---- */

/* Seconds, as in the configuration: digits, and a point among them at most;
   0 where they are none, or out of range. */
static int64_t parse_interval(const char *s, size_t len)
{
	int64_t unit = MP_TRIGGER_MAX_NS;
	int64_t ns = 0;
	bool digits = false, point = false;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '.' && !point) {
			point = true;
			continue;
		}
		if (s[i] < '0' || s[i] > '9')
			return 0;
		digits = true;
		if (point)
			unit /= 10; /* 0 from the tenth decimal on */
		else
			ns *= 10;
		ns += (s[i] - '0') * unit;
		if (ns > MP_TRIGGER_MAX_NS)
			return 0;
	}
	return digits && ns >= MP_TRIGGER_MIN_NS ? ns : 0;
}

static bool is_named(const char *name, const char *s, size_t len)
{
	return len == strlen(name) && !memcmp(s, name, len);
}

static void read_parameter(const char *s, size_t len, struct mp_trigger *t)
{
	const char *equals = memchr(s, '=', len);
	size_t name_len = equals ? (size_t)(equals - s) : len;
	const char *value = equals ? equals + 1 : s + len;
	size_t value_len = (size_t)(s + len - value);
	bool off = value_len == 1 && *value == '0';

	if (is_named("profile", s, name_len) && !off)
		t->actions |= MEMPROF_ACTION_PROFILE;
	else if (is_named("flamegraph", s, name_len) && !off)
		t->actions |= MEMPROF_ACTION_FLAMEGRAPH;
	else if (is_named("interval", s, name_len)) {
		t->interval_ns = parse_interval(value, value_len);
		t->bad_interval = !t->interval_ns;
	}
}

static void read_query(const char *query, struct mp_trigger *t)
{
	for (;;) {
		size_t len = strcspn(query, "&");

		read_parameter(query, len, t);
		if (!query[len])
			return;
		query += len + 1;
	}
}

bool mp_trigger_find(const char *path, const char *query, const char *needle,
		     struct mp_trigger *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (path)
		find_segment(path, ret);
	if (query)
		read_query(query, ret);
	if (*needle && ((path && strstr(path, needle)) ||
			(query && strstr(query, needle))))
		ret->actions |= MEMPROF_ACTION_PROFILE;
	if (!ret->actions) {
		ret->interval_ns = 0;
		ret->bad_interval = false;
	}
	return ret->actions != 0;
}
