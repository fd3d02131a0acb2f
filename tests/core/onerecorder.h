#ifndef MP_ONERECORDER_H
#define MP_ONERECORDER_H

/* What the tests of a recorder share: one in a folder of the test's own, its
   lock as others see it, and children that do something to it. */

#include "test.h"

#include "must.h"

#include "core/process.h"
#include "core/recorder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

static char shm[64]; /* on tmpfs */
static struct mp_recorder_file file;

static struct mp_recorder_about about = {
	.run_dir = shm,
	.log = "/var/log/test.7",
	.log_pattern = "/var/log/test.%p",
	.host = { "example", 7 },
	.format = 1,
	.slot_count = 128,
	.log_threshold = 4096,
	.sample_one_in = 10,
};

static inline int enter(void **state)
{
	struct statfs fs;

	(void)state;
	if (statfs("/dev/shm", &fs) || fs.f_type != TMPFS_MAGIC) {
		print_message("skipped: /dev/shm is not on tmpfs\n");
		exit(77);
	}
	return mp_process_init();
}

static inline int open_recorder(void **state)
{
	(void)state;
	strcpy(shm, "/dev/shm/test_recorder.XXXXXX");
	if (!mkdtemp(shm))
		return -1;
	about.run_dir = shm;
	about.paused = false;
	if (mp_recorder_reserve(&file, about.slot_count) ||
	    mp_recorder_open(&file, &about))
		return -1;
	return atomic_load(&file.state) != MEMPROF_RECORDER_ON;
}

static inline int count_files(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir)))
		n += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

static inline void clear(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
}

static inline int close_recorder(void **state)
{
	(void)state;
	mp_recorder_close(&file);
	munmap(file.at, file.room);
	clear(shm);
	return rmdir(shm);
}

/* ---- other processes ---- */

/* What a child's `fn` exits with; it must not return. */
static inline int in_child(void (*fn)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm(60);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static const char *asked_path;

/* Exits with 0 where the lock is free, with 10 where our parent holds it. */
static inline void ask_for_lock(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(asked_path, O_RDWR);

	MUST(fd >= 0 && !fcntl(fd, F_GETLK, &l));
	if (l.l_type == F_UNLCK)
		_exit(0);
	_exit(l.l_pid == getppid() ? 10 : 11);
}

/* Whether this process holds the lock of the file at `path`. */
static inline bool is_locked(const char *path)
{
	int result;

	asked_path = path;
	result = in_child(ask_for_lock);
	assert_true(result == 0 || result == 10);
	return result == 10;
}

static inline struct mp_recorder read_header(const char *path)
{
	struct mp_recorder r;
	int fd = open(path, O_RDONLY);
	ssize_t n;

	/* Closing it here would drop our own lock. */
	assert_true(fd >= 0);
	n = pread(fd, &r, sizeof(r), 0);
	assert_int_equal(n, sizeof(r));
	return r;
}

#define RECORDER_TEST(name) \
	cmocka_unit_test_setup_teardown(name, open_recorder, close_recorder)

#endif
