/* objects: each address has the line of the file that its code is from. */

#include "profile/descriptors.h"

#include "core/escape.h"
#include "profile/objects.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A library that nothing links any more, and a function of its own. */
#define LIBRARY	 "libBrokenLocale.so.1"
#define FUNCTION "__ctype_get_mb_cur_max"

struct line {
	uintptr_t start, end, bias;
	char build_id[129], path[PATH_MAX];
};

static bool look_up(const struct mp_objects *o, uintptr_t pc, struct line *ret)
{
	size_t at = mp_objects_find(o, pc);
	struct mp_text whole;
	char copy[2 * PATH_MAX];
	char path[PATH_MAX];

	assert_true(at <= MP_OBJECTS_MAX);
	if (at == MP_OBJECTS_MAX)
		return false;
	whole = mp_objects_line(o, at);
	assert_true(whole.len < sizeof(copy));
	memcpy(copy, whole.p, whole.len);
	copy[whole.len] = '\0';
	assert_int_equal(copy[whole.len - 1], '\n');
	assert_int_equal(sscanf(copy,
				"object\t%" SCNxPTR "\t%" SCNxPTR "\t%" SCNxPTR
				"\t%128s\t%4095s\n",
				&ret->start, &ret->end, &ret->bias,
				ret->build_id, path),
			 5);
	ret->path[mp_unescape(path, strlen(path), ret->path)] = '\0';
	assert_true(ret->start <= pc && pc < ret->end);
	return true;
}

static struct mp_objects *get(void)
{
	struct mp_objects *o = mp_objects_get();

	assert_non_null(o);
	return o;
}

static void test_our_own_code_is_the_programs(void **state)
{
	struct mp_objects *o = get();
	char exe[PATH_MAX] = "";
	struct line line;

	(void)state;
	assert_true(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
	assert_true(look_up(o, (uintptr_t)get, &line));
	assert_string_equal(line.path, exe);
	assert_memory_equal(mp_objects_exe(o).p, exe, mp_objects_exe(o).len);
	assert_int_equal(mp_objects_exe(o).len, strlen(exe));
	mp_objects_put(o);
}

static void read_build_id(const char *path, char ret[129])
{
	char command[PATH_MAX + 64];
	FILE *out;

	strcpy(ret, "-");
	snprintf(command, sizeof(command),
		 "readelf -n '%s' 2>&1 | sed -n 's/.*Build ID: //p'", path);
	out = popen(command, "r");
	assert_non_null(out);
	fscanf(out, "%128s", ret);
	pclose(out);
}

/* The same of what is mapped. */
static void read_image_build_id(const void *image, size_t size, char ret[129])
{
	char file[] = "/tmp/memprof-image-XXXXXX";
	int fd = mkstemp(file);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, image, size), size);
	close(fd);
	read_build_id(file, ret);
	unlink(file);
}

/* The linker may have come to it by a symbolic link. */
static void assert_same_file(const char *a, const char *b)
{
	struct stat of_a, of_b;

	assert_int_equal(stat(a, &of_a), 0);
	assert_int_equal(stat(b, &of_b), 0);
	assert_int_equal(of_a.st_dev, of_b.st_dev);
	assert_int_equal(of_a.st_ino, of_b.st_ino);
}

/* As the kernel has them: each executable mapping of a file, from whose start
   on we know it. */
static void test_the_kernel_says_the_same(void **state)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	struct mp_objects *o = get();
	char text[PATH_MAX + 200];
	int files = 0;

	(void)state;
	assert_non_null(maps);
	while (fgets(text, sizeof(text), maps)) {
		char rights[5], path[PATH_MAX] = "", id[129];
		uintptr_t start, end, offset;
		struct line line;

		assert_true(sscanf(text,
				   "%" SCNxPTR "-%" SCNxPTR " %4s %" SCNxPTR
				   " %*s %*s %4095[^\n]",
				   &start, &end, rights, &offset, path) >= 4);
		if (rights[2] != 'x' || path[0] != '/')
			continue;
		if (!look_up(o, start + (end - start) / 8, &line))
			fail_msg("nothing is at %s", text);
		assert_same_file(line.path, path);
		assert_true(line.start >= start && line.end <= end);
		assert_true(line.bias <= start);
		read_build_id(path, id);
		assert_string_equal(line.build_id, id);
		files++;
	}
	assert_true(files >= 3);
	fclose(maps);
	mp_objects_put(o);
}

static void test_the_kernels_own_object_has_its_name(void **state)
{
	uintptr_t at = getauxval(AT_SYSINFO_EHDR);
	struct mp_objects *o = get();
	struct line line;
	bool found = false;
	char id[129];

	(void)state;
	/* Its code is behind its headers. */
	for (uintptr_t pc = at; at && pc < at + 16384 && !found; pc += 16)
		found = look_up(o, pc, &line);
	mp_objects_put(o);
	if (!at) {
		printf("skipped: this kernel has none\n");
		skip();
	}
	assert_true(found);
	assert_string_equal(line.path, "[vdso]");
	assert_int_equal(line.bias, at);

	/* It has other notes before its build id. */
	read_image_build_id((void *)at, line.end - at, id);
	assert_string_equal(line.build_id, id);
}

/* What is subtracted from an address is what the linker added. */
static void assert_bias(const struct mp_objects *o, uintptr_t pc)
{
	struct link_map *map = NULL;
	struct line line;
	Dl_info info;

	assert_true(look_up(o, pc, &line));
	assert_int_not_equal(
		dladdr1((void *)pc, &info, (void **)&map, RTLD_DL_LINKMAP), 0);
	assert_int_equal(line.bias, map->l_addr);
}

static void test_biases_are_the_linkers(void **state)
{
	struct mp_objects *o = get();

	(void)state;
	assert_bias(o, (uintptr_t)get);
	assert_bias(o, (uintptr_t)dlsym(RTLD_DEFAULT, "qsort"));
	mp_objects_put(o);
}

static void test_what_is_no_files_code_has_no_object(void **state)
{
	struct mp_objects *o = get();
	void *made =
		mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct line line;

	(void)state;
	assert_false(look_up(o, 0, &line));
	assert_false(look_up(o, 1, &line));
	assert_false(look_up(o, UINTPTR_MAX, &line));
	assert_false(look_up(o, (uintptr_t)made, &line));
	assert_false(look_up(o, (uintptr_t)&o, &line));
	munmap(made, 4096);

	/* Its first byte is in it, the one behind its last is not. */
	assert_true(look_up(o, (uintptr_t)get, &line));
	assert_true(look_up(o, line.end - 1, &line));
	assert_true(look_up(o, line.start, &line));
	assert_int_equal(mp_objects_find(o, line.end), MP_OBJECTS_MAX);
	assert_int_equal(mp_objects_find(o, line.start - 1), MP_OBJECTS_MAX);
	mp_objects_put(o);
}

static void test_a_list_serves_until_something_is_loaded(void **state)
{
	struct mp_objects *before = get(), *same = get(), *with, *without;
	void *library, *function;
	struct line line;

	(void)state;
	assert_ptr_equal(before, same);
	mp_objects_put(same);
	library = dlopen(LIBRARY, RTLD_NOW);
	if (!library) {
		mp_objects_put(before);
		printf("skipped: %s\n", dlerror());
		skip();
	}
	function = dlsym(library, FUNCTION);
	assert_non_null(function);
	with = get();
	assert_true(look_up(with, (uintptr_t)function, &line));
	assert_non_null(strstr(line.path, "/" LIBRARY));
	assert_false(look_up(before, (uintptr_t)function, &line));

	dlclose(library);
	without = get();
	assert_false(look_up(without, (uintptr_t)function, &line));
	/* Who has an older list keeps it. */
	assert_true(look_up(with, (uintptr_t)function, &line));
	assert_true(look_up(before, (uintptr_t)get, &line));
	mp_objects_put(before);
	mp_objects_put(with);
	mp_objects_put(without);
	mp_objects_put(NULL);
}

/* The linker has the name that it was given, which says nothing elsewhere. */
static void test_a_library_here_has_its_whole_path(void **state)
{
	char dir[] = "/tmp/memprof-objects-XXXXXX";
	char command[PATH_MAX + 64], want[64];
	struct mp_objects *o;
	struct line line;
	size_t descriptors = count_descriptors();
	void *library = dlopen(LIBRARY, RTLD_NOW);
	Dl_info info;

	(void)state;
	if (!library) {
		printf("skipped: %s\n", dlerror());
		skip();
	}
	assert_int_not_equal(dladdr(dlsym(library, FUNCTION), &info), 0);
	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command), "cp %s %s/plugin.so", info.dli_fname,
		 dir);
	dlclose(library);
	assert_int_equal(system(command), 0);
	assert_int_equal(chdir(dir), 0);
	library = dlopen("./plugin.so", RTLD_NOW);
	assert_non_null(library);
	o = get();
	assert_true(look_up(o, (uintptr_t)dlsym(library, FUNCTION), &line));
	snprintf(want, sizeof(want), "%s/plugin.so", dir);
	assert_string_equal(line.path, want);
	mp_objects_put(o);
	dlclose(library);
	assert_int_equal(count_descriptors(), descriptors);
	assert_int_equal(unlink("plugin.so") || chdir("/") || rmdir(dir), 0);
}

/* MiB that are mapped; a list is about two. */
static size_t count_mapped(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char text[PATH_MAX + 200];
	size_t n = 0;

	assert_non_null(maps);
	while (fgets(text, sizeof(text), maps)) {
		uintptr_t start, end;

		if (sscanf(text, "%" SCNxPTR "-%" SCNxPTR, &start, &end) == 2)
			n += end - start;
	}
	fclose(maps);
	return n >> 20;
}

static void load_and_unload(int times)
{
	for (int i = 0; i < times; i++) {
		void *library = dlopen(LIBRARY, RTLD_NOW);

		mp_objects_put(get());
		if (library)
			dlclose(library);
		mp_objects_put(get());
	}
}

static void test_lists_that_nobody_has_are_no_more(void **state)
{
	const char *sanitizer = getenv("MEMPROF_TEST_SANITIZE");
	size_t before;

	(void)state;
	if (sanitizer && strstr(sanitizer, "thread")) {
		printf("skipped: this sanitizer maps memory of its own\n");
		skip();
	}
	load_and_unload(100);
	before = count_mapped();
	load_and_unload(100);
	assert_true(count_mapped() <= before + 100);
}

static _Atomic bool stop;

static void *get_and_put(void *ret_error)
{
	while (!atomic_load(&stop)) {
		struct mp_objects *o = mp_objects_get();

		if (!o || mp_objects_find(o, (uintptr_t)get) == MP_OBJECTS_MAX)
			*(bool *)ret_error = true;
		mp_objects_put(o);
	}
	return NULL;
}

static void test_threads_get_lists_while_libraries_come_and_go(void **state)
{
	pthread_t threads[3];
	bool error = false;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, get_and_put, &error),
			0);
	for (int i = 0; i < 300; i++) {
		void *library = dlopen(LIBRARY, RTLD_NOW);

		mp_objects_put(get());
		if (library)
			dlclose(library);
	}
	atomic_store(&stop, true);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_false(error);
}

/* The linker's lock stays locked in a child that is forked while another thread
   has it. */
static void test_forked_children_do_not_hang(void **state)
{
	pthread_t threads[2];
	bool error = false;
	int status;

	(void)state;
	atomic_store(&stop, false);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, get_and_put, &error),
			0);
	for (int i = 0; i < 100; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (!child) {
			alarm(30);
			mp_objects_put(mp_objects_get());
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
	atomic_store(&stop, true);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_false(error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_our_own_code_is_the_programs),
		cmocka_unit_test(test_the_kernel_says_the_same),
		cmocka_unit_test(test_the_kernels_own_object_has_its_name),
		cmocka_unit_test(test_biases_are_the_linkers),
		cmocka_unit_test(test_what_is_no_files_code_has_no_object),
		cmocka_unit_test(test_a_list_serves_until_something_is_loaded),
		cmocka_unit_test(test_a_library_here_has_its_whole_path),
		cmocka_unit_test(test_lists_that_nobody_has_are_no_more),
		cmocka_unit_test(
			test_threads_get_lists_while_libraries_come_and_go),
		cmocka_unit_test(test_forked_children_do_not_hang),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
