#include "core/recoveraccount.h"

#include "core/recordercheck.h"
#include "core/recoverfile.h"

/* A flag may be there before the state that it belongs to. */
static void count_slot(const struct mp_recorder_slot *slot,
		       struct mp_recoveraccount_states *n,
		       struct mp_recover_account *a)
{
	bool unfinished = slot->flags & MP_RECORDER_UNFINISHED;
	enum mp_recorder_state state = mp_recorder_state(slot->word);

	if (mp_recordercheck_is_own(slot)) {
		n->own += state == MP_RECORDER_ENDING;
		return;
	}
	if (state == MP_RECORDER_IN_FLIGHT)
		n->unfinished++;
	else if (state == MP_RECORDER_ENDING)
		++*(unfinished ? &n->unfinished : &n->ending);
	else if (unfinished)
		a->unfinished++;
	else if (slot->flags & MP_RECORDER_FOUND)
		a->found++;
	else if (slot->flags & MP_RECORDER_WRITTEN)
		a->written++;
	else
		n->logged++;
}

int mp_recoveraccount_count(const struct mp_recover *r,
			    struct mp_recoveraccount_states *ret,
			    struct mp_recover_account *ret_account)
{
	struct mp_recoveraccount_states n = { 0 };
	struct mp_recorder_slot slot;

	for (uint32_t i = 0; i < r->header->slot_count; i++) {
		int err = mp_recoverfile_slot(r, i, &slot);

		if (err)
			return err;
		if (mp_recordercheck_is_used(&slot))
			count_slot(&slot, &n, ret_account);
	}
	*ret = n;
	return 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int mp_recoveraccount_settle(const struct mp_recover *r,
			     struct mp_recover_account *ret)
{
	struct mp_recorder *h = r->header;
	struct mp_recorder_counts *c = &h->counts;
	struct mp_recover_account a = {
		.begun = mp_overlap_begun_total(&h->overlap),
		.logged = c->logged,
		.skipped = c->skipped_sampling + c->skipped_threshold +
			   c->skipped_paused,
		.dropped = c->dropped,
		.cancelled = c->cancelled,
		.abandoned = h->overlap.abandoned,
		.repeated = ret->repeated,
		.unsure = ret->unsure,
	};
	struct mp_recoveraccount_states n;
	uint64_t counted, slots, rest, uncounted;
	int err = mp_recoveraccount_count(r, &n, &a);

	if (err)
		return err;
	a.unfinished += n.unfinished;
	a.written += n.ending;
	slots = a.unfinished + a.found + a.written;
	counted = a.logged + a.skipped + a.dropped + a.cancelled;
	rest = a.begun - counted - slots;
	if ((int64_t)rest < 0) {
		*ret = a;
		return 0;
	}
	a.balances = true;
	a.abandoned = least(a.abandoned, rest);
	rest -= a.abandoned;
	uncounted = least(n.logged, rest);
	a.logged += a.found + a.written + uncounted;
	a.unnamed = rest - uncounted;
	*ret = a;
	return 0;
}

int mp_recover_look(struct mp_recover *r, struct mp_recover_account *ret)
{
	*ret = (struct mp_recover_account){ 0 };
	return mp_recoveraccount_settle(r, ret);
}
