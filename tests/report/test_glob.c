/* glob: quick where it can be, and never other than fnmatch(3). */

#include "test.h"

#include "lines.h"
#include "report/glob.h"

#include <fnmatch.h>
#include <stdlib.h>

static struct glob_case {
	const char *pattern, *id;
	bool want;
} cases[] = {
	{ "Root:*", "Root:index.html", true },
	{ "Root:*", "Root:", true },
	{ "Root:*", "Root", false },
	{ "Root:*", "xRoot:a", false },
	{ "Root:a", "Root:a", true },
	{ "Root:a", "Root:ab", false },
	{ "Root:a", "Root:", false },
	{ "*", "anything/at/all", true },
	{ "/user/*", "/user/7/edit", true },
	{ "/user/*", "/user", false },
	{ "/user/*/edit", "/user/7/edit", true },
	{ "/user/*/edit", "/user/7/8/edit", true },
	{ "/user/*/edit", "/user/7/view", false },
	{ "*.html", "/.hidden.html", true },
	{ "/?", "/a", true },
	{ "/?", "//", true },
	{ "/?", "/", false },
	{ "[A-Z]*", "Root", true },
	{ "[A-Z]*", "root", false },
	{ "[!a]*", "a", false },
	{ "/a[[]1]", "/a[1]", true },
	{ "/a[*]", "/a*", true },
	{ "/a[*]", "/ab", false },
	{ "/a\\*", "/a*", true },
	{ "/a\\*", "/ab", false },
	{ "/**", "/a", true },
	{ "/*?", "/", false },
	{ "(outside)", "(outside)", true },
	{ "", "a", false },
};

/* The id ends where its bytes do, whatever follows. */
static void test_glob(void **state)
{
	const struct glob_case *c = *state;
	size_t len = strlen(c->id), more = strlen(c->pattern);
	char *copy = malloc(len + more);
	struct mp_glob g;

	assert_non_null(copy);
	memcpy(copy, c->id, len);
	/* Whatever is missing of the pattern. */
	memcpy(copy + len, c->pattern + (len < more ? len : 0),
	       len < more ? more - len : more);
	mp_glob_init(&g, c->pattern);
	assert_int_equal(mp_glob_matches(&g, (struct mp_text){ copy, len }),
			 c->want);
	assert_int_equal(!fnmatch(c->pattern, c->id, 0), c->want);
	free(copy);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(cases)];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest){
			.name = cases[i].pattern,
			.test_func = test_glob,
			.initial_state = &cases[i],
		};
	return cmocka_run_group_tests_name("glob", tests, NULL, NULL);
}
