#include "report/density.h"

#include <math.h>
#include <string.h>

unsigned mp_density_bin(int64_t v, unsigned count)
{
	unsigned power, bin;

	if (v <= 0)
		return 0;
	power = 63 - (unsigned)__builtin_clzll((uint64_t)v);
	/* Its two bits below the first. */
	bin = power >= 2 ? (unsigned)(v >> (power - 2)) & 3
			 : (unsigned)(v << (2 - power)) & 3;
	bin += 1 + 4 * power;
	return bin < count ? bin : count - 1;
}

double mp_density_edge(unsigned i)
{
	return (i - 1) / 4 + log2(1 + (i - 1) % 4 / 4.0);
}

/* What a request took, MP_UNKNOWN where that is not known. */
static int64_t size_of(const struct mp_record *r, bool *ret_peak)
{
	*ret_peak = r->peak != MP_UNKNOWN;
	return *ret_peak ? r->peak : r->rss_delta;
}

void mp_density_add(struct mp_density *d, const struct mp_record *r)
{
	bool peak;
	int64_t size = size_of(r, &peak);
	unsigned x, y;

	if (size == MP_UNKNOWN || r->duration_us == MP_UNKNOWN ||
	    (d->peak && !peak))
		return;
	if (peak && !d->peak) {
		memset(d, 0, sizeof(*d));
		d->peak = true;
	}
	x = mp_density_bin(r->duration_us, MP_DENSITY_DURATIONS);
	y = mp_density_bin(size, MP_DENSITY_SIZES);
	d->counts[x][y]++;
	d->requests++;
}

void mp_density_merge(struct mp_density *d, const struct mp_density *from)
{
	if (from->requests == 0 || (d->peak && !from->peak))
		return;
	if (from->peak && !d->peak) {
		memcpy(d, from, sizeof(*d));
		return;
	}
	for (unsigned x = 0; x < MP_DENSITY_DURATIONS; x++)
		for (unsigned y = 0; y < MP_DENSITY_SIZES; y++)
			d->counts[x][y] += from->counts[x][y];
	d->requests += from->requests;
}
