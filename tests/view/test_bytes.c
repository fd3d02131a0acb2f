/* bytes: what is put comes out whole, or the first error does. */

#include "test.h"

#include "view/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void assert_bytes(struct mp_bytes *b, const char *want)
{
	assert_int_equal(b->err, 0);
	assert_int_equal(b->len, strlen(want));
	assert_memory_equal(b->p, want, b->len);
	mp_bytes_release(b);
	assert_null(b->p);
}

static void test_pieces_follow_each_other(void **state)
{
	struct mp_bytes b = { 0 };

	(void)state;
	mp_bytes_put(&b, "one", 3);
	mp_bytes_put(&b, NULL, 0);
	mp_bytes_put_byte(&b, ' ');
	mp_bytes_print(&b, "%d %s", 2, "three");
	assert_bytes(&b, "one 2 three");
}

static void test_a_name_is_shown_as_text(void **state)
{
	struct mp_bytes b = { 0 };

	(void)state;
	mp_bytes_put_plain(&b, "a\nb\xff \"\xc3\xa9\";");
	assert_bytes(&b, "a%0Ab%FF \"\xc3\xa9\";");
}

static void test_any_length_fits(void **state)
{
	(void)state;
	for (size_t len = 1; len < 300; len++) {
		struct mp_bytes b = { 0 };
		char *text = malloc(len + 1);

		assert_non_null(text);
		memset(text, 'x', len);
		text[len] = '\0';
		mp_bytes_print(&b, "%s", text);
		mp_bytes_put(&b, text, len);
		assert_int_equal(b.len, 2 * len);
		assert_memory_equal(b.p, text, len);
		assert_memory_equal(b.p + len, text, len);
		mp_bytes_release(&b);
		free(text);
	}
}

static void test_the_error_comes_at_the_end(void **state)
{
	struct mp_bytes b = { 0 };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	mp_bytes_put(&b, "x", 1);
	mp_bytes_put(&b, "x", SIZE_MAX - 1);
	assert_int_equal(b.err, -ENOMEM);
	mp_bytes_put(&b, "y", 1);
	mp_bytes_print(&b, "%d", 1);
	assert_int_equal(mp_bytes_finish(&b, out), -ENOMEM);
	fclose(out);
	assert_int_equal(len, 0);
	free(text);
}

static void test_nothing_is_written_as_nothing(void **state)
{
	struct mp_bytes b = { 0 };

	(void)state;
	assert_int_equal(mp_bytes_finish(&b, stdout), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_follow_each_other),
		cmocka_unit_test(test_a_name_is_shown_as_text),
		cmocka_unit_test(test_any_length_fits),
		cmocka_unit_test(test_the_error_comes_at_the_end),
		cmocka_unit_test(test_nothing_is_written_as_nothing),
	};

	return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
