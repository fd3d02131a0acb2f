#include "report/proclist.h"

#include "report/grid.h"

#include <inttypes.h>
#include <string.h>

enum {
	PROCESS,
	BEGAN,
	SEEN,
	REQUESTS,
	FIRST,
	LAST,
	MOST,
	OUTSIDE,
	END,
	RESTARTED,
	COLUMNS
};

static const struct mp_grid_column columns[COLUMNS] = {
	[PROCESS] = { "process", 0 }, [BEGAN] = { "began", 6 },
	[SEEN] = { "seen for", 2 },   [REQUESTS] = { "requests", 7 },
	[FIRST] = { "RSS first", 3 }, [LAST] = { "last", 5 },
	[MOST] = { "most", 8 },	      [OUTSIDE] = { "outside", 1 },
	[END] = { "end", 9 },	      [RESTARTED] = { "restarted", 4 },
};

/* The rows, and which of the columns have something to tell. */
struct list {
	const struct mp_proc *procs;
	size_t count;
	size_t shown[COLUMNS];
	size_t shown_count;
};

const char *mp_proc_end_name(enum mp_proc_end end)
{
	static const char *const names[] = {
		[MP_PROC_OPEN] = "-",
		[MP_PROC_STOPPED] = "stopped",
		[MP_PROC_SILENT] = "vanished?",
		[MP_PROC_GONE] = "vanished",
	};

	return names[end];
}

/* ---- cells ---- */

/* To the second; Launchpad's forms, which tell no pid, have local time. */
static void put_began(const struct mp_proc *p, char *ret)
{
	int64_t us = mp_proc_began(p);

	if (us == INT64_MIN) {
		strcpy(ret, "before");
		return;
	}
	mp_show_moment(us, p->pid == MP_UNKNOWN, ret);
	strcpy(strchr(ret, '.'), p->pid == MP_UNKNOWN ? "" : "Z");
}

static void put_restarted(const struct mp_proc *p, char *ret)
{
	char after[MP_SHOW_MAX];

	if (p->restarted_us == MP_UNKNOWN) {
		strcpy(ret, "-");
		return;
	}
	mp_show_time(p->restarted_us, after);
	sprintf(ret, "%" PRId64 ", %s", p->restarted_pid, after);
}

static void put_cell(const void *rows, size_t row, size_t column, char *ret)
{
	const struct list *list = rows;
	const struct mp_proc *p = &list->procs[row];
	const struct mp_run *run = p->run;

	switch (list->shown[column]) {
	case PROCESS:
		mp_show_process(p->pid, p->host, ret);
		break;
	case BEGAN:
		put_began(p, ret);
		break;
	case SEEN:
		mp_show_time(run->until_us - run->from_us, ret);
		break;
	case REQUESTS:
		sprintf(ret, "%" PRIu64, run->requests);
		break;
	case FIRST:
		mp_show_bytes(run->first.bytes, ret);
		break;
	case LAST:
		mp_show_bytes(run->last.bytes, ret);
		break;
	case MOST:
		mp_show_bytes(run->most_rss, ret);
		break;
	case OUTSIDE:
		mp_show_bytes(run->outside_rss, ret);
		break;
	case END:
		strcpy(ret, mp_proc_end_name(p->end));
		break;
	default:
		put_restarted(p, ret);
		break;
	}
}

/* ---- the list ---- */

static bool has_outside(const struct list *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->procs[i].run->outside > 0)
			return true;
	return false;
}

static bool has_restarted(const struct list *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->procs[i].restarted_us != MP_UNKNOWN)
			return true;
	return false;
}

static void choose_columns(struct list *l, struct mp_grid_column *ret)
{
	for (size_t c = 0; c < COLUMNS; c++) {
		if ((c == OUTSIDE && !has_outside(l)) ||
		    (c == RESTARTED && !has_restarted(l)))
			continue;
		ret[l->shown_count] = columns[c];
		l->shown[l->shown_count++] = c;
	}
}

void mp_proclist_tell(const struct mp_procs *p, size_t most, mp_grid_tell *tell,
		      void *user)
{
	struct list list = {
		.procs = p->procs,
		.count = p->count < most ? p->count : most,
	};
	struct mp_grid_column shown[COLUMNS];
	struct mp_grid grid = { .columns = shown, .put = put_cell };
	char below[MP_SHOW_MAX] = "";

	if (list.count == 0)
		return;
	choose_columns(&list, shown);
	grid.column_count = list.shown_count;
	grid.row_count = list.count;
	grid.rows = &list;
	if (p->count > list.count)
		snprintf(below, sizeof(below), "and %zu more",
			 p->count - list.count);
	tell(user,
	     "Processes, those that vanished first, then by their largest RSS",
	     &grid, below);
}

void mp_proclist_print(const struct mp_procs *p, size_t most,
		       const struct mp_show_style *style, FILE *out)
{
	struct mp_grid_sink to = { style, out };

	mp_proclist_tell(p, most, mp_grid_print_told, &to);
}
