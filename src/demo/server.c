#include "demo/server.h"

#include "demo/doors.h"
#include "demo/pages.h"
#include "demo/stream.h"
#include "demo/worker.h"
#include "memprof.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define THREADS	      8
#define TIMEOUT_S     30u /* a client that reads no more is given up */
#define WAIT_MS	      30
#define PIECES	      16
#define PIECES_DIGITS 10

struct demo_server {
	struct MHD_Daemon *daemon;
	struct demo_backend backend;
	struct demo_worker timer; /* wakes the connections that wait */
	uint16_t port;
};

/*
 * One request: what libmicrohttpd keeps for us from its first callback to its
 * last.  It is allocated before the request begins and freed after it ended,
 * so that it is no part of what the request is measured to use.
 */
struct visit {
	struct demo_job wake; /* first: the timer gets its address */
	struct MHD_Connection *connection;
	char uri[2048];
	struct demo_asked asked;
	bool has_headers;
	const struct demo_page *page; /* null: not begun */
	struct memprof_request req;
	bool in_flight;
	struct demo_stream *stream;
	struct demo_answer answer;
};

static enum MHD_Result send_answer(struct visit *v)
{
	enum MHD_Result ok = MHD_NO;
	struct MHD_Response *r;

	r = demo_doors_answer(&v->req, &v->asked, &v->answer);
	if (!r)
		return MHD_NO;
	ok = MHD_queue_response(v->connection, v->answer.status, r);
	MHD_destroy_response(r);
	return ok;
}

/* Let the page answer, and send that.  The response is libmicrohttpd's and
   lives on while it is sent: it is made after the end.  Who asked for a picture
   of the profile has this thread wait for it, and so all its connections. */
static enum MHD_Result answer(struct demo_server *s, struct visit *v)
{
	v->page->serve(&s->backend, &v->answer);
	memprof_end(&v->req, v->answer.oops_id);
	v->in_flight = false;
	return send_answer(v);
}

static void wake(struct demo_job *job)
{
	MHD_resume_connection(((struct visit *)job)->connection);
}

/* Give the thread to others until the timer wakes us: then libmicrohttpd calls
   handle() once more. */
static enum MHD_Result wait_a_while(struct demo_server *s, struct visit *v)
{
	memprof_detach(&v->req);
	MHD_suspend_connection(v->connection);
	v->wake.run = wake;
	demo_worker_put(&s->timer, &v->wake);
	return MHD_YES;
}

static ssize_t send_piece(void *cls, uint64_t pos, char *buf, size_t max)
{
	struct visit *v = cls;
	ssize_t n;

	(void)pos;
	memprof_attach(&v->req);
	n = demo_stream_next(v->stream, buf, max);
	memprof_detach(&v->req);
	return n == -1	 ? MHD_CONTENT_READER_END_OF_STREAM
	       : n == -2 ? MHD_CONTENT_READER_END_WITH_ERROR
			 : n;
}

/* How many pieces the client asks for, as in /stream?pieces=100 */
static unsigned long wanted_pieces(struct visit *v)
{
	const char *want = MHD_lookup_connection_value(
		v->connection, MHD_GET_ARGUMENT_KIND, "pieces");

	return want && strlen(want) < PIECES_DIGITS ? strtoul(want, NULL, 10)
						    : PIECES;
}

/* The request goes on in send_piece() and ends in completed(). */
static enum MHD_Result stream(struct visit *v)
{
	enum MHD_Result ok = MHD_NO;
	struct MHD_Response *r;

	v->stream = demo_stream_new(wanted_pieces(v));
	memprof_detach(&v->req);
	if (!v->stream)
		return MHD_NO;
	r = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, DEMO_STREAM_PIECE, send_piece, v, NULL);
	if (!r)
		return MHD_NO;
	ok = MHD_queue_response(v->connection, MHD_HTTP_OK, r);
	MHD_destroy_response(r);
	return ok;
}

static enum MHD_Result begin(struct demo_server *s, struct visit *v)
{
	memprof_begin(s->backend.mp, &v->req, NULL);
	memprof_profile(&v->req, &v->asked.trigger);
	v->in_flight = true;
	v->page = demo_page_find(v->asked.path);
	memprof_page(&v->req, v->page->id);
	switch (v->page->way) {
	case DEMO_AFTER_WAIT:
		return wait_a_while(s, v);
	case DEMO_STREAMED:
		return stream(v);
	case DEMO_AT_ONCE:
		break;
	}
	return answer(s, v);
}

/* The first that is known of a request: its URI, before it is decoded.  What
   is too long for us is no page's. */
static void *visit_begins(void *cls, const char *uri,
			  struct MHD_Connection *connection)
{
	struct visit *v = calloc(1, sizeof(*v));

	(void)cls;
	if (!v)
		return NULL;
	v->connection = connection;
	if (strlen(uri) < sizeof(v->uri))
		strcpy(v->uri, uri);
	return v;
}

/*
 * libmicrohttpd's access handler.  It is called once with the headers, once
 * for each piece of a body that the client sends, once when all is there, and
 * once more after each suspension, or where it took no answer.
 */
static enum MHD_Result handle(void *cls, struct MHD_Connection *connection,
			      const char *url, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_size, void **context)
{
	struct demo_server *s = cls;
	struct visit *v = *context;

	(void)connection;
	(void)url;
	(void)method;
	(void)version;
	(void)upload;
	if (!v)
		return MHD_NO;
	if (!v->has_headers) {
		v->has_headers = true;
		demo_doors_ask(s->backend.mp, connection, v->uri, &v->asked);
		return MHD_YES;
	}
	if (*upload_size) {
		*upload_size = 0;
		return MHD_YES;
	}
	if (!v->page)
		return begin(s, v);
	/* It is answered; but libmicrohttpd takes no answer any more while it
	   is stopped, and asks again. */
	if (!v->in_flight || v->stream)
		return MHD_NO;
	memprof_attach(&v->req);
	return answer(s, v);
}

/*
 * The response is sent, or the client went away.  What is still in flight ends
 * here: a stream, and what waited when the server was stopped.
 */
static void completed(void *cls, struct MHD_Connection *connection,
		      void **context, enum MHD_RequestTerminationCode why)
{
	struct visit *v = *context;

	(void)cls;
	(void)connection;
	(void)why;
	if (!v)
		return;
	if (v->in_flight) {
		memprof_attach(&v->req);
		demo_stream_free(v->stream);
		memprof_end(&v->req, NULL);
	}
	free(v);
	*context = NULL;
}

static int start_daemon(struct demo_server *s, uint16_t port)
{
	struct sockaddr_in loopback = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const union MHD_DaemonInfo *info;

	errno = 0;
	s->daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, port,
		NULL, NULL, handle, s, MHD_OPTION_SOCK_ADDR, &loopback,
		MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
		MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S,
		MHD_OPTION_URI_LOG_CALLBACK, visit_begins, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, completed, s, MHD_OPTION_END);
	if (!s->daemon)
		return errno ? -errno : -EIO;
	info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
	s->port = info ? info->port : port;
	return 0;
}

int demo_server_start(struct memprof *mp, uint16_t port,
		      struct demo_server **ret)
{
	struct demo_server *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->backend.mp = mp;
	err = demo_worker_start(&s->backend.disposer, 0);
	if (err)
		goto free_server;
	err = demo_worker_start(&s->timer, WAIT_MS);
	if (err)
		goto stop_disposer;
	err = start_daemon(s, port);
	if (err)
		goto stop_timer;
	*ret = s;
	return 0;

stop_timer:
	demo_worker_stop(&s->timer);
stop_disposer:
	demo_worker_stop(&s->backend.disposer);
free_server:
	free(s);
	return err;
}

uint16_t demo_server_port(const struct demo_server *s)
{
	return s->port;
}

void demo_server_stop(struct demo_server *s)
{
	/* Wakes all connections: none may be suspended at the stop. */
	demo_worker_stop(&s->timer);
	MHD_stop_daemon(s->daemon);
	demo_worker_stop(&s->backend.disposer);
	free(s);
}
