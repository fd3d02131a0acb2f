#include "report/worstlist.h"

#include <inttypes.h>
#include <string.h>

enum { BYTES, BEGAN, TOOK, PID, PAGE, COLUMNS };

static void put_pid(int64_t pid, char *ret)
{
	if (pid == MP_UNKNOWN)
		strcpy(ret, "\\N");
	else
		snprintf(ret, MP_SHOW_MAX, "%" PRId64, pid);
}

static char *put_id(struct mp_text id, char *ret)
{
	mp_show_id(id, mp_show_width(id), ret);
	return ret + strlen(ret);
}

/* The page, and the oops id where there is one. */
static void put_page(const struct mp_record *r, char *ret)
{
	ret = put_id(r->page_id, ret);
	if (r->oops_id.len == 1 && *r->oops_id.p == '-')
		return;
	*ret++ = ' ';
	put_id(r->oops_id, ret);
}

static void put_cell(const void *rows, size_t row, size_t column, char *ret)
{
	const struct mp_worst_list *list = rows;
	const struct mp_worst_request *request = list->requests[row];
	const struct mp_record *r = &request->record;

	if (column == BYTES)
		mp_show_bytes(request->bytes, ret);
	else if (column == BEGAN)
		mp_show_moment(r->timestamp_us,
			       request->form != MP_RECORD_FORMAT_1, ret);
	else if (column == TOOK)
		mp_show_time(r->duration_us, ret);
	else if (column == PID)
		put_pid(r->pid, ret);
	else
		put_page(r, ret);
}

static void tell_list(const struct mp_worst *w, enum mp_worst_by by,
		      mp_grid_tell *tell, void *user)
{
	static const char *const headings[] = {
		[MP_WORST_RETAINED] = "Requests that retained most heap",
		[MP_WORST_PEAK] = "Requests that held most heap at once",
		[MP_WORST_CLEAN_RSS] = "Requests that RSS grew with most, of "
				       "those that overlapped no other",
		[MP_WORST_RSS] = "Requests that RSS grew with most, which "
				 "others may share",
	};
	static const char *const titles[] = {
		[MP_WORST_RETAINED] = "retained",
		[MP_WORST_PEAK] = "peak",
		[MP_WORST_CLEAN_RSS] = "RSS clean",
		[MP_WORST_RSS] = "RSS",
	};
	const struct mp_grid_column columns[COLUMNS] = {
		[BYTES] = { titles[by], 4 },  [BEGAN] = { "began", 3 },
		[TOOK] = { "took", 2 },	      [PID] = { "pid", 1 },
		[PAGE] = { "page, oops", 0 },
	};
	const struct mp_grid grid = {
		.columns = columns,
		.column_count = COLUMNS,
		.row_count = w->lists[by].count,
		.put = put_cell,
		.rows = &w->lists[by],
	};

	char bytes[MP_SHOW_MAX], below[2 * MP_SHOW_MAX] = "";

	if (grid.row_count == 0)
		return;
	if (w->lists[by].equal > 0) {
		mp_show_bytes(w->lists[by].bar, bytes);
		snprintf(below, sizeof(below), "and %" PRIu64 " more with %s",
			 w->lists[by].equal, bytes);
	}
	tell(user, headings[by], &grid, below);
}

void mp_worstlist_each(const struct mp_worst *w, mp_grid_tell *tell, void *user)
{
	enum mp_worst_by by = MP_WORST_RETAINED;

	while (by < MP_WORST_RSS &&
	       (by == MP_WORST_PEAK || w->lists[by].count == 0))
		by++;
	tell_list(w, by, tell, user);
	tell_list(w, MP_WORST_PEAK, tell, user);
}

void mp_worstlist_print(const struct mp_worst *w,
			const struct mp_show_style *style, FILE *out)
{
	struct mp_grid_sink to = { style, out };

	mp_worstlist_each(w, mp_grid_print_told, &to);
}
