/* lines: whole, torn, repeated and overlong ones, plain and gzip'd. */

#include "test.h"

#include "report/lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static char path[] = "/tmp/memprof-lines-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* Mode "w" compresses, mode "wT" does not. */
static void put(const char *mode, const char *text, size_t len)
{
	gzFile file = gzopen(path, mode);

	assert_non_null(file);
	assert_int_equal(gzwrite(file, text, (unsigned)len), len);
	assert_int_equal(gzclose(file), Z_OK);
}

static struct mp_lines *open_lines(void)
{
	struct mp_lines *l = NULL;

	assert_int_equal(mp_lines_open(path, &l), 0);
	return l;
}

static void expect(struct mp_lines *l, enum mp_lines_state state,
		   uint64_t number, const char *text)
{
	struct mp_lines_line line;

	assert_int_equal(mp_lines_next(l, &line), 1);
	assert_int_equal(line.state, state);
	assert_int_equal(line.number, number);
	assert_int_equal(line.text.len, strlen(text));
	assert_memory_equal(line.text.p, text, line.text.len);
}

static void expect_end(struct mp_lines *l, int want)
{
	struct mp_lines_line line;

	assert_int_equal(mp_lines_next(l, &line), want);
	assert_int_equal(mp_lines_next(l, &line), want);
	mp_lines_close(l);
}

static void test_plain_and_gzipped(void **state)
{
	static const char *const modes[] = { "wT", "w" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct mp_lines *l;

		put(modes[i], "one\n\ntwo\n", 9);
		l = open_lines();
		expect(l, MP_LINES_WHOLE, 1, "one");
		expect(l, MP_LINES_WHOLE, 2, "");
		expect(l, MP_LINES_WHOLE, 3, "two");
		expect_end(l, 0);
	}
}

static void test_torn_and_repeated(void **state)
{
	struct mp_lines *l;

	(void)state;
	put("wT", "abc\nabcdef\nabcd\nx", 17);
	l = open_lines();
	expect(l, MP_LINES_REPEATED, 1, "abc");
	expect(l, MP_LINES_WHOLE, 2, "abcdef");
	expect(l, MP_LINES_WHOLE, 3, "abcd");
	expect(l, MP_LINES_TORN, 4, "x");
	expect_end(l, 0);
}

static void test_overlong_is_skipped_whatever_its_length(void **state)
{
	static const size_t lengths[] = { MP_LINES_MAX, MP_LINES_MAX + 1,
					  64 * MP_LINES_MAX };
	char *text = malloc(64 * MP_LINES_MAX + 8);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct mp_lines_line line;
		struct mp_lines *l;

		memset(text, 'x', lengths[i]);
		memcpy(text + lengths[i], "\nnext\n", 6);
		put("wT", text, lengths[i] + 6);
		l = open_lines();
		assert_int_equal(mp_lines_next(l, &line), 1);
		assert_int_equal(line.state,
				 i ? MP_LINES_OVERLONG : MP_LINES_WHOLE);
		expect(l, MP_LINES_WHOLE, 2, "next");
		expect_end(l, 0);

		/* And where it never ends. */
		put("wT", text, lengths[i]);
		l = open_lines();
		assert_int_equal(mp_lines_next(l, &line), 1);
		assert_int_equal(line.state,
				 i ? MP_LINES_OVERLONG : MP_LINES_TORN);
		expect_end(l, 0);
	}
	free(text);
}

static void test_many_lines_over_the_edges_of_the_buffer(void **state)
{
	gzFile file = gzopen(path, "w");
	struct mp_lines *l;
	char text[64];

	(void)state;
	for (int i = 0; i < 40000; i++)
		gzprintf(file, "%0*d\n", 1 + i % 50, i);
	assert_int_equal(gzclose(file), Z_OK);
	l = open_lines();
	for (int i = 0; i < 40000; i++) {
		struct mp_lines_line line;

		snprintf(text, sizeof(text), "%0*d", 1 + i % 50, i);
		assert_int_equal(mp_lines_next(l, &line), 1);
		assert_int_equal(line.text.len, strlen(text));
		assert_memory_equal(line.text.p, text, line.text.len);
	}
	expect_end(l, 0);
}

static void test_gzipped_data_that_ends_early(void **state)
{
	struct mp_lines *l;

	(void)state;
	put("w", "one\ntwo\n", 8);
	assert_int_equal(truncate(path, 20), 0);
	l = open_lines();
	for (;;) {
		struct mp_lines_line line;
		int n = mp_lines_next(l, &line);

		if (n <= 0) {
			expect_end(l, -ENODATA);
			return;
		}
	}
}

static void test_a_missing_file_and_a_folder(void **state)
{
	struct mp_lines_line line;
	struct mp_lines *l;

	(void)state;
	assert_int_equal(mp_lines_open("/nonexistent/file", &l), -ENOENT);
	assert_int_equal(mp_lines_open("/tmp", &l), 0);
	assert_int_equal(mp_lines_next(l, &line), -EISDIR);
	mp_lines_close(l);
	mp_lines_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_and_gzipped),
		cmocka_unit_test(test_torn_and_repeated),
		cmocka_unit_test(test_overlong_is_skipped_whatever_its_length),
		cmocka_unit_test(test_many_lines_over_the_edges_of_the_buffer),
		cmocka_unit_test(test_gzipped_data_that_ends_early),
		cmocka_unit_test(test_a_missing_file_and_a_folder),
	};

	return cmocka_run_group_tests_name("lines", tests, make_file,
					   remove_file);
}
