/* caption: whose a profile is, how much it has, and names as text. */

#include "view/drawn.h"

#include "view/caption.h"

static int put_subject(FILE *out, const struct mp_calls *c)
{
	mp_caption_put_subject(out, c);
	return 0;
}

static int put_sum(FILE *out, const struct mp_calls *c)
{
	mp_caption_put_sum(out, c);
	return 0;
}

static void assert_put(write_function *put, const struct mp_calls *c,
		       const char *want)
{
	char *text = drawn(put, c);

	assert_string_equal(text, want);
	free(text);
}

static void test_the_subject_is_a_page_or_how_many(void **state)
{
	struct mp_calls c;

	(void)state;
	mp_calls_init(&c);
	mp_calls_page(&c, &(struct mp_view_page){ "<i>", 1, 1, 1 });
	c.head.requests = 1;
	assert_put(put_subject, &c, "&lt;i&gt;");
	c.head.requests = 3;
	assert_put(put_subject, &c, "&lt;i&gt;, 3 requests");
	mp_calls_page(&c, &(struct mp_view_page){ "other", 1, 1, 1 });
	assert_put(put_subject, &c, "2 pages, 3 requests");
	mp_calls_release(&c);
}

static void test_the_sum_says_which_time(void **state)
{
	struct mp_calls c;

	(void)state;
	chart_init(&c);
	chart_add(&c, MP_KIND_CPU, "main", 1, 1500000);
	assert_put(put_sum, &c, "1.50 ms of CPU time, 1 sample");
	c.head.wall = true;
	chart_add(&c, MP_KIND_CPU, "main", 1, 500000);
	assert_put(put_sum, &c, "2.00 ms of wall time, 2 samples");
	mp_calls_release(&c);
}

/* Where lines are told apart, the name has it. */
static int put_last(FILE *out, const struct mp_calls *c)
{
	struct mp_tree t;

	assert_int_equal(mp_tree_build(c, &t), 0);
	mp_caption_put(out, c, &t.nodes[t.count - 1]);
	mp_tree_release(&t);
	return 0;
}

static void test_a_line_is_told(void **state)
{
	struct mp_function f = { .name = "a<b>", .object = "x&y" };
	struct mp_place place = { 0, 42, 0, false };
	struct mp_calls c;
	uint32_t at;

	(void)state;
	mp_calls_init(&c);
	place.function = mp_calls_function(&c, &f);
	at = mp_calls_place(&c, &place);
	mp_calls_stack(&c, &(struct mp_stack){ .places = &at,
					       .depth = 1,
					       .samples = 1,
					       .value = 7 });
	assert_put(put_last, &c,
		   "a&lt;b&gt;:42: 7 ns (100.00 %), 1 sample, x&amp;y");
	mp_calls_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_subject_is_a_page_or_how_many),
		cmocka_unit_test(test_the_sum_says_which_time),
		cmocka_unit_test(test_a_line_is_told),
	};

	return cmocka_run_group_tests_name("caption", tests, NULL, NULL);
}
