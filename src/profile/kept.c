#include "profile/kept.h"

#include "core/latch.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>

static struct {
	struct mp_profile_ref ref;
	char oops_id[MP_KEPT_OOPS_MAX];
	char path[PATH_MAX];
} kept[MP_KEPT_MAX];

static _Atomic uint32_t latch; /* guards `kept` and `next` */
static unsigned next;

void mp_kept_renew(void)
{
	atomic_store(&latch, MP_LATCH_FREE);
}

void mp_kept_add(struct mp_profile_ref ref, const char *path,
		 const char *oops_id)
{
	size_t len = oops_id ? strnlen(oops_id, MP_KEPT_OOPS_MAX - 1) : 0;

	mp_latch_lock(&latch);
	kept[next].ref = ref;
	strcpy(kept[next].path, path);
	memcpy(kept[next].oops_id, oops_id ? oops_id : "", len);
	kept[next].oops_id[len] = '\0';
	next = (next + 1) % MP_KEPT_MAX;
	mp_latch_unlock(&latch);
}

int mp_kept_find(struct mp_profile_ref ref, char *ret, char *ret_oops_id)
{
	int err = -ENOENT;

	mp_latch_lock(&latch);
	for (unsigned i = 0; ref.generation && i < MP_KEPT_MAX; i++) {
		if (kept[i].ref.index != ref.index ||
		    kept[i].ref.generation != ref.generation)
			continue;
		strcpy(ret, kept[i].path);
		strcpy(ret_oops_id, kept[i].oops_id);
		err = 0;
		break;
	}
	mp_latch_unlock(&latch);
	return err;
}
