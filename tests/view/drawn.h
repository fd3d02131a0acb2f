#ifndef TESTS_VIEW_DRAWN_H
#define TESTS_VIEW_DRAWN_H

/* drawn: what is written of a profile, as one text. */

#include "test.h"

#include "view/chart.h"
#include "view/printed.h"

/* What `write` writes; who calls it frees it. */
static inline char *drawn(write_function *write, const struct mp_calls *c)
{
	size_t len;

	assert_int_equal(mp_calls_error(c), 0);
	return printed(write, c, &len);
}

/* It is XML, in UTF-8, with no control in it. */
static inline void assert_xml(const char *text)
{
	FILE *xmllint = popen("xmllint --noout -", "w");

	assert_non_null(xmllint);
	fputs(text, xmllint);
	assert_int_equal(pclose(xmllint), 0);
}

static inline size_t count_of(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part))) {
		text += strlen(part);
		n++;
	}
	return n;
}

/* Names that mean something to readers of markup, or turn or break lines. */
static const char *const hostile[] = {
	"</script><script>hacked=1</script>",
	"</title></text></svg>",
	"]]>",
	"<!--",
	"\"onload='hacked=2'",
	"&lt;b&amp;",
	"\xe2\x80\xaegnp.exe",
	"\xff\xc0\xaf\xed\xa0\x80",
	"\x01\x1b[31m\n\t\x7f",
	"\xef\xbf\xbe",
};

/* Add each of them, as a function and as the text of a note; they call the
   next one. */
static inline void add_hostile(struct mp_calls *c)
{
	uint32_t places[ARRAY_SIZE(hostile)], n = ARRAY_SIZE(hostile);

	for (uint32_t i = 0; i < n; i++)
		places[i] = chart_place(c, hostile[i]);
	mp_calls_page(c, &(struct mp_view_page){ hostile[0], 1, 100, 100 });
	mp_calls_stack(c, &(struct mp_stack){ .places = places,
					      .depth = n,
					      .samples = 1,
					      .value = 9 });
	for (uint32_t i = 0; i < n; i++)
		mp_calls_note(c, &(struct mp_view_note){ .kind = hostile[i],
							 .text = hostile[i],
							 .end_ns = 1 });
}

#endif
