#include "profile/lacks.h"

#include "profile/blocked.h"

#include <string.h>

static const char *const sentences[MP_LACKS] = {
	[MP_LACK_SIGNAL] = "There are no samples: the program has a handler "
			   "for each signal that could be used",
	[MP_LACK_PERF] = "Samples come at ticks of the kernel at most, for "
			 "perf_event_open gave no faster clock",
	[MP_LACK_TIMER] = "There are no samples: the kernel gave no timer",
	[MP_LACK_STACK] = "There are no samples: where the stack of the "
			  "thread lies is not known",
	[MP_LACK_LOOKS] = "How long it waited, and where, is not known",
	[MP_LACK_SIGHT] = "Where it waited is not known, only for how long",
	[MP_LACK_AWAY] = "Another thread than the one that it was attached to "
			 "ended it",
};

void mp_lacks_note(struct mp_lacks *l, enum mp_lack what, int err)
{
	l->bits |= UINT32_C(1) << what;
	l->errors[what] = err;
}

void mp_lacks_add(struct mp_lacks *l, const struct mp_lacks *more)
{
	for (unsigned i = 0; i < MP_LACKS; i++)
		if (more->bits & UINT32_C(1) << i)
			mp_lacks_note(l, i, more->errors[i]);
}

static size_t append(char *text, size_t len, const char *more)
{
	size_t n = strlen(more);

	if (n >= MP_LACKS_TEXT_MAX - len)
		n = MP_LACKS_TEXT_MAX - 1 - len;
	memcpy(text + len, more, n);
	text[len + n] = '\0';
	return len + n;
}

static const char *why_of(enum mp_lack what, int err)
{
	return what == MP_LACK_SIGHT ? mp_blocked_why(err)
				     : strerrordesc_np(-err);
}

void mp_lacks_tell(const struct mp_lacks *l, struct mp_lacks_text *ret)
{
	ret->count = 0;
	for (unsigned i = 0; i < MP_LACKS; i++) {
		const char *why = why_of(i, l->errors[i]);
		char *text = ret->text[i];
		size_t len;

		if (!(l->bits & UINT32_C(1) << i))
			continue;
		len = append(text, 0, sentences[i]);
		if (l->errors[i]) {
			len = append(text, len, ": ");
			len = append(text, len, why ? why : "unknown error");
		}
		append(text, len, ".");
		ret->list[ret->count++] = text;
	}
}
