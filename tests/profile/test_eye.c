/* eye: each look is at the thread that is meant, through one open file. */

#include "test.h"

#include "profile/eye.h"
#include "profile/waiter.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static int count_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Look until it waits, a minute at most, and tell whether it does so in its own
   stack. */
static bool sees(struct mp_eye *e, const struct waiter *w)
{
	const struct timespec moment = { 0, 100000 };
	struct mp_blocked b;
	int err = 0;

	for (int i = 0; i < 600000 && !err; i++) {
		err = mp_eye_look(e, w->tid, &b);
		nanosleep(&moment, NULL);
	}
	return err == 1 && b.sp < w->frame && w->frame - b.sp < 4096;
}

static void test_it_turns_to_whom_it_is_told(void **state)
{
	struct mp_eye e = { .tid = 0 };
	struct waiter one, two;
	int files;

	(void)state;
	start_waiter(&one);
	start_waiter(&two);
	files = count_files();
	assert_true(sees(&e, &one));
	assert_true(sees(&e, &two));
	assert_true(sees(&e, &one));
	assert_int_equal(count_files(), files + 1);
	mp_eye_shut(&e);
	assert_int_equal(count_files(), files);
	mp_eye_shut(&e);
	end_waiter(&one);
	end_waiter(&two);
}

/* The kernel gives a number again, and then the open file is a dead one's. */
static void test_a_thread_with_the_number_of_a_dead_one_is_seen(void **state)
{
	struct mp_eye e = { .tid = 0 };
	struct waiter dead, next;
	struct mp_blocked b;

	(void)state;
	start_waiter(&dead);
	assert_true(sees(&e, &dead));
	end_waiter(&dead);
	/* Joined is not gone yet: /proc has it for a while. */
	for (int i = 0; i < 2000 && mp_eye_look(&e, dead.tid, &b) >= 0; i++)
		usleep(1000);
	assert_true(mp_eye_look(&e, dead.tid, &b) < 0);
	start_waiter(&dead);
	assert_true(sees(&e, &dead));
	end_waiter(&dead);
	start_waiter(&next);
	e.tid = next.tid;
	assert_true(sees(&e, &next));
	mp_eye_shut(&e);
	end_waiter(&next);
}

/* A daemon closes all that is open, and the number is the host's then. */
static void test_a_file_of_the_hosts_is_left_alone(void **state)
{
	struct mp_eye e = { .tid = 0 };
	struct waiter w;
	int host, number;

	(void)state;
	start_waiter(&w);
	assert_true(sees(&e, &w));
	number = e.fd;
	host = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(dup2(host, number), number);
	assert_true(sees(&e, &w));
	assert_int_not_equal(e.fd, number);
	assert_true(fcntl(number, F_GETFD) >= 0);

	assert_int_equal(dup2(host, e.fd), e.fd);
	host = e.fd;
	mp_eye_shut(&e);
	assert_true(fcntl(host, F_GETFD) >= 0);
	end_waiter(&w);
}

/* On a thread of the host's, which it may cancel at any time. */
static void *see_the_queue(void *arg)
{
	struct mp_eye e = { .tid = 0 };
	int64_t *ret = arg;
	int cancel = PTHREAD_CANCEL_DISABLE;

	pthread_cancel(pthread_self());
	errno = 7;
	ret[0] = mp_eye_queued_ns(&e, gettid());
	ret[1] = mp_eye_queued_ns(&e, gettid());
	ret[2] = mp_eye_queued_ns(&e, 1 << 30);
	ret[3] = errno;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	ret[4] = cancel;
	mp_eye_shut(&e);
	return NULL;
}

static void test_the_queue_is_seen_without_a_trace(void **state)
{
	int64_t seen[5] = { -1, -1, -1, -1, -1 };
	int files = count_files();
	pthread_t thread;

	(void)state;
	if (access("/proc/self/schedstat", R_OK)) {
		puts("skipped: this kernel does not count it");
		skip();
	}
	pthread_create(&thread, NULL, see_the_queue, seen);
	pthread_join(thread, NULL);
	assert_true(seen[0] >= 0);
	assert_true(seen[1] >= seen[0]);
	assert_int_equal(seen[2], -ENOENT);
	assert_int_equal(seen[3], 7);
	assert_int_equal(seen[4], PTHREAD_CANCEL_ENABLE);
	assert_int_equal(count_files(), files);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_turns_to_whom_it_is_told),
		cmocka_unit_test(
			test_a_thread_with_the_number_of_a_dead_one_is_seen),
		cmocka_unit_test(test_a_file_of_the_hosts_is_left_alone),
		cmocka_unit_test(test_the_queue_is_seen_without_a_trace),
	};

	return cmocka_run_group_tests_name("eye", tests, NULL, NULL);
}
