/* forms: a record in every form, and byte by byte back; what is none is told. */

#include "test.h"

#include "report/forms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NUMBERS "4096\t1024\t4096\t0\t0\t-1024"
#define LINE(page, oops, duration, heap)                             \
	"2026-11-21T01:02:03.123456Z\t" page "\t" oops "\t" duration \
	"\t" NUMBERS "\t" heap "\t0\t1\t2\t3\t7\t8\tweb1\n"
#define UNKNOWN "\\N\t\\N\t\\N"
#define MANY	"9223372036854775807"

/* ---- there and back ---- */

static const struct sample {
	const char *name;
	const char *line;
} samples[] = {
	{ "plain", LINE("Root:index.html", "-", "0.000004", "10\t9\t8") },
	{ "nothing is known",
	  "2026-11-21T01:02:03.123456Z\tp\t-\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N"
	  "\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\th\n" },
	{ "memprof's own", LINE("(outside)", "-", "1.000000", UNKNOWN) },
	{ "a host's parenthesis", LINE("%28outside)", "-",
				       "1.0000"
				       "00",
				       "1\t1\t1") },
	{ "commas and quotes", LINE("\"a\",,\"", "\"", "12.345678", UNKNOWN) },
	{ "equals signs", LINE("a=b=", "=", "0.000000", "0\t0\t0") },
	{ "braces first", LINE("{}", "{", "0.000000", "0\t0\t0") },
	{ "UTF-8 and escapes", LINE("Stra\xc3\x9f"
				    "e%20%09%25\xf0\x9f\x90\x98~",
				    "-", "0.000000", "0\t0\t0") },
	{ "largest numbers",
	  LINE("p", "-", "9223372036853.999999", MANY "\t" MANY "\t" MANY) },
};

struct trip {
	const struct sample *sample;
	enum mp_form form;
};

/* An exact copy, so that a sanitizer sees a read past its end. */
static int read_line(const char *line, struct mp_fields *room,
		     struct mp_record *ret, struct mp_record_fault *ret_fault)
{
	static char *copy;
	size_t len = strcspn(line, "\n");

	free(copy);
	copy = malloc(len ? len : 1);
	assert_non_null(copy);
	memcpy(copy, line, len);
	return mp_form_read(copy, len, room, ret, ret_fault);
}

static void test_there_and_back(void **state)
{
	const struct trip *trip = *state;
	struct mp_record_fault fault;
	struct mp_fields room;
	struct mp_record r;
	char line[MP_FORMS_MAX], back[MP_FORMS_MAX];
	size_t len;

	assert_int_equal(read_line(trip->sample->line, &room, &r, &fault), 1);
	len = mp_form_write(trip->form, &r, line);
	assert_in_range(len, 1, sizeof(line) - 1);
	assert_int_equal(line[len - 1], '\n');
	line[len] = '\0';

	assert_int_equal(read_line(line, &room, &r, &fault), 1);
	len = mp_form_write(MP_FORM_MEMPROF, &r, back);
	back[len] = '\0';
	assert_string_equal(back, trip->sample->line);
}

static void test_longest_ids_fit_every_form(void **state)
{
	struct mp_record_fault fault;
	struct mp_fields room;
	struct mp_record r;
	char quotes[256], line[MP_RECORD_MAX + 1];
	char written[MP_FORMS_MAX], back[MP_FORMS_MAX];

	(void)state;
	memset(quotes, '"', 255);
	quotes[255] = '\0';
	snprintf(line, sizeof(line),
		 "2026-11-21T01:02:03.123456Z\t%s\t%s\t1.000000\t" NUMBERS
		 "\t" UNKNOWN "\t0\t1\t2\t3\t7\t8\t%s\n",
		 quotes, quotes, quotes);
	for (unsigned form = 0; form < MP_FORMS; form++) {
		size_t len;

		if (form == MP_FORM_LAUNCHPAD)
			continue;
		assert_int_equal(read_line(line, &room, &r, &fault), 1);
		len = mp_form_write((enum mp_form)form, &r, written);
		written[len] = '\0';
		assert_int_equal(read_line(written, &room, &r, &fault), 1);
		back[mp_form_write(MP_FORM_MEMPROF, &r, back)] = '\0';
		assert_string_equal(back, line);
	}
}

/* ---- what others write ---- */

#define JSON_IDS "{\"timestamp\":\"2026-11-21T01:02:03.000000Z\",\"page_id\":"

static struct foreign_case {
	const char *name;
	const char *line;
	const char *want; /* fields 2 to 5 and 11 of format 1 */
} foreign_cases[] = {
	{ "any order, blanks, missing numbers",
	  "{ \"page_id\" : \"p\", \"timestamp\" : "
	  "\"2026-11-21T01:02:03.000000Z\" }",
	  "p - \\N \\N \\N" },
	{ "numbers as floating point",
	  JSON_IDS "\"p\",\"duration\":4e-06,\"start_vss\":1.5e3,"
		   "\"allocated\":2.0}",
	  "p - 0.000004 1500 2" },
	{ "numbers as strings",
	  JSON_IDS "\"p\",\"duration\":\"0.500000\",\"start_vss\":\"7\","
		   "\"allocated\":\"\\\\N\"}",
	  "p - 0.500000 7 \\N" },
	{ "a whole number of seconds",
	  JSON_IDS "\"p\",\"duration\":12,\"start_vss\":0,\"allocated\":0}",
	  "p - 12.000000 0 0" },
	{ "the largest number, and zero with decimals",
	  JSON_IDS "\"p\",\"duration\":0.0,\"start_vss\":" MANY
		   ",\"allocated\":0e5}",
	  "p - 0.000000 " MANY " 0" },
	{ "escapes",
	  JSON_IDS "\"\\u0041\\u00e9\\u20ac\\ud83d\\udc18\\/\",\"oops_id\":"
		   "\"\\\"\"}",
	  "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x98/ \" \\N \\N \\N" },
	{ "CSV with a carriage return",
	  "2026-11-21T01:02:03.000000Z,\"p,q\",-,1.000000,,,,,,,5,,,,,,,,,h\r",
	  "p,q - 1.000000 \\N 5" },
	{ "logfmt in any order",
	  "page_id=\"p=\\\"q\" allocated=5  "
	  "timestamp=2026-11-21T01:02:03.000000Z",
	  "p=\"q - \\N \\N 5" },
};

static void test_what_others_write(void **state)
{
	const struct foreign_case *c = *state;
	struct mp_record_fault fault = { 0 };
	struct mp_fields room, f;
	struct mp_record r;
	char got[512];

	if (read_line(c->line, &room, &r, &fault) != 1)
		fail_msg("%s: expected %s", fault.name, fault.expected);
	mp_fields_from(&f, &r);
	snprintf(got, sizeof(got), "%.*s %.*s %.*s %.*s %.*s",
		 (int)f.text[1].len, f.text[1].p, (int)f.text[2].len,
		 f.text[2].p, (int)f.text[3].len, f.text[3].p,
		 (int)f.text[4].len, f.text[4].p, (int)f.text[10].len,
		 f.text[10].p);
	assert_string_equal(got, c->want);
}

/* ---- faults ---- */

static struct fault_case {
	const char *name;
	const char *line;
	const char *column;
} fault_cases[] = {
	{ "no object", "{", "line" },
	{ "no key", "{}", "line" },
	{ "no end", JSON_IDS "\"p\"", "line" },
	{ "more behind", JSON_IDS "\"p\"} {", "line" },
	{ "a key that is no column", "{\"page\":\"p\"}", "line" },
	{ "a key twice", JSON_IDS "\"p\",\"page_id\":\"q\"}", "page_id" },
	{ "no timestamp", "{\"page_id\":\"p\"}", "timestamp" },
	{ "no page", "timestamp=2026-11-21T01:02:03.000000Z", "page_id" },
	{ "a number for a text", JSON_IDS "7}", "page_id" },
	{ "a list for a number", JSON_IDS "\"p\",\"peak\":[1]}", "peak" },
	{ "too many decimals", JSON_IDS "\"p\",\"duration\":1e-7}",
	  "duration" },
	{ "decimals of a byte", JSON_IDS "\"p\",\"peak\":0.5}", "peak" },
	{ "too large", JSON_IDS "\"p\",\"peak\":9223372036854775808}", "peak" },
	{ "far too large", JSON_IDS "\"p\",\"peak\":1e999999999999}", "peak" },
	{ "negative", JSON_IDS "\"p\",\"peak\":-1}", "peak" },
	{ "a blank in an id", JSON_IDS "\"p q\"}", "page_id" },
	{ "a tab in an id", JSON_IDS "\"p\\tq\"}", "page_id" },
	{ "a newline in an id", JSON_IDS "\"p\\nq\"}", "page_id" },
	{ "an empty id", JSON_IDS "\"\"}", "page_id" },
	{ "half a pair", JSON_IDS "\"\\ud83d\"}", "page_id" },
	{ "the other half", JSON_IDS "\"\\udc18\"}", "page_id" },
	{ "no hexadecimal", JSON_IDS "\"\\u00g0\"}", "page_id" },
	{ "no escape", JSON_IDS "\"\\x\"}", "page_id" },
	{ "an escape cut short", JSON_IDS "\"\\", "page_id" },
	{ "deltas that disagree",
	  JSON_IDS "\"p\",\"start_vss\":1,\"end_vss\":3,\"vss_delta\":1}",
	  "vss_delta" },
	{ "CSV too short", "2026-11-21T01:02:03.000000Z,p,-", "duration" },
	{ "CSV too long", "2026-11-21T01:02:03.000000Z,p,-,,,,,,,,,,,,,,,,,h,",
	  "host" },
	{ "CSV with an open quote", "2026-11-21T01:02:03.000000Z,\"p",
	  "page_id" },
	{ "CSV with more behind a quote",
	  "2026-11-21T01:02:03.000000Z,\"p\"q,-", "page_id" },
	{ "logfmt with a word", "page_id=p word", "line" },
	{ "logfmt with another name", "page=p", "line" },
	{ "logfmt with an open quote", "page_id=\"p", "page_id" },
	{ "logfmt with a name twice", "peak=1 peak=1", "peak" },
};

static void test_fault(void **state)
{
	const struct fault_case *c = *state;
	struct mp_record_fault fault = { 0 };
	struct mp_fields room;
	struct mp_record r;

	assert_int_equal(read_line(c->line, &room, &r, &fault), -EINVAL);
	assert_string_equal(fault.name, c->column);
	assert_non_null(fault.expected);
}

static void test_an_id_longer_than_the_room_is_a_fault(void **state)
{
	struct mp_record_fault fault = { 0 };
	struct mp_fields room;
	struct mp_record r;
	char line[8192];

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, JSON_IDS "\"", strlen(JSON_IDS "\""));
	strcpy(line + sizeof(line) - 3, "\"}");
	assert_int_equal(read_line(line, &room, &r, &fault), -EINVAL);
	assert_string_equal(fault.name, "page_id");
}

/* ---- Launchpad's ---- */

static void set_zone(const char *zone)
{
	assert_int_equal(setenv("TZ", zone, 1), 0);
	tzset();
}

static void test_launchpad_is_local_time_both_ways(void **state)
{
	static const char lp[] =
		"2026-07-21_01:02:03.007 p - 1.000000 1 2 3 4\n";
	struct mp_record_fault fault;
	struct mp_fields room;
	struct mp_record r;
	char line[MP_FORMS_MAX];

	(void)state;
	set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	assert_int_equal(read_line(lp, &room, &r, &fault), 1);
	line[mp_form_write(MP_FORM_MEMPROF, &r, line)] = '\0';
	assert_string_equal(line,
			    "2026-07-20T23:02:03.007000Z\tp\t-\t1.000000\t1\t"
			    "2\t3\t4\t2\t2\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N"
			    "\t\\N\t\\N\t-\n");
	assert_int_equal(read_line(line, &room, &r, &fault), 1);
	line[mp_form_write(MP_FORM_LAUNCHPAD, &r, line)] = '\0';
	assert_string_equal(line, lp);
	set_zone("UTC");
}

static void test_launchpad_has_none_of_memprofs_own(void **state)
{
	struct mp_record_fault fault;
	struct mp_fields room;
	struct mp_record r;
	char line[MP_FORMS_MAX];

	(void)state;
	assert_int_equal(read_line(LINE("(started)", "-", "1.000000", UNKNOWN),
				   &room, &r, &fault),
			 1);
	assert_int_equal(mp_form_write(MP_FORM_LAUNCHPAD, &r, line), 0);

	/* And so a parenthesis there is a host's. */
	assert_int_equal(read_line("2026-07-21_01:02:03.007 (started) - 1 2 "
				   "3 4",
				   &room, &r, &fault),
			 1);
	assert_int_equal(r.page_id.len, strlen("%28started)"));
	assert_memory_equal(r.page_id.p, "%28started)", r.page_id.len);
}

static void test_headers(void **state)
{
	struct mp_record_fault fault;
	struct mp_fields room;
	struct mp_record r;
	char line[MP_FORMS_MAX];

	(void)state;
	for (unsigned form = 0; form < MP_FORMS; form++) {
		size_t len = mp_form_header((enum mp_form)form, line);

		assert_int_equal(len > 0, form == MP_FORM_MEMPROF ||
						  form == MP_FORM_CSV);
		line[len] = '\0';
		if (len > 0)
			assert_int_equal(read_line(line, &room, &r, &fault), 0);
	}
	assert_int_equal(mp_form_find("json"), MP_FORM_JSON);
	assert_int_equal(mp_form_find("yaml"), MP_FORMS);
}

#define TRIPS (ARRAY_SIZE(samples) * MP_FORMS)
#define CASES (TRIPS + ARRAY_SIZE(foreign_cases) + ARRAY_SIZE(fault_cases) + 5)

int main(void)
{
	static char names[TRIPS][64];
	static struct trip trips[TRIPS];
	struct CMUnitTest tests[CASES] = {
		cmocka_unit_test(test_longest_ids_fit_every_form),
		cmocka_unit_test(test_an_id_longer_than_the_room_is_a_fault),
		cmocka_unit_test(test_launchpad_is_local_time_both_ways),
		cmocka_unit_test(test_launchpad_has_none_of_memprofs_own),
		cmocka_unit_test(test_headers),
	};
	size_t n = 5, trip = 0;

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		for (unsigned form = 0; form < MP_FORMS; form++) {
			if (form == MP_FORM_LAUNCHPAD)
				continue;
			trips[trip] = (struct trip){ &samples[i],
						     (enum mp_form)form };
			snprintf(names[trip], sizeof(names[trip]), "%s, %u",
				 samples[i].name, form);
			tests[n++] = (struct CMUnitTest){
				.name = names[trip],
				.test_func = test_there_and_back,
				.initial_state = &trips[trip],
			};
			trip++;
		}
	for (size_t i = 0; i < ARRAY_SIZE(foreign_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = foreign_cases[i].name,
			.test_func = test_what_others_write,
			.initial_state = &foreign_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(fault_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = fault_cases[i].name,
			.test_func = test_fault,
			.initial_state = &fault_cases[i],
		};
	return _cmocka_run_group_tests("forms", tests, n, NULL, NULL);
}
