#include "profile/kept.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

static struct {
	struct mp_profile_ref ref;
	char oops_id[MP_KEPT_OOPS_MAX];
	char path[PATH_MAX];
} kept[MP_KEPT_MAX];

/* Held for one copy. */
static _Atomic uint32_t locked; /* guards `kept` and `next` */
static unsigned next;

static void lock(void)
{
	uint32_t open = 0;

	while (!atomic_compare_exchange_weak(&locked, &open, 1)) {
		open = 0;
		sched_yield();
	}
}

void mp_kept_renew(void)
{
	atomic_store(&locked, 0);
}

void mp_kept_add(struct mp_profile_ref ref, const char *path,
		 const char *oops_id)
{
	size_t len = oops_id ? strnlen(oops_id, MP_KEPT_OOPS_MAX - 1) : 0;

	lock();
	kept[next].ref = ref;
	strcpy(kept[next].path, path);
	memcpy(kept[next].oops_id, oops_id ? oops_id : "", len);
	kept[next].oops_id[len] = '\0';
	next = (next + 1) % MP_KEPT_MAX;
	atomic_store(&locked, 0);
}

int mp_kept_find(struct mp_profile_ref ref, char *ret, char *ret_oops_id)
{
	int err = -ENOENT;

	lock();
	for (unsigned i = 0; ref.generation && i < MP_KEPT_MAX; i++) {
		if (kept[i].ref.index != ref.index ||
		    kept[i].ref.generation != ref.generation)
			continue;
		strcpy(ret, kept[i].path);
		strcpy(ret_oops_id, kept[i].oops_id);
		err = 0;
		break;
	}
	atomic_store(&locked, 0);
	return err;
}
