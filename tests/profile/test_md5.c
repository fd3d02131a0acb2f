/* md5: the digests that RFC 1321 lists, however the text is cut in pieces. */

#include "test.h"

#include "profile/md5.h"

#include <string.h>

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct digest_case {
	const char *text;
	const char *want;
} digest_cases[] = {
	{ "", "d41d8cd98f00b204e9800998ecf8427e" },
	{ "a", "0cc175b9c0f1b6a831c399e269772661" },
	{ "abc", "900150983cd24fb0d6963f7d28e17f72" },
	{ "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
	{ "abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b" },
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
	  "d174ab98d277d9f5a5611c2c9f419d9f" },
	{ "1234567890123456789012345678901234567890"
	  "1234567890123456789012345678901234567890",
	  "57edf4a22be3c955ac49da2e2107b67a" },
};

static void assert_digest(const char *text, size_t first, const char *want)
{
	char hex[MP_MD5_HEX];
	struct mp_md5 md5;

	mp_md5_init(&md5);
	mp_md5_add(&md5, text, first);
	mp_md5_add(&md5, text + first, strlen(text) - first);
	mp_md5_finish(&md5, hex);
	assert_memory_equal(hex, want, MP_MD5_HEX);
}

static void test_digest(void **state)
{
	const struct digest_case *c = *state;

	for (size_t first = 0; first <= strlen(c->text); first++)
		assert_digest(c->text, first, c->want);
}

/* Around the ends of blocks, where the padding begins a new one or not: by
   md5sum(1) of as many `x`. */
static void test_lengths_around_a_block(void **state)
{
	static const struct {
		size_t len;
		const char *want;
	} cases[] = {
		{ 55, "04364420e25c512fd958a70738aa8f72" },
		{ 56, "668a72d5ba17f08e62dabcafad6db14b" },
		{ 57, "693037871c4a9d3d8685018905cb530a" },
		{ 63, "7dc2ca208106a2f703567bdff99d8981" },
		{ 64, "c1bb4f81d892b2d57947682aeb252456" },
		{ 65, "1bc932052302d074bdec39795fe00cf6" },
		{ 119, "ab347a5f68c8a443cfcddc633f12c24f" },
		{ 120, "fb98667f98096de92620b64f46e1c5b5" },
		{ 128, "d69cb61a6ee87200676eb0d4b90edbcb" },
	};
	char text[130];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(text, 'x', cases[i].len);
		text[cases[i].len] = '\0';
		assert_digest(text, cases[i].len / 3, cases[i].want);
	}
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(digest_cases) + 1] = {
		cmocka_unit_test(test_lengths_around_a_block),
	};

	for (size_t i = 0; i < ARRAY_SIZE(digest_cases); i++)
		tests[i + 1] = (struct CMUnitTest){
			.name = digest_cases[i].text,
			.test_func = test_digest,
			.initial_state = &digest_cases[i],
		};
	return cmocka_run_group_tests_name("md5", tests, NULL, NULL);
}
