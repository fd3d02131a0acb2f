/* rawfile and rawread: what the server wrote is what the command reads. */

#include "profile/rawfiles.h"

#include "view/rawread.h"

#include <stdbool.h>
#include <unistd.h>

static char path[] = "/tmp/memprof-rawtrip-XXXXXX";

static unsigned seed;

static unsigned below(unsigned limit)
{
	return (unsigned)rand_r(&seed) % limit;
}

/* Any bytes but the one that ends it. */
static const char *random_text(char ret[40])
{
	size_t len = below(40);

	for (size_t i = 0; i < len; i++)
		ret[i] = (char)(1 + below(255));
	ret[len] = '\0';
	return ret;
}

static size_t random_stack(uintptr_t *pcs)
{
	size_t depth = below(10) ? below(6) : below(MP_FORMAT_STACK_MAX + 1);

	for (size_t i = 0; i < depth; i++)
		pcs[i] = below(4) ? below(5) : (uintptr_t)below(1u << 31) << 32;
	return depth;
}

static void add_stacks(struct mp_fold *f, unsigned count)
{
	while (count--) {
		static const enum mp_fold_kind kinds[] = { MP_FOLD_CPU,
							   MP_FOLD_BLOCKED,
							   MP_FOLD_QUEUED };
		enum mp_fold_kind kind = kinds[below(ARRAY_SIZE(kinds))];
		uintptr_t pcs[MP_FORMAT_STACK_MAX];
		size_t depth = random_stack(pcs);

		mp_fold_add(f, kind, pcs, depth, below(5), below(1000));
	}
}

static void add_notes(struct mp_notelist *l, unsigned count)
{
	while (count--) {
		uintptr_t pcs[MP_FORMAT_STACK_MAX];
		size_t depth = random_stack(pcs);
		char kind[40], whole[40];

		mp_notelist_add(l, random_text(kind), random_text(whole),
				(int64_t)below(1000) - 500, below(100000), pcs,
				depth);
	}
}

/* Pages of a run, some with nothing to show. */
static void make_random(struct example *e)
{
	static const char *const why[] = { "One thing.", "Another thing." };
	struct example one;

	make_example(e);
	make_example(&one);
	e->file.wall = below(2);
	e->file.page_count = 1 + below(2);
	e->file.degraded = why;
	e->file.degraded_count = below(3);
	for (uint32_t page = 0; page < e->file.page_count; page++) {
		e->pages[page] = (struct mp_rawfile_page){
			.id = text(page ? "caf\xc3\xa9%20%2F" : "A"),
			.requests = 1 + below(3),
			.duration_ns = 50000 + below(50000),
			.cpu_ns = 40000 + below(10000),
		};
		mp_fold_reset(one.fold);
		mp_notelist_reset(one.notes);
		add_stacks(one.fold, below(60));
		add_notes(one.notes, below(20));
		mp_fold_merge(e->fold, one.fold, page, 0);
		mp_notelist_merge(e->notes, one.notes, page);
	}
	mp_fold_lose(e->fold, below(4));
	drop_example(&one);
}

static void assert_stack(const struct mp_raw *raw, const struct mp_raw_stack *s,
			 const uintptr_t *pcs, size_t depth)
{
	assert_int_equal(s->depth, depth);
	for (size_t i = 0; i < depth; i++)
		assert_int_equal(raw->pcs[s->first + i], pcs[i]);
}

/* Returns how many there are of it, the rest included. */
static size_t assert_page(const struct mp_raw *raw, const struct example *e,
			  uint32_t page, const struct mp_raw_stack *got)
{
	static const enum mp_kind kinds[] = { MP_KIND_CPU, MP_KIND_BLOCKED,
					      MP_KIND_QUEUED,
					      MP_KIND_UNSAMPLED };
	const struct mp_rawfile_page *p = &e->pages[page];
	int64_t left = e->file.wall ? p->duration_ns : p->cpu_ns;
	const struct mp_fold_stack *s = mp_fold_first(e->fold, page);
	size_t n = 0;

	assert_int_equal(raw->pages[page].requests, p->requests);
	assert_int_equal(raw->pages[page].duration_ns, p->duration_ns);
	assert_int_equal(raw->pages[page].cpu_ns, p->cpu_ns);
	for (; s; s = mp_fold_next(e->fold, s), n++) {
		assert_int_equal(got[n].kind, kinds[s->kind]);
		assert_int_equal(got[n].samples, s->samples);
		assert_int_equal(got[n].value, s->value);
		assert_int_equal(got[n].page, page);
		assert_stack(raw, &got[n], s->pcs, s->depth);
		left -= (int64_t)s->value;
	}
	assert_true(left > 0);
	assert_int_equal(got[n].kind, MP_KIND_UNSAMPLED);
	assert_int_equal(got[n].value, left);
	return n + 1;
}

static void assert_notes(const struct mp_raw *raw, const struct example *e)
{
	size_t n = 0;

	for (const struct mp_note *want = mp_notelist_first(e->notes); want;
	     want = mp_notelist_next(e->notes, want)) {
		const struct mp_raw_note *got = &raw->notes[n++];

		assert_true(n <= raw->note_count);
		assert_int_equal(got->start_ns, want->start_ns);
		assert_int_equal(got->end_ns, want->end_ns);
		assert_int_equal(got->page, want->page);
		assert_int_equal(got->depth, want->depth);
		for (size_t i = 0; i < want->depth; i++)
			assert_int_equal(raw->pcs[got->first + i],
					 want->pcs[i]);
	}
	assert_int_equal(n, raw->note_count);
}

static void assert_read(const struct example *e)
{
	struct mp_raw_fault fault = { 0, "", "" };
	struct mp_raw raw;
	size_t n = 0;

	assert_int_equal(mp_rawfile_replace(path, &e->file), 0);
	if (mp_raw_load(path, &raw, &fault))
		fail_msg("line %u: %s: expected %s", (unsigned)fault.line,
			 fault.name, fault.expected);
	assert_int_equal(raw.head.wall, e->file.wall);
	assert_int_equal(raw.head.began_us, e->file.began_us);
	assert_int_equal(raw.head.samples, e->fold->samples);
	assert_int_equal(raw.head.lost, e->fold->lost);
	assert_int_equal(raw.degraded_count, e->file.degraded_count);
	assert_int_equal(raw.page_count, e->file.page_count);
	for (uint32_t page = 0; page < e->file.page_count; page++)
		n += assert_page(&raw, e, page, raw.stacks + n);
	assert_int_equal(raw.stack_count, n);
	assert_int_equal(raw.total,
			 e->file.wall ? raw.head.duration_ns : raw.head.cpu_ns);
	assert_notes(&raw, e);
	mp_raw_release(&raw);
}

static void test_random_profiles_come_back(void **state)
{
	(void)state;
	for (seed = 1; seed < 200; seed++) {
		unsigned first = seed;
		struct example e;

		make_random(&e);
		assert_read(&e);
		drop_example(&e);
		seed = first;
	}
}

static void test_hostile_notes_come_back(void **state)
{
	static const char hostile[] = "a\tb\nend\t1\n%41\\N\x7f \xff";
	struct mp_raw_fault fault;
	struct example e;
	struct mp_raw raw;

	(void)state;
	make_example(&e);
	mp_notelist_add(e.notes, hostile, hostile, 1, 2, NULL, 0);
	assert_int_equal(mp_rawfile_replace(path, &e.file), 0);
	assert_int_equal(mp_raw_load(path, &raw, &fault), 0);
	assert_int_equal(raw.note_count, 1);
	assert_string_equal(raw.notes[0].kind, hostile);
	assert_string_equal(raw.notes[0].text, hostile);
	mp_raw_release(&raw);
	drop_example(&e);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 || close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_profiles_come_back),
		cmocka_unit_test(test_hostile_notes_come_back),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
