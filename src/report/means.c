#include "report/means.h"

#include <string.h>

/* Fewer than these are no good replacement for single numbers. */
#define PAIRED_MIN 8

void mp_means_init(struct mp_means *b)
{
	*b = (struct mp_means){ .size = 1, .same = true };
}

/* Each two neighbours become one; returns how many are left. */
static size_t merge(double *means, size_t count)
{
	for (size_t i = 0; i < count / 2; i++)
		means[i] = (means[2 * i] + means[2 * i + 1]) / 2;
	return count / 2;
}

/* A number below `n`, scattered evenly over many calls: splitmix64, by
   S. Vigna. */
static uint64_t scatter(uint64_t i, uint64_t n)
{
	uint64_t z = i * 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (z ^ z >> 31) % n;
}

/* Each number so far has the same chance to be among them. */
static void keep_single(struct mp_means *b, double v)
{
	uint64_t at = b->count - 1;

	if (at >= MP_MEANS)
		at = scatter(b->count, b->count);
	if (at < MP_MEANS)
		b->singles[at] = v;
}

void mp_means_add(struct mp_means *b, int64_t v)
{
	if (b->count++ == 0)
		b->first = v;
	b->same = b->same && v == b->first;
	b->sum += (double)v;
	keep_single(b, (double)v);
	b->open_sum += (double)v;
	if (++b->open_count < b->size)
		return;
	b->means[b->full++] = b->open_sum / (double)b->size;
	b->open_sum = 0;
	b->open_count = 0;
	if (b->full < MP_MEANS)
		return;
	b->full = merge(b->means, b->full);
	b->size *= 2;
}

/* Batches of `size`, which is no less than they have. */
static size_t put_batches(const struct mp_means *b, uint64_t size, double *ret)
{
	size_t count = b->full;

	memcpy(ret, b->means, count * sizeof(*ret));
	for (uint64_t has = b->size; has < size; has *= 2)
		count = merge(ret, count);
	return count;
}

static size_t put_singles(const struct mp_means *b, double *ret)
{
	size_t count = b->count < MP_MEANS ? (size_t)b->count : MP_MEANS;

	memcpy(ret, b->singles, count * sizeof(*ret));
	return count;
}

void mp_means_pair(const struct mp_means *a, const struct mp_means *b,
		   struct mp_pair *ret)
{
	uint64_t size = a->size > b->size ? a->size : b->size;

	ret->a_count = put_batches(a, size, ret->a);
	ret->b_count = put_batches(b, size, ret->b);
	if (size == 1 ||
	    (ret->a_count >= PAIRED_MIN && ret->b_count >= PAIRED_MIN))
		return;
	ret->a_count = put_singles(a, ret->a);
	ret->b_count = put_singles(b, ret->b);
}

double mp_means_mean(const struct mp_means *b)
{
	/* A sum of equal numbers may be rounded, and they then seem to differ
	   from their mean. */
	return b->same ? (double)b->first : b->sum / (double)b->count;
}
