/* wide: both ways of doing it find, read and judge alike. */

#include "test.h"

#include "report/wide.h"
#include "report/wide_word.h"

#include <string.h>

#define ROUNDS 200000

static uint64_t seed = 88172645463325252;

/* Marsaglia's xorshift64. */
static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static void fill(char *ret, size_t size, const char *from, size_t count)
{
	for (size_t i = 0; i < size; i++)
		ret[i] = from[next_random() % count];
}

static void test_tabs_and_newlines_are_found(void **state)
{
	static const char bytes[] = "\t\n\t\n\x08\x0b\x89\x8a\x00 0";
	char text[64];

	(void)state;
	for (unsigned round = 0; round < ROUNDS / 10; round++) {
		uint64_t tabs, newlines;

		fill(text, sizeof(text), bytes, sizeof(bytes));
		tabs = mp_wide_find(text, '\t');
		newlines = mp_wide_find(text, '\n');
		assert_int_equal(tabs, mp_word_find(text, '\t'));
		assert_int_equal(newlines, mp_word_find(text, '\n'));
		for (unsigned i = 0; i < 64; i++) {
			assert_int_equal(tabs >> i & 1, text[i] == '\t');
			assert_int_equal(newlines >> i & 1, text[i] == '\n');
		}
	}
}

static bool read_slowly(const char *p, const char *end, int64_t *ret)
{
	*ret = 0;
	if (end - p < 1 || end - p > 16)
		return false;
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			return false;
		*ret = *ret * 10 + (*p - '0');
	}
	return true;
}

static void test_numbers_are_read(void **state)
{
	/* Mostly digits, and the neighbours of digits. */
	static const char bytes[] = "01234567890123456789"
				    "01234567890123456789"
				    "01234567890123456789"
				    "01234567890123456789"
				    "01234567890123456789/:\xb0";
	unsigned read = 0;
	char text[64];

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		/* All short, or some longer than any number may be. */
		unsigned longest = next_random() % 2 ? 9 : 18;
		int64_t want[4], got[4], word[4];
		struct mp_wide_field f[4];
		bool all = true;

		fill(text, sizeof(text), bytes, sizeof(bytes) - 1);
		for (unsigned i = 0; i < 4; i++) {
			f[i].p = text + 16 + next_random() % 8;
			f[i].end = f[i].p + next_random() % longest;
			if (next_random() % 8)
				f[i].end += f[i].end == f[i].p;
			all &= read_slowly(f[i].p, f[i].end, &want[i]);
		}
		assert_int_equal(mp_wide_numbers(f, got), all);
		assert_int_equal(mp_word_numbers(f, word), all);
		if (!all)
			continue;
		assert_memory_equal(got, want, sizeof(want));
		assert_memory_equal(word, want, sizeof(want));
		read++;
	}
	assert_true(read > ROUNDS / 10);
}

static void test_plain_text_is_told(void **state)
{
	char text[96];

	(void)state;
	for (unsigned len = 1; len <= 40; len++) {
		for (unsigned at = 0; at < len; at++) {
			for (unsigned c = 0; c < 256; c++) {
				const char *p = text + 16;
				bool want = c > ' ' && c < 0x7f && c != '\\';

				/* What stands beside it does not count. */
				memset(text, '\n', sizeof(text));
				memset(text + 16, 'x', len);
				text[16 + at] = (char)c;
				assert_int_equal(mp_wide_plain(p, len), want);
				assert_int_equal(mp_word_plain(p, len), want);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tabs_and_newlines_are_found),
		cmocka_unit_test(test_numbers_are_read),
		cmocka_unit_test(test_plain_text_is_told),
	};

	return cmocka_run_group_tests_name("wide", tests, NULL, NULL);
}
