#ifndef MP_RECORDED_H
#define MP_RECORDED_H

/* What the tests of a session's recorder share: sessions with a run_dir of the
   test's own, and what lies in their recorders, read as others would. */

#include "serving.h"

#include "core/recorder.h"
#include "core/request.h"
#include "core/session.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

static char shm[64]; /* on tmpfs */
static char keys[256];
static struct memprof *mp;
static int fd = -1;

static inline int enter_shm(void **state)
{
	struct statfs fs;

	if (statfs("/dev/shm", &fs) || fs.f_type != TMPFS_MAGIC) {
		print_message("skipped: /dev/shm is not on tmpfs\n");
		exit(77);
	}
	strcpy(shm, "/dev/shm/test_recorded.XXXXXX");
	return !mkdtemp(shm) || enter(state);
}

static inline int count_recorders(void)
{
	DIR *dir = opendir(shm);
	struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir)))
		n += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

static inline int leave_shm(void **state)
{
	DIR *dir = opendir(shm);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	return rmdir(shm) || leave(state);
}

/* The recorder of the process `pid`.  Never closed while our own session is
   open: that would drop its lock. */
static inline int open_recorder(pid_t pid)
{
	char begin[64];
	DIR *dir = opendir(shm);
	struct dirent *e;
	int found = -1;

	snprintf(begin, sizeof(begin), MP_RECORDER_PREFIX "%u-%d-", geteuid(),
		 pid);
	while (dir && (e = readdir(dir)))
		if (!strncmp(e->d_name, begin, strlen(begin)))
			found = openat(dirfd(dir), e->d_name, O_RDWR);
	if (dir)
		closedir(dir);
	return found;
}

static inline void remove_recorder(pid_t pid)
{
	char part[32];
	DIR *dir = opendir(shm);
	struct dirent *e;

	snprintf(part, sizeof(part), "-%d-", pid);
	while (dir && (e = readdir(dir)))
		if (strstr(e->d_name, part))
			unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
}

static inline void open_with(const char *more)
{
	snprintf(keys, sizeof(keys), "run_dir: %s\n%s", shm, more);
	mp = serve(keys);
	assert_int_equal(stats_of(mp).recorder, MEMPROF_RECORDER_ON);
	fd = open_recorder(getpid());
	assert_true(fd >= 0);
}

static inline int open_session(void **state)
{
	(void)state;
	open_with("");
	return 0;
}

static inline int close_session(void **state)
{
	struct memprof_stats s = stats_of(mp);
	int err = memprof_close(mp);

	(void)state;
	close(fd);
	return err || !is_balanced(&s) || count_recorders();
}

#define RECORDED_TEST(name) \
	cmocka_unit_test_setup_teardown(name, open_session, close_session)

/* ---- reading it ---- */

static inline struct mp_recorder header(void)
{
	struct mp_recorder r;

	assert_int_equal(pread(fd, &r, sizeof(r), 0), sizeof(r));
	return r;
}

static inline struct mp_recorder_slot slot_at(int from, uint32_t index)
{
	struct mp_recorder_slot slot;
	off_t at = (off_t)(sizeof(struct mp_recorder) + index * sizeof(slot));

	assert_int_equal(pread(from, &slot, sizeof(slot), at), sizeof(slot));
	return slot;
}

static inline struct mp_request *inside(struct memprof_request *r)
{
	return (struct mp_request *)r;
}

static inline struct mp_recorder_slot slot_of(struct memprof_request *r)
{
	assert_int_not_equal(inside(r)->slot.generation, 0);
	return slot_at(fd, inside(r)->slot.index);
}

static inline enum mp_recorder_state state_of(struct memprof_request *r)
{
	struct mp_recorder_slot slot = slot_of(r);

	assert_false(mp_recorder_sequence(slot.word) & 1);
	return mp_recorder_state(slot.word);
}

static inline unsigned count_taken(void)
{
	struct mp_recorder r = header();
	unsigned n = 0;

	for (unsigned i = 0; i < MP_RECORDER_WORDS; i++)
		n += (unsigned)__builtin_popcountll(r.taken[i]);
	return n;
}

static inline bool is_named(const struct mp_recorder_slot *slot,
			    const char *page)
{
	return slot->page_len == strlen(page) &&
	       !memcmp(slot->page, page, slot->page_len);
}

#endif
