#ifndef MP_MARKUP_H
#define MP_MARKUP_H

/* markup: characters that mean something to readers of HTML and XML. */

#include <stddef.h>

/* What to write for `c` so that it is text, between tags or in quotes; null
   where that is `c` itself. */
static inline const char *mp_markup_entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

#endif
