/* log: of lines that are written together, each is in the log once, or was told
   not to be, wherever the kernel stops. */

#include "logging.h"

#include "core/config.h"
#include "core/log.h"

#define LINES 3

static long first_takes; /* bytes, or an error; 0: all */
static unsigned writes;

ssize_t __real_mp_sys_write(int fd, const void *data, size_t len);
ssize_t __wrap_mp_sys_write(int fd, const void *data, size_t len);

ssize_t __wrap_mp_sys_write(int fd, const void *data, size_t len)
{
	long takes = first_takes;

	first_takes = 0;
	writes++;
	if (takes < 0)
		return takes;
	if (takes > 0 && (size_t)takes < len)
		len = (size_t)takes;
	return __real_mp_sys_write(fd, data, len);
}

/* Requests `p0`, `p1` ... */
static void make_batch(struct mp_log_batch *ret)
{
	static char text[LINES * MP_RECORD_MAX];
	static uint16_t lens[LINES];
	static bool own[LINES];

	*ret = (struct mp_log_batch){
		.text = text, .lens = lens, .own = own, .count = LINES
	};
	for (size_t i = 0; i < LINES; i++) {
		struct mp_record r = mp_record_unknown;
		char page[32];

		r.page_id = (struct mp_text){ page, 0 };
		r.page_id.len = (size_t)snprintf(page, sizeof(page), "p%zu", i);
		r.oops_id = (struct mp_text){ "-", 1 };
		r.host = (struct mp_text){ "host", 4 };
		r.timestamp_us = 0;
		lens[i] = (uint16_t)mp_record_format(&r, text + ret->len);
		ret->len += lens[i];
	}
}

/* Before a torn line is repeated, its caller has counted it as dropped. */
static struct mp_recorder_counts counts;

static void open_for(struct mp_log *l, const char *path)
{
	static struct mp_config config;

	counts = (struct mp_recorder_counts){ .dropped = LINES };

	mp_config_defaults(&config);
	strcpy(config.memory_profile_log, path);
	assert_int_equal(mp_log_open(l, &config, &counts), 0);
	writes = 0;
}

static void close_it(struct mp_log *l)
{
	mp_log_enter(l);
	mp_log_flush(l);
	mp_log_leave(l);
	mp_log_close(l);
}

static void append(struct mp_log *l, const struct mp_log_batch *b, bool *ret_in)
{
	mp_log_enter(l);
	mp_log_append_batch(l, b, ret_in);
	mp_log_leave(l);
}

static size_t count_in(const bool *in)
{
	size_t n = 0;

	for (size_t i = 0; i < LINES; i++)
		n += in[i];
	return n;
}

static void test_a_batch_is_one_write(void **state)
{
	static struct mp_log l;
	bool in[LINES] = { false };
	struct mp_log_batch b;
	struct account a;

	(void)state;
	make_batch(&b);
	open_for(&l, LOG);
	append(&l, &b, in);
	assert_int_equal(writes, 1);
	assert_int_equal(count_in(in), LINES);
	close_it(&l);
	a = account_of(LOG);
	assert_int_equal(a.requests, LINES);
	assert_int_equal(a.faults, 0);
}

static void test_wherever_the_kernel_stops_each_line_comes_in_once(void **state)
{
	static struct mp_log l;
	struct mp_log_batch b;

	(void)state;
	make_batch(&b);
	for (size_t n = 1; n < b.len; n++) {
		struct account a = { .ids = LINES };
		uint8_t seen[LINES] = { 0 };
		bool in[LINES] = { false };
		size_t end = 0;

		unlink(LOG);
		open_for(&l, LOG);
		first_takes = (long)n;
		append(&l, &b, in);
		for (size_t i = 0; i < LINES; i++) {
			bool torn = end < n && n < end + b.lens[i];

			assert_int_equal(in[i], !torn);
			end += b.lens[i];
		}
		close_it(&l);
		assert_int_equal(count_in(in) + counts.logged, LINES);
		assert_int_equal(counts.logged + counts.dropped, LINES);
		a.seen = seen;
		account_file(&a, LOG);
		assert_int_equal(a.requests, LINES);
		assert_int_equal(a.twice, 0);
		assert_int_equal(a.faults, atomic_load(&l.torn_lines));
	}
}

static void test_a_failed_batch_is_tried_line_by_line(void **state)
{
	static struct mp_log l;
	bool in[LINES] = { false };
	struct mp_log_batch b;

	(void)state;
	make_batch(&b);
	open_for(&l, LOG);
	first_takes = -ENOSPC;
	append(&l, &b, in);
	assert_int_equal(writes, 1 + LINES);
	assert_int_equal(count_in(in), LINES);
	close_it(&l);
	assert_int_equal(account_of(LOG).requests, LINES);
}

static void test_a_torn_line_of_our_own_is_counted_as_such(void **state)
{
	static struct mp_log l;
	bool in[LINES] = { false }, own[LINES] = { true, false, false };
	struct mp_log_batch b;

	(void)state;
	make_batch(&b);
	b.own = own;
	open_for(&l, LOG);
	counts.own_dropped = 1;
	first_takes = 10;
	append(&l, &b, in);
	close_it(&l);
	assert_int_equal(counts.own_lines, 1);
	assert_int_equal(counts.own_dropped, 0);
	assert_int_equal(counts.logged, 0);
}

/* A pipe takes no more than PIPE_BUF at once in one piece. */
static void test_a_fifo_gets_line_by_line(void **state)
{
	static struct mp_log l;
	bool in[LINES] = { false };
	struct mp_log_batch b;

	(void)state;
	make_batch(&b);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	open_for(&l, "fifo");
	writes = 0;
	append(&l, &b, in);
	assert_int_equal(count_in(in), LINES);
	assert_int_equal(writes, LINES);
	close_it(&l);
}

static void test_a_bound_counts_the_bytes_of_a_batch(void **state)
{
	static struct mp_log l;
	bool in[LINES] = { false };
	struct mp_log_batch b;
	uint64_t before;

	(void)state;
	make_batch(&b);
	open_for(&l, LOG);
	l.max_size = UINT64_MAX;
	before = atomic_load(&l.size);
	append(&l, &b, in);
	assert_int_equal(atomic_load(&l.size) - before, b.len);
	close_it(&l);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_batch_is_one_write),
		TEST(test_wherever_the_kernel_stops_each_line_comes_in_once),
		TEST(test_a_failed_batch_is_tried_line_by_line),
		TEST(test_a_torn_line_of_our_own_is_counted_as_such),
		TEST(test_a_fifo_gets_line_by_line),
		TEST(test_a_bound_counts_the_bytes_of_a_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
