/* steer: a word and who wrote it, and not a byte beside them. */

#include "test.h"

#include "live/recording.h"

#include "live/steer.h"

#include <errno.h>

static char path[PATH_MAX];
static struct mp_live live;
static struct mp_recorder before; /* as it was made */

static int setup(void **state)
{
	struct recording r = recording_new("/log", "/log");

	(void)state;
	live.fd = recording_write(&r, "/tmp", false, path, sizeof(path));
	memcpy(&before, r.header, sizeof(before));
	recording_free(&r);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(live.fd);
	return unlink(path);
}

static void read_recorder(struct mp_recorder *ret)
{
	assert_int_equal(pread(live.fd, ret, sizeof(*ret), 0), sizeof(*ret));
}

/* The rest is as it was made. */
static void assert_rest(struct mp_recorder *r)
{
	r->pause = before.pause;
	r->reopen = before.reopen;
	assert_memory_equal(r, &before, sizeof(before));
}

static void test_a_pause_says_who_and_since_when(void **state)
{
	struct mp_recorder r;
	int64_t now = mp_clock_real_us();

	(void)state;
	assert_int_equal(mp_steer_pause(&live), 1);
	read_recorder(&r);
	assert_int_equal(r.pause.on, 1);
	assert_int_equal(r.pause.uid, geteuid());
	assert_int_equal(r.pause.pid, getpid());
	assert_true(r.pause.since_us >= now);
	assert_true(r.pause.since_us <= mp_clock_real_us());
	assert_int_equal(r.reopen, 0);
	assert_rest(&r);
}

static void test_what_is_so_already_stays(void **state)
{
	struct mp_recorder once, twice;

	(void)state;
	assert_int_equal(mp_steer_resume(&live), 0);
	read_recorder(&once);
	assert_memory_equal(&once, &before, sizeof(before));
	assert_int_equal(mp_steer_pause(&live), 1);
	read_recorder(&once);
	assert_int_equal(mp_steer_pause(&live), 0);
	read_recorder(&twice);
	assert_memory_equal(&once, &twice, sizeof(once));
}

static void test_it_goes_on(void **state)
{
	const size_t at = offsetof(struct mp_recorder, pause);
	struct mp_recorder_pause configured = { .on = 1, .by_config = 1 };
	struct mp_recorder r;

	(void)state;
	assert_int_equal(
		pwrite(live.fd, &configured, sizeof(configured), (off_t)at),
		sizeof(configured));
	assert_int_equal(mp_steer_resume(&live), 1);
	read_recorder(&r);
	assert_int_equal(r.pause.on, 0);
	assert_int_equal(r.pause.by_config, 0);
	assert_int_equal(r.pause.pid, getpid());
	assert_rest(&r);
}

static void test_each_reopening_is_counted(void **state)
{
	struct mp_recorder r;

	(void)state;
	assert_int_equal(mp_steer_reopen(&live), 1);
	assert_int_equal(mp_steer_reopen(&live), 1);
	read_recorder(&r);
	assert_int_equal(r.reopen, 2);
	assert_int_equal(r.pause.on, 0);
	assert_rest(&r);
}

/* ---- profiles ---- */

static void write_word(size_t at, uint32_t value)
{
	assert_int_equal(pwrite(live.fd, &value, sizeof(value), (off_t)at),
			 sizeof(value));
}

static void allow_profiles(void)
{
	const size_t at = offsetof(struct mp_recorder, order) +
			  offsetof(struct mp_recorder_order, dir);

	assert_int_equal(pwrite(live.fd, "/d", 3, (off_t)at), 3);
}

static const struct mp_recorder_wish wish = { .next = 2, .page = "/a*" };

static uint32_t order_profiles(void)
{
	uint32_t serial = 0;

	assert_int_equal(mp_steer_profile(&live, &wish, &serial), 1);
	return serial;
}

static void test_an_order_has_a_serial_of_its_own(void **state)
{
	const size_t last = offsetof(struct mp_recorder, order) +
			    offsetof(struct mp_recorder_order, last);
	struct mp_recorder r;
	uint32_t serial;

	(void)state;
	assert_int_equal(mp_steer_profile(&live, &wish, &serial), -EPERM);
	read_recorder(&r);
	assert_memory_equal(&r, &before, sizeof(before));
	allow_profiles();
	assert_int_equal(order_profiles(), 1);
	read_recorder(&r);
	assert_int_equal(r.order.open, 1);
	assert_memory_equal(&r.order.wish, &wish, sizeof(wish));
	assert_int_equal(order_profiles(), 2);
	assert_int_equal(mp_steer_profile_no_more(&live, 1), 0);
	assert_int_equal(mp_steer_profile_no_more(&live, 2), 1);
	read_recorder(&r);
	assert_int_equal(r.order.open, 0);
	assert_int_equal(order_profiles(), 3);
	write_word(last, UINT32_MAX);
	assert_int_equal(order_profiles(), 1);
}

static void test_an_order_knows_that_it_was_overtaken(void **state)
{
	struct mp_steer_profiled p;

	(void)state;
	allow_profiles();
	order_profiles();
	assert_int_equal(mp_steer_look(&live, 1, &p), 0);
	assert_false(p.overtaken);
	order_profiles();
	assert_int_equal(mp_steer_look(&live, 1, &p), 0);
	assert_true(p.overtaken);
	assert_int_equal(mp_steer_look(&live, 2, &p), 0);
	assert_false(p.overtaken);
}

static void put(size_t at, const void *data, size_t len)
{
	assert_int_equal(pwrite(live.fd, data, len, (off_t)at), len);
}

static void put_file(uint32_t serial, uint32_t number, const char *name)
{
	const struct mp_recorder_file_name f = {
		.order = (uint64_t)serial << 32 | (number + 1)
	};
	const size_t at = offsetof(struct mp_recorder, order) +
			  offsetof(struct mp_recorder_order, files) +
			  number % MP_RECORDER_FILES * sizeof(f);

	put(at, &f, sizeof(f));
	put(at + offsetof(struct mp_recorder_file_name, name), name,
	    strlen(name) + 1);
}

static void test_files_are_found_by_order_and_number(void **state)
{
	char file[PATH_MAX];

	(void)state;
	allow_profiles();
	put_file(7, 0, "first");
	put_file(7, 1, "second");
	assert_int_equal(mp_steer_file(&live, 7, 0, file), 1);
	assert_string_equal(file, "/d/first");
	assert_int_equal(mp_steer_file(&live, 7, 1, file), 1);
	assert_string_equal(file, "/d/second");
	assert_int_equal(mp_steer_file(&live, 7, 2, file), 0);
	assert_int_equal(mp_steer_file(&live, 8, 0, file), 0);
	put_file(7, MP_RECORDER_FILES, "ninth");
	assert_int_equal(mp_steer_file(&live, 7, 0, file), 0);
	assert_int_equal(mp_steer_file(&live, 7, MP_RECORDER_FILES, file), 1);
	assert_string_equal(file, "/d/ninth");
}

/* A server may be anybody's. */
static void test_a_name_leads_nowhere_else(void **state)
{
	char file[PATH_MAX];

	(void)state;
	allow_profiles();
	put_file(7, 0, "../passwd");
	assert_int_equal(mp_steer_file(&live, 7, 0, file), 0);
}

static void assert_none(int err)
{
	assert_int_equal(mp_steer_pause(&live), err);
	assert_int_equal(mp_steer_reopen(&live), err);
}

static void test_what_cannot_be_written_is_told(void **state)
{
	int fd = live.fd;
	struct mp_recorder r;

	(void)state;
	live.fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(live.fd >= 0);
	assert_none(-EBADF);
	close(live.fd);
	live.fd = -1;
	assert_none(-EBADF);
	live.fd = fd;
	read_recorder(&r);
	assert_memory_equal(&r, &before, sizeof(before));
	assert_int_equal(ftruncate(fd, 2), 0);
	assert_none(-EBADMSG);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_pause_says_who_and_since_when),
		TEST(test_what_is_so_already_stays),
		TEST(test_it_goes_on),
		TEST(test_each_reopening_is_counted),
		TEST(test_an_order_has_a_serial_of_its_own),
		TEST(test_an_order_knows_that_it_was_overtaken),
		TEST(test_files_are_found_by_order_and_number),
		TEST(test_a_name_leads_nowhere_else),
		TEST(test_what_cannot_be_written_is_told),
	};

	return cmocka_run_group_tests_name("steer", tests, NULL, NULL);
}
