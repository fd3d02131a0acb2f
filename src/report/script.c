#include "report/script.h"

/* Write a character that a picture would take for the beginning of an entity:
   SVG only one of a hexadecimal number, PNG any. */
static void put_ampersand(const struct mp_script *s, const char *text)
{
	if (s->picture == MP_PICTURE_PNG)
		fputs("&amp;", s->out);
	else if (text[1] == '#' && text[2] == 'x')
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
