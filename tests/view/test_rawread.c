/* rawread: what is as the format says is read, what is not is told. */

#include "test.h"

#include "view/rawread.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "memprof-profile\t1\nclock\tcpu\nrequests\t1\n"
#define PAGE "page\ta%20b\t2\t30\t\\N\n"
#define TIME "2026-11-21T01:02:03.123456Z"
#define PC8  "1 2 3 4 5 6 7 8"
#define PC128                                                               \
	PC8 " " PC8 " " PC8 " " PC8 " " PC8 " " PC8 " " PC8 " " PC8 " " PC8 \
	    " " PC8 " " PC8 " " PC8 " " PC8 " " PC8 " " PC8 " " PC8

/* Read `text` from an exact block of the heap. */
static int read_text(const char *text, struct mp_raw *ret,
		     struct mp_raw_fault *fault)
{
	size_t len = strlen(text);
	char *data = malloc(len + !len);
	int err;

	assert_non_null(data);
	memcpy(data, text, len);
	err = mp_raw_read(data, len, ret, fault);
	free(data);
	return err;
}

static void read_good(const char *text, struct mp_raw *ret)
{
	struct mp_raw_fault fault = { 0 };
	int err = read_text(text, ret, &fault);

	if (err)
		print_error("%d: %s: expected %s\n", (int)fault.line,
			    fault.name, fault.expected);
	assert_int_equal(err, 0);
}

static void test_the_header_is_read(void **state)
{
	struct mp_raw raw;

	(void)state;
	read_good("memprof-profile\t1\n"
		  "clock\twall\nrequests\t3\nbegan\t" TIME "\n"
		  "page_id\ta%20b\noops_id\t-\nhost\tweb1\npid\t12\ntid\t\\N\n"
		  "exe\t/bin/a%20b\nduration_ns\t5\ncpu_ns\t4\n"
		  "mechanism\tperf\ninterval_ns\t1000000\ntick_ns\t4000000\n"
		  "samples\t7\nlost\t1\ncut\t2\nnotes_dropped\t9\n"
		  "vss_delta\t-4096\npeak\t\\N\noverlap\t2\n"
		  "degraded\tno perf\ndegraded\tno timer\nend\t24\n",
		  &raw);
	assert_true(raw.head.wall);
	assert_int_equal(raw.head.requests, 3);
	assert_int_equal(raw.head.began_us, INT64_C(1795222923123456));
	assert_string_equal(raw.head.page_id, "a%20b");
	assert_string_equal(raw.head.oops_id, "");
	assert_string_equal(raw.head.host, "web1");
	assert_int_equal(raw.head.pid, 12);
	assert_true(raw.head.tid == MP_UNKNOWN);
	assert_string_equal(raw.head.exe, "/bin/a b");
	assert_int_equal(raw.head.duration_ns, 5);
	assert_int_equal(raw.head.cpu_ns, 4);
	assert_string_equal(raw.head.mechanism, "perf");
	assert_int_equal(raw.head.interval_ns, 1000000);
	assert_int_equal(raw.head.tick_ns, 4000000);
	assert_int_equal(raw.head.samples, 7);
	assert_int_equal(raw.head.lost, 1);
	assert_int_equal(raw.head.cut, 2);
	assert_int_equal(raw.head.notes_dropped, 9);
	assert_int_equal(raw.reading_count, 3);
	assert_string_equal(raw.readings[0].name, "vss_delta");
	assert_int_equal(raw.readings[0].value, -4096);
	assert_true(raw.readings[1].value == MP_UNKNOWN);
	assert_int_equal(raw.degraded_count, 2);
	assert_string_equal(raw.degraded[1], "no timer");
	mp_raw_release(&raw);
}

static void test_what_is_behind_it_is_read(void **state)
{
	struct mp_raw raw;

	(void)state;
	read_good(HEAD "object\t1000\tffffffffffffffff\tff0\tab12\t/a%20b\n"
		       "object\t1\t2\t0\t-\t[vdso]\n" PAGE
		       "stack\tcpu\t1\t10\tab cd\n" PAGE
		       "stack\tblocked\t2\t20\t-\n"
		       "stack\tunsampled\t0\t5\tffffffffffffffff\n"
		       "stack\tqueued\t0\t30\t-\n"
		       "stack\tunknown-kind\t1\t40\t-\n"
		       "note\tsql\t-5\t7\tSELECT%0A1\tab\n"
		       "note\tsql\t\\N\t\\N\tx\t-\nend\t14\n",
		  &raw);
	assert_int_equal(raw.object_count, 2);
	assert_int_equal(raw.objects[0].start, 0x1000);
	assert_true(raw.objects[0].end == UINT64_MAX);
	assert_int_equal(raw.objects[0].bias, 0xff0);
	assert_string_equal(raw.objects[0].build_id, "ab12");
	assert_string_equal(raw.objects[0].path, "/a b");
	assert_string_equal(raw.objects[1].build_id, "");
	assert_int_equal(raw.page_count, 2);
	assert_string_equal(raw.pages[0].id, "a%20b");
	assert_int_equal(raw.pages[0].requests, 2);
	assert_int_equal(raw.pages[0].duration_ns, 30);
	assert_true(raw.pages[0].cpu_ns == MP_UNKNOWN);
	assert_int_equal(raw.stack_count, 5);
	assert_int_equal(raw.stacks[0].kind, MP_KIND_CPU);
	assert_int_equal(raw.stacks[0].page, 0);
	assert_int_equal(raw.stacks[0].samples, 1);
	assert_int_equal(raw.stacks[0].value, 10);
	assert_int_equal(raw.stacks[0].depth, 2);
	assert_int_equal(raw.pcs[raw.stacks[0].first], 0xab);
	assert_int_equal(raw.pcs[raw.stacks[0].first + 1], 0xcd);
	assert_int_equal(raw.stacks[1].kind, MP_KIND_BLOCKED);
	assert_int_equal(raw.stacks[1].page, 1);
	assert_int_equal(raw.stacks[1].depth, 0);
	assert_int_equal(raw.stacks[2].kind, MP_KIND_UNSAMPLED);
	assert_true(raw.pcs[raw.stacks[2].first] == UINT64_MAX);
	assert_int_equal(raw.stacks[3].kind, MP_KIND_QUEUED);
	assert_int_equal(raw.stacks[4].kind, MP_KIND_UNSAMPLED);
	assert_int_equal(raw.total, 105);
	assert_int_equal(raw.note_count, 2);
	assert_string_equal(raw.notes[0].kind, "sql");
	assert_string_equal(raw.notes[0].text, "SELECT\n1");
	assert_int_equal(raw.notes[0].start_ns, -5);
	assert_int_equal(raw.notes[0].end_ns, 7);
	assert_int_equal(raw.notes[0].depth, 1);
	assert_int_equal(raw.notes[1].depth, 0);
	mp_raw_release(&raw);
}

/* What later versions of format 1 may add. */
static void test_what_is_not_known_is_skipped(void **state)
{
	struct mp_raw raw;

	(void)state;
	read_good(HEAD "colour\tred\nnothing\n"
		       "page\ta\t1\t2\t3\tmore\nend\t6\tmore\n",
		  &raw);
	assert_int_equal(raw.page_count, 1);
	mp_raw_release(&raw);
}

static void test_a_stack_has_128_program_counters(void **state)
{
	struct mp_raw raw;

	(void)state;
	read_good(HEAD PAGE "stack\tcpu\t1\t1\t" PC128 "\nend\t5\n", &raw);
	assert_int_equal(raw.stacks[0].depth, 128);
	assert_int_equal(raw.pcs[127], 8);
	mp_raw_release(&raw);
}

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct fault_case {
	const char *name;
	const char *text;
	unsigned line;
	const char *field;
	const char *expected; /* its beginning */
} fault_cases[] = {
	{ "an empty file", "", 1, "file", "an end" },
	{ "another file", "# memprof\n", 1, "file", "a profile" },
	{ "another version", "memprof-profile\t2\n", 1, "version", "1:" },
	{ "no version", "memprof-profile\n", 1, "version", "1:" },
	{ "no end", HEAD, 4, "file", "an end" },
	{ "a torn line", HEAD "end\t3", 4, "line", "a newline" },
	{ "too early an end", HEAD PAGE "end\t3\n", 5, "end", "the number" },
	{ "more behind the end", HEAD "end\t3\npage\n", 5, "file", "nothing" },
	{ "an empty line", HEAD "\nend\t4\n", 4, "line", "a word" },
	{ "no clock", "memprof-profile\t1\nrequests\t1\nend\t2\n", 4, "clock",
	  "a line" },
	{ "no requests", "memprof-profile\t1\nclock\tcpu\nend\t2\n", 4,
	  "requests", "a line" },
	{ "a clock of its own", "memprof-profile\t1\nclock\tsun\n", 2, "clock",
	  "cpu or wall" },
	{ "a second clock", HEAD "clock\tcpu\n", 4, "clock", "no more" },
	{ "a header without a value", HEAD "pid\n", 4, "pid", "a field" },
	{ "an empty value", HEAD "pid\t\n", 4, "pid", "a field" },
	{ "no number", HEAD "pid\t12x\n", 4, "pid", "digits or" },
	{ "a sign", HEAD "pid\t-1\n", 4, "pid", "digits or" },
	{ "too large a number", HEAD "pid\t9223372036854775808\n", 4, "pid",
	  "digits or" },
	{ "an unknown count", HEAD "samples\t\\N\n", 4, "samples", "digits" },
	{ "no signed number", HEAD "vss_delta\t--1\n", 4, "vss_delta",
	  "a whole" },
	{ "no time", HEAD "began\tyesterday\n", 4, "began", "a time" },
	{ "no such day", HEAD "began\t2026-02-29T01:02:03.123456Z\n", 4,
	  "began", "a time" },
	{ "no such hour", HEAD "began\t2026-02-28T24:02:03.123456Z\n", 4,
	  "began", "a time" },
	{ "no such month", HEAD "began\t2026-13-28T04:02:03.123456Z\n", 4,
	  "began", "a time" },
	{ "another form of time", HEAD "began\t2026-11-21 01:02:03.123456Z\n",
	  4, "began", "a time" },
	{ "an object without a path", HEAD "object\t1\t2\t0\t-\n", 4, "path",
	  "a field" },
	{ "an empty object", HEAD "object\t2\t2\t0\t-\t/a\n", 4, "end",
	  "an address above" },
	{ "upper case", HEAD "object\tA\tB\t0\t-\t/a\n", 4, "start",
	  "1 to 16" },
	{ "17 digits", HEAD "object\t1\t10000000000000000\t0\t-\t/a\n", 4,
	  "end", "1 to 16" },
	{ "half a build id", HEAD "object\t1\t2\t0\tabc\t/a\n", 4, "build id",
	  "pairs" },
	{ "no build id", HEAD "object\t1\t2\t0\txy\t/a\n", 4, "build id",
	  "pairs" },
	{ "a stack without a page", HEAD "stack\tcpu\t1\t1\t-\n", 4, "stack",
	  "a page" },
	{ "a note without a page", HEAD "note\tsql\t1\t1\tx\t-\n", 4, "note",
	  "a page" },
	{ "no kind", HEAD PAGE "stack\t\t1\t1\t-\n", 5, "kind", "a field" },
	{ "no program counters", HEAD PAGE "stack\tcpu\t1\t1\n", 5,
	  "program counter", "a field" },
	{ "none, and more", HEAD PAGE "stack\tcpu\t1\t1\t-\tab\n", 5,
	  "program counter", "hexadecimal" },
	{ "a field behind them", HEAD PAGE "stack\tcpu\t1\t1\tab\tcd\n", 5,
	  "program counter", "hexadecimal" },
	{ "two blanks", HEAD PAGE "stack\tcpu\t1\t1\tab  cd\n", 5,
	  "program counter", "hexadecimal" },
	{ "no hexadecimal", HEAD PAGE "stack\tcpu\t1\t1\tab g\n", 5,
	  "program counter", "hexadecimal" },
	{ "an empty one", HEAD PAGE "stack\tcpu\t1\t1\tab \n", 5,
	  "program counter", "hexadecimal" },
	{ "129 of them", HEAD PAGE "stack\tcpu\t1\t1\t" PC128 " 1\n", 5,
	  "program counter", "128" },
	{ "too large a sum",
	  HEAD PAGE "stack\tcpu\t1\t9223372036854775807\t-\n"
		    "stack\tcpu\t1\t9223372036854775807\t-\n"
		    "stack\tcpu\t1\t2\t-\n",
	  7, "value", "a sum" },
	{ "too many samples",
	  HEAD PAGE "stack\tcpu\t9223372036854775807\t1\t-\n"
		    "stack\tcpu\t9223372036854775807\t1\t-\n"
		    "stack\tcpu\t2\t1\t-\n",
	  7, "samples", "a sum" },
};

static void test_a_fault_is_told(void **state)
{
	const struct fault_case *c = *state;
	struct mp_raw_fault fault = { 0 };
	struct mp_raw raw;

	assert_int_equal(read_text(c->text, &raw, &fault), -EINVAL);
	assert_string_equal(fault.name, c->field);
	assert_int_equal(fault.line, c->line);
	assert_int_equal(
		strncmp(fault.expected, c->expected, strlen(c->expected)), 0);
}

/* Wherever a file is cut, that is told. */
static void test_no_part_of_a_file_is_a_file(void **state)
{
	static const char text[] =
		HEAD "object\t1\t2\t0\t-\t/a\n" PAGE "stack\tcpu\t1\t1\tab\n"
		     "note\tsql\t1\t1\tx\tab\nend\t7\n";
	struct mp_raw_fault fault;
	struct mp_raw raw;

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		char *part = strndup(text, len);

		assert_int_equal(read_text(part, &raw, &fault), -EINVAL);
		free(part);
	}
	read_good(text, &raw);
	mp_raw_release(&raw);
}

static void test_a_file_is_loaded(void **state)
{
	char path[] = "/tmp/test_rawread.XXXXXX";
	int fd = mkstemp(path);
	struct mp_raw_fault fault;
	struct mp_raw raw;
	FILE *file;

	(void)state;
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	fputs(HEAD, file);
	/* More than is read at once. */
	for (int i = 0; i < 50000; i++)
		fprintf(file, "colour\tred %d\n", i);
	fputs("end\t50003\n", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(mp_raw_load(path, &raw, &fault), 0);
	mp_raw_release(&raw);
	assert_int_equal(remove(path), 0);
	assert_int_equal(mp_raw_load(path, &raw, &fault), -ENOENT);
	assert_int_equal(mp_raw_load("/tmp", &raw, &fault), -EISDIR);
}

#define FIXED 6

int main(void)
{
	struct CMUnitTest tests[FIXED + ARRAY_SIZE(fault_cases)] = {
		cmocka_unit_test(test_the_header_is_read),
		cmocka_unit_test(test_what_is_behind_it_is_read),
		cmocka_unit_test(test_what_is_not_known_is_skipped),
		cmocka_unit_test(test_a_stack_has_128_program_counters),
		cmocka_unit_test(test_no_part_of_a_file_is_a_file),
		cmocka_unit_test(test_a_file_is_loaded),
	};

	for (size_t i = 0; i < ARRAY_SIZE(fault_cases); i++)
		tests[FIXED + i] = (struct CMUnitTest){
			.name = fault_cases[i].name,
			.test_func = test_a_fault_is_told,
			.initial_state = &fault_cases[i],
		};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
