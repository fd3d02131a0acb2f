/* mapped: the file at an address, as the kernel has it. */

#include "test.h"

#include "profile/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096u

static void test_code_is_of_the_program(void **state)
{
	char exe[PATH_MAX], path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	(void)state;
	assert_true(n > 0);
	exe[n] = '\0';
	assert_int_equal(
		mp_mapped_path((uintptr_t)test_code_is_of_the_program, path),
		0);
	assert_string_equal(path, exe);
}

/* A page of a file, and one of none on each side of it. */
static void test_a_mapping_ends_where_it_ends(void **state)
{
	char name[] = "/tmp/memprof mapped.XXXXXX", path[PATH_MAX];
	int fd = mkstemp(name);
	char *pages = mmap(NULL, 3 * PAGE, PROT_READ,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t start = (uintptr_t)pages + PAGE;

	(void)state;
	assert_true(fd >= 0);
	assert_ptr_not_equal(pages, MAP_FAILED);
	assert_int_equal(ftruncate(fd, PAGE), 0);
	assert_ptr_equal(mmap(pages + PAGE, PAGE, PROT_READ,
			      MAP_PRIVATE | MAP_FIXED, fd, 0),
			 pages + PAGE);
	assert_int_equal(mp_mapped_path(start, path), 0);
	assert_string_equal(path, name);
	assert_int_equal(mp_mapped_path(start + PAGE - 1, path), 0);
	assert_string_equal(path, name);
	assert_int_equal(mp_mapped_path(start - 1, path), -ENOENT);
	assert_int_equal(mp_mapped_path(start + PAGE, path), -ENOENT);
	munmap(pages, 3 * PAGE);
	close(fd);
	unlink(name);
}

static void test_at_no_address_of_ours_is_none(void **state)
{
	char path[PATH_MAX] = "as it was";

	(void)state;
	errno = 0;
	assert_int_equal(mp_mapped_path(1, path), -ENOENT);
	errno = 0;
	assert_int_equal(mp_mapped_path(UINTPTR_MAX, path), -ENOENT);
	assert_string_equal(path, "as it was");
}

/* More lines than are read at once. */
static void test_the_last_of_many_is_found(void **state)
{
	enum { MANY = 600 };
	char name[] = "/tmp/memprof-mapped.XXXXXX", path[PATH_MAX];
	int fd = mkstemp(name);
	char *pages = mmap(NULL, MANY * PAGE, PROT_READ,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(fd >= 0);
	assert_ptr_not_equal(pages, MAP_FAILED);
	assert_int_equal(ftruncate(fd, PAGE), 0);
	/* Each a mapping of its own: offsets that do not follow each other. */
	for (int i = 0; i < MANY; i += 2)
		assert_true(mmap(pages + i * (int)PAGE, PAGE, PROT_READ,
				 MAP_PRIVATE | MAP_FIXED, fd, 0) != MAP_FAILED);
	for (int i = 0; i < MANY; i++) {
		int err = mp_mapped_path((uintptr_t)pages + PAGE * (size_t)i,
					 path);

		assert_int_equal(err, i % 2 ? -ENOENT : 0);
		if (!err)
			assert_string_equal(path, name);
	}
	munmap(pages, MANY * PAGE);
	close(fd);
	unlink(name);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_code_is_of_the_program),
		cmocka_unit_test(test_a_mapping_ends_where_it_ends),
		cmocka_unit_test(test_at_no_address_of_ours_is_none),
		cmocka_unit_test(test_the_last_of_many_is_found),
	};

	return cmocka_run_group_tests_name("mapped", tests, NULL, NULL);
}
