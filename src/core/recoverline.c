#include "core/recoverline.h"

#include "core/recordercheck.h"

#include <inttypes.h>
#include <stdio.h>

struct mp_record mp_recoverline(const struct mp_recorder *h,
				const struct mp_recover_account *a,
				char *counts)
{
	struct mp_record r = mp_record_unknown;
	struct mp_statm end;
	int64_t mono_ns;
	int len;

	len = snprintf(counts, MP_RECOVERLINE_COUNTS + 1,
		       "begun=%" PRIu64 ",logged=%" PRIu64 ",skipped=%" PRIu64
		       ",dropped=%" PRIu64 ",cancelled=%" PRIu64
		       ",abandoned=%" PRIu64 ",unfinished=%" PRIu64
		       ",unnamed=%" PRIu64,
		       a->begun, a->logged, a->skipped, a->dropped,
		       a->cancelled, a->abandoned, a->unfinished, a->unnamed);
	end = mp_recordercheck_reading(h, &mono_ns);
	r.timestamp_us = h->opened_real_us;
	r.page_id = (struct mp_text){ "(recovered)", 11 };
	r.oops_id = (struct mp_text){ counts, (size_t)len };
	if (mono_ns != MP_UNKNOWN && mono_ns >= h->opened_mono_ns) {
		r.duration_us = (mono_ns - h->opened_mono_ns) / 1000;
		r.timestamp_us += r.duration_us;
	}
	r.end_vss = end.vss;
	r.end_rss = end.rss;
	r.pid = h->pid;
	r.host = (struct mp_text){ h->host, h->host_len };
	return r;
}
