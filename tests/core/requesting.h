#ifndef MP_REQUESTING_H
#define MP_REQUESTING_H

/* What the tests of requests' calls share: a session for each test, whose counts
   are balanced in the end, and a request. */

#include "serving.h"

static struct memprof *mp;
static struct memprof_request req;

static inline int open_session(void **state)
{
	(void)state;
	mp = serve("");
	memset(&req, 0, sizeof(req));
	return 0;
}

static inline int close_session(void **state)
{
	struct memprof_stats s = stats_of(mp);

	(void)state;
	return !is_balanced(&s) || memprof_close(mp);
}

static inline uint64_t misused(void)
{
	return stats_of(mp).misused;
}

#define REQUEST_TEST(name) \
	cmocka_unit_test_setup_teardown(name, open_session, close_session)

#endif
