/* door: a profile for who may have one, as often as may be. */

#include "profiled.h"

#define KEY "sesame-123"

/* Requests are profiled where they ask for it, as many as a minute may have. */
#define KEYS                        \
	"profiling_allowed: true\n" \
	"profile_dir: .\n"          \
	"profile_key: " KEY "\n"
#define DOOR KEYS "profile_max_per_minute: 60\n"

#define ASKS "/++profile++show/a"

static struct memprof_trigger ask(struct memprof *mp, const char *path,
				  const char *query, const char *key,
				  uint32_t flags)
{
	struct memprof_trigger t = { .size = sizeof(t) };

	assert_int_equal(memprof_trigger(mp, path, query, key, flags, &t), 0);
	return t;
}

static void assert_nothing(const struct memprof_trigger *t)
{
	assert_int_equal(t->actions, 0);
	assert_int_equal(t->cut_len, 0);
	assert_int_equal(t->interval_ns, 0);
	assert_string_equal(t->unknown, "");
	assert_string_equal(t->url, "");
}

/* ---- who may ---- */

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct who_case {
	const char *name;
	const char *keys; /* of the configuration */
	const char *key;
	uint32_t flags;
	bool granted;
	bool counted; /* as refused */
} who_cases[] = {
	{ "with the key", DOOR, KEY, 0, true, false },
	{ "authorised by the host", DOOR, NULL, MEMPROF_AUTHORISED, true,
	  false },
	{ "authorised by the host, with a wrong key", DOOR, "x",
	  MEMPROF_AUTHORISED, true, false },
	{ "without the key", DOOR, NULL, 0, false, true },
	{ "with an empty key", DOOR, "", 0, false, true },
	{ "with another key", DOOR, "sesame-124", 0, false, true },
	{ "with the beginning of the key", DOOR, "sesame-12", 0, false, true },
	{ "with the key and more", DOOR, KEY "4", 0, false, true },
	{ "with the key twice", DOOR, KEY KEY, 0, false, true },
	{ "with other flags", DOOR, NULL, ~(uint32_t)MEMPROF_AUTHORISED, false,
	  true },
	{ "without any key that opens",
	  "profiling_allowed: true\nprofile_dir: .\n", "", 0, false, true },
	{ "authorised, where no key opens",
	  "profiling_allowed: true\nprofile_dir: .\n"
	  "profile_max_per_minute: 60\n",
	  NULL, MEMPROF_AUTHORISED, true, false },
	{ "where profiling is not said to be allowed",
	  "profile_dir: .\nprofile_key: " KEY "\n", KEY, MEMPROF_AUTHORISED,
	  false, false },
	{ "where profiling is not allowed",
	  "profiling_allowed: false\nprofile_dir: .\nprofile_key: " KEY "\n",
	  KEY, MEMPROF_AUTHORISED, false, false },
	{ "where there is no folder",
	  "profiling_allowed: true\nprofile_key: " KEY "\n", KEY,
	  MEMPROF_AUTHORISED, false, false },
};

static void test_who_may(void **state)
{
	const struct who_case *c = *state;
	struct memprof *mp = serve(c->keys);
	struct memprof_trigger t = ask(mp, ASKS, NULL, c->key, c->flags);

	if (c->granted) {
		assert_int_equal(t.actions, MEMPROF_ACTION_SHOW);
		assert_int_equal(t.cut_at, 0);
		assert_int_equal(t.cut_len, strlen("/++profile++show"));
		assert_string_equal(t.url, ASKS);
		assert_null(t.refused);
	} else {
		assert_nothing(&t);
		assert_int_equal(t.refused != NULL, c->counted);
	}
	assert_int_equal(stats_of(mp).profiles_refused, c->counted);
	assert_int_equal(memprof_close(mp), 0);
}

static void test_without_a_session_there_is_nothing(void **state)
{
	struct memprof *mp = serve(DOOR);
	struct memprof_trigger t;

	(void)state;
	t = ask(NULL, ASKS, "profile", KEY, MEMPROF_AUTHORISED);
	assert_nothing(&t);
	assert_int_equal(memprof_close(mp), 0);
	t = ask(mp, ASKS, "profile", KEY, MEMPROF_AUTHORISED);
	assert_nothing(&t);
}

static void test_who_does_not_ask_is_not_counted(void **state)
{
	struct memprof *mp = serve(DOOR);
	struct memprof_trigger t = ask(mp, "/a", "b=c", "wrong", 0);

	(void)state;
	assert_nothing(&t);
	assert_null(t.refused);
	t = ask(mp, NULL, NULL, KEY, 0);
	assert_nothing(&t);
	assert_int_equal(stats_of(mp).profiles_refused, 0);
	assert_int_equal(memprof_close(mp), 0);
}

static void test_size_is_checked(void **state)
{
	struct memprof_trigger t = { .size = sizeof(t) - 1 };

	(void)state;
	assert_int_equal(memprof_trigger(NULL, "/", NULL, NULL, 0, &t),
			 -EINVAL);
}

static void test_long_path_is_cut_in_the_report(void **state)
{
	struct memprof *mp = serve(DOOR);
	struct memprof_trigger t;
	char path[2000];

	(void)state;
	memset(path, 'x', sizeof(path));
	memcpy(path, "/++profile++show/", 17);
	path[sizeof(path) - 1] = '\0';
	t = ask(mp, path, NULL, KEY, 0);
	assert_int_equal(strlen(t.url), sizeof(t.url) - 1);
	assert_int_equal(memprof_close(mp), 0);
}

/* ---- what ---- */

static void test_help_is_no_profile(void **state)
{
	struct memprof *mp = serve(KEYS "profile_max_per_minute: 0\n");
	struct memprof_trigger t =
		ask(mp, "/++profile++show&help&x/", "interval=9", KEY, 0);

	(void)state;
	assert_int_equal(t.actions, MEMPROF_ACTION_HELP);
	assert_null(t.refused);
	assert_string_equal(t.unknown, "x");
	assert_int_equal(memprof_close(mp), 0);
}

static void test_interval_out_of_bounds_is_refused(void **state)
{
	struct memprof *mp = serve(DOOR);
	struct memprof_trigger t =
		ask(mp, "/++profile++show/a", "interval=2", KEY, 0);

	(void)state;
	assert_int_equal(t.actions, 0);
	assert_non_null(strstr(t.refused, "0.0001 to 1"));
	/* The page is served as without the segment. */
	assert_int_equal(t.cut_len, strlen("/++profile++show"));
	assert_int_equal(stats_of(mp).profiles_refused, 1);
	assert_int_equal(memprof_close(mp), 0);
}

static void test_needle_of_the_configuration_triggers(void **state)
{
	struct memprof *mp = serve(DOOR "profile_trigger: XPROF\n");
	struct memprof_trigger t = ask(mp, "/a", "b=XPROF", KEY, 0);

	(void)state;
	assert_int_equal(t.actions, MEMPROF_ACTION_PROFILE);
	assert_int_equal(memprof_close(mp), 0);
}

/* ---- how often ---- */

/* In a child, which has had none in this minute. */
static void in_a_child(void (*work)(void))
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		work();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void ask_one_too_many(const char *keys, int max)
{
	struct memprof *mp = serve(keys);
	struct memprof_trigger t;

	for (int i = 0; i <= max; i++) {
		t = ask(mp, ASKS, NULL, KEY, 0);
		if ((t.actions != 0) != (i < max) ||
		    (t.refused != NULL) != (i == max) || !t.cut_len)
			_exit(1);
	}
	if (stats_of(mp).profiles_refused != 1 || memprof_close(mp))
		_exit(2);
}

static void ask_three_of_two(void)
{
	ask_one_too_many(KEYS "profile_max_per_minute: 2\n", 2);
}

static void ask_seven_of_six(void)
{
	ask_one_too_many(KEYS, 6);
}

static void test_only_so_many_a_minute(void **state)
{
	(void)state;
	in_a_child(ask_three_of_two);
	/* That one's were not ours. */
	in_a_child(ask_three_of_two);
	in_a_child(ask_seven_of_six);
}

/* ---- the request ---- */

static void serve_asked(struct memprof *mp, const struct memprof_trigger *t,
			const char *page)
{
	struct memprof_request r = { 0 };

	memprof_begin(mp, &r, NULL);
	memprof_profile(&r, t);
	memprof_page(&r, page);
	burn(20 * MS);
	memprof_end(&r, NULL);
}

static void test_request_that_asks_is_profiled(void **state)
{
	struct memprof *mp = serve(DOOR);
	struct memprof_trigger t = ask(mp, ASKS, "interval=0.005", KEY, 0);
	static struct profile p;

	(void)state;
	serve_asked(mp, &t, "asks");
	t = ask(mp, "/a", NULL, KEY, 0);
	serve_asked(mp, &t, "plain");
	t = ask(mp, "/++profile++/a", NULL, KEY, 0);
	serve_asked(mp, &t, "help");
	assert_int_equal(stats_of(mp).profiles_written, 1);
	assert_int_equal(stats_of(mp).logged, 3);
	assert_int_equal(stats_of(mp).misused, 0);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-asks-", &p);
	assert_int_equal(number(&p, "interval_ns"), 5 * MS);
	assert_true(number(&p, "cpu_ns") >= LEAST(20 * MS));
}

static void test_interval_is_the_configured_one(void **state)
{
	struct memprof *mp = serve(DOOR "profile_interval: 0.02\n");
	struct memprof_trigger t = ask(mp, ASKS, NULL, KEY, 0);
	static struct profile p;

	(void)state;
	serve_asked(mp, &t, "asks");
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-asks-", &p);
	assert_int_equal(number(&p, "interval_ns"), 20 * MS);
}

static void test_clock_is_the_one_asked_for(void **state)
{
	struct memprof *mp = serve(DOOR);
	struct memprof_trigger t;
	static struct profile p;

	(void)state;
	t = ask(mp, "/++profile++show&wall/a", NULL, KEY, 0);
	serve_asked(mp, &t, "wall");
	t = ask(mp, ASKS, NULL, KEY, 0);
	serve_asked(mp, &t, "cpu");
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-wall-", &p);
	assert_string_equal(field(&p, "clock"), "wall");
	read_only_profile("-cpu-", &p);
	assert_string_equal(field(&p, "clock"), "cpu");

	mp = serve(DOOR "profile_clock: wall\n");
	t = ask(mp, ASKS, NULL, KEY, 0);
	serve_asked(mp, &t, "configured");
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-configured-", &p);
	assert_string_equal(field(&p, "clock"), "wall");
}

static void test_wrong_use_is_harmless(void **state)
{
	struct memprof *mp = serve(DOOR);
	struct memprof_trigger t = ask(mp, ASKS, NULL, KEY, 0);
	struct memprof_request r = { 0 };
	struct memprof_request off = { 0 };

	(void)state;
	memprof_profile(&r, &t); /* not begun */
	memprof_begin(mp, &r, "x");
	memprof_end(&r, NULL);
	memprof_profile(&r, &t); /* ended */
	memprof_begin(NULL, &off, "x");
	memprof_profile(&off, &t);
	memprof_end(&off, NULL);
	assert_int_equal(stats_of(mp).profiled, 0);
	assert_int_equal(stats_of(mp).misused, 2);
	assert_int_equal(memprof_close(mp), 0);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(who_cases) + 12] = {
		cmocka_unit_test_teardown(
			test_without_a_session_there_is_nothing, clear),
		cmocka_unit_test_teardown(test_who_does_not_ask_is_not_counted,
					  clear),
		cmocka_unit_test(test_size_is_checked),
		cmocka_unit_test_teardown(test_long_path_is_cut_in_the_report,
					  clear),
		cmocka_unit_test_teardown(test_help_is_no_profile, clear),
		cmocka_unit_test_teardown(
			test_interval_out_of_bounds_is_refused, clear),
		cmocka_unit_test_teardown(
			test_needle_of_the_configuration_triggers, clear),
		cmocka_unit_test_teardown(test_only_so_many_a_minute, clear),
		cmocka_unit_test_teardown(test_clock_is_the_one_asked_for,
					  clear),
		cmocka_unit_test_teardown(test_request_that_asks_is_profiled,
					  clear),
		cmocka_unit_test_teardown(test_interval_is_the_configured_one,
					  clear),
		cmocka_unit_test_teardown(test_wrong_use_is_harmless, clear),
	};

	for (size_t i = 0; i < ARRAY_SIZE(who_cases); i++)
		tests[i + 12] = (struct CMUnitTest){
			.name = who_cases[i].name,
			.test_func = test_who_may,
			.teardown_func = clear,
			.initial_state = &who_cases[i],
		};
	return cmocka_run_group_tests_name("door", tests, enter, leave);
}
