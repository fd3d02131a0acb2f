/*
 * The test suite of a small shop, whose requests memprof measures: what
 * memprof-diff(1) guards.  With the argument `changed` it is the shop after a
 * change that leaks in one page, and needs more memory in another.
 */

#include "test.h"

#include "memprof.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define REPEAT 6 /* each request, so that noise can be told from change */

static struct memprof *mp;
static bool changed;

/* ---- the shop ---- */

struct item {
	struct item *next;
	char name[32];
};

static struct item *cart;
char *volatile shop_leak; /* lest the compiler see through it */

static void add_item(const char *name)
{
	struct item *item = calloc(1, sizeof(*item));

	assert_non_null(item);
	strcpy(item->name, name);
	item->next = cart;
	cart = item;
	if (changed)
		shop_leak = strdup("added");
}

static void empty_cart(void)
{
	while (cart) {
		struct item *next = cart->next;

		free(cart);
		cart = next;
	}
}

static size_t search(const char *word)
{
	size_t room = changed ? 400000 : 100000;
	char *index = malloc(room);
	size_t found = 0;

	assert_non_null(index);
	memset(index, 'x', room);
	memcpy(index + 500, word, strlen(word));
	for (const char *p = index;
	     (p = memmem(p, room - (size_t)(p - index), word, strlen(word)));
	     p++)
		found++;
	free(index);
	return found;
}

/* ---- its tests ---- */

static void test_what_is_added_is_in_the_cart(void **state)
{
	(void)state;
	for (int i = 0; i < REPEAT; i++) {
		struct memprof_request req = { 0 };

		memprof_begin(mp, &req, "Cart:add");
		add_item("a kettle");
		memprof_end(&req, NULL);
		assert_string_equal(cart->name, "a kettle");

		memprof_begin(mp, &req, "Cart:empty");
		empty_cart();
		memprof_end(&req, NULL);
		assert_null(cart);
	}
}

static void test_search_finds_the_word(void **state)
{
	(void)state;
	for (int i = 0; i < REPEAT; i++) {
		struct memprof_request req = { 0 };
		size_t found;

		memprof_begin(mp, &req, "Search:query");
		found = search("kettle");
		memprof_end(&req, NULL);
		assert_int_equal(found, 1);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_added_is_in_the_cart),
		cmocka_unit_test(test_search_finds_the_word),
	};
	int failed;

	changed = argc > 1 && !strcmp(argv[1], "changed");
	if (memprof_open(NULL, &mp))
		return 1;
	failed = cmocka_run_group_tests_name("shop", tests, NULL, NULL);
	return memprof_close(mp) || failed;
}
