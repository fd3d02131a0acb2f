/* sys: calls that answer with what the kernel said, and descriptors that are
   out of the way. */

#include "logging.h"

#include "core/sys.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

static void test_calls_return_negative_errno(void **state)
{
	char byte = 'x';

	(void)state;
	assert_int_equal(mp_sys_write(-1, &byte, 1), -EBADF);
	assert_int_equal(mp_sys_pread(-1, &byte, 1, 0), -EBADF);
	assert_int_equal(mp_sys_send(-1, &byte, 1), -EBADF);
	assert_int_equal(mp_sys_send(STDIN_FILENO, &byte, 1), -ENOTSOCK);
}

static void test_write_and_pread_move_bytes(void **state)
{
	char back[8];
	int fd = open("f", O_CREAT | O_RDWR, 0600);

	(void)state;
	assert_int_equal(mp_sys_write(fd, "abcdef", 6), 6);
	assert_int_equal(mp_sys_pread(fd, back, sizeof(back), 2), 4);
	assert_memory_equal(back, "cdef", 4);
	assert_int_equal(mp_sys_pread(fd, back, sizeof(back), 6), 0);
	close(fd);
}

static void test_send_neither_waits_nor_kills(void **state)
{
	static const char much[65536];
	int ends[2];
	ssize_t n;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	do
		n = mp_sys_send(ends[0], much, sizeof(much));
	while (n > 0);
	assert_int_equal(n, -EAGAIN);
	close(ends[1]);
	assert_int_equal(mp_sys_send(ends[0], much, 1), -EPIPE);
	close(ends[0]);
}

static void *write_cancelled(void *arg)
{
	int fd = *(int *)arg;
	char byte;

	pthread_cancel(pthread_self());
	/* write(2) as glibc has it would end here. */
	mp_sys_write(fd, "x", 1);
	mp_sys_pread(fd, &byte, 1, 0);
	mp_sys_send(fd, "x", 1);
	mp_sys_write(fd, "y", 1);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	return arg;
}

static void test_calls_are_no_cancellation_points(void **state)
{
	int fd = open("f", O_CREAT | O_RDWR, 0600);
	pthread_t thread;
	struct stat st;
	void *ret;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, write_cancelled, &fd),
			 0);
	pthread_join(thread, &ret);
	assert_ptr_equal(ret, &fd);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 2);
	close(fd);
}

static void test_a_descriptor_moves_up_and_is_closed_on_exec(void **state)
{
	int low = open("/dev/null", O_WRONLY);
	int high = mp_sys_move_up(low);

	(void)state;
	assert_true(high >= MP_SYS_FD_MIN);
	assert_int_equal(fcntl(low, F_GETFD), -1);
	assert_int_equal(fcntl(high, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(high);
}

static void move_up_without_room(void *arg)
{
	struct rlimit r = { 30, 30 };
	int low = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)arg;
	MUST(!setrlimit(RLIMIT_NOFILE, &r));
	MUST(mp_sys_move_up(low) == low);
	MUST(fcntl(low, F_GETFD) >= 0);
}

static void test_without_room_a_descriptor_stays(void **state)
{
	(void)state;
	in_child(move_up_without_room, NULL);
}

static void test_a_descriptor_is_known_by_its_file(void **state)
{
	int fd = open("f", O_CREAT | O_RDWR, 0600), other;
	struct mp_sys_id id;
	struct stat st;

	(void)state;
	assert_int_equal(fstat(fd, &st), 0);
	id = (struct mp_sys_id){ st.st_dev, st.st_ino };
	assert_true(mp_sys_is(fd, id));
	other = open("g", O_CREAT | O_RDWR, 0600);
	assert_false(mp_sys_is(other, id));
	assert_int_equal(dup2(other, fd), fd);
	assert_false(mp_sys_is(fd, id));
	close(fd);
	assert_false(mp_sys_is(fd, id));
	assert_false(mp_sys_is(-1, id));
	id.dev++;
	assert_false(mp_sys_is(other, id));
	close(other);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_calls_return_negative_errno),
		TEST(test_write_and_pread_move_bytes),
		TEST(test_send_neither_waits_nor_kills),
		TEST(test_calls_are_no_cancellation_points),
		TEST(test_a_descriptor_moves_up_and_is_closed_on_exec),
		TEST(test_without_room_a_descriptor_stays),
		TEST(test_a_descriptor_is_known_by_its_file),
	};

	return cmocka_run_group_tests_name("sys", tests, NULL, NULL);
}
