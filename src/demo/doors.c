#include "demo/doors.h"

#include "demo/pages.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

static const char *key_of(struct MHD_Connection *connection)
{
	const char *key = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, "X-Profile-Key");

	return key ? key
		   : MHD_lookup_connection_value(
			     connection, MHD_GET_ARGUMENT_KIND, "profile_key");
}

void demo_doors_ask(struct memprof *mp, struct MHD_Connection *connection,
		    const char *uri, struct demo_asked *ret)
{
	struct memprof_trigger *t = &ret->trigger;
	size_t len = strcspn(uri, "?");
	const char *query = uri[len] ? uri + len + 1 : NULL;

	*t = (struct memprof_trigger){ .size = sizeof(*t) };
	memcpy(ret->path, uri, len);
	ret->path[len] = '\0';
	memprof_trigger(mp, ret->path, query, key_of(connection), 0, t);
	memmove(ret->path + t->cut_at, ret->path + t->cut_at + t->cut_len,
		len + 1 - t->cut_at - t->cut_len);
	MHD_http_unescape(ret->path);
}

static struct MHD_Response *respond(const void *body, size_t len,
				    const char *content_type)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
		len, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);

	if (r && !MHD_add_response_header(r, "Content-Type", content_type)) {
		MHD_destroy_response(r);
		return NULL;
	}
	return r;
}

/* The page with a piece in it, where it takes one. */
static struct MHD_Response *respond_with(const struct demo_answer *page,
					 const char *content_type,
					 const struct memprof_answer *piece)
{
	struct MHD_Response *r;
	char *body;
	size_t at;

	if (memprof_answer_place(content_type, page->body, page->len, &at))
		return respond(page->body, page->len, content_type);
	body = malloc(page->len + piece->len);
	if (!body)
		return NULL;
	memcpy(body, page->body, at);
	memcpy(body + at, piece->text, piece->len);
	memcpy(body + at + piece->len, page->body + at, page->len - at);
	r = respond(body, page->len + piece->len, content_type);
	free(body);
	return r;
}

struct MHD_Response *demo_doors_answer(const struct memprof_request *req,
				       const struct demo_asked *asked,
				       const struct demo_answer *page)
{
	const char *content_type =
		page->html ? "text/html; charset=utf-8" : "text/plain";
	struct memprof_answer a = { .size = sizeof(a) };
	struct MHD_Response *r;

	memprof_answer(req, &asked->trigger, &a);
	switch (a.kind) {
	case MEMPROF_ANSWER_REPLACE:
		r = respond(a.text, a.len, a.content_type);
		break;
	case MEMPROF_ANSWER_INSERT:
		r = respond_with(page, content_type, &a);
		break;
	default:
		r = respond(page->body, page->len, content_type);
		break;
	}
	memprof_answer_free(&a);
	return r;
}
