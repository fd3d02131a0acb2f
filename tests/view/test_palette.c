/* palette: an object has one hue, the program its own, and what is not known
   has none. */

#include "view/drawn.h"

#include "view/palette.h"

static uint32_t add(struct mp_calls *c, const char *name, const char *object)
{
	return mp_calls_function(
		c, &(struct mp_function){ .name = name, .object = object });
}

static void test_an_object_has_one_hue(void **state)
{
	struct mp_calls c;
	char hue;

	(void)state;
	mp_calls_init(&c);
	c.head.exe = "/srv/app";
	hue = mp_palette_hue(&c, add(&c, "malloc", "/lib/libc.so.6"));
	assert_true(hue >= '1' && hue <= '6');
	/* Wherever it is installed. */
	assert_int_equal(hue, mp_palette_hue(&c, add(&c, "f", "/x/libc.so.6")));
	/* Where only objects are told apart. */
	assert_int_equal(hue, mp_palette_hue(&c, add(&c, "/x/libc.so.6", "")));
	assert_int_equal(mp_palette_hue(&c, add(&c, "main", "/srv/app")), '0');
	mp_calls_release(&c);
}

static void test_what_is_not_known_has_no_hue(void **state)
{
	struct mp_calls c;

	(void)state;
	mp_calls_init(&c);
	assert_int_equal(mp_palette_hue(&c, add(&c, MP_CALLS_UNKNOWN, "")),
			 MP_PALETTE_UNKNOWN);
	assert_int_equal(mp_palette_hue(&c, add(&c, MP_CALLS_UNSAMPLED, "")),
			 MP_PALETTE_UNKNOWN);
	assert_int_equal(mp_palette_hue(&c, add(&c, MP_CALLS_QUEUED, "")),
			 MP_PALETTE_UNKNOWN);
	mp_calls_release(&c);
}

/* Two runs of the command, and two versions of it, colour alike. */
static void test_a_name_keeps_its_shade(void **state)
{
	static const struct {
		const char *name;
		char shade;
	} shades[] = { { "main", '0' }, { "malloc", '1' }, { "read", '2' } };
	struct mp_calls c;

	(void)state;
	mp_calls_init(&c);
	for (size_t i = 0; i < ARRAY_SIZE(shades); i++)
		assert_int_equal(
			mp_palette_shade(&c, add(&c, shades[i].name, "x")),
			shades[i].shade);
	mp_calls_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_object_has_one_hue),
		cmocka_unit_test(test_what_is_not_known_has_no_hue),
		cmocka_unit_test(test_a_name_keeps_its_shade),
	};

	return cmocka_run_group_tests_name("palette", tests, NULL, NULL);
}
