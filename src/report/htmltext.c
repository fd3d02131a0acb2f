#include "report/htmltext.h"

#include "core/markup.h"
#include "report/show.h"

#include <string.h>

static void put_char(FILE *out, char c)
{
	const char *entity = mp_markup_entity(c);

	if (entity)
		fputs(entity, out);
	else
		putc(c, out);
}

void mp_htmltext_put(FILE *out, const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put_char(out, p[i]);
}

void mp_htmltext_put_word(FILE *out, const char *s)
{
	mp_htmltext_put(out, s, strlen(s));
}

static void put_shown_id(FILE *out, const char *p, size_t len)
{
	fputs("<bdi>", out);
	mp_htmltext_put(out, p, len);
	fputs("</bdi>", out);
}

void mp_htmltext_put_id(FILE *out, struct mp_text id)
{
	char shown[MP_SHOW_ID_MAX];

	mp_show_id(id, mp_show_width(id), shown);
	put_shown_id(out, shown, strlen(shown));
}

void mp_htmltext_put_sentence(FILE *out, const struct mp_sentence *s,
			      size_t begin, size_t end)
{
	size_t id_end = s->id_at + s->id_len;

	if (s->id_len > 0 && s->id_at >= begin && id_end <= end) {
		mp_htmltext_put(out, s->p + begin, s->id_at - begin);
		put_shown_id(out, s->p + s->id_at, s->id_len);
		begin = id_end;
	}
	mp_htmltext_put(out, s->p + begin, end - begin);
}
