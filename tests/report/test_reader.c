/* reader: lines come out once each, and what is none is told, not guessed. */

#include "test.h"

#include "report/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#define COLUMNS_19                                                          \
	"2026-11-21T01:02:03.123456Z\tP\t-\t0.250000\t1000\t500\t1000\t500" \
	"\t0\t0\t70\t30\t60\t2\t11\t12\t13\t7\t8\t"
#define FORMAT_1  COLUMNS_19 "web1\n"
#define LAUNCHPAD "2026-11-21_01:02:03.7 P - 1 2 3 40\n"
#define HEADER                                                                 \
	"timestamp\tpage_id\toops_id\tduration\tstart_vss\tstart_rss\tend_vss" \
	"\tend_rss\tvss_delta\trss_delta\tallocated\tfreed\tpeak\toverlap\t"   \
	"heap_allocated\theap_active\theap_resident\tpid\ttid\thost\n"

/* Open a file with these bytes, which is gone as soon as it is closed. */
static struct mp_reader *open_bytes(const void *data, size_t len)
{
	int fd = memfd_create("log", MFD_CLOEXEC);
	struct mp_reader *r = NULL;
	char path[64];

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	sprintf(path, "/proc/self/fd/%d", fd);
	assert_int_equal(mp_reader_open(path, &r), 0);
	close(fd);
	return r;
}

/* Read all: a letter for each line.  Returns what ended it. */
static int read_kinds(struct mp_reader *r, char *ret, size_t size)
{
	struct mp_line line;
	size_t n = 0;
	int err;

	while ((err = mp_reader_next(r, &line)) > 0) {
		assert_true(n + 1 < size);
		ret[n++] = "RHEF"[line.kind];
		assert_int_equal(line.number, n);
		if (line.kind == MP_LINE_FAULT) {
			assert_non_null(line.fault.name);
			assert_non_null(line.fault.expected);
		}
	}
	ret[n] = '\0';
	/* The end is the end, however often it is asked for. */
	assert_int_equal(mp_reader_next(r, &line), err);
	mp_reader_close(r);
	return err;
}

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct reader_case {
	const char *name;
	const char *log;
	const char *want; /* Record, Header, Empty, Fault */
} reader_cases[] = {
	{ "nothing", "", "" },
	{ "a record", FORMAT_1, "R" },
	{ "header and records", HEADER FORMAT_1 LAUNCHPAD, "HRR" },
	{ "two logs, one behind the other", HEADER FORMAT_1 HEADER FORMAT_1,
	  "HRHR" },
	{ "no newline at the end", LAUNCHPAD COLUMNS_19 "web1", "RF" },
	{ "a header without newline", "timestamp\tpage_id", "F" },
	{ "half a line at the end", FORMAT_1 "2026-11-21T01:0", "RF" },
	{ "empty lines", "\n" FORMAT_1 "\n\n" LAUNCHPAD "\n", "EREERE" },
	{ "foreign lines", "GET /\n" FORMAT_1 "\xff\xfe\n", "FRF" },
	{ "carriage returns", COLUMNS_19 "web1\r\n" FORMAT_1, "FR" },
	{ "torn and repeated", "2026-11-21T01:0\n" FORMAT_1, "FR" },
	{ "torn in the last column, and repeated", COLUMNS_19 "we\n" FORMAT_1,
	  "FR" },
	{ "torn before the newline, and repeated", FORMAT_1 FORMAT_1, "FR" },
	{ "torn twice", COLUMNS_19 "w\n" COLUMNS_19 "we\n" FORMAT_1, "FFR" },
	{ "torn in the last digits of Launchpad's",
	  "2026-11-21_01:02:03.7 P - 1 2 3 4\n" LAUNCHPAD, "FR" },
	{ "equal lines of Launchpad's", LAUNCHPAD LAUNCHPAD, "RR" },
	{ "the longer line first", FORMAT_1 COLUMNS_19 "we\n", "RR" },
};

static void test_kinds(void **state)
{
	const struct reader_case *c = *state;
	char got[16];
	struct mp_reader *r = open_bytes(c->log, strlen(c->log));

	assert_int_equal(read_kinds(r, got, sizeof(got)), 0);
	assert_string_equal(got, c->want);
}

/* A line of `len` bytes, its newline not counted, and a record behind it. */
static void assert_overlong(size_t len)
{
	char *log = malloc(len + 1 + strlen(FORMAT_1)), got[8];

	assert_non_null(log);
	memset(log, 'x', len);
	log[len] = '\n';
	memcpy(log + len + 1, FORMAT_1, strlen(FORMAT_1));
	assert_int_equal(read_kinds(open_bytes(log, len + 1 + strlen(FORMAT_1)),
				    got, sizeof(got)),
			 0);
	assert_string_equal(got, "FR");
	assert_int_equal(read_kinds(open_bytes(log, len), got, sizeof(got)), 0);
	assert_string_equal(got, "F");
	free(log);
}

static void test_an_overlong_line_is_one_fault(void **state)
{
	static const size_t sizes[] = { MP_RECORD_MAX - 1, MP_RECORD_MAX,
					MP_RECORD_MAX + 1, 256 * 1024 - 1,
					256 * 1024,	   256 * 1024 + 1,
					512 * 1024,	   3000000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		assert_overlong(sizes[i]);
}

/* Lines of all lengths, so that the buffer ends anywhere in one. */
static size_t many_lines(char *log, size_t lines)
{
	size_t len = 0;

	for (size_t i = 0; i < lines; i++)
		len += (size_t)sprintf(
			log + len,
			"2026-11-21T01:02:03.%06zuZ\t%.*s\t-\t0.250000\t1000\t"
			"500\t1000\t500\t0\t0\t70\t30\t60\t2\t11\t12\t13\t7\t"
			"%zu\tweb1\n",
			i, (int)(1 + i % 241),
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			"xxxxxxxxxxxxxxxxxxxxxxxxx",
			i);
	return len;
}

static void test_lines_over_the_ends_of_buffers(void **state)
{
	const size_t lines = 20000;
	char *log = malloc(lines * 400);
	struct mp_line line;
	struct mp_reader *r;
	size_t len, n = 0;

	(void)state;
	assert_non_null(log);
	len = many_lines(log, lines);
	assert_true(len > 10 * 256 * 1024);
	r = open_bytes(log, len);
	while (mp_reader_next(r, &line) > 0) {
		assert_int_equal(line.kind, MP_LINE_RECORD);
		assert_int_equal(line.record.tid, n);
		assert_int_equal(line.record.page_id.len, 1 + n % 241);
		n++;
		assert_int_equal(line.number, n);
	}
	assert_int_equal(n, lines);
	mp_reader_close(r);
	free(log);
}

/* Compress into one gzip member; returns its length. */
static size_t pack(const char *data, size_t len, unsigned char *ret,
		   size_t size)
{
	z_stream z = { 0 };
	size_t packed;

	assert_int_equal(
		deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY),
		Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)data;
	z.avail_in = (unsigned)len;
	z.next_out = ret;
	z.avail_out = (unsigned)size;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	packed = z.total_out;
	deflateEnd(&z);
	return packed;
}

static void test_gzip_is_read_as_it_is(void **state)
{
	static const char log[] = HEADER FORMAT_1 LAUNCHPAD;
	unsigned char packed[2048];
	size_t len = pack(log, strlen(log), packed, sizeof(packed) / 2);
	char got[16];

	(void)state;
	assert_int_equal(read_kinds(open_bytes(packed, len), got, sizeof(got)),
			 0);
	assert_string_equal(got, "HRR");

	/* As by cat of two gzip'd logs. */
	memcpy(packed + len, packed, len);
	assert_int_equal(
		read_kinds(open_bytes(packed, 2 * len), got, sizeof(got)), 0);
	assert_string_equal(got, "HRRHRR");
}

static void test_gzip_cut_short_is_told(void **state)
{
	const size_t lines = 3000;
	char *log = malloc(lines * 400), *kinds = malloc(4 * lines + 1);
	unsigned char *packed = malloc(lines * 400);
	size_t len;

	(void)state;
	assert_non_null(log);
	assert_non_null(kinds);
	assert_non_null(packed);
	len = pack(log, many_lines(log, lines), packed, lines * 400);

	/* Without its checksum all lines are there, yet it is cut. */
	assert_int_equal(
		read_kinds(open_bytes(packed, len - 4), kinds, 4 * lines + 1),
		-ENODATA);
	assert_int_equal(strspn(kinds, "R"), lines);

	/* In the middle: whole lines first, then a torn one, then the error. */
	assert_int_equal(
		read_kinds(open_bytes(packed, len / 2), kinds, 4 * lines + 1),
		-ENODATA);
	assert_true(strspn(kinds, "R") > 100);
	assert_true(strspn(kinds, "R") >= strlen(kinds) - 1);

	/* Damaged data may make more lines before it is seen to be damaged. */
	packed[len / 2] ^= 0xff;
	packed[len / 2 + 1] ^= 0xff;
	assert_int_equal(
		read_kinds(open_bytes(packed, len), kinds, 4 * lines + 1),
		-EBADMSG);
	free(log);
	free(kinds);
	free(packed);
}

static void test_what_cannot_be_opened_or_read(void **state)
{
	struct mp_reader *r = NULL;
	struct mp_line line;

	(void)state;
	assert_int_equal(mp_reader_open("/nowhere/at/all", &r), -ENOENT);
	assert_null(r);
	assert_int_equal(mp_reader_open("/", &r), 0);
	assert_int_equal(mp_reader_next(r, &line), -EISDIR);
	mp_reader_close(r);
	mp_reader_close(NULL);
}

static void test_errors_have_words(void **state)
{
	(void)state;
	assert_string_equal(mp_reader_strerror(-ENODATA),
			    "the gzip'd data ends too early");
	assert_string_equal(mp_reader_strerror(-EBADMSG),
			    "the gzip'd data is damaged");
	assert_string_equal(mp_reader_strerror(-ENOENT), strerror(ENOENT));
}

#define PLAIN_TESTS 6

int main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ARRAY_SIZE(reader_cases)] = {
		cmocka_unit_test(test_an_overlong_line_is_one_fault),
		cmocka_unit_test(test_lines_over_the_ends_of_buffers),
		cmocka_unit_test(test_gzip_is_read_as_it_is),
		cmocka_unit_test(test_gzip_cut_short_is_told),
		cmocka_unit_test(test_what_cannot_be_opened_or_read),
		cmocka_unit_test(test_errors_have_words),
	};

	for (size_t i = 0; i < ARRAY_SIZE(reader_cases); i++)
		tests[PLAIN_TESTS + i] = (struct CMUnitTest){
			.name = reader_cases[i].name,
			.test_func = test_kinds,
			.initial_state = &reader_cases[i],
		};
	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
