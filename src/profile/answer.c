/*
 * answer: what a host sends to who asked for a profile.
 *
 * It lies in a mapping of its own: nothing is taken from the host's heap, which
 * may be what is measured.
 */

#include "core/clock.h"
#include "core/request.h"
#include "memprof.h"
#include "profile/answertext.h"
#include "profile/htmlplace.h"
#include "profile/kept.h"
#include "profile/render.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>

#define TEXT_MAX   (8u << 20) /* bytes; memory that is not used is not touched */
#define TIMEOUT_NS (10 * MP_NS_PER_S)

/* An answer being made. */
struct making {
	struct mp_answertext about;
	struct memprof_answer *answer;
	char *text; /* TEXT_MAX bytes */
	char page_id[MP_ESCAPE_MAX + 1];
	char path[PATH_MAX];
};

static const char *why_not_shown(int err)
{
	switch (err) {
	case -ENOENT:
		return "there is no command memprof in the server's PATH";
	case -ETIMEDOUT:
		return "memprof view took too long";
	case -EFBIG:
		return "it is too large";
	case -EIO:
		return "memprof view failed";
	default:
		return memprof_strerror(err);
	}
}

static void set(struct making *m, enum memprof_answer_kind kind,
		const char *content_type, size_t len)
{
	m->answer->kind = (int32_t)kind;
	m->answer->content_type = content_type;
	m->answer->text = m->text;
	m->answer->len = len;
}

static void insert(struct making *m)
{
	set(m, MEMPROF_ANSWER_INSERT, "text/html; charset=utf-8",
	    mp_answertext_piece(&m->about, m->text, TEXT_MAX));
}

/* Have the command print the profile behind the first `len` bytes. */
static int render(struct making *m, const char *format, size_t *len)
{
	char command[] = "memprof", view[] = "view", option[] = "--format";
	char word[16];
	char *argv[] = { command, view, option, word, m->path, NULL };
	size_t more;
	int err;

	strcpy(word, format);
	err = mp_render_run(argv, TIMEOUT_NS, m->text + *len, TEXT_MAX - *len,
			    &more);
	if (!err) {
		*len += more;
		return 0;
	}
	m->answer->error = err;
	m->about.failed = why_not_shown(err);
	return err;
}

static void make_profile(struct making *m)
{
	size_t len = 0;

	if (m->about.actions & MEMPROF_ACTION_FLAMEGRAPH) {
		if (!render(m, "flamegraph", &len)) {
			set(m, MEMPROF_ANSWER_REPLACE, "image/svg+xml", len);
			return;
		}
	} else if (m->about.actions & MEMPROF_ACTION_SHOW) {
		len = mp_answertext_head(&m->about, m->text, TEXT_MAX);
		if (!render(m, "tree", &len)) {
			set(m, MEMPROF_ANSWER_REPLACE,
			    "text/plain; charset=utf-8", len);
			return;
		}
	}
	insert(m);
}

static void make(struct making *m, const struct mp_request *r)
{
	if (m->about.actions & MEMPROF_ACTION_HELP) {
		set(m, MEMPROF_ANSWER_REPLACE, "text/html; charset=utf-8",
		    mp_answertext_help(&m->about, m->text, TEXT_MAX));
		return;
	}
	memcpy(m->page_id, r->page, r->page_len);
	m->page_id[r->page_len] = '\0';
	m->about.page_id = m->page_id;
	if (mp_kept_find(r->profile, m->path, m->answer->oops_id)) {
		m->answer->error = -ENODATA;
		m->about.failed = "no profile was made";
		insert(m);
		return;
	}
	m->about.file = m->path;
	m->about.oops_id = m->answer->oops_id;
	make_profile(m);
}

static int make_in_mapping(const struct mp_request *r,
			   const struct memprof_trigger *trigger,
			   struct memprof_answer *answer)
{
	struct making m = {
		.about = { .actions = trigger->actions,
			   .unknown = trigger->unknown },
		.answer = answer,
	};

	m.text = mmap(NULL, TEXT_MAX, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (m.text == MAP_FAILED)
		return -ENOMEM;
	make(&m, r);
	/* It only becomes smaller, and so stays where it is. */
	mremap(m.text, TEXT_MAX, answer->len, 0);
	return 0;
}

int memprof_answer(const struct memprof_request *req,
		   const struct memprof_trigger *trigger,
		   struct memprof_answer *ret)
{
	const struct mp_request *r = (const struct mp_request *)req;
	int saved_errno = errno;
	size_t size = ret->size;
	int err = 0;

	if (size < sizeof(*ret))
		return -EINVAL;
	memset(ret, 0, size);
	ret->size = size;
	if (!trigger->actions || r->state == MP_REQUEST_OFF)
		return 0;
	if (r->state != MP_REQUEST_ENDED)
		return -EINVAL;
	err = make_in_mapping(r, trigger, ret);
	errno = saved_errno;
	return err;
}

void memprof_answer_free(struct memprof_answer *answer)
{
	int saved_errno = errno;

	if (answer->text)
		munmap((void *)(uintptr_t)answer->text, answer->len);
	answer->text = NULL;
	answer->len = 0;
	answer->kind = MEMPROF_ANSWER_NONE;
	errno = saved_errno;
}

int memprof_answer_place(const char *content_type, const char *body, size_t len,
			 size_t *ret)
{
	if (!mp_htmlplace_is_html(content_type))
		return -EINVAL;
	*ret = mp_htmlplace_find(body, len);
	return 0;
}
