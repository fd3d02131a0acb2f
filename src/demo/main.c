/* memprof-demo: a web server that leaks on purpose; options, start and stop. */

#include "demo/pages.h"
#include "demo/server.h"
#include "memprof.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: memprof-demo [--port N] [--config FILE]\n"
	"\n"
	"Serves a handful of pages on the loopback interface, one of which\n"
	"leaks, until SIGINT or SIGTERM; SIGHUP reopens the log.\n"
	"\n"
	"  --port N       listen on port N; 0, the default, takes a free one\n"
	"  --config FILE  memprof.conf(5); else MEMPROF_ variables alone\n";

struct options {
	uint16_t port;
	const char *config;
};

/* Returns -1 to go on, or the exit status. */
static int read_options(int argc, char **argv, struct options *ret)
{
	static const struct option known[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	unsigned long port;
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 'p':
			port = strtoul(optarg, &end, 10);
			if (end == optarg || *end || port > UINT16_MAX) {
				fprintf(stderr, "memprof-demo: no port: %s\n",
					optarg);
				return 2;
			}
			ret->port = (uint16_t)port;
			break;
		case 'c':
			ret->config = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return 2;
	}
	return -1;
}

static void print_leaked(void)
{
	struct demo_leaked l = demo_pages_leaked();

	printf("leaked %" PRIu64 " bytes in %" PRIu64 " requests: "
	       "%" PRIu64 " bytes a request\n",
	       l.bytes, l.requests, l.requests ? l.bytes / l.requests : 0);
}

static void print_stats(const struct memprof *mp)
{
	struct memprof_stats stats = { .size = sizeof(stats) };

	memprof_stats(mp, &stats);
	printf("begun %" PRIu64 " requests: %" PRIu64 " logged, %" PRIu64
	       " dropped, %" PRIu64 " in flight, %" PRIu64 " misused calls\n",
	       stats.begun, stats.logged, stats.dropped, stats.in_flight,
	       stats.misused);
}

static void serve_until_signal(struct demo_server *server, struct memprof *mp,
			       const sigset_t *signals)
{
	int sig;

	printf("listening on http://127.0.0.1:%u/\n", demo_server_port(server));
	fflush(stdout);
	while (!sigwait(signals, &sig) && sig == SIGHUP)
		memprof_reopen(mp);
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct demo_server *server;
	struct memprof *mp;
	sigset_t signals;
	int err, status = read_options(argc, argv, &options);

	if (status >= 0)
		return status;

	/* Before any thread is started, so that all block them. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);

	/* Without a log the server serves all the same. */
	if (memprof_open(options.config, &mp))
		fprintf(stderr, "memprof-demo: %s\n", memprof_open_error());
	err = demo_server_start(mp, options.port, &server);
	if (err) {
		fprintf(stderr, "memprof-demo: port %u: %s\n", options.port,
			strerror(-err));
		memprof_close(mp);
		return 2;
	}
	serve_until_signal(server, mp, &signals);
	demo_server_stop(server);
	print_stats(mp);
	print_leaked();

	err = memprof_close(mp);
	if (err)
		fprintf(stderr, "memprof-demo: the log: %s\n",
			memprof_strerror(err));
	return err || fflush(stdout) ? 1 : 0;
}
