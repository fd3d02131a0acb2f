#include "profile/walk.h"

#include "profile/callsite.h"
#include "profile/cfiapply.h"
#include "profile/ehframe.h"
#include "profile/module.h"
#include "profile/rulecache.h"

#include <errno.h>

#define BIT(reg) (1u << (reg))
#define THREE	 (BIT(MP_REG_SP) | BIT(MP_REG_FP) | BIT(MP_REG_PC))

/* How much of a frame may lie below what its frame pointer points at, and what
   it may cost to find out. */
#define SEARCH_BYTES	65536u
#define SEARCH_ON_BYTES 16384u /* once something was found */
#define SEARCH_STEPS	20000u

/* A walk in which frames known before are left by the cache. */
struct walker {
	struct mp_walk w;
	struct mp_module module; /* of the last frame that was not known */
	uint64_t epoch;
	bool cached;
	bool trampoline; /* the frame just left was a signal's */
	bool guessed;	 /* so far not all frames were left by a description */
};

/* The PC that a frame is looked up by, and told by. */
static uintptr_t place_of(const struct mp_walk *w)
{
	return w->registers.r[MP_REG_PC] - w->called;
}

/* The chain of frame pointers; for code that nothing describes. */
static int leave_by_fp(struct walker *walker)
{
	struct mp_walk *w = &walker->w;
	struct mp_registers *r = &w->registers;
	uintptr_t fp = r->r[MP_REG_FP], sp = r->r[MP_REG_SP];
	uint64_t caller_fp, caller_pc;

	walker->guessed = true;
	if (!(r->known & BIT(MP_REG_FP)) || fp < sp || fp % sizeof(fp) ||
	    !mp_stack_read(&w->stack, fp, &caller_fp) ||
	    !mp_stack_read(&w->stack, fp + 8, &caller_pc))
		return -EFAULT;
	r->r[MP_REG_SP] = fp + 16;
	r->r[MP_REG_FP] = caller_fp;
	r->r[MP_REG_PC] = caller_pc;
	r->known = THREE;
	return 0;
}

static int leave_by_rule(struct walker *walker, struct mp_rule rule)
{
	struct mp_walk *w = &walker->w;
	struct mp_registers *r = &w->registers;
	unsigned base = rule.kind == MP_RULE_SP ? MP_REG_SP : MP_REG_FP;
	uintptr_t cfa = r->r[base] + (uintptr_t)(intptr_t)rule.cfa;
	uint64_t pc;

	if (rule.kind == MP_RULE_END)
		return -ENOENT;
	if (rule.kind == MP_RULE_NONE)
		return leave_by_fp(walker);
	if (!(r->known & BIT(base)))
		return -ENODATA;
	if (cfa <= r->r[MP_REG_SP] || !mp_stack_read(&w->stack, cfa - 8, &pc))
		return -EFAULT;
	if (rule.saved_fp) {
		if (!mp_stack_read(&w->stack,
				   cfa + (uintptr_t)(intptr_t)rule.saved_fp,
				   &r->r[MP_REG_FP]))
			return -EFAULT;
		r->known |= BIT(MP_REG_FP);
	}
	r->r[MP_REG_SP] = cfa;
	r->r[MP_REG_PC] = pc;
	r->known &= THREE;
	return 0;
}

/* Whether three registers are enough for a row, and the rule that says so. */
static bool rule_of(const struct mp_cfi_row *row, struct mp_rule *ret)
{
	struct mp_cfi_rule pc = row->registers[MP_REG_PC];
	struct mp_cfi_rule fp = row->registers[MP_REG_FP];
	struct mp_rule rule = { .cfa = row->cfa.n };

	if (row->signal || row->registers[MP_REG_SP].how != MP_CFI_SAME)
		return false;
	if (pc.how == MP_CFI_UNDEFINED) {
		*ret = (struct mp_rule){ .kind = MP_RULE_END };
		return true;
	}
	if (row->cfa.how != MP_CFI_IS || pc.how != MP_CFI_AT || pc.n != -8)
		return false;
	if (row->cfa_register == MP_REG_SP)
		rule.kind = MP_RULE_SP;
	else if (row->cfa_register == MP_REG_FP)
		rule.kind = MP_RULE_FP;
	else
		return false;
	if (fp.how == MP_CFI_AT) {
		if (fp.n == 0 || fp.n < INT16_MIN || fp.n > INT16_MAX)
			return false;
		rule.saved_fp = (int16_t)fp.n;
	} else if (fp.how != MP_CFI_SAME) {
		return false;
	}
	*ret = rule;
	return true;
}

static int row_of(struct walker *walker, uintptr_t place,
		  struct mp_cfi_row *ret)
{
	struct mp_module *m = &walker->module;
	size_t fde;
	int err;

	if (!MP_ARCH_CFI)
		return -ENOENT;
	if (place < m->start || place >= m->end) {
		struct mp_module found;

		err = mp_module_find(place, &found);
		if (err)
			return err;
		*m = found;
	}
	err = mp_ehframe_find(&m->image, m->hdr, place, &fde);
	if (err)
		return err;
	return mp_cfi_row(&m->image, fde, place, ret);
}

/* By the row, whatever it needs. */
static int leave_by_row(struct walker *walker, const struct mp_cfi_row *row)
{
	struct mp_walk *w = &walker->w;
	uintptr_t sp = w->registers.r[MP_REG_SP];
	int err = mp_cfi_apply(&walker->module.image, row, &w->stack,
			       &w->registers);

	if (err)
		return err;
	if (!row->signal)
		return w->registers.r[MP_REG_SP] > sp ? 0 : -EFAULT;
	/* The signal may have come on another stack. */
	walker->trampoline = true;
	w->stack = mp_stack_view(w->registers.r[MP_REG_SP], w->known, w->stacks,
				 w->feel);
	return 0;
}

__attribute__((noinline)) static int leave_unknown(struct walker *walker,
						   uintptr_t place)
{
	struct mp_rule rule = { .kind = MP_RULE_NONE };
	struct mp_cfi_row row;
	bool described = !row_of(walker, place, &row);

	if (described && (!rule_of(&row, &rule) || !walker->cached))
		return leave_by_row(walker, &row);
	if (walker->cached)
		mp_rulecache_put(walker->epoch, place, rule);
	return leave_by_rule(walker, rule);
}

/* To the caller of the frame at hand; -ENOENT where there is none. */
static int leave(struct walker *walker)
{
	struct mp_walk *w = &walker->w;
	uintptr_t place = place_of(w);
	struct mp_rule rule;
	int err;

	walker->trampoline = false;
	if (walker->cached && mp_rulecache_get(walker->epoch, place, &rule))
		err = leave_by_rule(walker, rule);
	else
		err = leave_unknown(walker, place);
	if (err)
		return err;
	w->called = !walker->trampoline;
	if (w->registers.r[MP_REG_PC])
		return 0;
	/* As where somebody made a stack by hand. */
	walker->guessed = true;
	return -ENOENT;
}

/* Where a walk with a frame pointer leads, if it leads out. */
struct way {
	uintptr_t fp;
	uintptr_t out;	/* the stack pointer of the frame that nobody called */
	unsigned doubt; /* frames that were called from where others are */
	enum mp_callsite call; /* of the frame that the pointer is of */
};

/* Leave a frame of the function that begins at `function`, and say how well its
   caller knows it. */
static int leave_checked(struct walker *trial, uintptr_t function,
			 enum mp_callsite *ret)
{
	int err = leave(trial);

	if (err)
		return err;
	*ret = trial->trampoline
		       ? MP_CALLSITE_IT
		       : mp_callsite(trial->w.registers.r[MP_REG_PC], function);
	return 0;
}

/* Whether with `fp` the walk gets to where the thread began, all the way
   through code that is described, and how. */
static bool leads_out(const struct walker *from, uintptr_t function,
		      uintptr_t fp, unsigned *budget, struct way *ret)
{
	struct walker trial = *from;
	struct mp_registers *r = &trial.w.registers;
	struct way way = { .fp = fp };
	enum mp_callsite call;
	struct mp_cfi_row row;
	int err;

	trial.guessed = false;
	r->r[MP_REG_FP] = fp;
	r->known |= BIT(MP_REG_FP);
	err = leave_checked(&trial, function, &call);
	if (err || call == MP_CALLSITE_NONE)
		return false;
	way.call = call;
	while (!err) {
		if (*budget == 0 || row_of(&trial, place_of(&trial.w), &row))
			return false;
		(*budget)--;
		way.doubt += call < MP_CALLSITE_ANY;
		err = leave_checked(&trial, row.start, &call);
	}
	if (err != -ENOENT || trial.guessed)
		return false;
	way.out = r->r[MP_REG_SP];
	*ret = way;
	return true;
}

/* All true ways end where the thread began.  What is left of frames that are no
   more may lead there too, but then it calls something else on the way. */
static bool is_better(const struct way *a, const struct way *b)
{
	if (a->out != b->out)
		return a->out > b->out;
	if (a->doubt != b->doubt)
		return a->doubt < b->doubt;
	return a->call > b->call;
}

/*
 * The frame pointer of the frame at hand, where nobody tells it: the frame
 * needs it, so it points into the frame, and out of what is saved there the
 * walk must find the way.
 */
static bool search_fp(struct walker *walker)
{
	struct mp_registers *r = &walker->w.registers;
	uintptr_t sp = (r->r[MP_REG_SP] + 7) & ~(uintptr_t)7;
	uintptr_t end = sp + SEARCH_BYTES;
	unsigned budget = SEARCH_STEPS;
	struct way best = { .fp = 0 }, way;
	struct mp_cfi_row row;

	if (row_of(walker, place_of(&walker->w), &row))
		return false;
	for (uintptr_t fp = sp; fp < end && budget > 0; fp += 8) {
		if (!leads_out(walker, row.start, fp, &budget, &way))
			continue;
		if (!best.fp && end - fp > SEARCH_ON_BYTES)
			end = fp + SEARCH_ON_BYTES;
		if (is_better(&way, &best))
			best = way;
	}
	if (!best.fp)
		return false;
	r->r[MP_REG_FP] = best.fp;
	r->known |= BIT(MP_REG_FP);
	return true;
}

static enum mp_walk_end walk(struct walker *walker, uintptr_t *pcs, size_t max,
			     size_t *ret_n, int *ret_err)
{
	struct mp_walk *w = &walker->w;
	size_t n = 0;
	int err = 0;

	while (!err && n < max) {
		bool called = w->called;

		pcs[n++] = place_of(w);
		err = leave(walker);
		if (err == -ENODATA && w->search && search_fp(walker))
			err = leave(walker);
		/* A trampoline calls nobody: it is told by where it begins. */
		if (walker->trampoline && called)
			pcs[n - 1]++;
	}
	*ret_n = n;
	*ret_err = err;
	if (!err)
		return MP_WALK_CUT;
	return err == -ENOENT ? MP_WALK_WHOLE : MP_WALK_LOST;
}

enum mp_walk_end mp_walk(const struct mp_walk *start, uintptr_t *pcs,
			 size_t max, size_t *ret_n)
{
	struct walker walker = {
		.w = *start,
		.epoch = mp_rulecache_epoch(),
		.cached = true,
	};
	enum mp_walk_end end;
	int err;

	if (!start->registers.known) {
		*ret_n = 0;
		return MP_WALK_LOST;
	}
	end = walk(&walker, pcs, max, ret_n, &err);
	if (err == -ENODATA && start->registers.known & ~THREE) {
		/* Some frame needs what the cache does not keep. */
		walker.w = *start;
		walker.cached = false;
		end = walk(&walker, pcs, max, ret_n, &err);
	}
	return end;
}

int mp_walk_step(struct mp_walk *w)
{
	struct walker walker = { .w = *w };
	int err = leave(&walker);

	if (!err)
		*w = walker.w;
	return err;
}
