/* source: plain and gzip'd bytes come out as they are, and no end is silent. */

#include "test.h"

#include "report/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#define TEXT	 "two lines\nof a log\n"
#define TEXT_LEN (sizeof(TEXT) - 1)
#define LARGE	 (1024 * 1024)

struct bytes {
	size_t len;
	unsigned char data[4096];
};

static void add(struct bytes *b, const void *data, size_t len)
{
	assert_true(len <= sizeof(b->data) - b->len);
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static size_t pack(const char *data, size_t len, unsigned char *ret,
		   size_t size)
{
	z_stream z = { 0 };
	size_t packed;

	assert_int_equal(
		deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
		Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)data;
	z.avail_in = (unsigned)len;
	z.next_out = ret;
	z.avail_out = (unsigned)size;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	packed = z.total_out;
	deflateEnd(&z);
	return packed;
}

static void add_member(struct bytes *b)
{
	b->len += pack(TEXT, TEXT_LEN, b->data + b->len,
		       sizeof(b->data) - b->len);
}

static int open_file(char *ret_path)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	assert_true(fd >= 0);
	sprintf(ret_path, "/proc/self/fd/%d", fd);
	return fd;
}

static int64_t read_all(struct mp_source *s, size_t step, char *ret,
			size_t size, size_t *ret_len)
{
	int64_t n;

	*ret_len = 0;
	for (;;) {
		if (step > size - *ret_len)
			step = size - *ret_len;
		n = mp_source_read(s, ret + *ret_len, step);
		if (n <= 0)
			break;
		*ret_len += (size_t)n;
	}
	/* The end is the end, however often it is asked for. */
	assert_int_equal(mp_source_read(s, ret, step), n);
	return n;
}

static void nothing(struct bytes *b)
{
	(void)b;
}

static void one_byte_of_magic(struct bytes *b)
{
	add(b, "\x1f", 1);
}

static void plain(struct bytes *b)
{
	add(b, TEXT, TEXT_LEN);
}

static void one_member(struct bytes *b)
{
	add_member(b);
}

static void three_members(struct bytes *b)
{
	add_member(b);
	add_member(b);
	add_member(b);
}

static void zeros_behind(struct bytes *b)
{
	add_member(b);
	add(b, "\0\0\0\0\0\0\0", 7);
}

static void one_zero_behind(struct bytes *b)
{
	add_member(b);
	add(b, "", 1);
}

static void garbage_behind(struct bytes *b)
{
	add_member(b);
	add(b, "plain\n", 6);
}

static void garbage_behind_zeros(struct bytes *b)
{
	zeros_behind(b);
	add(b, "x", 1);
}

static void cut_in_the_data(struct bytes *b)
{
	add_member(b);
	b->len -= 12;
}

static void cut_in_the_checksum(struct bytes *b)
{
	add_member(b);
	b->len -= 1;
}

static void cut_in_the_second(struct bytes *b)
{
	add_member(b);
	add_member(b);
	b->len -= 5;
}

static void wrong_checksum(struct bytes *b)
{
	add_member(b);
	b->data[b->len - 6] ^= 1;
}

static void wrong_method(struct bytes *b)
{
	add_member(b);
	b->data[2] = 7;
}

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct source_case {
	const char *name;
	void (*make)(struct bytes *b);
	const char *want; /* null: whatever came before the error */
	int err;
} source_cases[] = {
	{ "nothing", nothing, "", 0 },
	{ "one byte of gzip's two", one_byte_of_magic, "\x1f", 0 },
	{ "plain", plain, TEXT, 0 },
	{ "a member", one_member, TEXT, 0 },
	{ "three members", three_members, TEXT TEXT TEXT, 0 },
	{ "zeros behind", zeros_behind, TEXT, 0 },
	{ "one zero behind", one_zero_behind, TEXT, 0 },
	{ "something behind", garbage_behind, TEXT, -EILSEQ },
	{ "something behind zeros", garbage_behind_zeros, TEXT, -EILSEQ },
	{ "cut in the data", cut_in_the_data, NULL, -ENODATA },
	{ "cut in the checksum", cut_in_the_checksum, TEXT, -ENODATA },
	{ "the second one cut", cut_in_the_second, TEXT TEXT, -ENODATA },
	{ "a wrong checksum", wrong_checksum, TEXT, -EBADMSG },
	{ "no method of gzip's", wrong_method, "", -EBADMSG },
};

static void test_bytes(void **state)
{
	static const size_t steps[] = { 1, 7, 4096 };
	const struct source_case *c = *state;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct mp_source *s = NULL;
		struct bytes b = { 0 };
		char path[64], got[4096];
		size_t len;
		int fd = open_file(path);

		c->make(&b);
		assert_int_equal(write(fd, b.data, b.len), b.len);
		assert_int_equal(mp_source_open(path, &s), 0);
		assert_int_equal(read_all(s, steps[i], got, sizeof(got), &len),
				 c->err);
		if (c->want) {
			assert_int_equal(len, strlen(c->want));
			assert_memory_equal(got, c->want, len);
		}
		assert_int_equal(mp_source_position(s), b.len);
		mp_source_close(s);
		close(fd);
	}
}

/* More than what is read at once. */
static void test_large_gzip_is_read_whole(void **state)
{
	char *data = malloc(LARGE), *got = malloc(LARGE + 1), path[64];
	unsigned char *packed = malloc(2 * LARGE);
	struct mp_source *s = NULL;
	uint32_t noise = 1;
	size_t len;
	int fd = open_file(path);

	(void)state;
	for (size_t i = 0; i < LARGE; i++) {
		noise = noise * 1664525 + 1013904223;
		data[i] = (char)(noise >> 24);
	}
	len = pack(data, LARGE, packed, 2 * LARGE);
	assert_int_equal(write(fd, packed, len), len);
	assert_int_equal(mp_source_open(path, &s), 0);
	assert_int_equal(read_all(s, 10000, got, LARGE + 1, &len), 0);
	assert_int_equal(len, LARGE);
	assert_memory_equal(got, data, len);
	mp_source_close(s);
	close(fd);
	free(data);
	free(got);
	free(packed);
}

static void test_a_log_that_grows_is_read_on(void **state)
{
	struct mp_source *s = NULL;
	char path[64], got[64];
	int fd = open_file(path);

	(void)state;
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(mp_source_open(path, &s), 0);
	assert_int_equal(mp_source_read(s, got, sizeof(got)), 3);
	assert_int_equal(write(fd, "de", 2), 2);
	assert_int_equal(mp_source_read(s, got, sizeof(got)), 2);
	assert_int_equal(mp_source_read(s, got, sizeof(got)), 0);
	mp_source_close(s);
	close(fd);
}

static void test_a_log_that_shrinks_is_told(void **state)
{
	struct mp_source *s = NULL;
	char path[64], got[64];
	int fd = open_file(path);

	(void)state;
	assert_int_equal(write(fd, "abcdef", 6), 6);
	assert_int_equal(mp_source_open(path, &s), 0);
	assert_int_equal(mp_source_read(s, got, sizeof(got)), 6);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(mp_source_read(s, got, sizeof(got)), -ESTALE);
	mp_source_close(s);
	close(fd);
}

/* A rename leaves the open file as it is. */
static void test_a_log_that_is_rotated_is_read_to_its_end(void **state)
{
	char path[] = "/tmp/memprof-source-XXXXXX", old[64], got[64];
	struct mp_source *s = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	sprintf(old, "%s.1", path);
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(mp_source_open(path, &s), 0);
	assert_int_equal(rename(path, old), 0);
	assert_int_equal(write(fd, "de", 2), 2);
	assert_int_equal(mp_source_read(s, got, sizeof(got)), 3);
	assert_int_equal(mp_source_read(s, got, sizeof(got)), 2);
	assert_int_equal(mp_source_read(s, got, sizeof(got)), 0);
	mp_source_close(s);
	close(fd);
	unlink(old);
}

static void test_what_cannot_be_opened_or_read(void **state)
{
	struct mp_source *s = NULL;
	char got[8];

	(void)state;
	assert_int_equal(mp_source_open("/nowhere/at/all", &s), -ENOENT);
	assert_null(s);
	assert_int_equal(mp_source_open("/", &s), 0);
	assert_int_equal(mp_source_read(s, got, sizeof(got)), -EISDIR);
	mp_source_close(s);
	mp_source_close(NULL);
}

static void test_errors_have_words(void **state)
{
	static const int errors[] = { -ENODATA, -EBADMSG, -EILSEQ, -ESTALE };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		assert_string_not_equal(mp_source_strerror(errors[i]),
					strerror(-errors[i]));
	assert_string_equal(mp_source_strerror(-ENOENT), strerror(ENOENT));
}

#define PLAIN_TESTS 6

int main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ARRAY_SIZE(source_cases)] = {
		cmocka_unit_test(test_large_gzip_is_read_whole),
		cmocka_unit_test(test_a_log_that_grows_is_read_on),
		cmocka_unit_test(test_a_log_that_shrinks_is_told),
		cmocka_unit_test(test_a_log_that_is_rotated_is_read_to_its_end),
		cmocka_unit_test(test_what_cannot_be_opened_or_read),
		cmocka_unit_test(test_errors_have_words),
	};

	for (size_t i = 0; i < ARRAY_SIZE(source_cases); i++)
		tests[PLAIN_TESTS + i] = (struct CMUnitTest){
			.name = source_cases[i].name,
			.test_func = test_bytes,
			.initial_state = &source_cases[i],
		};
	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
