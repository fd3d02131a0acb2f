#include "report/killedlist.h"

#include <inttypes.h>
#include <string.h>

#define KILLS_MAX 10
#define PAGES_MAX 20

enum { GROWTH, TOOK, OLDEST, REQUESTS, PAGE, COLUMNS };

static const struct mp_grid_column columns[COLUMNS] = {
	[GROWTH] = { "RSS since it began", 4 },
	[TOOK] = { "began before", 3 },
	[OLDEST] = { "oldest", 1 },
	[REQUESTS] = { "requests", 2 },
	[PAGE] = { "page", 0 },
};

static void put_cell(const void *rows, size_t row, size_t column, char *ret)
{
	const struct mp_killed_page *p =
		(const struct mp_killed_page *)rows + row;

	if (column == GROWTH)
		mp_show_bytes(p->growth, ret);
	else if (column == TOOK)
		mp_show_time(p->took_us, ret);
	else if (column == OLDEST)
		mp_show_time(p->oldest_us, ret);
	else if (column == REQUESTS)
		snprintf(ret, MP_SHOW_MAX, "%" PRIu64, p->requests);
	else
		mp_show_id(p->id, mp_show_width(p->id), ret);
}

static void tell_kill(const struct mp_kill *kill, uint64_t others,
		      mp_grid_tell *tell, void *user)
{
	char process[MP_SHOW_PROCESS_MAX], moment[MP_SHOW_MAX];
	char rss[MP_SHOW_MAX];
	char heading[MP_SHOW_PROCESS_MAX + 3 * MP_SHOW_MAX + 64];
	char below[4 * MP_SHOW_MAX] = "";
	struct mp_grid grid = {
		.columns = columns,
		.column_count = COLUMNS,
		.row_count = kill->count < PAGES_MAX ? kill->count : PAGES_MAX,
		.put = put_cell,
		.rows = kill->pages,
	};

	mp_show_process(kill->pid, kill->host, process);
	mp_show_moment(kill->last_us, kill->is_local, moment);
	mp_show_bytes(kill->rss, rss);
	snprintf(heading, sizeof(heading),
		 "In flight when killed: %s, last seen %s with an RSS of %s",
		 process, moment, rss);
	if (kill->count > grid.row_count)
		snprintf(below, sizeof(below), "and %zu more pages",
			 kill->count - grid.row_count);
	else if (others > 0)
		snprintf(below, sizeof(below),
			 "and %" PRIu64 " processes that were killed before",
			 others);
	tell(user, heading, &grid, below);
}

void mp_killedlist_each(const struct mp_killed *k, mp_grid_tell *tell,
			void *user)
{
	size_t shown = k->count < KILLS_MAX ? k->count : KILLS_MAX;

	for (size_t i = 0; i < shown; i++)
		tell_kill(&k->kills[i], i + 1 == shown ? k->count - shown : 0,
			  tell, user);
}

void mp_killedlist_print(const struct mp_killed *k,
			 const struct mp_show_style *style, FILE *out)
{
	struct mp_grid_sink to = { style, out };

	mp_killedlist_each(k, mp_grid_print_told, &to);
}
