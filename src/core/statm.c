#include "core/statm.h"

#include "core/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	_Atomic int fd; /* -1: not open */
	_Atomic int64_t page_size;
	atomic_flag opening; /* held by who opens; never waited for */
	struct mp_sys_id id; /* of the open file; guarded by `opening` */
} statm = { .fd = -1, .opening = ATOMIC_FLAG_INIT };

/* Needs `opening`, which a thread that open(2) lets be cancelled would keep. */
static void open_anew(void)
{
	struct stat st;
	int fd, cancel;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	pthread_setcancelstate(cancel, NULL);
	if (fd >= 0) {
		fd = mp_sys_move_up(fd);
		if (!fstat(fd, &st))
			statm.id = (struct mp_sys_id){ st.st_dev, st.st_ino };
	}
	atomic_store(&statm.fd, fd);
}

void mp_statm_open(void)
{
	if (atomic_flag_test_and_set(&statm.opening))
		return;
	atomic_store(&statm.page_size, sysconf(_SC_PAGESIZE));
	if (atomic_load(&statm.fd) < 0)
		open_anew();
	atomic_flag_clear(&statm.opening);
}

void mp_statm_renew(void)
{
	int fd = atomic_load(&statm.fd);

	/* Whoever held it is not in this process. */
	atomic_flag_test_and_set(&statm.opening);
	if (mp_sys_is(fd, statm.id))
		close(fd);
	open_anew();
	atomic_flag_clear(&statm.opening);
}

void mp_statm_check(void)
{
	if (atomic_flag_test_and_set(&statm.opening))
		return;
	if (!mp_sys_is(atomic_load(&statm.fd), statm.id))
		open_anew();
	atomic_flag_clear(&statm.opening);
}

/* Digits and the blank behind them; false where anything else stands. */
static bool read_pages(const char **p, const char *end, int64_t *ret)
{
	int64_t v = 0;
	const char *start = *p;

	for (; *p < end && **p >= '0' && **p <= '9'; ++*p)
		v = v * 10 + (**p - '0');
	if (*p == start || *p - start > 15 || *p == end || **p != ' ')
		return false;
	++*p;
	*ret = v;
	return true;
}

static struct mp_statm read_once(void)
{
	int64_t page_size =
		atomic_load_explicit(&statm.page_size, memory_order_relaxed);
	int fd = atomic_load_explicit(&statm.fd, memory_order_relaxed);
	int64_t vss_pages, rss_pages;
	const char *p;
	char text[128];
	ssize_t n;

	n = mp_sys_pread(fd, text, sizeof(text), 0);
	p = text;
	if (n <= 0 || !read_pages(&p, text + n, &vss_pages) ||
	    !read_pages(&p, text + n, &rss_pages))
		return (struct mp_statm){ MP_UNKNOWN, MP_UNKNOWN };
	return (struct mp_statm){ vss_pages * page_size,
				  rss_pages * page_size };
}

__attribute__((cold, noinline)) static struct mp_statm read_again(void)
{
	mp_statm_check();
	return read_once();
}

struct mp_statm mp_statm_read(void)
{
	struct mp_statm now = read_once();

	if (__builtin_expect(now.rss == MP_UNKNOWN, 0))
		now = read_again();
	return now;
}
