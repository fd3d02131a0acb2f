#include "view/plain.h"

#include "core/markup.h"
#include "core/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The code point of `len` bytes that are one character. */
static uint32_t code_point(const unsigned char *s, size_t len)
{
	uint32_t c = len == 1 ? s[0] : s[0] & (0x7fU >> len);

	for (size_t i = 1; i < len; i++)
		c = c << 6 | (s[i] & 0x3f);
	return c;
}

static bool may_be_shown(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0x00, 0x1f },	    { 0x7f, 0x9f },	/* controls */
		{ 0xad, 0xad },				/* soft hyphen */
		{ 0x61c, 0x61c },   { 0x180e, 0x180e }, /* invisible */
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, /* breaks, directions */
		{ 0x2060, 0x206f }, { 0xfeff, 0xfeff }, /* isolates, mark */
		{ 0xfff9, 0xfffb }, { 0xfffe, 0xffff }, /* not in XML */
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return false;
	return true;
}

const char *mp_plain_next(const char *s, char *ret)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t len;
	bool shown;

	if (!*s)
		return NULL;
	/* A character has four bytes at most, and the string an end. */
	len = *u < 0x80 ? 1 : mp_utf8_length(u, u + strnlen(s, 4));
	shown = len > 0 && may_be_shown(code_point(u, len));
	if (len == 0)
		len = 1;
	if (shown) {
		memcpy(ret, s, len);
		ret[len] = '\0';
	}
	for (size_t i = 0; i < len && !shown; i++)
		sprintf(ret + 3 * i, "%%%02X", u[i]);
	return s + len;
}

static void put_character(FILE *out, const char *c)
{
	const char *entity = mp_markup_entity(*c);

	fputs(entity ? entity : c, out);
}

void mp_plain_put_markup(FILE *out, const char *s)
{
	char c[MP_PLAIN_MAX];

	while ((s = mp_plain_next(s, c)))
		put_character(out, c);
}

void mp_plain_put_markup_cut(FILE *out, const char *s, size_t max)
{
	char c[MP_PLAIN_MAX];

	while ((s = mp_plain_next(s, c))) {
		if (max-- == 0) {
			fputs("..", out);
			break;
		}
		put_character(out, c);
	}
}

void mp_plain_put_json(FILE *out, const char *s)
{
	char c[MP_PLAIN_MAX];

	putc('"', out);
	while ((s = mp_plain_next(s, c))) {
		if (mp_markup_entity(*c) || *c == '\\')
			fprintf(out, "\\u%04x", (unsigned char)*c);
		else
			fputs(c, out);
	}
	putc('"', out);
}
