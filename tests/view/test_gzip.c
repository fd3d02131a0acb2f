/* gzip: what is written can be read again, and is the same each time. */

#include "test.h"

#include "view/gzip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Bytes that do not compress well. */
static void fill(struct mp_bytes *b, size_t len)
{
	uint32_t x = 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		mp_bytes_put_byte(b, (unsigned char)(x >> 24));
	}
}

static char *compressed(size_t len, size_t *ret)
{
	struct mp_bytes b = { 0 };
	char *text = NULL;
	FILE *out = open_memstream(&text, ret);

	fill(&b, len);
	assert_int_equal(mp_gzip_finish(&b, out), 0);
	assert_null(b.p);
	fclose(out);
	return text;
}

static void assert_comes_back(size_t len)
{
	struct mp_bytes want = { 0 };
	unsigned char *got = malloc(len + 1);
	size_t size;
	char *text = compressed(len, &size);
	z_stream z = { .next_in = (unsigned char *)text,
		       .avail_in = (unsigned)size,
		       .next_out = got,
		       .avail_out = (unsigned)len + 1 };

	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.total_out, len);
	assert_int_equal(z.avail_in, 0);
	inflateEnd(&z);
	fill(&want, len);
	if (len > 0)
		assert_memory_equal(got, want.p, len);
	mp_bytes_release(&want);
	free(got);
	free(text);
}

static void test_any_length_comes_back(void **state)
{
	static const size_t lengths[] = { 0, 1, 16383, 16384, 16385, 300000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		assert_comes_back(lengths[i]);
}

static void test_equal_bytes_are_equal_files(void **state)
{
	size_t len, again;
	char *text = compressed(1000, &len), *other = compressed(1000, &again);

	(void)state;
	assert_int_equal(len, again);
	assert_memory_equal(text, other, len);
	/* No time is in it. */
	assert_memory_equal(text + 4, "\0\0\0\0", 4);
	free(text);
	free(other);
}

static void test_what_is_too_large_is_not_begun(void **state)
{
	struct mp_bytes b = { 0 };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	fill(&b, 1);
	b.len = (size_t)UINT32_MAX + 1;
	assert_int_equal(mp_gzip_finish(&b, out), -EFBIG);
	fclose(out);
	assert_int_equal(len, 0);
	free(text);
}

static void test_errors_are_told(void **state)
{
	struct mp_bytes b = { .err = -ENOMEM };
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(mp_gzip_finish(&b, full), -ENOMEM);
	fill(&b, 100000);
	assert_int_equal(mp_gzip_finish(&b, full), -EIO);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_length_comes_back),
		cmocka_unit_test(test_equal_bytes_are_equal_files),
		cmocka_unit_test(test_what_is_too_large_is_not_begun),
		cmocka_unit_test(test_errors_are_told),
	};

	return cmocka_run_group_tests_name("gzip", tests, NULL, NULL);
}
