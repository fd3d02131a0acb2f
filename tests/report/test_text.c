/* text: ids that are much alike do not meet in a table. */

#include "test.h"

#include "report/text.h"

#include <stdio.h>

#define IDS   1000
#define SLOTS 2048 /* a table of so many has twice the room */

static struct hash_case {
	const char *name;
	const char *before, *behind; /* the number of an id */
	int width;		     /* of the number */
} hash_cases[] = {
	{ "a number at the end", "Collection5:+page-", "", 1 },
	{ "at the end of a long one", "Product:+index/translations/", "", 1 },
	{ "of fixed width", "/user/00", "", 4 },
	{ "in the middle", "/user/", "/index", 1 },
	{ "short", "", "", 1 },
};

/* By chance 790 of 2,048 slots have an id: 1000 ids, and some meet. */
static void test_ids_spread(void **state)
{
	const struct hash_case *c = *state;
	bool low[SLOTS] = { false }, high[SLOTS] = { false };
	unsigned lows = 0, highs = 0;

	for (unsigned i = 0; i < IDS; i++) {
		char id[64];
		int len = snprintf(id, sizeof(id), "%s%0*u%s", c->before,
				   c->width, i, c->behind);
		uint64_t hash =
			mp_text_hash((struct mp_text){ id, (size_t)len });

		lows += !low[hash % SLOTS];
		low[hash % SLOTS] = true;
		highs += !high[hash >> 53];
		high[hash >> 53] = true;
	}
	assert_in_range(lows, 700, IDS);
	assert_in_range(highs, 700, IDS);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(hash_cases)];

	for (size_t i = 0; i < ARRAY_SIZE(hash_cases); i++)
		tests[i] = (struct CMUnitTest){
			.name = hash_cases[i].name,
			.test_func = test_ids_spread,
			.initial_state = &hash_cases[i],
		};
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
