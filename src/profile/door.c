#include "profile/door.h"

#include "core/clock.h"
#include "core/process.h"
#include "core/request.h"
#include "core/session.h"
#include "profile/ratelimit.h"
#include "profile/trigger.h"

#include <errno.h>
#include <string.h>

/* Of the whole process, however many sessions it has. */
static struct mp_ratelimit limit;

/* Takes as long whatever the key has right: as long as what was brought. */
static bool is_key(const char *key, const char *brought)
{
	size_t len = strlen(key), brought_len = strlen(brought);
	size_t wrong = len ^ brought_len;

	for (size_t i = 0; i < brought_len; i++)
		wrong |= (size_t)(unsigned char)(brought[i] ^
						 key[i % (len + 1)]);
	return !wrong;
}

static bool may_enter(const struct memprof *mp, const char *key, uint32_t flags)
{
	if (flags & MEMPROF_AUTHORISED)
		return true;
	return *mp->config.profile_key && key &&
	       is_key(mp->config.profile_key, key);
}

static void refuse(struct memprof *mp, struct memprof_trigger *t,
		   const char *why)
{
	mp_recorder_count(&mp->recorder->profiles.refused);
	t->actions = 0;
	t->refused = why;
}

static void judge(struct memprof *mp, const struct mp_trigger *found,
		  struct memprof_trigger *t)
{
	t->actions = found->actions;
	t->interval_ns = found->interval_ns;
	t->cut_at = found->cut_at;
	t->cut_len = found->cut_len;
	memcpy(t->unknown, found->unknown, sizeof(t->unknown));
	/* Who asks for help gets that alone. */
	if (t->actions & MEMPROF_ACTION_HELP)
		t->actions = MEMPROF_ACTION_HELP;
	else if (found->bad_interval)
		refuse(mp, t, "the interval is not from 0.0001 to 1 seconds");
	else if (!mp_ratelimit_take(&limit, mp->config.profile_max_per_minute,
				    mp_process_token(), mp_clock_mono_ns()))
		refuse(mp, t,
		       "this minute has had all profiles that it may have");
}

static void find(struct memprof *mp, const char *path, const char *query,
		 const char *key, uint32_t flags, struct memprof_trigger *t)
{
	struct mp_trigger found;

	if (!mp_trigger_find(path, query, mp->config.profile_trigger, &found))
		return;
	if (!may_enter(mp, key, flags)) {
		refuse(mp, t, "neither the key nor the server allows it");
		return;
	}
	if (path)
		memcpy(t->url, path, strnlen(path, sizeof(t->url) - 1));
	judge(mp, &found, t);
}

int memprof_trigger(struct memprof *mp, const char *path, const char *query,
		    const char *key, uint32_t flags,
		    struct memprof_trigger *ret)
{
	size_t size = ret->size;

	if (size < sizeof(*ret))
		return -EINVAL;
	memset(ret, 0, size);
	ret->size = size;
	if (mp_profiling_makes_files(mp))
		find(mp, path, query, key, flags, ret);
	return 0;
}

void mp_door_profile(struct mp_request *r,
		     const struct memprof_trigger *trigger)
{
	enum mp_profile_clock clock = r->session->config.profile_clock;
	int64_t interval_ns = trigger->interval_ns;
	struct mp_profile *p;

	if (!(trigger->actions & ~(uint32_t)MEMPROF_ACTION_HELP))
		return;
	if (!interval_ns)
		interval_ns = r->session->config.profile_interval_ns;
	if (trigger->actions & MEMPROF_ACTION_WALL)
		clock = MP_PROFILE_WALL;
	if (!mp_profile_request(r, clock, interval_ns))
		return;
	p = mp_profile_take(r->profile);
	if (!p)
		return;
	memcpy(p->url, trigger->url, sizeof(p->url));
	p->url[sizeof(p->url) - 1] = '\0';
	mp_profile_give(p);
}
