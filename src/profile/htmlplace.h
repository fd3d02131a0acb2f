#ifndef MP_HTMLPLACE_H
#define MP_HTMLPLACE_H

/* htmlplace: where a page takes a piece of HTML that is not its own. */

#include <stdbool.h>
#include <stddef.h>

/* Whether `content_type`, a header's value or null, is that of HTML. */
bool mp_htmlplace_is_html(const char *content_type);

/* The offset of the last `</body>` of a page, or 0 where there is none. */
size_t mp_htmlplace_find(const char *body, size_t len);

#endif
