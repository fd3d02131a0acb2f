/* rawfile: what is in a profile is what is in its file. */

#include "profile/rawfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Addresses at which nothing of this process is. */
static const uintptr_t slow[] = { 0x1234, 0x1110, 0x1020 };
static const uintptr_t sql[] = { 0x1550, 0x1110, 0x1020 };

static char dir[] = "/tmp/memprof-rawfile-XXXXXX";
static char path[64];

static char *write_out(const struct mp_rawfile *what)
{
	assert_int_equal(mp_rawfile_replace(path, what), 0);
	return read_whole(path);
}

static char *next_line(char *line)
{
	return strchr(line, '\n') + 1;
}

/* Without the lines that begin with `word`; returns how many there were. */
static size_t cut_lines(char *file, const char *word)
{
	size_t len = strlen(word), n = 0;
	char *to = file;

	for (char *line = file, *next; *line; line = next) {
		next = next_line(line);
		if (!strncmp(line, word, len) && line[len] == '\t') {
			n++;
			continue;
		}
		memmove(to, line, (size_t)(next - line));
		to += next - line;
	}
	*to = '\0';
	return n;
}

/* What is this process's own, whatever is in the profile. */
static void cut_own(char *file)
{
	assert_int_equal(cut_lines(file, "exe"), 1);
	cut_lines(file, "object");
}

static void assert_written(const struct mp_rawfile *what, const char *want)
{
	char *file = write_out(what);

	cut_own(file);
	assert_string_equal(file, want);
	free(file);
}

/* The example of memprof-profile(5), as it is read there. */
static char *page_example;

static void read_page(void)
{
	char *page = read_whole("man/memprof-profile.5");
	char *from = strstr(page, "\nmemprof-profile\t"), *to = page;

	assert_non_null(from);
	*strstr(from, ".Ed\n") = '\0';
	for (from++; *from; *to++ = *from++)
		if (!strncmp(from, "\\e", 2))
			*++from = '\\';
	*to = '\0';
	page_example = page;
}

/* The last line has the number of those before it. */
static void assert_counted(char *file)
{
	uint64_t lines = 0, said = 0;

	for (char *line = file; *line; line = next_line(line))
		lines += !sscanf(line, "end\t%" SCNu64, &said);
	assert_int_equal(said, lines);
}

static void test_the_manual_shows_one_request(void **state)
{
	struct example e;
	char *file;

	(void)state;
	assert_counted(page_example);
	make_example(&e);
	mp_fold_add(e.fold, MP_FOLD_CPU, slow, 3, 2, 8000000);
	mp_fold_add(e.fold, MP_FOLD_CPU, slow + 1, 2, 1, 4000000);
	mp_fold_lose(e.fold, 1);
	mp_notelist_add(e.notes, "SQL", "select * from cart", 1200000, 9300000,
			sql, 3);
	file = write_out(&e.file);
	cut_own(file);
	cut_own(page_example);
	assert_int_equal(cut_lines(file, "end"), 1);
	assert_int_equal(cut_lines(page_example, "end"), 1);
	assert_string_equal(file, page_example);
	free(file);
	drop_example(&e);
}

static void test_a_run_of_two_pages(void **state)
{
	static const char *const why[] = { "No timer was left.",
					   "It was detached for too long." };
	struct example e, one;

	(void)state;
	make_example(&e);
	make_example(&one);
	e.log.page_id = text("(run)");
	e.log.tid = MP_UNKNOWN;
	e.pages[0] = (struct mp_rawfile_page){ text("A"), 3, 500, 200 };
	e.pages[1] = (struct mp_rawfile_page){ text("B"), 1, 70, 70 };
	e.file.page_count = 2;
	e.file.wall = true;
	e.file.mechanism = MP_FORMAT_PERF;
	e.file.degraded = why;
	e.file.degraded_count = 2;
	mp_fold_add(one.fold, MP_FOLD_BLOCKED, slow, 2, 1, 70);
	mp_fold_count_cut(one.fold);
	mp_notelist_add(one.notes, "GET", "/", -5, 7, NULL, 0);
	mp_fold_merge(e.fold, one.fold, 1, 0);
	mp_notelist_merge(e.notes, one.notes, 1);
	mp_fold_add(e.fold, MP_FOLD_BLOCKED, NULL, 0, 4, 100);
	assert_written(&e.file, "memprof-profile\t1\n"
				"clock\twall\n"
				"began\t2026-11-21T01:02:03.123456Z\n"
				"page_id\t(run)\n"
				"oops_id\t-\n"
				"host\tweb1\n"
				"pid\t4711\n"
				"tid\t\\N\n"
				"requests\t4\n"
				"duration_ns\t570\n"
				"cpu_ns\t270\n"
				"mechanism\tperf\n"
				"interval_ns\t10000000\n"
				"tick_ns\t4000000\n"
				"samples\t5\n"
				"lost\t0\n"
				"cut\t1\n"
				"degraded\tNo timer was left.\n"
				"degraded\tIt was detached for too long.\n"
				"page\tA\t3\t500\t200\n"
				"stack\tblocked\t4\t100\t-\n"
				"stack\tunsampled\t0\t400\t-\n"
				"page\tB\t1\t70\t70\n"
				"stack\tblocked\t1\t70\t1234 1110\n"
				"note\tGET\t-5\t7\t/\t-\n"
				"notes_dropped\t0\n"
				"end\t27\n");
	drop_example(&one);
	drop_example(&e);
}

/* What is behind the header of a file. */
static const char *body(const char *file)
{
	const char *page = strstr(file, "\npage\t");

	assert_non_null(page);
	return page + 1;
}

static void assert_body(const struct example *e, const char *want)
{
	char *file = write_out(&e->file);

	assert_string_equal(body(file), want);
	free(file);
}

static void test_what_is_too_much_is_cut_off_and_said(void **state)
{
	struct example e;
	char *file;

	(void)state;
	make_example(&e);
	e.file.notes = NULL;
	e.pages[0].cpu_ns = 100;
	mp_fold_add(e.fold, MP_FOLD_CPU, slow, 1, 1, 60);
	mp_fold_add(e.fold, MP_FOLD_CPU, sql, 1, 2, 60);
	mp_fold_add(e.fold, MP_FOLD_CPU, slow + 2, 1, 3, 60);
	assert_body(&e, "page\tCart:checkout\t1\t20500000\t100\n"
			"stack\tcpu\t1\t60\t1234\n"
			"stack\tcpu\t2\t40\t1550\n"
			"stack\tcpu\t3\t0\t1020\n"
			"end\t33\n");
	file = read_whole(path);
	assert_non_null(strstr(file, "\ndegraded\tSamples were weighted with "
				     "more time than passed.\n"));
	free(file);

	/* As much as there is, is not too much. */
	e.pages[0].cpu_ns = 180;
	assert_body(&e, "page\tCart:checkout\t1\t20500000\t180\n"
			"stack\tcpu\t1\t60\t1234\n"
			"stack\tcpu\t2\t60\t1550\n"
			"stack\tcpu\t3\t60\t1020\n"
			"end\t32\n");
	drop_example(&e);
}

static void test_an_unknown_total_has_no_rest(void **state)
{
	struct example e;

	(void)state;
	make_example(&e);
	e.file.notes = NULL;
	e.pages[0].cpu_ns = MP_UNKNOWN;
	mp_fold_add(e.fold, MP_FOLD_CPU, slow, 1, 1, 60);
	assert_body(&e, "page\tCart:checkout\t1\t20500000\t\\N\n"
			"stack\tcpu\t1\t60\t1234\n"
			"end\t30\n");
	drop_example(&e);
}

static void test_a_sum_with_something_unknown_is_unknown(void **state)
{
	struct example e;
	char *file;

	(void)state;
	make_example(&e);
	e.pages[1] = (struct mp_rawfile_page){ text("B"), 2, MP_UNKNOWN, 1 };
	e.file.page_count = 2;
	file = write_out(&e.file);
	assert_non_null(strstr(file, "\nrequests\t3\n"
				     "duration_ns\t\\N\n"
				     "cpu_ns\t12250001\n"));
	free(file);
	drop_example(&e);
}

static void test_what_can_not_be_written_leaves_nothing(void **state)
{
	struct rlimit before, limit;
	struct example e;

	(void)state;
	make_example(&e);
	unlink(path);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 100;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	errno = 7;
	assert_int_equal(mp_rawfile_replace(path, &e.file), -EFBIG);
	assert_int_equal(errno, 7);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
	drop_example(&e);
}

static void test_empty_ids_are_none(void **state)
{
	struct example e;
	char *file;

	(void)state;
	make_example(&e);
	e.log.host = (struct mp_text){ "", 0 };
	file = write_out(&e.file);
	assert_non_null(strstr(file, "\nhost\t-\n"));
	free(file);
	drop_example(&e);
}

static void test_only_objects_that_were_met_are_listed(void **state)
{
	uintptr_t here = (uintptr_t)test_only_objects_that_were_met_are_listed;
	struct example e;
	uintptr_t start, end;
	char *file, *line;

	(void)state;
	make_example(&e);
	mp_fold_add(e.fold, MP_FOLD_CPU, slow, 3, 1, 1);
	file = write_out(&e.file);
	assert_null(strstr(file, "\nobject\t"));
	free(file);

	mp_fold_add(e.fold, MP_FOLD_CPU, &here, 1, 1, 1);
	file = write_out(&e.file);
	line = strstr(file, "\nobject\t");
	assert_non_null(line);
	assert_int_equal(
		sscanf(line, "\nobject %" SCNxPTR " %" SCNxPTR, &start, &end),
		2);
	assert_true(start <= here && here < end);
	assert_null(strstr(line + 1, "\nobject\t"));
	assert_counted(file);
	free(file);

	/* Notes have stacks as well. */
	mp_fold_reset(e.fold);
	mp_notelist_add(e.notes, "a", "b", 1, 2, &here, 1);
	file = write_out(&e.file);
	assert_non_null(strstr(file, "\nobject\t"));
	free(file);
	drop_example(&e);
}

/* Several buffers full, with lines across their ends. */
static void test_large_files_are_whole(void **state)
{
	uintptr_t pcs[MP_FORMAT_STACK_MAX];
	uint64_t sum = 0;
	struct example e;
	char *file;

	(void)state;
	make_example(&e);
	for (size_t i = 0; i < ARRAY_SIZE(pcs); i++)
		pcs[i] = 0xfedcba9876543210 + i;
	for (uintptr_t i = 0; i < 500; i++) {
		pcs[0] = i;
		mp_fold_add(e.fold, MP_FOLD_CPU, pcs, 1 + i % ARRAY_SIZE(pcs),
			    1, i);
	}
	file = write_out(&e.file);
	for (char *line = file; *line; line = next_line(line)) {
		uint64_t value;

		if (sscanf(line, "stack %*s %*u %" SCNu64, &value) == 1)
			sum += value;
	}
	assert_counted(file);
	assert_int_equal(sum, e.pages[0].cpu_ns);
	free(file);
	drop_example(&e);
}

static void test_no_more_bytes_than_allowed(void **state)
{
	struct example e;
	struct mp_newfile f;
	uint64_t bytes = 0, again = 0;

	(void)state;
	make_example(&e);
	for (uintptr_t i = 0; i < 500; i++)
		mp_fold_add(e.fold, MP_FOLD_CPU, &i, 1, 1, 1);
	assert_int_equal(mp_newfile_open(dir, &f), 0);
	assert_int_equal(mp_rawfile_put(&f, &e.file, UINT64_MAX, &bytes), 0);
	assert_int_equal(lseek(f.fd, 0, SEEK_CUR), bytes);
	assert_true(bytes > 8192);
	assert_int_equal(mp_rawfile_put(&f, &e.file, bytes, &again), 0);
	assert_int_equal(again, bytes);
	assert_int_equal(mp_rawfile_put(&f, &e.file, bytes - 1, &again),
			 -EFBIG);
	assert_int_equal(mp_rawfile_put(&f, &e.file, 100, &again), -EFBIG);
	mp_newfile_abandon(&f);
	drop_example(&e);
}

static void test_a_file_in_its_place_is_replaced_whole(void **state)
{
	struct example e;
	struct stat st;
	char *before, *after;

	(void)state;
	make_example(&e);
	before = write_out(&e.file);
	after = write_out(&e.file);
	assert_string_equal(before, after);
	free(before);
	free(after);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	drop_example(&e);
}

static void test_errors_of_the_folder_are_returned(void **state)
{
	char missing[80], *longest = malloc(PATH_MAX + 10);
	struct example e;

	(void)state;
	make_example(&e);
	snprintf(missing, sizeof(missing), "%s/none/x", dir);
	assert_int_equal(chdir(dir), 0);
	errno = 0;
	assert_int_equal(mp_rawfile_replace(missing, &e.file), -ENOENT);
	assert_int_equal(mp_rawfile_replace("", &e.file), -ENOENT);
	assert_int_equal(mp_rawfile_replace(dir, &e.file), -EISDIR);
	assert_int_equal(mp_rawfile_replace("/dev/null/x", &e.file), -ENOTDIR);
	memset(longest, '/', PATH_MAX + 9);
	longest[PATH_MAX + 9] = '\0';
	assert_int_equal(mp_rawfile_replace(longest, &e.file), -ENAMETOOLONG);
	assert_int_equal(errno, 0);
	free(longest);
	drop_example(&e);
}

/* A name without a folder is in the folder where the process is. */
static void test_a_bare_name_is_here(void **state)
{
	struct example e;

	(void)state;
	make_example(&e);
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(mp_rawfile_replace("bare", &e.file), 0);
	assert_int_equal(unlink("bare"), 0);
	drop_example(&e);
}

static void *write_cancelled(void *e)
{
	const struct example *example = e;

	pthread_cancel(pthread_self());
	assert_int_equal(mp_rawfile_replace(path, &example->file), 0);
	return e;
}

static void test_a_cancelled_thread_writes_its_file(void **state)
{
	struct example e;
	pthread_t thread;
	void *got;

	(void)state;
	make_example(&e);
	assert_int_equal(pthread_create(&thread, NULL, write_cancelled, &e), 0);
	assert_int_equal(pthread_join(thread, &got), 0);
	assert_ptr_equal(got, &e);
	drop_example(&e);
}

static int make_dir(void **state)
{
	(void)state;
	read_page();
	snprintf(path, sizeof(path), "%s/profile", mkdtemp(dir) ? dir : "?");
	return 0;
}

/* Nothing but the file was left. */
static int remove_dir(void **state)
{
	(void)state;
	free(page_example);
	return unlink(path) || rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_manual_shows_one_request),
		cmocka_unit_test(test_a_run_of_two_pages),
		cmocka_unit_test(test_what_is_too_much_is_cut_off_and_said),
		cmocka_unit_test(test_an_unknown_total_has_no_rest),
		cmocka_unit_test(test_a_sum_with_something_unknown_is_unknown),
		cmocka_unit_test(test_what_can_not_be_written_leaves_nothing),
		cmocka_unit_test(test_empty_ids_are_none),
		cmocka_unit_test(test_only_objects_that_were_met_are_listed),
		cmocka_unit_test(test_large_files_are_whole),
		cmocka_unit_test(test_no_more_bytes_than_allowed),
		cmocka_unit_test(test_a_file_in_its_place_is_replaced_whole),
		cmocka_unit_test(test_errors_of_the_folder_are_returned),
		cmocka_unit_test(test_a_bare_name_is_here),
		cmocka_unit_test(test_a_cancelled_thread_writes_its_file),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
