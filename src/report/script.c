#include "report/script.h"

#include "core/escape.h"
#include "report/show.h"

#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* Every font that pictures are drawn with has the letters of Latin, Greek and
   Cyrillic. */
#define COMMON_END 0x530

/* gnuplot's cairo draws a character that no font has over the whole picture. */
static bool can_show(enum mp_picture picture, wchar_t c)
{
	if (picture == MP_PICTURE_SVG)
		return iswprint((wint_t)c) != 0;
	return c < COMMON_END && wcwidth(c) == 1;
}

/* The bytes of the next character of a text, and whether it can be shown. */
static size_t next_character(enum mp_picture picture, struct mp_text t,
			     bool *ret_shown)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t n = mbrtowc(&c, t.p, t.len, &state);

	if (n == 0 || n > t.len) {
		*ret_shown = false;
		return 1;
	}
	*ret_shown = can_show(picture, c);
	return n;
}

/* Write `t` with what cannot be shown encoded; returns whether all can be. */
static bool put_shown(enum mp_picture picture, struct mp_text t, char *ret)
{
	bool all = true;

	while (t.len > 0) {
		bool shown;
		size_t n = next_character(picture, t, &shown);

		for (size_t i = 0; i < n; i++)
			ret += sprintf(ret, shown ? "%c" : "%%%02X",
				       (unsigned char)t.p[i]);
		all = all && shown;
		t = (struct mp_text){ t.p + n, t.len - n };
	}
	*ret = '\0';
	return all;
}

/* Columns of letters of average width that a text takes. */
static size_t weight(const char *text)
{
	struct mp_text t = { text, strlen(text) };
	size_t broad = 0;

	for (; *text; text++)
		broad += *text && strchr("MWmw@%", *text);
	return mp_show_width(t) + (broad + 1) / 2;
}

size_t mp_script_show_id(const struct mp_script *s, struct mp_text id,
			 size_t columns, char *ret)
{
	char raw[MP_ESCAPE_MAX], room[MP_SHOW_ID_MAX];
	size_t len = mp_unescape(id.p, id.len, raw), cut = columns;

	if (!put_shown(s->picture, (struct mp_text){ raw, len }, room))
		put_shown(s->picture, id, room);
	do
		mp_show_id((struct mp_text){ room, strlen(room) }, cut, ret);
	while (weight(ret) > columns && --cut > 0);
	return weight(ret);
}

/* An SVG takes it for the beginning of an entity before a hexadecimal number;
   the others never do. */
static void put_ampersand(const struct mp_script *s, const char *text)
{
	if (s->picture == MP_PICTURE_SVG && text[1] == '#' && text[2] == 'x')
		fputs("&#x26;", s->out);
	else
		putc('&', s->out);
}

/*
 * Between double quotes gnuplot runs what stands in
 * backquotes, and may expand `@`; a constant between single quotes cannot begin
 * with one.
 */
void mp_script_put_string(const struct mp_script *s, const char *text)
{
	putc('"', s->out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(s->out, "\\%c", *text);
		else if (*text == '`' || *text == '@')
			fprintf(s->out, "\\%03o", (unsigned char)*text);
		else if (*text == '&')
			put_ampersand(s, text);
		else
			putc(*text, s->out);
	}
	putc('"', s->out);
}
