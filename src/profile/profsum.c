#include "profile/profsum.h"

#include "core/clock.h"
#include "core/latch.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

void mp_profsum_renew(struct mp_profsum *sum)
{
	mp_fold_reset(sum->stacks);
	mp_notelist_reset(sum->notes);
	sum->page_count = 0;
	memset(&sum->lacks, 0, sizeof(sum->lacks));
	sum->had_perf = false;
	sum->began_us = mp_clock_real_us();
	mp_latch_unlock(&sum->latch);
}

static size_t to_pages(size_t bytes)
{
	return (bytes + 4095) / 4096 * 4096;
}

int mp_profsum_open(struct mp_profsum *sum, uint32_t page_max,
		    size_t stack_bytes, size_t note_bytes, bool touch)
{
	size_t pages_bytes = to_pages(
		page_max * (sizeof(*sum->pages) + sizeof(*sum->unmet_ns)));
	size_t ids_bytes = to_pages(page_max * MP_ESCAPE_MAX);
	size_t size = pages_bytes + ids_bytes + stack_bytes + note_bytes;
	char *at;

	if (sum->pages) {
		mp_profsum_renew(sum);
		return 0;
	}
	at = mmap(NULL, size, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | (touch ? MAP_POPULATE : 0), -1,
		  0);
	if (at == MAP_FAILED)
		return -errno;
	sum->page_max = page_max;
	sum->pages = (void *)at;
	sum->unmet_ns = (void *)(sum->pages + page_max);
	sum->ids = at + pages_bytes;
	at += pages_bytes + ids_bytes;
	sum->stacks = mp_fold_init(at, stack_bytes);
	sum->notes = mp_notelist_init(at + stack_bytes, note_bytes);
	mp_profsum_renew(sum);
	return 0;
}

/* The number of the page, which may be new; page_max where it has no room. */
static uint32_t find_page(struct mp_profsum *sum, struct mp_text id)
{
	uint32_t i = 0;
	char *at;

	for (; i < sum->page_count; i++)
		if (sum->pages[i].id.len == id.len &&
		    !memcmp(sum->pages[i].id.p, id.p, id.len))
			return i;
	if (i == sum->page_max)
		return i;
	at = sum->ids + (size_t)i * MP_ESCAPE_MAX;
	memcpy(at, id.p, id.len);
	sum->pages[i] = (struct mp_rawfile_page){ .id = { at, id.len } };
	sum->unmet_ns[i] = 0;
	sum->page_count++;
	return i;
}

/* Samples might have met it: there was a timer all the time. */
static bool is_fair(const struct mp_profile *p)
{
	const uint32_t none = 1u << MP_LACK_SIGNAL | 1u << MP_LACK_TIMER |
			      1u << MP_LACK_STACK;

	return p->clock == MP_PROFILE_CPU && !(p->lacks.bits & none) &&
	       !atomic_load(&p->stacks->lost);
}

/* What the first sample of `p`, if it has one, stands for beside its own. */
static uint64_t take_unmet(int64_t *unmet_ns, const struct mp_profile *p)
{
	int64_t ns = *unmet_ns;

	if (!is_fair(p))
		return 0;
	if (!mp_fold_first(p->stacks, 0)) {
		*unmet_ns += p->cpu_ns;
		return 0;
	}
	*unmet_ns = 0;
	return (uint64_t)ns;
}

int mp_profsum_add(struct mp_profsum *sum, struct mp_text id,
		   const struct mp_profile *p)
{
	uint32_t i;
	int err = 0;

	mp_latch_lock(&sum->latch);
	i = find_page(sum, id);
	if (i < sum->page_max) {
		sum->pages[i].requests++;
		sum->pages[i].duration_ns += p->duration_ns;
		sum->pages[i].cpu_ns += p->cpu_ns;
		mp_fold_merge(sum->stacks, p->stacks, i,
			      take_unmet(&sum->unmet_ns[i], p));
		mp_notelist_merge(sum->notes, p->notes, i);
		mp_lacks_add(&sum->lacks, &p->lacks);
		sum->had_perf |= p->had_perf;
	} else {
		err = -ENOSPC;
	}
	mp_latch_unlock(&sum->latch);
	return err;
}

struct mp_rawfile mp_profsum_lock(struct mp_profsum *sum)
{
	mp_latch_lock(&sum->latch);
	return (struct mp_rawfile){
		.began_us = sum->began_us,
		.pages = sum->pages,
		.page_count = sum->page_count,
		.fold = sum->stacks,
		.notes = sum->notes,
	};
}
