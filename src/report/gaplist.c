#include "report/gaplist.h"

#include "report/text.h"

#include <inttypes.h>

/* ---- the list ---- */

/* Whether `a` comes before `b`: the larger, the earlier, then by name. */
static bool is_before(const struct mp_gap_row *a, const struct mp_gap_row *b)
{
	if (a->gap.growth != b->gap.growth)
		return a->gap.growth > b->gap.growth;
	if (a->gap.from_us != b->gap.from_us)
		return a->gap.from_us < b->gap.from_us;
	if (a->pid != b->pid)
		return a->pid < b->pid;
	return mp_text_compare(a->host, b->host) < 0;
}

static void add_row(struct mp_gap_list *list, const struct mp_gap_row *row)
{
	size_t i = list->largest_count;

	if (i == MP_GAPS_LARGEST && !is_before(row, &list->largest[--i]))
		return;
	for (; i > 0 && is_before(row, &list->largest[i - 1]); i--)
		list->largest[i] = list->largest[i - 1];
	list->largest[i] = *row;
	if (list->largest_count < MP_GAPS_LARGEST)
		list->largest_count++;
}

static void add_life(struct mp_gap_list *list, const struct mp_life *life)
{
	const struct mp_gaps *g = life->gaps;

	if (!g)
		return;
	list->count += g->count;
	if (__builtin_add_overflow(list->growth, g->growth, &list->growth))
		list->growth = g->growth < 0 ? -INT64_MAX : INT64_MAX;
	list->late += g->late;
	list->unusable += g->unusable;
	for (size_t i = 0; i < MP_GAPS_LARGEST && g->largest[i].growth > 0; i++)
		add_row(list, &(struct mp_gap_row){ life->pid, life->host,
						    g->largest[i] });
}

void mp_gaplist_find(const struct mp_history *h, uint64_t unlogged,
		     struct mp_gap_list *ret)
{
	*ret = (struct mp_gap_list){ .unlogged = unlogged };
	for (size_t i = 0; i < h->slot_count; i++)
		if (h->slots[i])
			add_life(ret, h->slots[i]);
}

/* ---- printing ---- */

enum { GREW, FROM, LASTED, PROCESS, COLUMNS };

static const struct mp_grid_column columns[COLUMNS] = {
	[GREW] = { "RSS grew", 3 },
	[FROM] = { "from", 2 },
	[LASTED] = { "within", 1 },
	[PROCESS] = { "process", 0 },
};

static void put_cell(const void *rows, size_t row, size_t column, char *ret)
{
	const struct mp_gap_list *list = rows;
	const struct mp_gap_row *r = &list->largest[row];
	bool local = r->pid == MP_UNKNOWN;

	if (column == GREW)
		mp_show_bytes(r->gap.growth, ret);
	else if (column == FROM)
		mp_show_moment(r->gap.from_us, local, ret);
	else if (column == LASTED)
		mp_show_time(r->gap.until_us - r->gap.from_us, ret);
	else
		mp_show_process(r->pid, r->host, ret);
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* Of requests that make the sum less sure; nothing where there are none. */
static void say_requests(const char *what, uint64_t n, const char *behind,
			 void (*tell)(void *user, const struct mp_sentence *s),
			 void *user)
{
	struct mp_sentence s;

	if (n == 0)
		return;
	mp_sentence_init(&s);
	mp_sentence_add(&s, "%s: %" PRIu64 " request%s%s.", what, n, plural(n),
			behind);
	tell(user, &s);
}

void mp_gaplist_each(const struct mp_gap_list *list,
		     void (*tell)(void *user, const struct mp_sentence *s),
		     void *user)
{
	char growth[MP_SHOW_MAX];
	struct mp_sentence s;

	mp_show_bytes(list->growth, growth);
	mp_sentence_init(&s);
	mp_sentence_add(&s,
			"Between requests, while none was in flight, RSS "
			"changed by %s in %" PRIu64 " gap%s.",
			growth, list->count, plural(list->count));
	tell(user, &s);
	mp_sentence_init(&s);
	mp_sentence_add(&s, "That is estimated from the ends of the lines.");
	tell(user, &s);
	say_requests("Not known to be in flight", list->unlogged,
		     " without a line", tell, user);
	say_requests("Left out", list->unusable,
		     " without a duration or a size", tell, user);
	say_requests("Lasted so long that gaps were counted which may be none",
		     list->late, "", tell, user);
}

void mp_gaplist_tell(const struct mp_gap_list *list, mp_grid_tell *tell,
		     void *user)
{
	const struct mp_grid grid = {
		.columns = columns,
		.column_count = COLUMNS,
		.row_count = list->largest_count,
		.put = put_cell,
		.rows = list,
	};

	if (list->largest_count > 0)
		tell(user, "The largest of these gaps", &grid, "");
}

static void print_sentence(void *out, const struct mp_sentence *s)
{
	fprintf(out, "%s\n", s->p);
}

void mp_gaplist_print(const struct mp_gap_list *list,
		      const struct mp_show_style *style, FILE *out)
{
	struct mp_grid_sink to = { style, out };

	putc('\n', out);
	mp_gaplist_each(list, print_sentence, out);
	mp_gaplist_tell(list, mp_grid_print_told, &to);
}
