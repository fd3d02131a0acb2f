#ifndef DEMO_SERVER_H
#define DEMO_SERVER_H

/*
 * server: libmicrohttpd's callbacks, and where memprof's calls go in them.
 *
 * A page that answers at once lies between memprof_begin() and memprof_end()
 * in one callback.  One that waits, or sends its body in pieces, is detached
 * from its thread whenever it returns to libmicrohttpd's event loop.
 */

#include <stdint.h>

struct memprof;
struct demo_server;

/*
 * Serve on the loopback interface, on `port`, or on a free one for 0.  `mp`
 * may be null and is borrowed until the stop.  Fails with -ENOMEM, or as
 * bind(2) and pthread_create(3) do.
 */
int demo_server_start(struct memprof *mp, uint16_t port,
		      struct demo_server **ret);

uint16_t demo_server_port(const struct demo_server *s);

/* End the connections, whatever they are at, and free the server. */
void demo_server_stop(struct demo_server *s);

#endif
