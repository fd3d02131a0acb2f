/* recover: lines in a log that was rotated or emptied since, or is right now. */

#include "core/remains.h"

#include "core/logfile.h"

#include <dirent.h>

/* Somebody repeated it in the next log; we come for another process, which has
   nothing to be looked for there but at the end. */
static void test_a_swallowed_line_is_looked_for_in_younger_logs(void **state)
{
	char line[MP_RECORD_MAX];
	size_t len = line_of_another(0, line);
	struct mp_recover_account a;

	(void)state;
	put_in_flight(0, "in-flight");
	append_text(LOG ".1", mp_record_header);
	append_line(LOG ".1", 0, 33);
	append(LOG ".1", line, len);
	append_text(LOG, mp_record_header);
	append(LOG, line, len);
	write_remains(0);
	a = recover();
	assert_int_equal(a.unfinished, 1);
	assert_int_equal(a.repeated, 0);
	assert_int_equal(times(LOG, line, len), 1);
}

static void test_a_rotated_log_is_searched(void **state)
{
	struct mp_recover_account a;

	(void)state;
	begin_log(3);
	append_line(LOG, 0, 0);
	assert_int_equal(rename(LOG, LOG ".1"), 0);
	append_text(LOG, mp_record_header);
	append_line(LOG, 1, 0);
	write_remains(0);
	a = recover();
	assert_int_equal(a.found, 2);
	assert_int_equal(a.written, 1);
	assert_int_equal(a.unsure, 0);
	assert_int_equal(times_logged(LOG ".1", 0), 1);
	assert_int_equal(times_logged(LOG, 0), 0);
	assert_int_equal(times_logged(LOG, 1), 1);
	assert_int_equal(times_logged(LOG, 2), 1);
}

/* The mark is older than the log, and one of what was in flight is younger than
   the line. */
static void test_a_line_is_found_before_the_mark_of_another(void **state)
{
	struct mp_recover_account a;

	(void)state;
	append_text(LOG, mp_record_header);
	put_ended(0, MP_RECORDER_ENDING, "done", LOG, mp_record_header_len);
	put_in_flight(1, "in-flight");
	assert_int_equal(rename(LOG, LOG ".1"), 0);
	append_text(LOG, mp_record_header);
	append_line(LOG, 0, 0);
	write_remains(0);
	a = recover();
	assert_int_equal(a.found, 1);
	assert_int_equal(a.written, 0);
	assert_int_equal(a.unfinished, 1);
	assert_int_equal(times_logged(LOG, 0), 1);
}

/* The name of a log that a live process rotates in the very moment in which its
   folder is read. */
static const char *rotated_when_read;
static int rotated;

struct dirent *__real_readdir(DIR *dir);
struct dirent *__wrap_readdir(DIR *dir);

struct dirent *__wrap_readdir(DIR *dir)
{
	struct dirent *e = __real_readdir(dir);
	struct mp_logfile f;

	if (e && rotated_when_read && !strcmp(e->d_name, rotated_when_read)) {
		rotated_when_read = NULL;
		assert_int_equal(mp_logfile_open(LOG, &f), 0);
		rotated = mp_logfile_rotate(&f, LOG, 1, 9);
		close(f.fd);
	}
	return e;
}

/* A file whose name was read is another one's when it is opened, and its new
   name was not there to be read. */
static void test_a_log_is_not_rotated_while_it_is_searched(void **state)
{
	struct mp_logfile f;

	(void)state;
	begin_log(1);
	append_line(LOG, 0, 0);
	assert_int_equal(rename(LOG, LOG ".1"), 0);
	append_text(LOG, mp_record_header);
	write_remains(0);
	rotated_when_read = LOG ".1";
	assert_int_equal(recover().found, 1);
	assert_null(rotated_when_read);
	assert_int_equal(rotated, -EAGAIN);
	assert_int_equal(times_logged(LOG, 0), 0);
	assert_int_equal(times_logged(LOG ".1", 0), 1);

	assert_int_equal(mp_logfile_open(LOG, &f), 0);
	assert_int_equal(mp_logfile_rotate(&f, LOG, 1, 9), 1);
	close(f.fd);
}

static void test_a_log_rotated_twice_by_date_is_searched(void **state)
{
	(void)state;
	begin_log(2);
	assert_int_equal(rename(LOG, LOG "-20261120"), 0);
	append_text(LOG, mp_record_header);
	append_line(LOG, 0, 0);
	assert_int_equal(rename(LOG, LOG "-20261121"), 0);
	write_remains(0);
	assert_int_equal(recover().found, 1);
	assert_int_equal(times_logged(LOG, 0), 0);
	assert_int_equal(times_logged(LOG, 1), 1);
	assert_int_equal(account_of(LOG).headers, 1);
}

/* The log of the mark is gone, and a later one has its inode. */
static void test_a_younger_log_is_searched_from_its_start(void **state)
{
	struct mp_recorder_slot *s;

	(void)state;
	append_text(LOG, mp_record_header);
	s = put_ended(0, MP_RECORDER_ENDING, "done", LOG, 0);
	s->begin_real_us -= 3600 * INT64_C(1000000);
	append_line(LOG, 0, 0);
	s->mark.size = mp_record_header_len + 1;
	write_remains(0);
	assert_int_equal(recover().found, 1);
	assert_int_equal(times_logged(LOG, 0), 1);
}

static void test_an_emptied_log_is_searched_from_its_start(void **state)
{
	(void)state;
	append_text(LOG, mp_record_header);
	put_ended(0, MP_RECORDER_ENDING, "done", LOG, 100000);
	append_line(LOG, 0, 0);
	write_remains(0);
	assert_int_equal(recover().found, 1);
	assert_int_equal(times_logged(LOG, 0), 1);
}

int main(void)
{
	static const struct CMUnitTest all[] = {
		ANYWHERE(test_a_swallowed_line_is_looked_for_in_younger_logs),
		ANYWHERE(test_a_rotated_log_is_searched),
		ANYWHERE(test_a_line_is_found_before_the_mark_of_another),
		ANYWHERE(test_a_log_is_not_rotated_while_it_is_searched),
		ANYWHERE(test_a_log_rotated_twice_by_date_is_searched),
		ANYWHERE(test_a_younger_log_is_searched_from_its_start),
		ANYWHERE(test_an_emptied_log_is_searched_from_its_start),
	};
	struct CMUnitTest tests[2 * ARRAY_SIZE(all)];

	anywhere(all, ARRAY_SIZE(all), tests);
	return cmocka_run_group_tests_name("recover_rotation", tests, NULL,
					   NULL);
}
