#include "core/process.h"

#include "core/latch.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct mp_process mp_process = { .token = 1 };

int mp_process_init(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	struct mp_process_page *page, *none = NULL;
	int err;

	if (atomic_load(&mp_process.page))
		return 0;

	page = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return -errno;
	if (madvise(page, size, MADV_WIPEONFORK)) {
		err = -errno;
		goto unmap;
	}
	atomic_store(&mp_process.pid, getpid());
	atomic_store(&page->state, MP_PROCESS_READY);
	/* No lock, which a fork could leave held: the first one here wins. */
	if (atomic_compare_exchange_strong(&mp_process.page, &none, page))
		return 0;
	err = 0;

unmap:
	munmap(page, size);
	return err;
}

bool mp_process_renew(void)
{
	struct mp_process_page *page = mp_process_page();

	for (;;) {
		uint32_t state = MP_PROCESS_NEW;

		if (atomic_compare_exchange_strong(&page->state, &state,
						   MP_PROCESS_RENEWING)) {
			atomic_fetch_add(&mp_process.token, 1);
			atomic_store(&mp_process.pid, getpid());
			return true;
		}
		if (state == MP_PROCESS_READY)
			return false;
		sched_yield();
	}
}

void mp_process_renewed(void)
{
	atomic_store_explicit(&mp_process_page()->state, MP_PROCESS_READY,
			      memory_order_release);
}

int mp_process_expand(const char *pattern, int32_t pid, char *ret)
{
	size_t n = 0;

	for (const char *p = pattern; *p; p++) {
		char number[16];
		size_t len;

		if (p[0] == '%' && p[1] == 'p') {
			len = (size_t)snprintf(number, sizeof(number), "%d",
					       pid);
			p++;
		} else {
			if (p[0] == '%' && p[1] == '%')
				p++;
			number[0] = *p;
			len = 1;
		}
		if (n + len >= PATH_MAX)
			return -ENAMETOOLONG;
		memcpy(ret + n, number, len);
		n += len;
	}
	ret[n] = '\0';
	return 0;
}

void mp_process_lock(void)
{
	mp_latch_lock(&mp_process_page()->latch);
}

void mp_process_unlock(void)
{
	mp_latch_unlock(&mp_process_page()->latch);
}
