#ifndef MP_PROFILEFOLDER_H
#define MP_PROFILEFOLDER_H

/* A folder of profiles for each test, and what is in it. */

#include "profile/descriptors.h"
#include "profile/rawfiles.h"

#include "profile/profiledir.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/memprof-profiles-XXXXXX";
static struct example e;
static struct mp_profiledir d;
static char path[PATH_MAX];

static inline void use(uint64_t max_files, uint64_t max_bytes)
{
	assert_int_equal(mp_profiledir_init(&d, dir, max_files, max_bytes), 0);
}

/* The profile of a request `i` microseconds after the first. */
static inline int write_at(int64_t i)
{
	struct mp_rawfile what = e.file;

	what.began_us += i;
	return mp_profiledir_write(&d, &what, path);
}

static inline void plant(const char *name, size_t size)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	close(fd);
}

/* Like our own, and older than all. */
static inline void plant_old(int count, size_t size)
{
	for (int i = 0; i < count; i++) {
		char name[64];

		snprintf(name, sizeof(name),
			 "20200101T000000.%06dZ-a---1.mprof", i);
		plant(name, size);
	}
}

static inline bool is_there(const char *name)
{
	struct stat st;

	return !lstat(name, &st);
}

struct count {
	size_t files, profiles;
	uint64_t bytes; /* of profiles */
};

static inline struct count count_files(void)
{
	struct count n = { 0, 0, 0 };
	DIR *all = opendir(dir);
	struct dirent *entry;

	assert_non_null(all);
	while ((entry = readdir(all))) {
		struct stat st;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		n.files++;
		if (!strstr(entry->d_name, ".mprof") ||
		    stat(entry->d_name, &st))
			continue;
		n.profiles++;
		n.bytes += (uint64_t)st.st_size;
	}
	closedir(all);
	return n;
}

static inline void fill_fold(uintptr_t stacks)
{
	for (uintptr_t i = 0; i < stacks; i++)
		mp_fold_add(e.fold, MP_FOLD_CPU, &i, 1, 1, 1);
}

static inline pid_t start_writer(int number, int files)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child)
		return child;
	e.log.tid = number;
	for (int i = 0; files < 0 || i < files; i++)
		if (write_at(i))
			_exit(1);
	_exit(0);
}

static size_t descriptors;

static inline int begin_test(void **state)
{
	(void)state;
	descriptors = count_descriptors();
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	make_example(&e);
	return !mkdtemp(dir) || chdir(dir);
}

static inline int end_test(void **state)
{
	char command[80];

	(void)state;
	drop_example(&e);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return chdir("/") || system(command) ||
	       count_descriptors() != descriptors;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin_test, end_test)

#endif
