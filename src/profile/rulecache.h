#ifndef MP_RULECACHE_H
#define MP_RULECACHE_H

/*
 * rulecache: how the frames of PCs seen before are left, in two words each.
 *
 * Most frames need three registers, and of the caller's nothing but where the
 * frame ends and where the frame pointer was saved.  Any thread and any handler
 * looks up and stores without a lock: the key is the PC mixed with the data, so
 * of two entries torn between each other none fits.  What was stored before
 * mp_rulecache_forget() does not fit either: the epoch is mixed in too.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define MP_RULECACHE_BITS \
	14 /* 16384 entries, 256 KiB; untouched they are none */

enum mp_rule_kind {
	MP_RULE_SP = 1, /* the frame ends at the stack pointer + `cfa` */
	MP_RULE_FP,	/* at the frame pointer + `cfa` */
	MP_RULE_END,	/* nobody called it */
	MP_RULE_NONE,	/* no description of this code is of use */
};

/* The return address is below the frame's end. */
struct mp_rule {
	int32_t cfa;
	int16_t saved_fp; /* from the frame's end; 0: it is not saved */
	uint8_t kind;	  /* never 0 */
};

struct mp_rulecache_entry {
	_Atomic uint64_t key, data;
};

extern struct mp_rulecache_entry mp_rulecache[1 << MP_RULECACHE_BITS];
extern _Atomic uint64_t mp_rulecache_epoch_bits;

/* To be handed to the other two, all along a walk. */
static inline uint64_t mp_rulecache_epoch(void)
{
	return atomic_load_explicit(&mp_rulecache_epoch_bits,
				    memory_order_acquire);
}

static inline struct mp_rulecache_entry *mp_rulecache_at(uint64_t pc)
{
	/* Fibonacci hashing. */
	return &mp_rulecache[(pc * 0x9e3779b97f4a7c15) >>
			     (64 - MP_RULECACHE_BITS)];
}

static inline bool mp_rulecache_get(uint64_t epoch, uint64_t pc,
				    struct mp_rule *ret)
{
	struct mp_rulecache_entry *e = mp_rulecache_at(pc);
	uint64_t key = atomic_load_explicit(&e->key, memory_order_relaxed);
	uint64_t data = atomic_load_explicit(&e->data, memory_order_relaxed);

	if ((key ^ data ^ epoch) != pc || data == 0)
		return false;
	ret->cfa = (int32_t)(data >> 32);
	ret->saved_fp = (int16_t)(data >> 16);
	ret->kind = (uint8_t)data;
	return true;
}

static inline void mp_rulecache_put(uint64_t epoch, uint64_t pc,
				    struct mp_rule rule)
{
	struct mp_rulecache_entry *e = mp_rulecache_at(pc);
	uint64_t data = (uint64_t)(uint32_t)rule.cfa << 32 |
			(uint64_t)(uint16_t)rule.saved_fp << 16 | rule.kind;

	atomic_store_explicit(&e->key, pc ^ data ^ epoch, memory_order_relaxed);
	atomic_store_explicit(&e->data, data, memory_order_relaxed);
}

/* From now on nothing is known. */
void mp_rulecache_forget(void);

#endif
