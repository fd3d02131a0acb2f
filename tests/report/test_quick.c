/* quick: takes usual lines, and none other than mp_record_parse() does. */

#include "test.h"

#include "report/quick.h"

#include "alike.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 400000

static uint64_t seed = 88172645463325252;

/* Marsaglia's xorshift64. */
static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

#define LINE(page, oops, duration, ends, deltas, heap, host)                   \
	"2026-11-21T01:02:03.123456Z\t" page "\t" oops "\t" duration "\t" ends \
	"\t" deltas "\t" heap "\t25000000\t26000000\t27000000\t4711\t"         \
	"4712\t" host "\n"
#define ENDS	  "1572864000\t314572800\t1572864000\t314576896"
#define DELTAS	  "0\t4096"
#define BYTES_50  "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN"
#define BYTES_255 BYTES_50 BYTES_50 BYTES_50 BYTES_50 BYTES_50 "12345"
#define HEAP	  "61561\t60000\t20520\t3"

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct quick_case {
	const char *name;
	const char *line;
	bool taken;
} quick_cases[] = {
	{ "a usual line",
	  LINE("Root:index", "-", "0.089115", ENDS, DELTAS, HEAP, "web1"),
	  true },
	{ "UTF-8 and percent",
	  LINE("caf\xc3\xa9%20x", "-", "0.089115", ENDS, DELTAS, HEAP, "web1"),
	  true },
	{ "no jemalloc",
	  LINE("P", "-", "0.089115", ENDS, DELTAS, "\\N\t\\N\t\\N\t\\N", "w"),
	  true },
	{ "nothing known",
	  LINE("P", "-", "\\N", "\\N\t\\N\t\\N\t\\N", "\\N\t\\N",
	       "\\N\t\\N\t\\N\t\\N", "w"),
	  true },
	{ "deltas alone",
	  LINE("P", "-", "1.000000", "\\N\t\\N\t\\N\t\\N", "-5\t7", HEAP, "w"),
	  true },
	{ "shrinking",
	  LINE("P", "OOPS-1", "12.000001", "2\t20000000000\t1\t10000000000",
	       "-1\t-10000000000", HEAP, "w"),
	  true },
	{ "sixteen digits",
	  LINE("P", "-", "0.000000", ENDS, DELTAS, "9999999999999999\t1\t2\t3",
	       "w"),
	  true },
	{ "seventeen digits",
	  LINE("P", "-", "0.000000", ENDS, DELTAS, "10000000000000000\t1\t2\t3",
	       "w"),
	  false },
	{ "a wrong delta",
	  LINE("P", "-", "0.000000", ENDS, "0\t4097", HEAP, "w"), false },
	{ "minus zero", LINE("P", "-", "0.000000", ENDS, "-0\t4096", HEAP, "w"),
	  false },
	{ "minus unknown",
	  LINE("P", "-", "0.000000", ENDS, "-\\N\t4096", HEAP, "w"), false },
	{ "an empty number",
	  LINE("P", "-", "0.000000", ENDS, DELTAS, "\t1\t2\t3", "w"), false },
	{ "an empty page", LINE("", "-", "0.000000", ENDS, DELTAS, HEAP, "w"),
	  false },
	{ "an empty host", LINE("P", "-", "0.000000", ENDS, DELTAS, HEAP, ""),
	  false },
	{ "a backslash", LINE("P\\", "-", "0.000000", ENDS, DELTAS, HEAP, "w"),
	  false },
	{ "ids as long as may be",
	  LINE(BYTES_255, BYTES_255, "0.000000", ENDS, DELTAS, HEAP, BYTES_255),
	  true },
	{ "a page of 256 bytes",
	  LINE(BYTES_255 "6", "-", "0.000000", ENDS, DELTAS, HEAP, "w"),
	  false },
	{ "a host of 256 bytes",
	  LINE("P", "-", "0.000000", ENDS, DELTAS, HEAP, BYTES_255 "6"),
	  false },
	{ "a backslash far behind",
	  LINE("P" BYTES_50 "\\", "-", "0.000000", ENDS, DELTAS, HEAP, "w"),
	  false },
	{ "a duration not known, and more",
	  LINE("P", "-", "\\N.000000", ENDS, DELTAS, HEAP, "w"), false },
	{ "a newline for a tab",
	  LINE("P\nQ", "-", "0.000000", ENDS, DELTAS, HEAP, "w"), false },
	{ "a column more",
	  LINE("P\tP", "-", "0.000000", ENDS, DELTAS, HEAP, "w"), false },
	{ "five decimals", LINE("P", "-", "0.00000", ENDS, DELTAS, HEAP, "w"),
	  false },
};

/* In a block of just that size. */
static char *copy(const char *line, size_t len)
{
	char *p = malloc(len + MP_QUICK_BEHIND);

	assert_non_null(p);
	memcpy(p, line, len);
	memset(p + len, '\t', MP_QUICK_BEHIND);
	return p;
}

/* By what this processor has, which must be what any has. */
static size_t parse(const struct mp_quick *q, const char *text, const char *end,
		    struct mp_record *ret)
{
	struct mp_record other = { 0 };
	size_t n = mp_quick_parse(q, text, end, ret);

	assert_int_equal(mp_quick_parse_base(q, text, end, &other), n);
	if (n)
		assert_true(alike(*ret, other));
	return n;
}

static void learn(struct mp_quick *q)
{
	static const char line[] =
		LINE("P", "-", "0.1", ENDS, DELTAS, HEAP, "w");
	struct mp_record r = {
		.timestamp_us = 1795222923123456,
	};

	*q = (struct mp_quick){ 0 };
	mp_quick_learn(q, line, &r);
}

static void test_what_is_taken(void **state)
{
	const struct quick_case *c = *state;
	size_t len = strlen(c->line), taken;
	char *line = copy(c->line, len);
	struct mp_record r = { 0 }, strict = { 0 };
	struct mp_quick q;
	int form;

	learn(&q);
	form = mp_record_parse(line, len, &strict, NULL);
	taken = parse(&q, line, line + len, &r);
	assert_int_equal(taken, c->taken ? len : 0);
	if (c->taken) {
		assert_int_equal(form, MP_RECORD_FORMAT_1);
		assert_true(alike(r, strict));
	}
	/* Without its newline it may go on. */
	assert_int_equal(parse(&q, line, line + len - 1, &r), 0);
	free(line);
}

static void test_another_minute_is_not_guessed(void **state)
{
	const char *text = quick_cases[0].line;
	size_t len = strlen(text);
	char *line = copy(text, len);
	struct mp_quick q = { 0 };
	struct mp_record r = { 0 }, early;

	(void)state;
	assert_int_equal(parse(&q, line, line + len, &r), 0);
	memset(line, 0, sizeof(q.minute));
	assert_int_equal(parse(&q, line, line + len, &r), 0);
	memcpy(line, text, sizeof(q.minute));
	assert_int_equal(mp_record_parse(line, len, &r, NULL), 0);
	mp_quick_learn(&q, line, &r);
	assert_int_equal(parse(&q, line, line + len, &r), len);
	line[15] = '3';
	assert_int_equal(parse(&q, line, line + len, &r), 0);

	/* Before 1970 a minute begins below, too. */
	memcpy(line, "1969", 4);
	assert_int_equal(mp_record_parse(line, len, &early, NULL), 0);
	mp_quick_learn(&q, line, &early);
	assert_int_equal(parse(&q, line, line + len, &r), len);
	assert_int_equal(r.timestamp_us, early.timestamp_us);
	free(line);
}

static void mutate(char *line, size_t len)
{
	static const char bytes[] = "\t\n 0129-.:\\N%Z\x7f\x80\xc3";

	for (uint64_t n = next_random() % 3; n > 0; n--)
		line[next_random() % len] =
			next_random() % 4 ? bytes[next_random() % sizeof(bytes)]
					  : (char)next_random();
}

static void test_what_it_takes_is_read_alike(void **state)
{
	unsigned taken = 0, refused = 0;
	struct mp_quick q;

	(void)state;
	learn(&q);
	for (unsigned round = 0; round < ROUNDS; round++) {
		const char *text =
			quick_cases[next_random() % ARRAY_SIZE(quick_cases)]
				.line;
		struct mp_record r = { 0 }, strict = { 0 };
		size_t len = strlen(text), n;
		char *line = copy(text, len);

		mutate(line, len);
		n = parse(&q, line, line + len, &r);
		if (n) {
			const char *newline = memchr(line, '\n', len);

			assert_non_null(newline);
			assert_int_equal(n, newline - line + 1);
			assert_int_equal(
				mp_record_parse(line, n, &strict, NULL),
				MP_RECORD_FORMAT_1);
			assert_true(alike(r, strict));
			taken++;
		} else if (mp_record_parse(line, len, &strict, NULL) == 0) {
			refused++;
		}
		free(line);
	}
	/* It is worth having. */
	assert_true(taken > ROUNDS / 10);
	assert_true(refused < taken);
}

#define PLAIN_TESTS 2

int main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ARRAY_SIZE(quick_cases)] = {
		cmocka_unit_test(test_another_minute_is_not_guessed),
		cmocka_unit_test(test_what_it_takes_is_read_alike),
	};

	for (size_t i = 0; i < ARRAY_SIZE(quick_cases); i++)
		tests[PLAIN_TESTS + i] = (struct CMUnitTest){
			.name = quick_cases[i].name,
			.test_func = test_what_is_taken,
			.initial_state = &quick_cases[i],
		};
	return cmocka_run_group_tests_name("quick", tests, NULL, NULL);
}
