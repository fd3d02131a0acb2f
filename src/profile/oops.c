#include "profile/oops.h"

#include "core/request.h"
#include "core/requestlog.h"
#include "core/session.h"
#include "core/thread.h"
#include "profile/oopsdir.h"

/* All that the log says but for jemalloc's totals, which are not the
   request's.  Of one that was sampled out there is not much. */
static struct mp_record record_of(const struct memprof *mp,
				  const struct mp_request *r)
{
	struct mp_record all = mp_requestlog_record(r, mp_thread_self.tid);
	struct mp_record record = mp_record_unknown;

	if (r->flags & MP_REQUEST_MEASURED)
		record = all;
	record.timestamp_us = all.timestamp_us;
	record.page_id = all.page_id;
	record.oops_id = (struct mp_text){ "-", 1 };
	record.heap_allocated = MP_UNKNOWN;
	record.heap_active = MP_UNKNOWN;
	record.heap_resident = MP_UNKNOWN;
	record.pid = all.pid;
	record.tid = all.tid;
	record.host = (struct mp_text){ mp->host, mp->host_len };
	return record;
}

static struct mp_oopsfile report_of(const struct mp_record *record,
				    const struct mp_profile *p)
{
	return (struct mp_oopsfile){
		.record = record,
		.url = *p->url ? p->url : NULL,
		.notes = p->notes,
	};
}

const char *mp_oops_name(const struct memprof *mp, const struct mp_request *r,
			 struct mp_profile *p, const char *oops_id)
{
	struct mp_record record;
	struct mp_oopsfile report;

	if ((oops_id && *oops_id) || !*mp->config.oops_dir || !p->wants_file)
		return oops_id;
	if (!*p->oops_id) {
		record = record_of(mp, r);
		report = report_of(&record, p);
		mp_oopsfile_id(&report, p->oops_id);
	}
	return p->oops_id;
}

int mp_oops_write(struct memprof *mp, const struct mp_request *r,
		  const struct mp_profile *p, const char *path)
{
	struct mp_record record;
	struct mp_oopsfile report;

	if (!*p->oops_id)
		return 0;
	record = record_of(mp, r);
	report = report_of(&record, p);
	return mp_oopsdir_write(&mp->keep.reports, &report, mp->config.oops_dir,
				p->oops_id, path);
}
