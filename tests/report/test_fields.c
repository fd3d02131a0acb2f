/* fields: which are texts, what missing ones are, and where a fault lies. */

#include "test.h"

#include "lines.h"

#include "report/fields.h"

#include <errno.h>

#define PAGE_ID 1
#define OOPS_ID 2
#define HOST	(MP_RECORD_COLUMNS - 1)
#define LONGEST 1199 /* bytes of a host behind what is set here, and unknowns */

static struct mp_fields fields;
static struct mp_record record;
static struct mp_record_fault fault;

/* No more than there must be. */
static int begin(void **state)
{
	(void)state;
	mp_fields_init(&fields);
	fields.text[0] = lines_text("2026-11-21T01:02:03.123456Z");
	fields.text[PAGE_ID] = lines_text("p");
	fault = (struct mp_record_fault){ 0 };
	return 0;
}

static void assert_fault(unsigned column, const char *name,
			 const char *expected)
{
	assert_int_equal(mp_fields_read(&fields, &record, &fault), -EINVAL);
	assert_int_equal(fault.column, column);
	assert_string_equal(fault.name, name);
	assert_string_equal(fault.expected, expected);
}

static void test_ids_times_and_hosts_are_texts(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MP_RECORD_COLUMNS; i++)
		assert_int_equal(mp_fields_is_text(i),
				 i <= OOPS_ID || i == HOST);
}

static void test_unknown_is_spelled_in_one_way(void **state)
{
	static const char *const others[] = {
		"", "\\", "N", "\\n", "\\NN", "-"
	};

	(void)state;
	assert_true(mp_fields_is_unknown(lines_text("\\N")));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(mp_fields_is_unknown(lines_text(others[i])));
}

static void test_columns_are_found_by_their_whole_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MP_RECORD_COLUMNS; i++) {
		struct mp_text name = lines_text(mp_record_column_name(i));

		assert_int_equal(mp_fields_find(name), i);
		name.len--;
		assert_int_equal(mp_fields_find(name), MP_RECORD_COLUMNS);
	}
	assert_int_equal(mp_fields_find(lines_text("pids")), MP_RECORD_COLUMNS);
	assert_int_equal(mp_fields_find(lines_text("")), MP_RECORD_COLUMNS);
}

static void test_what_is_missing_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(mp_fields_read(&fields, &record, &fault), 1);
	assert_int_equal(record.page_id.len, 1);
	assert_int_equal(record.oops_id.len, 1);
	assert_int_equal(*record.oops_id.p, '-');
	assert_int_equal(record.host.len, 1);
	assert_int_equal(*record.host.p, '-');
	assert_true(record.duration_us == MP_UNKNOWN);
	assert_true(record.overlap == MP_UNKNOWN);
	assert_true(record.tid == MP_UNKNOWN);
}

static void test_no_line_is_without_a_time(void **state)
{
	(void)state;
	fields.text[0] = (struct mp_text){ NULL, 0 };
	assert_fault(1, "timestamp", "a value: it is missing");
}

static void test_no_line_is_without_a_page(void **state)
{
	(void)state;
	fields.text[PAGE_ID] = (struct mp_text){ NULL, 0 };
	assert_fault(2, "page_id", "a value: it is missing");
}

static void test_a_tab_ends_no_field(void **state)
{
	(void)state;
	fields.text[OOPS_ID] = lines_text("a\tb");
	assert_fault(3, "oops_id", "no tab");
}

static void test_more_than_a_line_is_refused(void **state)
{
	char host[LONGEST + 1];

	(void)state;
	memset(host, 'h', sizeof(host));
	fields.text[HOST] = (struct mp_text){ host, LONGEST + 1 };
	assert_fault(20, "host", "fewer bytes");
	/* The longest line is looked at as any other. */
	fields.text[HOST].len = LONGEST;
	assert_int_equal(mp_fields_read(&fields, &record, &fault), -EINVAL);
	assert_string_equal(fault.name, "host");
	assert_string_not_equal(fault.expected, "fewer bytes");
}

static void test_bytes_without_room_are_left_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fields.room) + 5; i++)
		mp_fields_put(&fields, i == 0 ? 'a' : 'b');
	assert_int_equal(fields.used, sizeof(fields.room));
	assert_int_equal(fields.room[0], 'a');
	assert_int_equal(fields.room[sizeof(fields.room) - 1], 'b');
}

static void test_a_record_is_spelled_as_in_the_log(void **state)
{
	struct mp_record r = lines_record("Root:page");

	(void)state;
	r.duration_us = 1250;
	mp_fields_from(&fields, &r);
	assert_memory_equal(fields.text[PAGE_ID].p, "Root:page\t", 10);
	assert_int_equal(fields.text[PAGE_ID].len, 9);
	assert_int_equal(fields.text[MP_FIELDS_DURATION].len, 8);
	assert_memory_equal(fields.text[MP_FIELDS_DURATION].p, "0.001250", 8);
	assert_true(mp_fields_is_unknown(fields.text[4]));
	assert_int_equal(fields.text[HOST].len, 4);
	assert_memory_equal(fields.text[HOST].p, "web1", 4);
}

static void test_a_fault_may_be_the_whole_lines(void **state)
{
	(void)state;
	assert_int_equal(mp_fields_fail_line(&fault, "an object"), -EINVAL);
	assert_int_equal(fault.column, 1);
	assert_string_equal(fault.name, "line");
	assert_string_equal(fault.expected, "an object");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup(f, begin)
		TEST(test_ids_times_and_hosts_are_texts),
		TEST(test_unknown_is_spelled_in_one_way),
		TEST(test_columns_are_found_by_their_whole_names),
		TEST(test_what_is_missing_is_unknown),
		TEST(test_no_line_is_without_a_time),
		TEST(test_no_line_is_without_a_page),
		TEST(test_a_tab_ends_no_field),
		TEST(test_more_than_a_line_is_refused),
		TEST(test_bytes_without_room_are_left_out),
		TEST(test_a_record_is_spelled_as_in_the_log),
		TEST(test_a_fault_may_be_the_whole_lines),
	};

	return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}
