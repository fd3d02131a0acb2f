/* scan: any number of threads and any size of blocks tell what one reader
   tells. */

#include "test.h"

#include "report/own.h"
#include "report/reader.h"
#include "report/scan.h"
#include "report/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 50
#define FILES 3

static uint64_t seed = 88172645463325252;

/* Marsaglia's xorshift64. */
static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static unsigned below(unsigned limit)
{
	return (unsigned)(next_random() % limit);
}

/* ---- logs ---- */

static void put_record(FILE *out, unsigned page)
{
	fprintf(out,
		"2026-11-21T01:%02u:%02u.%06uZ\t/page/%0*u\t-\t0.250000\t1000"
		"\t500\t1000\t500\t0\t0\t70\t30\t60\t2\t11\t12\t13\t7\t%u\t"
		"web1\n",
		below(2), below(60), below(1000000), (int)(page * 5), page,
		below(100000));
}

static void put_bytes(FILE *out, char c, unsigned count)
{
	while (count-- > 0)
		putc(c, out);
}

static const char format_1[] =
	"timestamp\tpage_id\toops_id\tduration\tstart_vss\tstart_rss\tend_vss"
	"\tend_rss\tvss_delta\trss_delta\tallocated\tfreed\tpeak\toverlap\t"
	"heap_allocated\theap_active\theap_resident\tpid\ttid\thost\n";

/* What no good log has, each one now and then. */
static void put_odd(FILE *out)
{
	switch (below(13)) {
	case 0:
		putc('\n', out);
		break;
	case 1:
		fputs("2026-11-21_01:02:03.7 P - 1 2 3 40\n", out);
		break;
	case 2:
		fputs("GET / HTTP/1.1\n", out);
		break;
	case 3:
		put_bytes(out, 'x', below(30000));
		putc('\n', out);
		break;
	case 4:
		put_bytes(out, '\0', below(3000));
		break;
	case 5:
		fputs(format_1, out);
		break;
	case 6:
		fputs("timestamp\tpage_id\tsomething\n", out);
		break;
	case 7: /* torn, and begun anew */
		fputs("2026-11-21_01:02:03.7 P - 1 2 3 4\n"
		      "2026-11-21_01:02:03.7 P - 1 2 3 40\n",
		      out);
		break;
	case 8:
		put_bytes(out, '\n', below(5000));
		break;
	case 9:
		put_bytes(out, 'y', MP_RECORD_MAX - 1 + below(3));
		putc('\n', out);
		break;
	case 10:
		fputs("2026-11-21T01:02:0\n", out);
		break;
	case 11:
		fputs("caf\xc3\xa9 \xff\n", out);
		break;
	case 12:
		fprintf(out,
			"2026-11-21T01:02:03.%06uZ\t(started)\t-\t\\N\t\\N\t"
			"\\N\t1000\t500\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t11"
			"\t12\t13\t7\t7\tweb1\n",
			below(1000000));
		break;
	}
}

/* A file that is gone when it is closed. */
static int open_log(char *ret_path)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	assert_true(fd >= 0);
	sprintf(ret_path, "/proc/self/fd/%d", fd);
	return fd;
}

static void make_log(char *ret_path, unsigned lines, unsigned odd_one_in)
{
	FILE *out = fdopen(dup(open_log(ret_path)), "w");

	assert_non_null(out);
	for (unsigned i = 0; i < lines; i++) {
		put_record(out, below(PAGES));
		if (below(odd_one_in) == 0)
			put_odd(out);
	}
	if (below(2))
		fputs("2026-11-21T01:02:03.000000Z\tP", out);
	fclose(out);
}

#define EXPECTED 64 /* more than are at any time */

/* ---- what was told, as text; and a sum of each page that depends on the
   order of its lines ---- */

struct told {
	FILE *text;
	char *buffer;
	size_t size;
	uint64_t pages[PAGES + 1]; /* the last: all others */
	uint64_t starts;	   /* the same of the `(started)` lines */
	uint64_t records;
	/* What is to come, the last ones in turn. */
	uint64_t hashes[EXPECTED];
	const struct mp_record *expected[EXPECTED];
	uint64_t foreseen_count, expected_count;
	uint64_t surprises; /* of whatever kind */
};

static void begin(struct told *t)
{
	*t = (struct told){ 0 };
	t->text = open_memstream(&t->buffer, &t->size);
	assert_non_null(t->text);
}

static int note_start(void *user, const struct mp_record *r)
{
	struct told *t = user;

	t->starts = t->starts * 6364136223846793005 + (uint64_t)r->timestamp_us;
	return 0;
}

static int note_record(void *user, const struct mp_record *r,
		       enum mp_record_form form)
{
	struct told *t = user;
	uint64_t value = (uint64_t)r->timestamp_us + (uint64_t)r->tid + form;
	unsigned page = PAGES;

	t->records++;
	if (mp_own_kind(r, form) == MP_OWN_STARTED)
		return note_start(t, r);
	if (r->page_id.len > 6)
		page = (unsigned)strtoul(r->page_id.p + 6, NULL, 10);
	assert_true(page <= PAGES);
	t->pages[page] = t->pages[page] * 6364136223846793005 + value;
	return 0;
}

static void foresee(void *user, uint64_t hash)
{
	struct told *t = user;

	t->hashes[t->foreseen_count++ % EXPECTED] = hash;
}

static void expect(void *user, const struct mp_record *r, uint64_t hash)
{
	struct told *t = user;

	t->surprises += t->expected_count == t->foreseen_count ||
			hash != t->hashes[t->expected_count % EXPECTED] ||
			hash != mp_text_hash(r->page_id);
	t->expected[t->expected_count++ % EXPECTED] = r;
}

static int add(void *user, const struct mp_record *r, enum mp_record_form form)
{
	struct told *t = user;
	unsigned i = 0;

	while (i < EXPECTED && t->expected[i] != r)
		i++;
	t->surprises += i == EXPECTED;
	return note_record(t, r, form);
}

static void note_fault(void *user, const char *path, uint64_t number,
		       const struct mp_record_fault *fault)
{
	struct told *t = user;

	fprintf(t->text, "%s:%" PRIu64 ": %u %s: %s\n", path, number,
		fault->column, fault->name, fault->expected);
}

static void note_end(void *user, const struct mp_scan_end *end)
{
	struct told *t = user;

	fprintf(t->text,
		"%s: lines %" PRIu64 " faults %" PRIu64 " refused %" PRIu64
		" %d\n",
		end->path, end->lines, end->faults, end->refused, end->err);
}

/* What is to come out, line by line. */
static void read_log(const char *path, struct told *t)
{
	struct mp_scan_end end = { .path = path };
	struct mp_reader *r = NULL;
	struct mp_line line;

	end.err = mp_reader_open(path, &r);
	while (!end.err && (end.err = mp_reader_next(r, &line)) > 0) {
		end.err = 0;
		end.lines++;
		if (line.kind == MP_LINE_RECORD)
			note_record(t, &line.record, line.form);
		if (line.kind != MP_LINE_FAULT)
			continue;
		end.faults++;
		if (line.fault.expected == mp_parse_refused)
			end.refused++;
		else
			note_fault(t, path, line.number, &line.fault);
	}
	note_end(t, &end);
	mp_reader_close(r);
}

static void scan(char **paths, unsigned threads, unsigned lane_count,
		 size_t block_size, struct told *ret)
{
	struct told *parts = calloc(lane_count, sizeof(*parts));
	void **lanes = calloc(lane_count, sizeof(*lanes));
	const struct mp_scan s = {
		.paths = paths,
		.threads = threads,
		.block_size = block_size,
		.foresee = foresee,
		.expect = expect,
		.add = add,
		.note = note_start,
		.lanes = lanes,
		.lane_count = lane_count,
		.fault = note_fault,
		.end = note_end,
		.user = ret,
	};

	assert_non_null(parts);
	assert_non_null(lanes);
	for (unsigned i = 0; i < lane_count; i++)
		lanes[i] = &parts[i];
	assert_int_equal(mp_scan(&s), 0);
	ret->starts = parts[0].starts;
	for (unsigned i = 0; i < lane_count; i++) {
		assert_true(parts[i].starts == ret->starts);
		assert_int_equal(parts[i].surprises, 0);
		assert_int_equal(parts[i].foreseen_count,
				 parts[i].expected_count);
		assert_true(parts[i].expected_count >= parts[i].records);
		ret->records += parts[i].records;
		for (unsigned p = 0; p <= PAGES; p++) {
			/* No page is in two lanes. */
			assert_true(!ret->pages[p] || !parts[i].pages[p]);
			ret->pages[p] += parts[i].pages[p];
		}
	}
	free(parts);
	free(lanes);
}

static void assert_same(struct told *got, struct told *want)
{
	fclose(got->text);
	assert_string_equal(got->buffer, want->buffer);
	assert_int_equal(got->records, want->records);
	assert_true(got->starts == want->starts);
	assert_memory_equal(got->pages, want->pages, sizeof(want->pages));
	free(got->buffer);
}

/* Compare all ways of reading `paths`. */
static void assert_all_alike(char **paths)
{
	static const unsigned threads[] = { 1, 2, 3, 7 };
	struct told want, got;

	begin(&want);
	for (char **path = paths; *path; path++)
		read_log(*path, &want);
	fclose(want.text);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		begin(&got);
		scan(paths, threads[i], threads[i], MP_BLOCK_MIN + below(10000),
		     &got);
		assert_same(&got, &want);
		begin(&got);
		scan(paths, threads[i], 1, MP_BLOCK_MIN + below(10000), &got);
		assert_same(&got, &want);
		begin(&got);
		scan(paths, threads[i], 5, MP_SCAN_BLOCK, &got);
		assert_same(&got, &want);
	}
	free(want.buffer);
}

static void close_log(const char *path)
{
	close((int)strtol(strrchr(path, '/') + 1, NULL, 10));
}

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct scan_case {
	const char *name;
	unsigned rounds, lines, odd_one_in;
} scan_cases[] = {
	{ "good logs", 3, 5000, UINT32_MAX },
	{ "logs with few faults", 10, 3000, 300 },
	{ "logs with many faults", 20, 400, 3 },
	{ "short logs", 100, 20, 10 },
	{ "empty logs", 2, 0, 1 },
};

static void test_scan(void **state)
{
	const struct scan_case *c = *state;

	for (unsigned round = 0; round < c->rounds; round++) {
		char text[FILES][64];
		char *paths[FILES + 1] = { NULL };

		for (unsigned i = 0; i < FILES; i++) {
			make_log(text[i], c->lines, c->odd_one_in);
			paths[i] = text[i];
		}
		assert_all_alike(paths);
		for (unsigned i = 0; i < FILES; i++)
			close_log(text[i]);
	}
}

static void test_what_cannot_be_read_is_told_in_its_place(void **state)
{
	char nowhere[] = "/nowhere/at/all", directory[] = "/", text[2][64];
	char *paths[] = { nowhere, text[0], directory, text[1], nowhere, NULL };
	struct told got;

	(void)state;
	make_log(text[0], 2000, 1000);
	make_log(text[1], 2000, 1000);
	assert_all_alike(paths);
	begin(&got);
	scan(paths + 4, 2, 2, MP_SCAN_BLOCK, &got);
	fclose(got.text);
	assert_string_equal(got.buffer,
			    "/nowhere/at/all: lines 0 faults 0 refused 0 -2\n");
	free(got.buffer);
	close_log(text[0]);
	close_log(text[1]);
}

/* So that the only newline of the first block lies anywhere near its end. */
static void test_a_long_first_line_of_any_length(void **state)
{
	(void)state;
	for (unsigned len = MP_BLOCK_MIN - 1300; len < MP_BLOCK_MIN + 9;
	     len++) {
		char text[64];
		char *paths[] = { text, NULL };
		int fd = open_log(text);
		FILE *out = fdopen(dup(fd), "w");
		struct told got, want;

		assert_non_null(out);
		put_bytes(out, 'x', len);
		putc('\n', out);
		for (unsigned i = 0; i < 20; i++)
			put_record(out, i);
		fclose(out);
		begin(&want);
		read_log(text, &want);
		fclose(want.text);
		assert_int_equal(want.records, 20);
		begin(&got);
		scan(paths, 1, 1, MP_BLOCK_MIN, &got);
		assert_same(&got, &want);
		free(want.buffer);
		close(fd);
	}
}

static int refuse(void *lane, const struct mp_record *r,
		  enum mp_record_form form)
{
	(void)lane;
	(void)r;
	(void)form;
	return -ENOMEM;
}

static void test_no_memory_for_a_page_ends_the_scan(void **state)
{
	char text[64];
	char *paths[] = { text, NULL };
	void *lanes[4] = { NULL };
	struct told told;
	const struct mp_scan s = {
		.paths = paths,
		.threads = 4,
		.block_size = MP_BLOCK_MIN,
		.add = refuse,
		.lanes = lanes,
		.lane_count = 4,
		.fault = note_fault,
		.end = note_end,
		.user = &told,
	};

	(void)state;
	make_log(text, 5000, 1000);
	begin(&told);
	assert_int_equal(mp_scan(&s), -ENOMEM);
	fclose(told.text);
	free(told.buffer);
	close_log(text);
}

static void test_no_logs(void **state)
{
	char *paths[] = { NULL };

	(void)state;
	assert_all_alike(paths);
}

#define PLAIN_TESTS 4

int main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ARRAY_SIZE(scan_cases)] = {
		cmocka_unit_test(test_what_cannot_be_read_is_told_in_its_place),
		cmocka_unit_test(test_no_memory_for_a_page_ends_the_scan),
		cmocka_unit_test(test_a_long_first_line_of_any_length),
		cmocka_unit_test(test_no_logs),
	};

	for (size_t i = 0; i < ARRAY_SIZE(scan_cases); i++)
		tests[PLAIN_TESTS + i] = (struct CMUnitTest){
			.name = scan_cases[i].name,
			.test_func = test_scan,
			.initial_state = &scan_cases[i],
		};
	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
