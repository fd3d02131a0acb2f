#include "report/parse.h"

#include <string.h>

void mp_parse_begin(struct mp_parse *l, const struct mp_block *b)
{
	l->text = b->data;
	l->end = b->data + b->end;
	l->behind = b->data + b->behind;
}

static const char foreign_expected[] =
	"the columns of format 1; the lines below are left out";

const char mp_parse_refused[] =
	"a header of format 1 above it, not one of other columns";

static void set_fault(struct mp_line *line, const char *expected)
{
	line->kind = MP_LINE_FAULT;
	line->fault = (struct mp_record_fault){
		.column = 1,
		.name = "line",
		.expected = expected,
	};
}

/*
 * Whether the line at `text` is the beginning of the line behind it.  In
 * format 1 no two lines are equal, for they have a time and a thread.
 */
static __attribute__((noinline)) bool is_repeated(enum mp_record_form form,
						  const char *text, size_t len,
						  const char *behind)
{
	const char *next = text + len + 1;

	if (behind - next < (ptrdiff_t)len)
		return false;
	if (memcmp(text, next, len) != 0)
		return false;
	return form == MP_RECORD_FORMAT_1 ||
	       (behind - next > (ptrdiff_t)len && next[len] != '\n');
}

/* Most lines differ in their microseconds, or else in the byte there. */
static inline bool may_be_repeated(const char *text, size_t len,
				   const char *behind)
{
	return len < 26 || behind - text < (ptrdiff_t)len + 27 ||
	       !memcmp(text + 18, text + len + 19, 8);
}

static inline void set_record(struct mp_line *line, enum mp_record_form form,
			      const char *text, size_t len, const char *behind)
{
	line->form = form;
	line->kind = MP_LINE_RECORD;
	if (may_be_repeated(text, len, behind) &&
	    is_repeated(form, text, len, behind))
		set_fault(line, "a whole line: it is torn, and repeated below");
}

/* Names of columns, but not those of format 1. */
static bool is_foreign_header(const char *text, size_t len)
{
	static const char first[] = "timestamp\t";

	return len >= strlen(first) && !memcmp(text, first, strlen(first)) &&
	       (len + 1 != mp_record_header_len ||
		memcmp(text, mp_record_header, len) != 0);
}

static void read_strictly(struct mp_parse *l, const char *text, size_t len,
			  struct mp_line *ret)
{
	int form;

	if (len == 0) {
		ret->kind = MP_LINE_EMPTY;
		return;
	}
	if (is_foreign_header(text, len)) {
		l->header = l->number;
		l->refusing = true;
		set_fault(ret, foreign_expected);
		return;
	}
	form = mp_record_parse(text, len, &ret->record, &ret->fault);
	if (form < 0) {
		ret->kind = MP_LINE_FAULT;
		return;
	}
	if (form == MP_RECORD_HEADER) {
		ret->kind = MP_LINE_HEADER;
		l->header = l->number;
		l->refusing = false;
		return;
	}
	if (form == MP_RECORD_FORMAT_1)
		mp_quick_learn(&l->quick, text, &ret->record);
	set_record(ret, (enum mp_record_form)form, text, len, l->behind);
}

bool mp_parse_next(struct mp_parse *l, struct mp_line *ret)
{
	const char *text = l->text, *newline;
	size_t len;

	if (text == l->end)
		return false;
	ret->number = ++l->number;
	len = mp_quick_parse(&l->quick, text, l->end, &ret->record);
	if (len) {
		l->text = text + len;
		set_record(ret, MP_RECORD_FORMAT_1, text, len - 1, l->behind);
		if (l->refusing)
			set_fault(ret, mp_parse_refused);
		return true;
	}

	newline = memchr(text, '\n', (size_t)(l->end - text));
	len = (size_t)((newline ? newline : l->end) - text);
	l->text = newline ? newline + 1 : l->end;
	if (!newline)
		set_fault(ret, "a newline at its end: it is torn");
	else if (len >= MP_RECORD_MAX)
		set_fault(ret, "fewer bytes: no record is so long");
	else
		read_strictly(l, text, len, ret);
	if (l->refusing && ret->kind == MP_LINE_RECORD)
		set_fault(ret, mp_parse_refused);
	return true;
}
