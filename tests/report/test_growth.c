/* growth: one request as a line, and what of it is coloured. */

#include "test.h"

#include "lines.h"

#include "report/growth.h"

#include <stdlib.h>

#define RED    "\033[1;31m"
#define YELLOW "\033[33m"
#define PLAIN  "\033[0m"

/* What is printed of a few records; to be freed. */
static char *print(struct mp_growth_style *style, const struct mp_record *r,
		   size_t count)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	for (size_t i = 0; i < count; i++)
		mp_growth_print(style, &r[i], out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_line(bool colour, const struct mp_record *r,
			const char *want)
{
	struct mp_growth_style style = { .colour = colour, .day = 0 };
	char *text = print(&style, r, 1);

	assert_string_equal(text, want);
	free(text);
}

static void test_kept_is_known_where_both_sides_are(void **state)
{
	struct mp_record r = lines_record("page");

	(void)state;
	r.allocated = 5;
	assert_true(mp_growth_kept(&r) == MP_UNKNOWN);
	r.freed = 7;
	assert_int_equal(mp_growth_kept(&r), -2);
	r.allocated = MP_UNKNOWN;
	assert_true(mp_growth_kept(&r) == MP_UNKNOWN);
}

static void test_a_line_tells_all_that_is_known(void **state)
{
	struct mp_record r = lines_record("Root:page");

	(void)state;
	assert_line(false, &r,
		    "00:00:01.000           \\N           \\N          \\N"
		    "        \\N      \\N  Root:page\n");
	r.timestamp_us = INT64_C(45296789999);
	r.allocated = 3000;
	r.freed = 952;
	r.rss_delta = -4096;
	r.peak = 2560;
	r.duration_us = 1250;
	r.overlap = 3;
	r.oops_id = lines_text("OOPS-1");
	assert_line(false, &r,
		    "12:34:56.789    +2.00 KiB    -4.00 KiB    2.50 KiB"
		    "   1.25 ms       3  Root:page OOPS-1\n");
}

static struct colour_case {
	const char *name;
	int64_t kept, rss;
	const char *want; /* of both */
} colour_cases[] = {
	{ "nothing known", MP_UNKNOWN, MP_UNKNOWN,
	  "           \\N           \\N  " },
	{ "no growth", 0, 0, "          0 B          0 B  " },
	{ "less of both", -2097152, -2097152, "    -2.00 MiB    -2.00 MiB  " },
	{ "the heap grew", 1, 0,
	  "  " YELLOW "       +1 B" PLAIN "          0 B  " },
	{ "RSS grew", 0, 4096, "          0 B    +4.00 KiB  " },
	{ "both just not large", 1048575, 1048575,
	  "  " YELLOW "  +1.00 MiB" PLAIN "    +1.00 MiB  " },
	{ "the heap grew large", 1048576, 0,
	  "  " RED "  +1.00 MiB" PLAIN "          0 B  " },
	{ "RSS grew large", 0, 1048576,
	  "          0 B  " RED "  +1.00 MiB" PLAIN "  " },
};

static void test_colour(void **state)
{
	const struct colour_case *c = *state;
	struct mp_growth_style style = { .colour = true };
	struct mp_record r = lines_record("page");
	char *text;

	if (c->kept != MP_UNKNOWN) {
		r.allocated = c->kept + 5000000;
		r.freed = 5000000;
	}
	r.rss_delta = c->rss;
	text = print(&style, &r, 1);
	assert_int_equal(strncmp(text, "00:00:01.000", 12), 0);
	if (strncmp(text + 12, c->want, strlen(c->want)) != 0)
		fail_msg("no `%s`, but: %s", c->want, text);
	free(text);
}

static struct oops_case {
	const char *name;
	const char *id;
	bool colour;
	const char *want;
} oops_cases[] = {
	{ "none", "-", true, "  page\n" },
	{ "one, without colours", "O-1", false, "  page O-1\n" },
	{ "one, coloured", "O-1", true, "  page " RED "O-1" PLAIN "\n" },
	{ "one of a letter", "x", false, "  page x\n" },
	{ "one that begins as none", "-1", false, "  page -1\n" },
};

static void test_oops(void **state)
{
	const struct oops_case *c = *state;
	struct mp_growth_style style = { .colour = c->colour };
	struct mp_record r = lines_record("page");
	char *text;

	r.oops_id = lines_text(c->id);
	text = print(&style, &r, 1);
	assert_string_equal(strstr(text, "  page"), c->want);
	free(text);
}

/* The lines of `text` up to their first blank. */
static void keep_times(char *text)
{
	char *to = text, *next;

	for (char *p = text; *p; p = next) {
		size_t len = strcspn(p, " \n");

		next = strchr(p, '\n') + 1;
		memmove(to, p, len);
		to += len;
		*to++ = ' ';
	}
	*to = '\0';
}

static void test_a_day_is_told_where_it_begins(void **state)
{
	static const int64_t times_us[] = {
		INT64_C(-86400000001), INT64_C(-86400000000), -1, 0,
		INT64_C(86399999999),  INT64_C(86400000000),
	};
	struct mp_growth_style style = { .day = INT64_MIN };
	struct mp_record r[ARRAY_SIZE(times_us)];
	char *text;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(r); i++) {
		r[i] = lines_record("page");
		r[i].timestamp_us = times_us[i];
	}
	text = print(&style, r, ARRAY_SIZE(r));
	keep_times(text);
	assert_string_equal(text, "1969-12-30 23:59:59.999 "
				  "1969-12-31 00:00:00.000 23:59:59.999 "
				  "1970-01-01 00:00:00.000 23:59:59.999 "
				  "1970-01-02 00:00:00.000 ");
	free(text);
}

static void test_titles_stand_above_their_columns(void **state)
{
	static const char want[] = "time                 kept          RSS"
				   "        peak      took  others  page, oops";
	char text[256] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	(void)state;
	assert_non_null(out);
	mp_growth_print_titles(&(struct mp_growth_style){ .day = 0 }, out);
	rewind(out);
	assert_int_equal(strcspn(text, "\n"), strlen(want));
	assert_memory_equal(text, want, strlen(want));
	mp_growth_print_titles(&(struct mp_growth_style){ .colour = true },
			       out);
	fclose(out);
	assert_int_equal(strncmp(text, "\033[1mtime  ", 10), 0);
	assert_non_null(strstr(text, "page, oops" PLAIN "\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept_is_known_where_both_sides_are),
		cmocka_unit_test(test_a_line_tells_all_that_is_known),
		cmocka_unit_test(test_a_day_is_told_where_it_begins),
		cmocka_unit_test(test_titles_stand_above_their_columns),
	};
	struct CMUnitTest
		rows[ARRAY_SIZE(colour_cases) + ARRAY_SIZE(oops_cases)];
	size_t n = 0;
	int failed;

	for (size_t i = 0; i < ARRAY_SIZE(colour_cases); i++)
		rows[n++] = (struct CMUnitTest){
			.name = colour_cases[i].name,
			.test_func = test_colour,
			.initial_state = &colour_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(oops_cases); i++)
		rows[n++] = (struct CMUnitTest){
			.name = oops_cases[i].name,
			.test_func = test_oops,
			.initial_state = &oops_cases[i],
		};
	failed = cmocka_run_group_tests_name("growth", tests, NULL, NULL);
	failed += cmocka_run_group_tests_name("growth's colours and oopses",
					      rows, NULL, NULL);
	return failed;
}
