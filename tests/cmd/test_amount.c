/* amount: what people may type for bytes, counts, percentages, rates and
   seconds, and what that is. */

#include "test.h"

#include "cmd/amount.h"

#include <errno.h>

#define COUNT_MOST   1000
#define SECONDS_MOST 3600

enum kind { BYTES, COUNT, PERCENT, RATE, SECONDS };

/* As mp_amount_bytes() and the rest, in one type. */
static int read_amount(enum kind kind, const char *text, double *ret)
{
	uint64_t whole = 0;
	int err = 0;

	switch (kind) {
	case BYTES:
		err = mp_amount_bytes(text, &whole);
		break;
	case COUNT:
		err = mp_amount_count(text, COUNT_MOST, &whole);
		break;
	case PERCENT:
		return mp_amount_percent(text, ret);
	case RATE:
		return mp_amount_rate(text, ret);
	case SECONDS:
		return mp_amount_seconds(text, SECONDS_MOST, ret);
	}
	if (!err)
		*ret = (double)whole;
	return err;
}

static struct amount_case {
	enum kind kind;
	const char *text;
	double want;
} amount_cases[] = {
	{ BYTES, "0", 0 },
	{ BYTES, "4096", 4096 },
	{ BYTES, "64K", 65536 },
	{ BYTES, "64KiB", 65536 },
	{ BYTES, "1.5M", 1572864 },
	{ BYTES, "2G", 0x1p31 },
	{ BYTES, "1T", 0x1p40 },
	{ COUNT, "007", 7 },
	{ COUNT, "1000", COUNT_MOST },
	{ PERCENT, "10%", 10 },
	{ PERCENT, "0.5%", 0.5 },
	{ RATE, "100/s", 100 },
	{ RATE, "1K/s", 1024 },
	{ RATE, "60M/min", 1 << 20 },
	{ RATE, "1MiB/min", 1048576 / 60.0 },
	{ RATE, "3600/h", 1 },
	{ SECONDS, "60", 60 },
	{ SECONDS, "0.25", 0.25 },
	{ SECONDS, "3600", SECONDS_MOST },
};

static void test_amount(void **state)
{
	const struct amount_case *c = *state;
	double v = -1;

	assert_int_equal(read_amount(c->kind, c->text, &v), 0);
	assert_true(v == c->want);
}

static void test_no_amount(void **state)
{
	static const struct {
		enum kind kind;
		const char *text;
	} none[] = {
		{ BYTES, "" },	       { BYTES, "K" },
		{ BYTES, "-1" },       { BYTES, " 1" },
		{ BYTES, "1 K" },      { BYTES, "1k" },
		{ BYTES, "1KB" },      { BYTES, "1KiBs" },
		{ BYTES, "0x10" },     { BYTES, "1e3" },
		{ BYTES, "inf" },      { BYTES, "1.5" },
		{ BYTES, ".5K" },      { BYTES, "8388608T" },
		{ COUNT, "" },	       { COUNT, "1001" },
		{ COUNT, "+1" },       { COUNT, "1K" },
		{ COUNT, "1.0" },      { COUNT, "99999999999999999999" },
		{ PERCENT, "10" },     { PERCENT, "%" },
		{ PERCENT, "10%%" },   { PERCENT, "-5%" },
		{ RATE, "10M" },       { RATE, "10M/" },
		{ RATE, "/s" },	       { RATE, "10M/day" },
		{ RATE, "10M/s/s" },   { RATE, "x/min" },
		{ SECONDS, "" },       { SECONDS, "1s" },
		{ SECONDS, "3600.5" }, { SECONDS, "-1" },
	};
	double v = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		if (read_amount(none[i].kind, none[i].text, &v) != -EINVAL)
			fail_msg("`%s` is an amount", none[i].text);
		assert_true(v == 42);
	}
}

int main(void)
{
	struct CMUnitTest tests[1 + ARRAY_SIZE(amount_cases)] = {
		cmocka_unit_test(test_no_amount),
	};

	for (size_t i = 0; i < ARRAY_SIZE(amount_cases); i++)
		tests[1 + i] = (struct CMUnitTest){
			.name = amount_cases[i].text,
			.test_func = test_amount,
			.initial_state = &amount_cases[i],
		};
	return cmocka_run_group_tests_name("amount", tests, NULL, NULL);
}
