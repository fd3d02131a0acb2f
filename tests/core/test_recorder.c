/* recorder: its file, its mapping and its lock, and going without. */

#include "onerecorder.h"

#include "core/procstat.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

/* ---- as it should be ---- */

static void test_it_is_private_whole_and_locked(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(file.path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(st.st_uid, geteuid());
	assert_int_equal(st.st_size, mp_recorder_size(about.slot_count));
	assert_true(st.st_blocks * 512 >= st.st_size);
	assert_true(is_locked(file.path));
	assert_true(file.fd >= MP_SYS_FD_MIN);
	assert_true(fcntl(file.fd, F_GETFD) & FD_CLOEXEC);
}

static void test_its_mode_is_not_the_umasks(void **state)
{
	struct mp_recorder_file other;
	mode_t before = umask(0777);
	struct stat st;

	(void)state;
	assert_int_equal(mp_recorder_reserve(&other, about.slot_count), 0);
	assert_int_equal(mp_recorder_open(&other, &about), 0);
	umask(before);
	assert_int_equal(atomic_load(&other.state), MEMPROF_RECORDER_ON);
	assert_int_equal(stat(other.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	mp_recorder_close(&other);
	munmap(other.at, other.room);
}

static void test_its_name_says_whose_it_is(void **state)
{
	char expected[PATH_MAX];

	(void)state;
	snprintf(expected, sizeof(expected), "%s/memprof-%u-%d-%jd-", shm,
		 geteuid(), getpid(), (intmax_t)file.at->opened_real_us / 1000);
	assert_int_equal(strlen(file.path), strlen(expected) + 8);
	assert_memory_equal(file.path, expected, strlen(expected));
}

static void test_its_header_says_what_was_asked(void **state)
{
	struct mp_recorder r = read_header(file.path);
	uint64_t start;

	(void)state;
	assert_int_equal(mp_procstat_start(getpid(), &start), 0);
	assert_true(r.magic == MP_RECORDER_MAGIC);
	assert_int_equal(r.version, MP_RECORDER_VERSION);
	assert_int_equal(r.header_size, sizeof(struct mp_recorder));
	assert_int_equal(r.slot_size, sizeof(struct mp_recorder_slot));
	assert_int_equal(r.slot_count, about.slot_count);
	assert_int_equal(r.pid, getpid());
	assert_int_equal(r.uid, geteuid());
	assert_true(r.start_ticks == start && start > 0);
	assert_true(r.opened_mono_ns > 0 && r.opened_real_us > 0);
	assert_int_equal(r.format, about.format);
	assert_int_equal(r.log_threshold, about.log_threshold);
	assert_int_equal(r.sample_one_in, about.sample_one_in);
	assert_int_equal(r.host_len, about.host.len);
	assert_memory_equal(r.host, about.host.p, about.host.len);
	assert_string_equal(r.log, about.log);
	assert_string_equal(r.log_pattern, about.log_pattern);
	assert_true(r.reading.vss == MP_UNKNOWN && r.reading.rss == MP_UNKNOWN);
	assert_int_equal(r.pause.on, 0);
}

static void test_what_is_stored_is_in_the_file(void **state)
{
	struct mp_recorder r;

	(void)state;
	atomic_store(&file.at->counts.logged, 12345);
	r = read_header(file.path);
	assert_int_equal(r.counts.logged, 12345);
}

static int64_t count_faults(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_THREAD, &usage), 0);
	return usage.ru_minflt;
}

/* Whoever comes first would be measured with it. */
static void test_all_of_it_is_touched(void **state)
{
	struct mp_recorder_slot *slot =
		(struct mp_recorder_slot *)(file.at + 1);
	int64_t before;

	(void)state;
	if (getenv("MEMPROF_TEST_SANITIZE")) {
		print_message("skipped: a sanitizer's own memory is touched\n");
		skip();
	}
	before = count_faults();
	for (unsigned i = 0; i < about.slot_count; i++)
		slot[i].number = i;
	assert_int_equal(count_faults(), before);
}

static void test_it_may_begin_paused(void **state)
{
	struct mp_recorder r;

	(void)state;
	mp_recorder_close(&file);
	about.paused = true;
	assert_int_equal(mp_recorder_open(&file, &about), 0);
	r = read_header(file.path);
	assert_int_equal(r.pause.on, 1);
	assert_int_equal(r.pause.by_config, 1);
	assert_int_equal(r.pause.pid, getpid());
	assert_int_equal(r.pause.uid, geteuid());
	assert_int_equal(r.pause.since_us, r.opened_real_us);
}

static void test_closing_leaves_no_file_and_memory_to_write_to(void **state)
{
	struct mp_recorder *at = file.at;
	int fd = file.fd;

	(void)state;
	atomic_store(&at->counts.logged, 1);
	mp_recorder_close(&file);
	assert_int_equal(count_files(shm), 0);
	assert_true(fcntl(fd, F_GETFD) < 0);
	assert_ptr_equal(file.at, at);
	memset(at, 1, mp_recorder_size(about.slot_count));
	mp_recorder_close(&file);
	/* Nothing of that is left to the next one. */
	assert_int_equal(mp_recorder_open(&file, &about), 0);
	assert_ptr_equal(file.at, at);
	assert_int_equal(at->counts.logged, 0);
	assert_int_equal(at->taken[0], 0);
}

/* ---- going without ---- */

static struct without_case {
	const char *name;
	const char *run_dir;
	int state;
} without_cases[] = {
	{ "without a run_dir none is made", "", MEMPROF_RECORDER_NONE },
	{ "a disk is refused", "/", -EMEDIUMTYPE },
	{ "procfs is refused", "/proc", -EMEDIUMTYPE },
	{ "a folder that is not there", "/dev/shm/none/none", -ENOENT },
	{ "a file is no folder", "/proc/self/stat", -ENOTDIR },
};

static void test_without(void **state)
{
	const struct without_case *c = *state;

	open_recorder(NULL);
	mp_recorder_close(&file);
	about.run_dir = c->run_dir;
	assert_int_equal(mp_recorder_open(&file, &about), 0);
	assert_int_equal(atomic_load(&file.state), c->state);
	assert_int_equal(file.slot_count, 0);
	assert_int_equal(file.at->slot_count, 0);
	assert_true(file.at->magic == 0);
	assert_int_equal(count_files(shm), 0);
	memset(file.at, 1, mp_recorder_size(about.slot_count));
	close_recorder(NULL);
}

static void test_a_name_that_gets_too_long(void **state)
{
	char dir[PATH_MAX];
	size_t len;

	(void)state;
	mp_recorder_close(&file);
	strcpy(dir, shm);
	for (len = strlen(dir); len < PATH_MAX - 30; len += 2)
		memcpy(dir + len, "/.", 3);
	about.run_dir = dir;
	assert_int_equal(mp_recorder_open(&file, &about), 0);
	assert_int_equal(atomic_load(&file.state), -ENAMETOOLONG);
	assert_int_equal(count_files(shm), 0);
}

static void limit_size(void)
{
	struct rlimit limit = { 4096, 4096 };

	mp_recorder_close(&file);
	MUST(!setrlimit(RLIMIT_FSIZE, &limit));
	MUST(!mp_recorder_open(&file, &about));
	MUST(atomic_load(&file.state) == -EFBIG);
	MUST(count_files(shm) == 0);
	_exit(0);
}

static void test_a_limit_of_file_sizes_raises_no_signal(void **state)
{
	(void)state;
	mp_recorder_close(&file);
	assert_int_equal(in_child(limit_size), 0);
}

/* A tmpfs of 1 MiB of this process's own. */
static void mount_small(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", shm, "tmpfs", 0, "size=1m"))
		_exit(77);
}

static void fill_up(const char *dir)
{
	static const char zeros[4096];
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/filler", dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	MUST(fd >= 0);
	while (write(fd, zeros, sizeof(zeros)) > 0)
		;
	MUST(errno == ENOSPC);
}

static void fill_a_small_one(void)
{
	struct mp_recorder_file first, second;

	mount_small();
	about.slot_count = MP_RECORDER_SLOTS;
	MUST(!mp_recorder_reserve(&first, about.slot_count));
	MUST(!mp_recorder_reserve(&second, about.slot_count));
	MUST(!mp_recorder_open(&first, &about));
	MUST(atomic_load(&first.state) == MEMPROF_RECORDER_ON);
	MUST(!mp_recorder_open(&second, &about));
	MUST(atomic_load(&second.state) == -ENOSPC);
	fill_up(shm);
	memset(second.at, 1, mp_recorder_size(about.slot_count));
	memset(first.at + 1, 1,
	       mp_recorder_size(about.slot_count) - sizeof(*first.at));
	MUST(count_files(shm) == 2);
	mp_recorder_close(&second);
	MUST(count_files(shm) == 2);
	mp_recorder_close(&first);
	MUST(count_files(shm) == 1);
	_exit(0);
}

static void test_a_full_tmpfs_raises_no_signal(void **state)
{
	int result = in_child(fill_a_small_one);

	(void)state;
	if (result == 77) {
		print_message("skipped: it takes root to mount a tmpfs\n");
		skip();
	}
	assert_int_equal(result, 0);
}

static void open_without_proc(void)
{
	int state;

	mp_recorder_close(&file);
	if (unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/proc", "tmpfs", 0, NULL))
		_exit(77);
	MUST(!mp_recorder_open(&file, &about));
	state = atomic_load(&file.state);
	fprintf(stderr, "without /proc: %d\n", state);
	MUST(state == MEMPROF_RECORDER_ON || state < 0);
	MUST(count_files(shm) == (state == MEMPROF_RECORDER_ON));
	MUST(file.at->start_ticks == 0);
	mp_recorder_close(&file);
	MUST(count_files(shm) == 0);
	_exit(0);
}

static void test_without_proc_it_is_made_or_says_why(void **state)
{
	int result;

	(void)state;
	mp_recorder_close(&file);
	result = in_child(open_without_proc);
	if (result == 77) {
		print_message("skipped: it takes root to hide /proc\n");
		skip();
	}
	assert_int_equal(result, 0);
}

int main(void)
{
	struct CMUnitTest cases[ARRAY_SIZE(without_cases)];
	const struct CMUnitTest tests[] = {
		RECORDER_TEST(test_it_is_private_whole_and_locked),
		RECORDER_TEST(test_its_mode_is_not_the_umasks),
		RECORDER_TEST(test_its_name_says_whose_it_is),
		RECORDER_TEST(test_its_header_says_what_was_asked),
		RECORDER_TEST(test_what_is_stored_is_in_the_file),
		RECORDER_TEST(test_all_of_it_is_touched),
		RECORDER_TEST(test_it_may_begin_paused),
		RECORDER_TEST(
			test_closing_leaves_no_file_and_memory_to_write_to),
		RECORDER_TEST(test_a_name_that_gets_too_long),
		RECORDER_TEST(test_a_limit_of_file_sizes_raises_no_signal),
		RECORDER_TEST(test_a_full_tmpfs_raises_no_signal),
		RECORDER_TEST(test_without_proc_it_is_made_or_says_why),
	};
	int failed;

	for (size_t i = 0; i < ARRAY_SIZE(without_cases); i++)
		cases[i] = (struct CMUnitTest){
			.name = without_cases[i].name,
			.test_func = test_without,
			.initial_state = &without_cases[i],
		};
	failed = cmocka_run_group_tests_name("recorder", tests, enter, NULL);
	return failed +
	       cmocka_run_group_tests_name("going without", cases, enter, NULL);
}
