#include "report/report.h"

#include "report/order.h"
#include "report/own.h"

#include <errno.h>
#include <stdlib.h>

void mp_report_init(struct mp_report *r,
		    const struct mp_report_options *options)
{
	*r = (struct mp_report){ .options = *options };
	if (options->view)
		r->by = options->view->by;
	mp_totals_init(&r->totals);
	r->totals.history.with_gaps = options->gaps;
	mp_worst_init(&r->worst, options->worst);
	mp_killed_init(&r->killed);
}

/* Add to what is listed: requests one by one. */
static int add_single(struct mp_report *r, const struct mp_record *record,
		      enum mp_record_form form)
{
	if (mp_own_kind(record, form) == MP_OWN_UNFINISHED)
		return mp_killed_add(&r->killed, record, form);
	return mp_worst_add(&r->worst, record, form);
}

static int add_plots(struct mp_report *r, const struct mp_record *record,
		     enum mp_record_form form)
{
	if (!r->options.plots)
		return 0;
	if (!r->plots) {
		r->plots = malloc(sizeof(*r->plots));
		if (!r->plots)
			return -ENOMEM;
		mp_plots_init(r->plots);
	}
	return mp_plots_add(r->plots, record, form);
}

static int add_viewed(struct mp_report *r, const struct mp_view *v,
		      const struct mp_record *record, enum mp_record_form form)
{
	char buffer[MP_VIEW_KEY_MAX];
	int err;

	if (!mp_view_counts(v, record, form)) {
		r->left_out += mp_own_kind(record, form) == MP_OWN_NONE;
		return 0;
	}
	err = mp_totals_add_as(&r->totals, record, form,
			       mp_view_key(v, record, buffer));
	if (!err && mp_view_has_page(v, record->page_id))
		err = add_single(r, record, form);
	if (!err && mp_view_draws(v, record, form))
		err = add_plots(r, record, form);
	return err;
}

int mp_report_add(struct mp_report *r, const struct mp_record *record,
		  enum mp_record_form form)
{
	const struct mp_view *v = r->options.view;
	int err;

	r->forms |= 1u << form;
	if (v)
		return add_viewed(r, v, record, form);
	err = mp_totals_add(&r->totals, record, form);
	if (!err)
		err = add_single(r, record, form);
	return err ? err : add_plots(r, record, form);
}

void mp_report_foresee(struct mp_report *r, uint64_t hash)
{
	if (r->by == MP_VIEW_PAGE)
		mp_totals_foresee(&r->totals, hash);
}

void mp_report_expect(struct mp_report *r, const struct mp_record *record,
		      uint64_t hash)
{
	if (r->by == MP_VIEW_PAGE)
		mp_totals_expect(&r->totals, record, hash);
}

static int join_plots(struct mp_report *r, struct mp_report *part)
{
	if (r->plots && part->plots)
		return mp_plots_merge(r->plots, part->plots);
	if (!r->plots) {
		r->plots = part->plots;
		part->plots = NULL;
	}
	return 0;
}

int mp_report_note(struct mp_report *r, const struct mp_record *record)
{
	const struct mp_view *v = r->options.view;

	if (v && !mp_view_counts(v, record, MP_RECORD_FORMAT_1))
		return 0;
	return mp_totals_note(&r->totals, record);
}

int mp_report_join(struct mp_report *r, struct mp_report *part)
{
	int err = mp_totals_join(&r->totals, &part->totals);

	r->forms |= part->forms;
	r->left_out += part->left_out;
	if (!err)
		err = mp_worst_join(&r->worst, &part->worst);
	if (!err)
		err = mp_killed_join(&r->killed, &part->killed);
	return err ? err : join_plots(r, part);
}

static void release_sums(struct mp_report *r)
{
	mp_sketch_release(&r->other.durations_us);
	mp_sketch_release(&r->all.durations_us);
}

/* Whatever they are sorted by, equal ones are sorted by growth. */
static int sort(struct mp_report *r)
{
	struct mp_totals *t = &r->totals;

	r->rank = mp_order_by_growth(t);
	r->sorted_by = mp_column_ranked(r->rank);
	if (r->options.sorted)
		r->sorted_by = r->options.sort;
	else if (r->by == MP_VIEW_MINUTE || r->by == MP_VIEW_HOUR)
		r->sorted_by = MP_COLUMN_PAGE_ID;
	else
		return 0;
	if (r->sorted_by != MP_COLUMN_PAGE_ID)
		return mp_order_by_column(t, r->sorted_by);
	mp_order_by_name(t);
	return 0;
}

int mp_report_arrange(struct mp_report *r)
{
	struct mp_totals *t = &r->totals;
	size_t top = r->options.top;
	int err = sort(r);

	if (err)
		return err;
	release_sums(r);
	r->shown = top < t->count ? top : t->count;
	mp_totals_rest(t, r->shown, &r->other);
	r->other.id = (struct mp_text){ "(other)", 7 };
	mp_totals_all(t, &r->all);
	return 0;
}

static bool is_hidden(const void *view, struct mp_text id)
{
	return !mp_view_has_page(view, id);
}

/* What other pages did is evidence, too: so all are judged. */
static void judge(struct mp_report *r)
{
	struct mp_totals *t = &r->totals;

	mp_order_by_growth(t);
	mp_verdict_judge(t, &r->options.verdict, &r->processes);
	if (!r->options.view)
		return;
	mp_totals_hide(t, is_hidden, r->options.view);
	for (size_t i = 0; i < t->hidden; i++)
		r->left_out += t->pages[t->count + i]->requests;
}

int mp_report_finish(struct mp_report *r)
{
	if (r->by == MP_VIEW_PAGE)
		judge(r);
	mp_worst_sort(&r->worst);
	mp_gaplist_find(&r->totals.history,
			(uint64_t)r->totals.sampled.value +
				(uint64_t)r->totals.threshold.value +
				(uint64_t)r->totals.paused.value,
			&r->gaps);
	if (mp_killed_find(&r->killed))
		return -ENOMEM;
	mp_procs_release(&r->procs);
	if (mp_procs_list(&r->totals.history, &r->procs))
		return -ENOMEM;
	return mp_report_arrange(r);
}

bool mp_report_has_verdicts(const struct mp_report *r)
{
	return r->by == MP_VIEW_PAGE && r->totals.count > 0;
}

void mp_report_release(struct mp_report *r)
{
	if (r->plots)
		mp_plots_release(r->plots);
	free(r->plots);
	release_sums(r);
	mp_procs_release(&r->procs);
	mp_totals_release(&r->totals);
	mp_worst_release(&r->worst);
	mp_killed_release(&r->killed);
}
