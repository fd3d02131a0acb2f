#include "report/report.h"

#include "report/order.h"

void mp_report_init(struct mp_report *r,
		    const struct mp_report_options *options)
{
	*r = (struct mp_report){ .options = *options };
	mp_totals_init(&r->totals);
	mp_worst_init(&r->worst, options->worst);
}

int mp_report_add(struct mp_report *r, const struct mp_record *record,
		  enum mp_record_form form)
{
	int err = mp_totals_add(&r->totals, record, form);

	return err ? err : mp_worst_add(&r->worst, record, form);
}

int mp_report_join(struct mp_report *r, struct mp_report *part)
{
	int err = mp_totals_join(&r->totals, &part->totals);

	return err ? err : mp_worst_join(&r->worst, &part->worst);
}

static void release_sums(struct mp_report *r)
{
	mp_sketch_release(&r->other.durations_us);
	mp_sketch_release(&r->all.durations_us);
}

void mp_report_arrange(struct mp_report *r)
{
	struct mp_totals *t = &r->totals;
	size_t top = r->options.top;

	release_sums(r);
	r->rank = mp_order_by_growth(t);
	r->shown = top < t->count ? top : t->count;
	mp_totals_rest(t, r->shown, &r->other);
	r->other.id = (struct mp_text){ "(other)", 7 };
	mp_totals_all(t, &r->all);
}

void mp_report_finish(struct mp_report *r)
{
	mp_report_arrange(r);
	mp_worst_sort(&r->worst);
	mp_verdict_judge(&r->totals, &r->options.verdict, &r->processes);
}

void mp_report_release(struct mp_report *r)
{
	release_sums(r);
	mp_totals_release(&r->totals);
	mp_worst_release(&r->worst);
}
