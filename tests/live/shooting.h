#ifndef MP_SHOOTING_H
#define MP_SHOOTING_H

/* What the tests of snapshots share: a recorder for each test, and a folder to
   write it to. */

#include "test.h"

#include "live/recording.h"

#include "live/snapshot.h"

static struct recording made;
static char dir[] = "/tmp/memprof-snapshot-XXXXXX";
static char path[PATH_MAX];

static inline int setup(void **state)
{
	(void)state;
	made = recording_new("/log/memory.7.log", "/log/memory.%p.log");
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	recording_free(&made);
	return 0;
}

static inline int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static inline int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

#define SNAPSHOT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
