#include "profile/htmlplace.h"

#include <string.h>
#include <strings.h>

bool mp_htmlplace_is_html(const char *content_type)
{
	static const char html[] = "text/html";

	if (!content_type)
		return false;
	content_type += strspn(content_type, " \t");
	if (strncasecmp(content_type, html, sizeof(html) - 1))
		return false;
	content_type += sizeof(html) - 1;
	return !*content_type || strchr("; \t", *content_type);
}

/* As HTML's tokenizer ends a tag's name (HTML Living Standard, 13.2.5.8). */
static bool ends_name(char c)
{
	return c == '>' || c == '/' || c == ' ' || c == '\t' || c == '\n' ||
	       c == '\f' || c == '\r';
}

size_t mp_htmlplace_find(const char *body, size_t len)
{
	static const char tag[] = "</body";
	const size_t tag_len = sizeof(tag) - 1;

	for (size_t at = len; at-- > 0;) {
		if (body[at] == '<' && len - at > tag_len &&
		    !strncasecmp(body + at, tag, tag_len) &&
		    ends_name(body[at + tag_len]))
			return at;
	}
	return 0;
}
