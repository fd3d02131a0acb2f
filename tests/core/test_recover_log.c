/* recover: each state that a killed process may leave its log in, and what may
   have become of the log since. */

#include "core/remains.h"

#include <sched.h>
#include <sys/mount.h>

/* ---- torn lines ---- */

/* Whatever the kernel left of a line, it is there once as a whole, and what
   was left is one line that is none. */
static void test_a_torn_last_line_is_cut_off_and_repeated(void **state)
{
	char line[MP_RECORD_MAX];
	size_t len;

	(void)state;
	put_ended(0, MP_RECORDER_ENDING, "done", NULL, 0);
	len = line_of(0, line);
	for (size_t torn = 1; torn < len; torn += torn < len - 3 ? 3 : 1) {
		struct account a;

		unlink(LOG);
		begin_log(1);
		append_line(LOG, 0, torn);
		write_remains(0);
		assert_int_equal(recover().written, 1);
		assert_int_equal(times_logged(LOG, 0), 1);
		a = account_of(LOG);
		assert_int_equal(a.requests, 1);
		assert_int_equal(a.faults, 1);
		assert_int_equal(a.empty, 0);
	}
}

static void test_a_line_behind_a_fragment_is_swallowed(void **state)
{
	struct mp_recover_account a;

	(void)state;
	begin_log(2);
	append_line(LOG, 0, 40);
	append_line(LOG, 1, 0);
	write_remains(0);
	a = recover();
	assert_int_equal(a.written, 2);
	assert_int_equal(a.repeated, 0);
	assert_int_equal(times_logged(LOG, 0), 1);
	assert_int_equal(times_logged(LOG, 1), 1);
}

/* Another process, alive, wrote behind the fragment and knows of nothing. */
static void test_a_swallowed_line_of_another_is_repeated_once(void **state)
{
	char line[MP_RECORD_MAX];
	size_t len = line_of_another(0, line);

	(void)state;
	begin_log(1);
	append_line(LOG, 0, 33);
	append(LOG, line, len);
	for (unsigned i = 0; i < 2; i++) {
		struct mp_recover_account a;

		write_remains(0);
		a = recover();
		assert_int_equal(a.repeated, i == 0);
		assert_int_equal(a.written, i == 0);
		assert_int_equal(a.found, i != 0);
	}
	assert_int_equal(times(LOG, line, len), 1);
	assert_int_equal(times_logged(LOG, 0), 1);
}

static void test_a_fragment_of_two_pages_is_searched_too(void **state)
{
	char line[MP_RECORD_MAX];
	size_t len = line_of_another(0, line);

	(void)state;
	begin_log(2);
	append_line(LOG, 0, 100);
	append_line(LOG, 1, 50);
	append(LOG, line, len);
	write_remains(0);
	assert_int_equal(recover().repeated, 1);
	assert_int_equal(times(LOG, line, len), 1);
	assert_int_equal(times_logged(LOG, 0), 1);
	assert_int_equal(times_logged(LOG, 1), 1);
}

/* Its own lines have no slot. */
static void test_any_fragment_that_stays_is_cut_off(void **state)
{
	(void)state;
	begin_log(1);
	append_text(LOG, "2026-11-21T01:02:03.123456Z\t(outside)\t-\t1.0");
	write_remains(0);
	recover();
	assert_int_equal(times_logged(LOG, 0), 1);
	assert_int_equal(account_of(LOG).faults, 1);
}

static void test_the_mark_may_be_inside_a_line(void **state)
{
	char line[MP_RECORD_MAX];
	size_t len = line_of_another(0, line);

	(void)state;
	append_text(LOG, mp_record_header);
	append_text(LOG, "a fragment");
	put_ended(0, MP_RECORDER_ENDING, "done", LOG,
		  mp_record_header_len + 10);
	append_line(LOG, 0, 0);
	append(LOG, line, len);
	write_remains(0);
	assert_int_equal(recover().written, 1);
	assert_int_equal(times_logged(LOG, 0), 1);
	assert_int_equal(times(LOG, line, len), 1);
}

/* ---- the log ---- */

static void test_a_lost_log_is_made_anew_and_said(void **state)
{
	struct mp_recover_account a;

	(void)state;
	append_text(LOG, mp_record_header);
	put_ended(0, MP_RECORDER_ENDING, "done", LOG, 0);
	put_in_flight(1, "slow");
	append_text("kept", "its inode stays in use");
	assert_int_equal(rename(LOG, "away"), 0);
	write_remains(0);
	a = recover();
	assert_int_equal(a.written, 1);
	assert_int_equal(a.unsure, 1);
	assert_int_equal(a.unfinished, 1);
	assert_int_equal(times_logged(LOG, 0), 1);
	assert_int_equal(account_of(LOG).headers, 1);
}

static void test_an_account_for_a_folder_that_is_gone_is_lost(void **state)
{
	(void)state;
	begin_remains("gone/log");
	put_ended(0, MP_RECORDER_LOGGED, "done", NULL, 0);
	write_remains(0);
	recover();
	assert_int_equal(access("gone", F_OK), -1);
}

static void test_a_log_whose_folder_is_gone_stays_to_be_recovered(void **state)
{
	struct mp_recover_account a;
	const char *why;

	(void)state;
	begin_remains("gone/" LOG);
	put_in_flight(0, "slow");
	write_remains(0);
	assert_int_equal(recover_into(-1, &a, &why), -ENOENT);
	assert_int_equal(access(remains_name(0), F_OK), 0);
	assert_int_equal(mkdir("gone", 0700), 0);
	assert_int_equal(recover().unfinished, 1);
	assert_int_equal(account_of("gone/" LOG).requests, 1);
}

static void test_a_fifo_is_only_written_to_by_the_command(void **state)
{
	struct mp_recover_account a;
	const char *why;
	int out;

	(void)state;
	assert_int_equal(mkfifo(LOG, 0600), 0);
	put_in_flight(0, "slow");
	put_ended(1, MP_RECORDER_ENDING, "done", NULL, 0);
	write_remains(0);
	assert_int_equal(recover_into(-1, &a, &why), -EMEDIUMTYPE);
	assert_int_equal(access(remains_name(0), F_OK), 0);
	out = open("out", O_WRONLY | O_CREAT, 0600);
	assert_int_equal(recover_into(out, &a, &why), 0);
	close(out);
	assert_int_equal(a.unfinished, 1);
	assert_int_equal(a.written, 1);
	assert_int_equal(account_of("out").requests, 2);
	assert_int_equal(access(remains_name(0), F_OK), -1);
}

static void test_a_descriptors_name_is_no_log(void **state)
{
	struct mp_recover_account a;
	const char *why;
	char path[32];
	int fd = open("ours", O_RDWR | O_CREAT, 0600);

	(void)state;
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	begin_remains(path);
	put_in_flight(0, "slow");
	write_remains(0);
	assert_int_equal(recover_into(-1, &a, &why), -EMEDIUMTYPE);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	close(fd);
}

static void test_a_log_that_may_not_be_read_stays_to_be_recovered(void **state)
{
	struct mp_recover_account a;
	const char *why;

	(void)state;
	if (geteuid() == 0) {
		printf("skipped: root may read everything\n");
		skip();
	}
	append_text(LOG, "");
	assert_int_equal(chmod(LOG, 0200), 0);
	put_in_flight(0, "slow");
	write_remains(0);
	assert_int_equal(recover_into(-1, &a, &why), -EACCES);
}

static void test_a_long_line_of_others_hides_nothing(void **state)
{
	char *dots = malloc(300000);

	(void)state;
	memset(dots, '.', 300000);
	begin_log(1);
	append(LOG, dots, 300000);
	append_text(LOG, "\n");
	append_line(LOG, 0, 0);
	append(LOG, dots, 300000);
	free(dots);
	write_remains(0);
	assert_int_equal(recover().found, 1);
	assert_int_equal(times_logged(LOG, 0), 1);
}

static void test_many_lines_are_searched_and_written(void **state)
{
	struct mp_recover_account a;

	(void)state;
	append_text(LOG, mp_record_header);
	for (uint32_t i = 0; i < SLOTS; i++) {
		char page[300];

		memset(page, 'x', 255);
		page[255] = '\0';
		put_ended(i, MP_RECORDER_ENDING, page, LOG, 0);
		if (i % 2)
			append_line(LOG, i, 0);
	}
	write_remains(0);
	a = recover();
	assert_int_equal(a.found, SLOTS / 2);
	assert_int_equal(a.written, SLOTS / 2);
	for (uint32_t i = 0; i < SLOTS; i++)
		assert_int_equal(times_logged(LOG, i), 1);
}

/* ---- a full disk ---- */

static void with_a_small_disk(void *arg)
{
	struct mp_recover_account a;
	const char *why;
	char fill[4096] = { 0 };
	int filler;

	(void)arg;
	MUST(!mount("none", "mnt", "tmpfs", 0, "size=64k"));
	begin_remains("mnt/" LOG);
	append_text("mnt/" LOG, mp_record_header);
	for (uint32_t i = 0; i < SLOTS; i++)
		put_ended(i, MP_RECORDER_ENDING, "a-page-of-some-length",
			  "mnt/" LOG, mp_record_header_len);
	write_remains(0);
	filler = open("mnt/filler", O_CREAT | O_WRONLY, 0600);
	while (write(filler, fill, sizeof(fill)) == sizeof(fill))
		;
	MUST(!ftruncate(filler, 56 * 1024));
	/* Room for one page more, and 128 lines are some seven. */
	MUST(recover_into(-1, &a, &why) == -ENOSPC);
	MUST(!access(remains_name(0), F_OK));
	MUST(recover_into(-1, &a, &why) == -ENOSPC);
	MUST(!ftruncate(filler, 0));
	MUST(!recover_into(-1, &a, &why));
	MUST(a.found > 0 && a.written > 0 && a.found + a.written == SLOTS);
	for (uint32_t i = 0; i < SLOTS; i++)
		MUST(times_logged("mnt/" LOG, i) == 1);
}

static void in_a_name_space(void *arg)
{
	MUST(!unshare(CLONE_NEWNS));
	/* Below chroot(2) the root is no mount, and then nothing is shared. */
	MUST(!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	     errno == EINVAL);
	with_a_small_disk(arg);
}

static void test_a_full_disk_is_gone_on_from(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		printf("skipped: only root mounts\n");
		skip();
	}
	assert_int_equal(mkdir("mnt", 0700), 0);
	in_child(in_a_name_space, NULL);
}

int main(void)
{
	static const struct CMUnitTest all[] = {
		ANYWHERE(test_a_torn_last_line_is_cut_off_and_repeated),
		ANYWHERE(test_a_line_behind_a_fragment_is_swallowed),
		ANYWHERE(test_a_swallowed_line_of_another_is_repeated_once),
		ANYWHERE(test_a_fragment_of_two_pages_is_searched_too),
		ANYWHERE(test_any_fragment_that_stays_is_cut_off),
		ANYWHERE(test_the_mark_may_be_inside_a_line),
		ANYWHERE(test_a_lost_log_is_made_anew_and_said),
		ANYWHERE(test_an_account_for_a_folder_that_is_gone_is_lost),
		ANYWHERE(test_a_log_whose_folder_is_gone_stays_to_be_recovered),
		ANYWHERE(test_a_fifo_is_only_written_to_by_the_command),
		ANYWHERE(test_a_descriptors_name_is_no_log),
		ANYWHERE(test_a_log_that_may_not_be_read_stays_to_be_recovered),
		ANYWHERE(test_a_long_line_of_others_hides_nothing),
		ANYWHERE(test_many_lines_are_searched_and_written),
		ANYWHERE(test_a_full_disk_is_gone_on_from),
	};
	struct CMUnitTest tests[2 * ARRAY_SIZE(all)];

	anywhere(all, ARRAY_SIZE(all), tests);
	return cmocka_run_group_tests_name("recover_log", tests, NULL, NULL);
}
