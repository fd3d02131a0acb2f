#include "report/htmlpicture.h"

#include <stdint.h>

/* Three bytes, or what is left of them, as base64 (RFC 4648). */
static void put_group(FILE *out, const unsigned char *p, size_t left)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	uint32_t v = (uint32_t)p[0] << 16;

	if (left > 1)
		v |= (uint32_t)p[1] << 8;
	if (left > 2)
		v |= p[2];
	putc(digits[v >> 18], out);
	putc(digits[v >> 12 & 63], out);
	putc(left > 1 ? digits[v >> 6 & 63] : '=', out);
	putc(left > 2 ? digits[v & 63] : '=', out);
}

static void put_svg(FILE *out, struct mp_text svg)
{
	const unsigned char *p = (const unsigned char *)svg.p;

	fputs("data:image/svg+xml;base64,", out);
	for (size_t i = 0; i < svg.len; i += 3)
		put_group(out, p + i, svg.len - i);
}

void mp_htmlpicture_print(const struct mp_htmlpicture *picture,
			  const char *about, FILE *out)
{
	fputs("<figure><picture>\n"
	      "<source media=\"screen and (max-width: 44rem)\" srcset=\"",
	      out);
	put_svg(out, picture->narrow);
	fputs("\">\n<img src=\"", out);
	put_svg(out, picture->wide);
	fprintf(out, "\" alt=\"%s\">\n</picture></figure>\n", about);
}
