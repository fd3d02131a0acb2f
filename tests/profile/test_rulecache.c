/* rulecache: what was put is got, and nothing else: not what was torn, nor what
   was put before it was forgotten. */

#include "test.h"

#include "profile/rulecache.h"
#include "profile/unwind.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define PC UINT64_C(0x7f1234567890)

static const struct mp_rule rule = { -70000, -24, MP_RULE_FP };

static bool has(uint64_t epoch, uint64_t pc)
{
	struct mp_rule got;

	return mp_rulecache_get(epoch, pc, &got);
}

/* Another PC at the same place. */
static uint64_t neighbour_of(uint64_t pc)
{
	uint64_t other = pc + 1;

	while (mp_rulecache_at(other) != mp_rulecache_at(pc))
		other++;
	return other;
}

static int set_up(void **state)
{
	(void)state;
	memset(mp_rulecache, 0, sizeof(mp_rulecache));
	return 0;
}

static void test_what_was_put_is_got(void **state)
{
	uint64_t epoch = mp_rulecache_epoch();
	struct mp_rule got = { 0, 0, 0 };

	(void)state;
	assert_false(has(epoch, PC));
	mp_rulecache_put(epoch, PC, rule);
	assert_true(mp_rulecache_get(epoch, PC, &got));
	assert_int_equal(got.cfa, rule.cfa);
	assert_int_equal(got.saved_fp, rule.saved_fp);
	assert_int_equal(got.kind, rule.kind);
	assert_false(has(epoch, PC + 1));
	assert_false(has(epoch, neighbour_of(PC)));
}

/* Whose key would be that of an empty entry. */
static void test_nothing_is_no_rule(void **state)
{
	uint64_t epoch = mp_rulecache_epoch();

	(void)state;
	assert_false(has(epoch, 0));
	assert_false(has(epoch, epoch));
}

static void test_an_entry_of_two_writers_is_none(void **state)
{
	uint64_t epoch = mp_rulecache_epoch(), other = neighbour_of(PC);
	struct mp_rulecache_entry *e = mp_rulecache_at(PC);
	struct mp_rule another = { 16, 0, MP_RULE_SP };
	uint64_t key;

	(void)state;
	mp_rulecache_put(epoch, PC, rule);
	key = e->key;
	mp_rulecache_put(epoch, other, another);
	e->key = key;
	assert_false(has(epoch, PC));
	assert_false(has(epoch, other));
}

static void test_what_is_forgotten_is_not_got(void **state)
{
	uint64_t before = mp_rulecache_epoch(), after;

	(void)state;
	mp_rulecache_put(before, PC, rule);
	mp_rulecache_forget();
	after = mp_rulecache_epoch();
	assert_true(before != after);
	/* Of no address of code, whichever bits the epochs differ in. */
	assert_int_equal((before ^ after) << 16, 0);
	assert_false(has(after, PC));
	/* Who began to walk before that goes on as it was. */
	assert_true(has(before, PC));
	mp_rulecache_put(before, PC + 1, rule);
	assert_false(has(after, PC + 1));
}

static void test_it_is_not_got_when_epochs_come_again(void **state)
{
	uint64_t epoch = mp_rulecache_epoch();
	unsigned epochs = 0;

	(void)state;
	mp_rulecache_put(epoch, PC, rule);
	do {
		mp_rulecache_forget();
		epochs++;
	} while (mp_rulecache_epoch() != epoch);
	assert_int_equal(epochs, 65536);
	assert_false(has(epoch, PC));
}

static void test_it_is_forgotten_when_modules_come_or_go(void **state)
{
	uint64_t before, loaded, gone;
	void *library;

	(void)state;
	mp_unwind_refresh();
	before = mp_rulecache_epoch();
	mp_unwind_refresh();
	assert_true(mp_rulecache_epoch() == before);
	library = dlopen("libanl.so.1", RTLD_NOW);
	if (!library) {
		printf("skipped: no library to load\n");
		skip();
	}
	mp_unwind_refresh();
	loaded = mp_rulecache_epoch();
	assert_true(loaded != before);
	dlclose(library);
	mp_unwind_refresh();
	gone = mp_rulecache_epoch();
	assert_true(gone != loaded);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_what_was_put_is_got, set_up),
		cmocka_unit_test_setup(test_nothing_is_no_rule, set_up),
		cmocka_unit_test_setup(test_an_entry_of_two_writers_is_none,
				       set_up),
		cmocka_unit_test_setup(test_what_is_forgotten_is_not_got,
				       set_up),
		cmocka_unit_test_setup(
			test_it_is_not_got_when_epochs_come_again, set_up),
		cmocka_unit_test_setup(
			test_it_is_forgotten_when_modules_come_or_go, set_up),
	};

	return cmocka_run_group_tests_name("rulecache", tests, NULL, NULL);
}
