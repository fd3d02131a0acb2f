/* recover: killed before, inside and after each of its writes, and gone on
   from, again and again; and eight at once. */

#include "core/remains.h"

#include "core/logfile.h"

static int writes_left; /* the write that takes this to zero is the last */
static bool tears;	/* and is done by half */
static bool intrudes;	/* somebody's disk is full right before ours */

/* As if we were killed: nothing more of us happens. */
static void die_at_last(bool *half)
{
	*half = false;
	if (writes_left == 0 || --writes_left > 0)
		return;
	if (!tears)
		_exit(9);
	*half = true;
}

ssize_t __real_pwrite(int fd, const void *data, size_t len, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t at)
{
	bool half;

	die_at_last(&half);
	if (!half)
		return __real_pwrite(fd, data, len, at);
	/* A word on one page is written whole. */
	__real_pwrite(fd, data, len > 8 ? len / 2 : len, at);
	_exit(9);
}

ssize_t __real_mp_logfile_write_guarded(int fd, const char *data, size_t len);
ssize_t __wrap_mp_logfile_write_guarded(int fd, const char *data, size_t len);
ssize_t __wrap_mp_logfile_write_guarded(int fd, const char *data, size_t len)
{
	bool half;

	if (intrudes) {
		intrudes = false;
		__real_mp_logfile_write_guarded(fd, "2026-11-", 8);
	}
	die_at_last(&half);
	if (!half)
		return __real_mp_logfile_write_guarded(fd, data, len);
	__real_mp_logfile_write_guarded(fd, data, len / 2);
	_exit(9);
}

int __real_unlinkat(int dir, const char *name, int flags);
int __wrap_unlinkat(int dir, const char *name, int flags);
int __wrap_unlinkat(int dir, const char *name, int flags)
{
	bool half;

	die_at_last(&half);
	__real_unlinkat(dir, name, flags);
	if (half)
		_exit(9);
	return 0;
}

/* ---- what is left behind ---- */

#define IN_FLIGHT 6  /* slots 0 to 5 */
#define MISSING	  8  /* slots 10 to 17 */
#define FOUND	  3  /* slots 20 to 22 */
#define TORN	  30 /* a slot: its fragment swallows another's line */

static char another[MP_RECORD_MAX];
static size_t another_len;

static void leave_remains(void)
{
	unlink(LOG);
	append_text(LOG, mp_record_header);
	begin_remains(LOG);
	for (uint32_t i = 0; i < IN_FLIGHT; i++) {
		char page[8];

		snprintf(page, sizeof(page), "slow%u", i);
		put_slot(i, i == 5, MP_RECORDER_IN_FLIGHT, page);
		mp_overlap_begin(&remains.h.overlap, BEGAN_NS);
	}
	for (uint32_t i = 10; i < 10 + MISSING; i++)
		put_ended(i, MP_RECORDER_ENDING, "missing", LOG, 0);
	for (uint32_t i = 20; i < 20 + FOUND; i++) {
		put_ended(i, MP_RECORDER_ENDING, "found", LOG, 0);
		append_line(LOG, i, 0);
	}
	put_ended(TORN, MP_RECORDER_ENDING, "torn", LOG, 0);
	append_line(LOG, TORN, 50);
	another_len = line_of_another(0, another);
	append(LOG, another, another_len);
	for (unsigned i = 0; i < MISSING + FOUND + 1; i++)
		mp_overlap_begin(&remains.h.overlap, BEGAN_NS);
	write_remains(0);
}

/* And an account of each of so many recorders. */
static void assert_all_is_there_once(unsigned recorders)
{
	char line[MP_RECORD_MAX];
	struct mp_record r;

	for (uint32_t i = 0; i < IN_FLIGHT; i++) {
		char page[8];

		snprintf(page, sizeof(page), "slow%u", i);
		only_record(LOG, page, line, &r);
		assert_int_equal(r.oops_id.len, 10);
	}
	for (uint32_t i = 10; i < 10 + MISSING; i++)
		assert_int_equal(times_logged(LOG, i), 1);
	for (uint32_t i = 20; i < 20 + FOUND; i++)
		assert_int_equal(times_logged(LOG, i), 1);
	assert_int_equal(times_logged(LOG, TORN), 1);
	assert_int_equal(times(LOG, another, another_len), 1);
	assert_int_equal(account_of(LOG).headers, 1);
	assert_int_equal(account_of(LOG).own, recorders);
}

static void assert_account(const struct mp_recover_account *a)
{
	assert_true(a->balances);
	assert_int_equal(a->begun, IN_FLIGHT + MISSING + FOUND + 1);
	assert_int_equal(a->unfinished, IN_FLIGHT);
	assert_int_equal(a->found + a->written, MISSING + FOUND + 1);
	assert_int_equal(a->unnamed, 0);
}

static int enter_remains(void **state)
{
	(void)state;
	strcpy(logging_dir, "/tmp/test_recover_kill.XXXXXX");
	return !mkdtemp(logging_dir) || chdir(logging_dir) ||
	       mkdir("run", 0700);
}

/* Recover in a child, up to its write number `writes`; 0: to the end.  Returns
   whether it was killed. */
static bool recover_up_to(int writes, bool by_half)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct mp_recover_account a;
		const char *why;
		int err;

		alarm(60);
		writes_left = writes;
		tears = by_half;
		err = recover_into(-1, &a, &why);
		/* Who was killed last had removed it. */
		_exit(err && err != -ENOENT);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) &&
		    (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 9));
	return WEXITSTATUS(status) == 9;
}

/* ---- the tests ---- */

static void sweep(bool by_half)
{
	struct mp_recover_account a;
	const char *why;
	int writes;

	for (writes = 1;; writes++) {
		leave_remains();
		if (!recover_up_to(writes, by_half))
			break;
		/* The last of them removes the recorder. */
		if (!access(remains_name(0), F_OK)) {
			assert_int_equal(recover_into(-1, &a, &why), 0);
			assert_account(&a);
		}
		assert_all_is_there_once(1);
	}
	/* Two for each slot and state, two to the log, and the removal. */
	assert_int_equal(writes, 2 * (2 * IN_FLIGHT + MISSING + FOUND + 1) + 4);
}

static void test_killed_before_each_write(void **state)
{
	(void)state;
	sweep(false);
}

static void test_killed_in_the_middle_of_each_write(void **state)
{
	(void)state;
	sweep(true);
}

/* As the recoverers before it left it. */
static void test_killed_again_and_again(void **state)
{
	int killed = 0;

	(void)state;
	for (int step = 1; step < 7; step++) {
		leave_remains();
		for (int i = 0; i < 500; i++) {
			if (!recover_up_to(step + i / 7, i % 2))
				break;
			killed++;
		}
		assert_int_not_equal(access(remains_name(0), F_OK), 0);
		assert_all_is_there_once(1);
	}
	assert_true(killed > 50);
}

static void test_a_fragment_that_comes_between_swallows_nothing(void **state)
{
	struct mp_recover_account a;
	const char *why;

	(void)state;
	leave_remains();
	intrudes = true;
	assert_int_equal(recover_into(-1, &a, &why), 0);
	assert_false(intrudes);
	assert_all_is_there_once(1);
}

static void recover_if_there(int start)
{
	struct mp_recover_account a;
	const char *why;
	char byte;
	int err;

	MUST(read(start, &byte, 1) == 0);
	err = recover_into(-1, &a, &why);
	MUST(err == 0 || err == -ENOENT || err == -EBUSY || err == -ESTALE);
}

/* Eight recoverers that begin together, when the pipe is closed. */
static void recover_by_eight(void)
{
	pid_t pids[8];
	int start[2];

	fflush(NULL);
	assert_int_equal(pipe(start), 0);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			alarm(60);
			close(start[1]);
			recover_if_there(start[0]);
			_exit(0);
		}
	}
	close(start[0]);
	close(start[1]);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		wait_for(pids[i]);
}

static void test_eight_at_once(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		leave_remains();
		recover_by_eight();
		assert_int_not_equal(access(remains_name(0), F_OK), 0);
		assert_all_is_there_once(1);
	}
}

/* What one of them finds swallowed, another may have pending. */
static void test_eight_recorders_of_one_log(void **state)
{
	static struct remains all;

	(void)state;
	for (int round = 0; round < 20; round++) {
		leave_remains();
		all = remains;
		for (unsigned n = 0; n < 8; n++) {
			for (uint32_t i = 0; i < SLOTS; i++)
				if (i % 8 != n)
					remains.slots[i].word = 0;
			remains.h.opened_mono_ns -= n * INT64_C(1000000);
			write_remains(n);
			remains = all;
		}
		recover_by_eight();
		for (unsigned n = 0; n < 8; n++)
			assert_int_not_equal(access(remains_name(n), F_OK), 0);
		assert_all_is_there_once(8);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_remains, leave)
	const struct CMUnitTest tests[] = {
		TEST(test_killed_before_each_write),
		TEST(test_killed_in_the_middle_of_each_write),
		TEST(test_killed_again_and_again),
		TEST(test_a_fragment_that_comes_between_swallows_nothing),
		TEST(test_eight_at_once),
		TEST(test_eight_recorders_of_one_log),
	};

	return cmocka_run_group_tests_name("recover_kill", tests, NULL, NULL);
}
