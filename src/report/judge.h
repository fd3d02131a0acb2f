#ifndef MP_JUDGE_H
#define MP_JUDGE_H

/* judge: one page's evidence, taken alone, makes a verdict. */

#include "report/evidence.h"
#include "report/verdict.h"

/* What is known of the log that the page is in. */
struct mp_judge_log {
	int64_t last_us; /* when its last line began */
	bool sampled;	 /* requests were left out by chance */
	bool threshold;	 /* and those that grew little */
};

/* Judge a page as if no other one could have freed what it keeps. */
void mp_judge(const struct mp_evidence *e, const struct mp_judge_log *log,
	      const struct mp_verdict_options *options, struct mp_verdict *ret);

/* Whether the page frees, again and again, more than it allocates. */
bool mp_judge_shrinks(const struct mp_evidence *e,
		      const struct mp_judge_log *log);

/* What it had kept at `us`, since its first request. */
double mp_judge_kept(const struct mp_evidence *e, double us);

#endif
