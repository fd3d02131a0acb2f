#include "view/scopes.h"

#include "view/grow.h"

#include <dwarf.h>

/* No compiler nests deeper; a broken file may. */
#define DEPTH_MAX 256

struct mp_unit_range {
	uint64_t low, high;
	uint32_t unit;
};

/* From `low` to the next one's. */
struct mp_segment {
	uint64_t low;
	uint32_t scope; /* the innermost, or MP_SCOPES_NONE */
};

struct range {
	uint64_t low, high;
	uint32_t scope;
};

/* What is gathered of a unit, and the way to where it is. */
struct reader {
	struct mp_unit *unit;
	struct range *ranges;
	size_t range_count;
	struct range *open; /* around the range that is laid out */
	size_t open_count;
};

/* ---- units --------------------------------------------------------------- */

static int add_unit(struct mp_scopes *s, Dwarf_Die *die)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t at = 0;
	int err = MP_GROW(s->units, s->unit_count);

	if (err)
		return err;
	s->units[s->unit_count] = (struct mp_unit){ .die = *die };
	while ((at = dwarf_ranges(die, at, &base, &low, &high)) > 0) {
		if (low >= high)
			continue;
		err = MP_GROW(s->ranges, s->range_count);
		if (err)
			return err;
		s->ranges[s->range_count++] =
			(struct mp_unit_range){ low, high,
						(uint32_t)s->unit_count };
	}
	s->unit_count++;
	return 0;
}

static int compare_units(const void *a, const void *b)
{
	const struct mp_unit_range *x = a, *y = b;

	return (x->low > y->low) - (x->low < y->low);
}

int mp_scopes_open(Dwarf *dwarf, struct mp_scopes *ret)
{
	struct mp_scopes s = { 0 };
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;
	uint8_t type;
	int err = 0;

	while (!err &&
	       !dwarf_get_units(dwarf, cu, &cu, NULL, &type, &die, NULL))
		if (type == DW_UT_compile || type == DW_UT_skeleton)
			err = add_unit(&s, &die);
	if (err) {
		mp_scopes_close(&s);
		return err;
	}
	if (s.range_count > 0)
		qsort(s.ranges, s.range_count, sizeof(*s.ranges),
		      compare_units);
	*ret = s;
	return 0;
}

void mp_scopes_close(struct mp_scopes *s)
{
	for (size_t i = 0; i < s->unit_count; i++) {
		free(s->units[i].scopes);
		free(s->units[i].segments);
	}
	free(s->units);
	free(s->ranges);
	*s = (struct mp_scopes){ 0 };
}

/* ---- what is in one ------------------------------------------------------ */

static uint32_t call_line(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	Dwarf_Word line;

	if (dwarf_formudata(dwarf_attr(die, DW_AT_call_line, &attribute),
			    &line) ||
	    line > UINT32_MAX)
		return 0;
	return (uint32_t)line;
}

/* Add a function where it has code; `*parent` becomes its scope. */
static int add_scope(struct reader *r, Dwarf_Die *die, uint32_t *parent)
{
	struct mp_unit *unit = r->unit;
	bool inlined = dwarf_tag(die) == DW_TAG_inlined_subroutine;
	uint32_t scope = (uint32_t)unit->scope_count;
	size_t before = r->range_count;
	Dwarf_Addr base, low, high;
	ptrdiff_t at = 0;
	int err;

	while ((at = dwarf_ranges(die, at, &base, &low, &high)) > 0) {
		/* What the linker threw away is at 0. */
		if (low >= high || low == 0)
			continue;
		err = MP_GROW(r->ranges, r->range_count);
		if (err)
			return err;
		r->ranges[r->range_count++] =
			(struct range){ low, high, scope };
	}
	if (r->range_count == before)
		return 0;
	err = MP_GROW(unit->scopes, unit->scope_count);
	if (err)
		return err;
	unit->scopes[unit->scope_count++] = (struct mp_scope){
		.die = *die,
		.parent = inlined ? *parent : MP_SCOPES_NONE,
		.call_line = inlined ? call_line(die) : 0,
		.function = MP_SCOPES_NONE,
	};
	*parent = scope;
	return 0;
}

/* Whether functions with code may be inside of one. */
static bool has_functions(Dwarf_Die *die)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_subprogram:
	case DW_TAG_inlined_subroutine:
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		return true;
	default:
		return false;
	}
}

static bool is_function(Dwarf_Die *die)
{
	int tag = dwarf_tag(die);

	return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
}

static int read_children(struct reader *r, Dwarf_Die *of, uint32_t parent,
			 unsigned depth)
{
	Dwarf_Die die;
	int err;

	if (depth == DEPTH_MAX || dwarf_child(of, &die))
		return 0;
	do {
		uint32_t scope = parent;

		if (!has_functions(&die))
			continue;
		err = is_function(&die) ? add_scope(r, &die, &scope) : 0;
		if (!err)
			err = read_children(r, &die, scope, depth + 1);
		if (err)
			return err;
	} while (!dwarf_siblingof(&die, &die));
	return 0;
}

/* What is inlined comes behind what it is inlined into. */
static int compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	return (x->scope > y->scope) - (x->scope < y->scope);
}

/* From `low` on, the innermost open range counts. */
static int add_segment(struct reader *r, uint64_t low)
{
	struct mp_unit *unit = r->unit;
	struct mp_segment *last = NULL;
	uint32_t scope = MP_SCOPES_NONE;
	int err;

	if (r->open_count > 0)
		scope = r->open[r->open_count - 1].scope;
	if (unit->segment_count > 0)
		last = &unit->segments[unit->segment_count - 1];
	if (last && last->low == low) {
		last->scope = scope;
		return 0;
	}
	err = MP_GROW(unit->segments, unit->segment_count);
	if (!err)
		unit->segments[unit->segment_count++] =
			(struct mp_segment){ low, scope };
	return err;
}

static int close_until(struct reader *r, uint64_t low)
{
	int err = 0;

	while (!err && r->open_count > 0 &&
	       r->open[r->open_count - 1].high <= low) {
		r->open_count--;
		err = add_segment(r, r->open[r->open_count].high);
	}
	return err;
}

static int lay_out(struct reader *r)
{
	int err = 0;

	if (r->range_count == 0)
		return 0;
	qsort(r->ranges, r->range_count, sizeof(*r->ranges), compare_ranges);
	for (size_t i = 0; i < r->range_count && !err; i++) {
		struct range range = r->ranges[i];

		err = close_until(r, range.low);
		if (!err)
			err = MP_GROW(r->open, r->open_count);
		if (err)
			return err;
		/* In a broken file they may cross. */
		if (r->open_count > 0 &&
		    range.high > r->open[r->open_count - 1].high)
			range.high = r->open[r->open_count - 1].high;
		r->open[r->open_count++] = range;
		err = add_segment(r, range.low);
	}
	return err ? err : close_until(r, UINT64_MAX);
}

static int read_unit(struct mp_unit *unit)
{
	struct reader r = { .unit = unit };
	int err = read_children(&r, &unit->die, MP_SCOPES_NONE, 0);

	if (!err)
		err = lay_out(&r);
	free(r.ranges);
	free(r.open);
	unit->read = !err;
	return err;
}

/* ---- questions ----------------------------------------------------------- */

static struct mp_unit *find_unit(struct mp_scopes *s, uint64_t address)
{
	size_t low = 0, high = s->range_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->ranges[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || address >= s->ranges[low - 1].high)
		return NULL;
	return &s->units[s->ranges[low - 1].unit];
}

int mp_scopes_find(struct mp_scopes *s, uint64_t address,
		   struct mp_unit **ret_unit, uint32_t *ret_scope)
{
	struct mp_unit *unit = find_unit(s, address);
	size_t low = 0, high;
	int err;

	*ret_unit = unit;
	*ret_scope = MP_SCOPES_NONE;
	if (!unit)
		return 0;
	if (!unit->read) {
		err = read_unit(unit);
		if (err)
			return err;
	}
	high = unit->segment_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (unit->segments[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low > 0)
		*ret_scope = unit->segments[low - 1].scope;
	return 0;
}

uint32_t mp_scopes_line(struct mp_unit *unit, uint64_t address,
			const char **ret_file)
{
	Dwarf_Line *line = dwarf_getsrc_die(&unit->die, address);
	int number = 0;

	*ret_file = NULL;
	if (!line || dwarf_lineno(line, &number) || number <= 0)
		return 0;
	*ret_file = dwarf_linesrc(line, NULL, NULL);
	return (uint32_t)number;
}
