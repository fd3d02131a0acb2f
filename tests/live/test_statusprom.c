/* statusprom: so many series and no more, each of them once. */

#include "test.h"

#include "live/statusprom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVERS 60
#define SERIES	50

static char patterns[SERVERS][16];
static struct mp_live processes[SERVERS];

/* What is printed of so many servers, one process each; to be freed. */
static char *print(size_t servers)
{
	const struct mp_live_list list = { .items = processes,
					   .count = servers };
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	for (size_t i = 0; i < SERVERS; i++) {
		snprintf(patterns[i], sizeof(patterns[i]), "/log/%02zu", i);
		processes[i] = (struct mp_live){
			.alive = true,
			.shot = { .log_pattern = patterns[i],
				  .uid = 4000000000,
				  .ledger = { .begun = 1, .logged = 1 } },
		};
	}
	assert_int_equal(mp_statusprom_print(&list, out), 0);
	fclose(out);
	return text;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

static void test_each_server_is_a_series(void **state)
{
	char *text = print(SERIES - 1);

	(void)state;
	assert_int_equal(count(text, "\nmemprof_live_slotless{"), SERIES - 1);
	assert_int_equal(count(text, "(other)"), 0);
	assert_non_null(strstr(text, "{log=\"/log/48\",user=\"uid 4000000000\","
				     "state=\"logged\"} 1\n"));
	free(text);
}

static void test_too_many_are_one(void **state)
{
	char *text = print(SERVERS);

	(void)state;
	assert_int_equal(count(text, "\nmemprof_live_slotless{"), SERIES);
	assert_int_equal(count(text, "\nmemprof_live_slotless{log=\"/log/48\""),
			 1);
	assert_null(strstr(text, "/log/49"));
	assert_non_null(strstr(text, "{log=\"(other)\",user=\"(other)\","
				     "state=\"logged\"} 11\n"));
	free(text);
}

static void test_of_none_there_is_no_number(void **state)
{
	char *text = print(0);

	(void)state;
	assert_int_equal(count(text, "# TYPE"), 8);
	assert_null(strchr(text, '{'));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_server_is_a_series),
		cmocka_unit_test(test_too_many_are_one),
		cmocka_unit_test(test_of_none_there_is_no_number),
	};

	return cmocka_run_group_tests_name("statusprom", tests, NULL, NULL);
}
