/* log: to what is no plain file: standard output of all kinds, FIFOs, devices,
   and names that can't be opened. */

#include "logging.h"

#include <signal.h>
#include <sys/socket.h>
#include <time.h>

/* No call of ours takes so long, unless it waits for somebody. */
static void at_once(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	MUST(now.tv_sec - since->tv_sec < 20);
}

static struct timespec start_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now;
}

static void expect_text(const char *text, size_t len, uint64_t requests)
{
	struct account a = { 0 };

	account_text(&a, text, len);
	MUST(a.requests == requests);
	MUST(a.headers == 1 && a.late_headers == 0);
	MUST(a.faults == 0 && a.empty == 0);
}

/* ---- pipes ---- */

static void log_to_a_pipe(void *arg)
{
	static char text[65536];
	struct timespec start = start_clock();
	struct memprof *mp;
	int ends[2], flags;
	ssize_t n;

	(void)arg;
	MUST(!pipe(ends));
	MUST(dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
	mp = must_open("/dev/stdout");
	for (size_t i = 0; i < 10; i++)
		request(mp, i);
	expect(mp, 10, 0);
	n = read(ends[0], text, sizeof(text));
	MUST(n > 0);
	expect_text(text, (size_t)n, 10);

	/* Nobody reads on: it fills up, and nothing waits. */
	for (size_t i = 0; i < 2000; i++)
		request(mp, i);
	at_once(&start);
	MUST(stats_of(mp).dropped > 1000);
	MUST(stats_of(mp).first_error == -EAGAIN);
	MUST(stats_of(mp).torn == 0);
	/* The host's own end still waits, as it did before. */
	flags = fcntl(STDOUT_FILENO, F_GETFL);
	MUST(!(flags & O_NONBLOCK));

	/* Then it reads again: all lines are whole. */
	n = read(ends[0], text, sizeof(text));
	MUST(n > 0 && text[n - 1] == '\n');
	request(mp, 1);
	MUST(read(ends[0], text, sizeof(text)) > 0);
	MUST(memprof_close(mp) == -EAGAIN);
}

static void lose_the_reader(void *arg)
{
	struct memprof *mp;
	int ends[2];

	(void)arg;
	MUST(!pipe(ends));
	MUST(dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
	mp = must_open("/dev/stdout");
	request(mp, 0);
	close(ends[0]);
	for (size_t i = 0; i < 10; i++)
		request(mp, i);
	expect(mp, 1, 10);
	MUST(memprof_close(mp) == -EPIPE);
}

static void open_without_a_reader(void *arg)
{
	struct memprof *mp;
	int ends[2];

	(void)arg;
	MUST(!pipe(ends));
	MUST(dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
	close(ends[0]);
	mp = must_open("/dev/stdout");
	request(mp, 0);
	expect(mp, 0, 1);
	MUST(memprof_close(mp) == -EPIPE);
}

static volatile sig_atomic_t pipes_broken;

static void note_broken(int sig)
{
	(void)sig;
	pipes_broken++;
}

/* A host that waits for SIGPIPE itself keeps its own. */
static void keep_the_hosts_signal(void *arg)
{
	struct memprof *mp;
	sigset_t pipe_only, pending;
	int ends[2];

	(void)arg;
	signal(SIGPIPE, note_broken);
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	MUST(!pipe(ends));
	MUST(dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
	close(ends[0]);
	mp = must_open("/dev/stdout");
	request(mp, 0);
	MUST(pipes_broken == 0);

	sigprocmask(SIG_BLOCK, &pipe_only, NULL);
	raise(SIGPIPE);
	request(mp, 1);
	sigpending(&pending);
	MUST(sigismember(&pending, SIGPIPE) == 1);
	sigprocmask(SIG_UNBLOCK, &pipe_only, NULL);
	MUST(pipes_broken == 1);
	expect(mp, 0, 2);
}

/* ---- standard output as a file, and as a socket ---- */

static void share_a_file(void *arg)
{
	struct account a = { 0 };
	struct memprof *mp;
	int fd = open("out", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	(void)arg;
	MUST(fd >= 0 && dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
	mp = must_open("/dev/stdout");
	for (size_t i = 0; i < 10; i++) {
		request(mp, i);
		MUST(write(STDOUT_FILENO, "of the host\n", 12) == 12);
	}
	expect(mp, 10, 0);
	MUST(!memprof_close(mp));
	account_file(&a, "out");
	MUST(a.requests == 10 && a.own == 2 && a.faults == 10);
	MUST(a.headers == 1 && a.late_headers == 0);
}

static void log_to_a_socket(void *arg)
{
	static char text[1 << 20];
	struct timespec start = start_clock();
	struct memprof *mp;
	int ends[2];
	ssize_t n;

	MUST(!socketpair(AF_UNIX, *(int *)arg, 0, ends));
	MUST(dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
	mp = must_open("/dev/stdout");
	for (size_t i = 0; i < 5000; i++)
		request(mp, i);
	at_once(&start);
	MUST(stats_of(mp).logged > 10 && stats_of(mp).dropped > 1000);
	n = read(ends[0], text, sizeof(text));
	MUST(n > 0);
	if (*(int *)arg == SOCK_STREAM)
		expect_text(text, (size_t)n, stats_of(mp).logged);
	close(ends[0]);
	request(mp, 0);
	MUST(memprof_close(mp) == -EAGAIN);
}

static void open_on_a_full_socket(void *arg)
{
	static const char noise[65536];
	struct timespec start = start_clock();
	struct memprof *mp;
	int ends[2];

	(void)arg;
	MUST(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	MUST(dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
	while (send(ends[1], noise, sizeof(noise), MSG_DONTWAIT) > 0)
		;
	mp = must_open("/dev/stdout");
	request(mp, 0);
	at_once(&start);
	expect(mp, 0, 1);
	close(ends[0]);
	request(mp, 0);
	expect(mp, 0, 2);
}

/* ---- FIFOs ---- */

static void log_to_a_fifo(void *arg)
{
	static char text[65536];
	struct timespec start = start_clock();
	struct memprof *mp;
	ssize_t n;
	int fd;

	(void)arg;
	MUST(!mkfifo("fifo", 0600));
	mp = must_open("fifo");
	for (size_t i = 0; i < 2000; i++)
		request(mp, i);
	at_once(&start);
	MUST(stats_of(mp).logged > 100 && stats_of(mp).dropped > 1000);
	fd = open("fifo", O_RDONLY | O_NONBLOCK);
	MUST(fd >= 0);
	n = read(fd, text, sizeof(text));
	MUST(n > 0);
	expect_text(text, (size_t)n, stats_of(mp).logged);
	MUST(memprof_close(mp) == -EAGAIN);
}

static void lose_the_fifos_reader(void *arg)
{
	struct memprof *mp;
	int fd;

	(void)arg;
	MUST(!mkfifo("fifo", 0600));
	fd = open("fifo", O_RDONLY | O_NONBLOCK);
	MUST(fd >= 0);
	mp = must_open("fifo");
	request(mp, 0);
	expect(mp, 1, 0);
	close(fd);
	request(mp, 1);
	expect(mp, 1, 1);
	/* The next reader finds it going on. */
	fd = open("fifo", O_RDONLY | O_NONBLOCK);
	MUST(fd >= 0);
	request(mp, 2);
	expect(mp, 2, 1);
	MUST(memprof_close(mp) == -EPIPE);
}

/* ---- what can't be opened, or only just ---- */

static void become_nobody(void)
{
	MUST(!setgid(65534) && !setuid(65534));
}

static struct name_case {
	const char *name;
	const char *path;
	int err;
	bool as_nobody;
} name_cases[] = {
	{ "directory missing", "none/" LOG, -ENOENT, false },
	{ "a directory", "dir", -EISDIR, false },
	{ "no permission for the file", "secret", -EACCES, true },
	{ "no permission for the directory", "closed/" LOG, -EACCES, true },
	{ "a part of the path is a file", "file/" LOG, -ENOTDIR, false },
	{ "a loop of links", "loop", -ELOOP, false },
	{ "no such descriptor", "/dev/fd/999", -ENOENT, false },
	{ "a socket's name", "socket", -ENXIO, false },
};

static void fail_to_open(void *arg)
{
	const struct name_case *c = arg;
	struct memprof *mp = (struct memprof *)arg;
	struct memprof_request req = { { 0 } };
	char want[PATH_MAX + 128], path[PATH_MAX];
	int before, err;

	if (c->as_nobody)
		become_nobody();
	if (c->path[0] == '/')
		strcpy(path, c->path);
	else
		snprintf(path, sizeof(path), "%s/%s", logging_dir, c->path);
	snprintf(want, sizeof(want), "%s: %s", path, memprof_strerror(c->err));
	memprof_open_log(c->path, &mp); /* what it opens once, it has opened */
	before = open_files();
	err = memprof_open_log(c->path, &mp);
	if (err != c->err || strcmp(memprof_open_error(), want))
		fprintf(stderr, "%d, %s\n", err, memprof_open_error());
	MUST(err == c->err);
	MUST(!mp);
	MUST(!strcmp(memprof_open_error(), want));
	MUST(open_files() == before);
	memprof_begin(mp, &req, "page");
	memprof_end(&req, NULL);
}

static void test_a_name_that_cannot_be_opened(void **state)
{
	const struct name_case *c = *state;
	int fd;

	if (c->as_nobody && geteuid() != 0) {
		printf("skipped: needs root\n");
		skip();
	}
	assert_int_equal(mkdir("dir", 0755) | mkdir("closed", 0700), 0);
	assert_int_equal(symlink("loop", "loop"), 0);
	fd = open("file", O_CREAT | O_WRONLY, 0600);
	close(fd);
	fd = open("secret", O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(mknod("socket", S_IFSOCK | 0600, 0), 0);
	in_child(fail_to_open, *state);
}

static void test_a_dangling_link_makes_the_file(void **state)
{
	struct memprof *mp;

	(void)state;
	assert_int_equal(symlink("behind", LOG), 0);
	mp = open_log(LOG);
	request(mp, 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(account_of("behind").requests, 1);
	assert_int_equal(account_of("behind").headers, 1);
}

static void test_a_full_device_drops_and_counts(void **state)
{
	struct memprof *mp = open_log("/dev/full");

	(void)state;
	for (size_t i = 0; i < 10; i++)
		request(mp, i);
	expect(mp, 0, 10);
	assert_int_equal(memprof_close(mp), -ENOSPC);
}

static void test_the_null_device_takes_all(void **state)
{
	struct memprof *mp = open_log("/dev/null");

	(void)state;
	for (size_t i = 0; i < 10; i++)
		request(mp, i);
	expect(mp, 10, 0);
	assert_int_equal(memprof_close(mp), 0);
}

static void test_a_block_device_is_refused(void **state)
{
	struct memprof *mp = NULL;
	int before, err;

	(void)state;
	if (mknod("block", S_IFBLK | 0600, (7 << 8) | 0)) {
		printf("skipped: no block device can be made here\n");
		skip();
	}
	before = open("block", O_WRONLY | O_NONBLOCK);
	if (before < 0) {
		printf("skipped: no block device can be opened here\n");
		skip();
	}
	close(before);
	memprof_open_log("dir/missing", &mp);
	before = open_files();
	err = memprof_open_log("block", &mp);
	assert_int_equal(err, -EINVAL);
	assert_null(mp);
	assert_int_equal(open_files(), before);
}

static int stream = SOCK_STREAM, packets = SOCK_SEQPACKET;

IN_CHILD(test_a_pipe_that_is_full_drops, log_to_a_pipe, NULL)
IN_CHILD(test_a_pipe_that_nobody_reads_kills_nobody, lose_the_reader, NULL)
IN_CHILD(test_a_broken_pipe_at_open_kills_nobody, open_without_a_reader, NULL)
IN_CHILD(test_the_hosts_own_sigpipe_stays, keep_the_hosts_signal, NULL)
IN_CHILD(test_a_file_shared_with_the_host_keeps_both, share_a_file, NULL)
IN_CHILD(test_a_socket_that_is_full_drops, log_to_a_socket, &stream)
IN_CHILD(test_a_packet_socket_that_is_full_drops, log_to_a_socket, &packets)
IN_CHILD(test_a_full_socket_at_open_blocks_nobody, open_on_a_full_socket, NULL)
IN_CHILD(test_a_fifo_without_a_reader_blocks_nobody, log_to_a_fifo, NULL)
IN_CHILD(test_a_fifo_whose_reader_goes_away, lose_the_fifos_reader, NULL)

#define TEST(t) cmocka_unit_test_setup_teardown(t, enter, leave)

int main(void)
{
	struct CMUnitTest tests[14 + ARRAY_SIZE(name_cases)] = {
		TEST(test_a_pipe_that_is_full_drops),
		TEST(test_a_pipe_that_nobody_reads_kills_nobody),
		TEST(test_a_broken_pipe_at_open_kills_nobody),
		TEST(test_the_hosts_own_sigpipe_stays),
		TEST(test_a_file_shared_with_the_host_keeps_both),
		TEST(test_a_socket_that_is_full_drops),
		TEST(test_a_packet_socket_that_is_full_drops),
		TEST(test_a_full_socket_at_open_blocks_nobody),
		TEST(test_a_fifo_without_a_reader_blocks_nobody),
		TEST(test_a_fifo_whose_reader_goes_away),
		TEST(test_a_dangling_link_makes_the_file),
		TEST(test_a_full_device_drops_and_counts),
		TEST(test_the_null_device_takes_all),
		TEST(test_a_block_device_is_refused),
	};

	for (size_t i = 0; i < ARRAY_SIZE(name_cases); i++)
		tests[14 + i] = (struct CMUnitTest){
			.name = name_cases[i].name,
			.test_func = test_a_name_that_cannot_be_opened,
			.setup_func = enter,
			.teardown_func = leave,
			.initial_state = &name_cases[i],
		};
	return cmocka_run_group_tests_name("log_special", tests, NULL, NULL);
}
