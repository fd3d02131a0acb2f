/* snapshot: of a recorder that is written meanwhile: whole, or not at all. */

#include "shooting.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>

static struct mp_recorder_slot *moving; /* mapped, or null */
static unsigned reads;			/* of it, so far */
static void (*between)(unsigned reads);
static size_t at_most; /* bytes that are read at once; 0: all */

ssize_t __real_pread(int fd, void *ret, size_t len, off_t offset);
ssize_t __wrap_pread(int fd, void *ret, size_t len, off_t offset);

ssize_t __wrap_pread(int fd, void *ret, size_t len, off_t offset)
{
	ssize_t n;

	if (at_most && reads++ % 4 == 0) {
		errno = EINTR;
		return -1;
	}
	n = __real_pread(fd, ret, at_most && len > at_most ? at_most : len,
			 offset);
	if (moving && (size_t)offset >= sizeof(struct mp_recorder))
		between(++reads);
	return n;
}

/* The next request, in the same slot, all of it. */
static void put_next(void)
{
	uint64_t word = atomic_load(&moving->word);

	moving->number++;
	moving->peak++;
	atomic_store(&moving->word,
		     mp_recorder_word(mp_recorder_generation(word) + 1,
				      mp_recorder_sequence(word) + 2,
				      MP_RECORDER_IN_FLIGHT));
}

static void once_before_the_slot(unsigned n)
{
	if (n == 1)
		put_next();
}

static void once_behind_the_slot(unsigned n)
{
	if (n == 2)
		put_next();
}

static void each_time(unsigned n)
{
	if (n % 3 == 2)
		put_next();
}

static void beside_the_word(unsigned n)
{
	if (n % 3 == 0)
		moving->peak++;
}

static struct moving_case {
	const char *name;
	void (*between)(unsigned reads);
	uint32_t sequence; /* at first */
	size_t count;
	unsigned reads;
	int64_t peak;
} moving_cases[] = {
	{ "it changes before it is read", once_before_the_slot, 2, 1, 6, 1 },
	{ "it changes behind that", once_behind_the_slot, 2, 1, 6, 1 },
	{ "it changes each time", each_time, 2, 0, 12, 0 },
	{ "a held up writer goes on", beside_the_word, 3, 0, 12, 0 },
};

static void test_moving(void **state)
{
	const struct moving_case *c = *state;
	struct mp_snapshot s;
	char *map;
	int fd;

	setup(NULL);
	recording_begin(&made, 0, "x", 0)->word =
		mp_recorder_word(1, c->sequence, MP_RECORDER_IN_FLIGHT);
	fd = recording_write(&made, dir, false, path, sizeof(path));
	map = mmap(NULL, made.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(map != MAP_FAILED);
	moving = (struct mp_recorder_slot *)(void *)(map + mp_recorder_size(0));
	between = c->between;
	reads = 0;
	assert_int_equal(mp_snapshot_read(fd, &s), 0);
	moving = NULL;
	assert_int_equal(s.count, c->count);
	assert_int_equal(reads, c->reads);
	if (s.count > 0) {
		assert_int_equal(s.requests[0].peak, c->peak);
		assert_int_equal(s.requests[0].number, 1 + c->peak);
	}
	mp_snapshot_release(&s);
	munmap(map, made.size);
	close(fd);
	assert_int_equal(unlink(path), 0);
	teardown(NULL);
}

#define ROUNDS 2000

static struct mp_recorder *shared;
static _Atomic int over;

/* Fill slot 0 with one number after the other, each everywhere. */
static void *write_slot(void *arg)
{
	struct mp_recorder_slot *s = (struct mp_recorder_slot *)(shared + 1);
	uint32_t seq = 2;

	while (!atomic_load(&over)) {
		char letter = (char)('a' + seq / 2 % 26);

		atomic_store(&s->word, mp_recorder_word(seq / 2, seq + 1,
							MP_RECORDER_IN_FLIGHT));
		atomic_thread_fence(memory_order_seq_cst);
		s->number = seq;
		memset(s->page, letter, MP_ESCAPE_MAX);
		s->page_len = MP_ESCAPE_MAX;
		s->peak = seq;
		atomic_thread_fence(memory_order_seq_cst);
		seq += 2;
		atomic_store(&s->word, mp_recorder_word(seq / 2, seq,
							MP_RECORDER_IN_FLIGHT));
	}
	return arg;
}

static void assert_whole(const struct mp_snapshot_request *r)
{
	/* Held up while it wrote. */
	if (r->peak == MP_UNKNOWN)
		return;
	assert_int_equal(r->number, r->peak);
	assert_int_equal(r->page_len, MP_ESCAPE_MAX);
	for (size_t i = 0; i < r->page_len; i++)
		assert_int_equal(r->page[i], 'a' + (int)(r->number / 2 % 26));
}

static void test_no_torn_slot_is_told(void **state)
{
	unsigned whole = 0;
	pthread_t thread;
	int fd;

	(void)state;
	recording_begin(&made, 0, "x", 0)->word =
		mp_recorder_word(1, 2, MP_RECORDER_FREE);
	fd = recording_write(&made, dir, false, path, sizeof(path));
	shared = mmap(NULL, made.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		      0);
	assert_true(shared != MAP_FAILED);
	assert_int_equal(pthread_create(&thread, NULL, write_slot, NULL), 0);
	for (int i = 0; i < ROUNDS; i++) {
		struct mp_snapshot s;

		assert_int_equal(mp_snapshot_read(fd, &s), 0);
		if (s.count > 0)
			assert_whole(&s.requests[0]);
		whole += s.count > 0;
		mp_snapshot_release(&s);
	}
	atomic_store(&over, 1);
	pthread_join(thread, NULL);
	munmap(shared, made.size);
	close(fd);
	assert_int_equal(unlink(path), 0);
	printf("read whole in %u of %d times\n", whole, ROUNDS);
}

static void test_reads_that_stop_short_go_on(void **state)
{
	struct mp_snapshot s;
	int err, fd;

	(void)state;
	made.header->counts.logged = 7;
	fd = recording_write(&made, dir, false, path, sizeof(path));
	at_most = 1000;
	err = mp_snapshot_read(fd, &s);
	at_most = 0;
	close(fd);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(err, 0);
	assert_int_equal(s.pid, getpid());
	assert_int_equal(s.ledger.logged, 7);
	assert_string_equal(s.log_pattern, "/log/memory.%p.log");
	mp_snapshot_release(&s);
}

int main(void)
{
	struct CMUnitTest movings[ARRAY_SIZE(moving_cases)];
	const struct CMUnitTest tests[] = {
		SNAPSHOT_TEST(test_no_torn_slot_is_told),
		SNAPSHOT_TEST(test_reads_that_stop_short_go_on),
	};
	int failed;

	for (size_t i = 0; i < ARRAY_SIZE(moving_cases); i++)
		movings[i] = (struct CMUnitTest){
			.name = moving_cases[i].name,
			.test_func = test_moving,
			.initial_state = &moving_cases[i],
		};
	failed = cmocka_run_group_tests_name("moving", movings, make_dir, NULL);
	failed +=
		cmocka_run_group_tests_name("at once", tests, NULL, remove_dir);
	return failed ? 1 : 0;
}
