/* log: within the limits of its process, of file sizes and descriptors; and with
   a host that closes descriptors that are not its own. */

#include "logging.h"

#include "core/sys.h"

#include <sys/resource.h>
#include <sys/socket.h>

/* Each runs in a child, for it changes the process. */

/* ---- limits ---- */

static void reach_the_file_size_limit(void *arg)
{
	rlim_t limit = *(rlim_t *)arg;
	struct rlimit r = { limit, limit };
	struct memprof_stats s;
	struct account a;
	struct memprof *mp;

	MUST(!setrlimit(RLIMIT_FSIZE, &r));
	mp = must_open(LOG);
	for (size_t i = 0; i < 30; i++)
		request(mp, i);
	s = stats_of(mp);
	MUST(s.begun == 30 && s.logged + s.dropped == 30);
	MUST(s.dropped > 0 && s.first_error != 0);
	a = account_of(LOG);
	MUST(a.requests == s.logged);
	MUST(a.late_headers == 0);
	MUST(a.faults == (limit > mp_record_header_len));
	MUST(memprof_close(mp) == s.first_error);
}

/* A limit that comes while the log is open is seen by the next check. */
static void lower_the_file_size_limit(void *arg)
{
	struct rlimit r = { 4096, 4096 };
	struct memprof *mp = must_open(LOG);

	(void)arg;
	MUST(!setrlimit(RLIMIT_FSIZE, &r));
	memprof_reopen(mp);
	for (size_t i = 0; i < 100; i++)
		request(mp, i);
	MUST(stats_of(mp).dropped > 50);
	memprof_close(mp);
}

static void have_few_descriptors(void *arg)
{
	struct rlimit r = { 20, 20 };
	struct memprof *mp;
	int socks[2];

	(void)arg;
	MUST(!setrlimit(RLIMIT_NOFILE, &r));
	mp = must_open(LOG);
	request(mp, 0);
	MUST(!rename(LOG, LOG ".1"));
	memprof_reopen(mp);
	request(mp, 1);
	expect(mp, 2, 0);
	MUST(account_of(LOG).requests == 1);
	MUST(!memprof_close(mp));

	MUST(!socketpair(AF_UNIX, SOCK_STREAM, 0, socks));
	MUST(dup2(socks[1], STDOUT_FILENO) == STDOUT_FILENO);
	mp = must_open("/dev/stdout");
	request(mp, 0);
	expect(mp, 1, 0);
	MUST(!memprof_close(mp));
}

static void run_out_of_descriptors(void *arg)
{
	struct memprof *mp = must_open(LOG);
	struct rlimit r = { 0, 0 };

	(void)arg;
	MUST(!rename(LOG, LOG ".1"));
	MUST(!setrlimit(RLIMIT_NOFILE, &r));
	memprof_reopen(mp);
	request(mp, 0);
	request(mp, 1);
	expect(mp, 2, 0);
	MUST(stats_of(mp).reopen_failed > 0);
	MUST(memprof_close(mp) == -EMFILE);
}

/* ---- a host that closes all descriptors ---- */

/* Our descriptor of the log, by its name. */
static int find_log(void)
{
	struct stat log, st;

	MUST(!stat(LOG, &log));
	for (int fd = 3; fd < 200; fd++)
		if (!fstat(fd, &st) && st.st_ino == log.st_ino &&
		    st.st_dev == log.st_dev)
			return fd;
	return -1;
}

static void take_our_number(void *arg)
{
	bool reopens = *(bool *)arg;
	char byte;
	int ours, socks[2];
	struct memprof *mp = must_open(LOG);

	request(mp, 0);
	ours = find_log();
	MUST(ours >= MP_SYS_FD_MIN);
	MUST(!close_range(3, ~0U, 0));
	MUST(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, socks));
	for (int fd = 0; fd != ours;)
		MUST((fd = dup(socks[1])) >= 0);
	if (!reopens)
		MUST(!unlink(LOG) && !mkdir(LOG, 0700));

	memprof_reopen(mp); /* the next check is due */
	for (size_t i = 1; i < 10; i++)
		request(mp, i);
	MUST(recv(socks[0], &byte, 1, 0) < 0 && errno == EAGAIN);
	if (reopens) {
		expect(mp, 10, 0);
		MUST(account_of(LOG).requests == 10);
		MUST(find_log() >= MP_SYS_FD_MIN && find_log() != ours);
		MUST(!memprof_close(mp));
		MUST(find_log() < 0);
	} else {
		expect(mp, 1, 9);
		MUST(!rmdir(LOG));
		memprof_reopen(mp);
		request(mp, 10);
		expect(mp, 2, 9);
		MUST(memprof_close(mp) == -EISDIR);
	}
	MUST(recv(socks[0], &byte, 1, 0) < 0 && errno == EAGAIN);
	MUST(fcntl(ours, F_GETFD) >= 0); /* close left the host's alone */
}

static void close_when_it_is_taken(void *arg)
{
	struct memprof *mp = must_open(LOG);
	int ours = find_log();

	(void)arg;
	MUST(dup2(open("/dev/null", O_WRONLY), ours) == ours);
	memprof_close(mp);
	MUST(fcntl(ours, F_GETFD) >= 0);
}

/* Where nobody has taken the number yet, the first write finds out. */
static void close_all(void *arg)
{
	struct memprof *mp = must_open(LOG);

	(void)arg;
	request(mp, 0);
	MUST(!close_range(3, ~0U, 0));
	request(mp, 1);
	request(mp, 2);
	expect(mp, 2, 1);
	MUST(memprof_close(mp) == -EBADF);
	MUST(account_of(LOG).requests == 2);
}

static rlim_t no_byte, some_of_the_header = 50, some_lines = 2000;
static bool it_can = true, it_can_not;

IN_CHILD(test_a_file_size_limit_of_nothing, reach_the_file_size_limit, &no_byte)
IN_CHILD(test_a_file_size_limit_in_the_header, reach_the_file_size_limit,
	 &some_of_the_header)
IN_CHILD(test_a_file_size_limit_in_a_line, reach_the_file_size_limit,
	 &some_lines)
IN_CHILD(test_a_file_size_limit_set_later, lower_the_file_size_limit, NULL)
IN_CHILD(test_a_low_limit_of_descriptors, have_few_descriptors, NULL)
IN_CHILD(test_no_descriptor_for_the_new_file, run_out_of_descriptors, NULL)
IN_CHILD(test_a_host_that_takes_our_number, take_our_number, &it_can)
IN_CHILD(test_a_host_that_takes_our_number_for_good, take_our_number,
	 &it_can_not)
IN_CHILD(test_close_leaves_the_hosts_descriptor_alone, close_when_it_is_taken,
	 NULL)
IN_CHILD(test_a_host_that_closes_everything, close_all, NULL)

#define TEST(t) cmocka_unit_test_setup_teardown(t, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_file_size_limit_of_nothing),
		TEST(test_a_file_size_limit_in_the_header),
		TEST(test_a_file_size_limit_in_a_line),
		TEST(test_a_file_size_limit_set_later),
		TEST(test_a_low_limit_of_descriptors),
		TEST(test_no_descriptor_for_the_new_file),
		TEST(test_a_host_that_takes_our_number),
		TEST(test_a_host_that_takes_our_number_for_good),
		TEST(test_close_leaves_the_hosts_descriptor_alone),
		TEST(test_a_host_that_closes_everything),
	};

	return cmocka_run_group_tests_name("log_limits", tests, NULL, NULL);
}
