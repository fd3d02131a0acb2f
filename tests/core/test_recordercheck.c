/* recordercheck: whatever somebody wrote into a recorder, nothing is believed
   that can't be, and nothing runs out of its bounds. */

#include "core/remains.h"

#include "core/recordercheck.h"

static int enter_remains(void **state)
{
	(void)state;
	strcpy(logging_dir, "/tmp/test_recordercheck.XXXXXX");
	if (!mkdtemp(logging_dir) || chdir(logging_dir) || mkdir("run", 0700))
		return -1;
	begin_remains(LOG);
	put_in_flight(0, "slow");
	put_ended(1, MP_RECORDER_ENDING, "done", NULL, 0);
	return 0;
}

static const char *why(void)
{
	return mp_recordercheck_header(&remains.h, sizeof(remains), geteuid());
}

static void test_a_right_one_is_right(void **state)
{
	(void)state;
	assert_null(why());
	remains.h.async = 1;
	remains.h.format = MP_FORMAT_LAUNCHPAD;
	remains.h.utc_offset_s = -12 * 3600;
	assert_null(why());
}

/* ---- headers ---- */

/* A member of the header: where it is, and how long. */
#define FIELD(m) \
	offsetof(struct mp_recorder, m), sizeof(((struct mp_recorder *)0)->m)
/* What is written over a right header. */
static struct header_case {
	const char *name;
	size_t at, len; /* in the header, and how many bytes */
	uint64_t value; /* or, where there are more than 8, each byte */
	const char *reason;
} header_cases[] = {
	{ "magic", FIELD(magic), 0, "it is no recorder" },
	{ "older version", FIELD(version), MP_RECORDER_VERSION - 1,
	  "another version" },
	{ "newer version", FIELD(version), MP_RECORDER_VERSION + 1,
	  "another version" },
	{ "header too small", FIELD(header_size),
	  sizeof(struct mp_recorder) - 1, "sizes are wrong" },
	{ "header too large", FIELD(header_size),
	  sizeof(struct mp_recorder) + 64, "sizes are wrong" },
	{ "slots too small", FIELD(slot_size), 640, "sizes are wrong" },
	{ "slots too large", FIELD(slot_size), 768, "sizes are wrong" },
	{ "no slots", FIELD(slot_count), 0, "sizes are wrong" },
	{ "odd slots", FIELD(slot_count), SLOTS - 1, "sizes are wrong" },
	{ "more slots than the file", FIELD(slot_count), SLOTS + 64,
	  "sizes are wrong" },
	{ "more slots than there may be", FIELD(slot_count), 0xffffffc0,
	  "sizes are wrong" },
	{ "no process", FIELD(pid), 0, "process is not told right" },
	{ "process group", FIELD(pid), 0xffffffff,
	  "process is not told right" },
	{ "another's process", FIELD(uid), 123456, "another user's process" },
	{ "opened before 1970", FIELD(opened_real_us), UINT64_MAX,
	  "process is not told right" },
	{ "opened after 9999", FIELD(opened_real_us), INT64_MAX,
	  "process is not told right" },
	{ "opened before boot", FIELD(opened_mono_ns), UINT64_MAX,
	  "process is not told right" },
	{ "format", FIELD(format), 2, "process is not told right" },
	{ "async", FIELD(async), 2, "process is not told right" },
	{ "too far east", FIELD(utc_offset_s), 86401,
	  "process is not told right" },
	{ "too far west", FIELD(utc_offset_s), (uint64_t)INT64_MIN,
	  "process is not told right" },
	{ "no host", FIELD(host_len), 0, "host has no proper name" },
	{ "long host", FIELD(host_len), 256, "host has no proper name" },
	{ "endless host", FIELD(host_len), UINT32_MAX,
	  "host has no proper name" },
	{ "host of two lines", FIELD(host), '\n', "host has no proper name" },
	{ "no log", FIELD(log), 0, "log has no proper name" },
	{ "endless log", FIELD(log), '/', "log has no proper name" },
	{ "no pattern", FIELD(log_pattern), 0, "log has no proper name" },
	{ "endless pattern", FIELD(log_pattern), '/',
	  "log has no proper name" },
};

static void test_header(void **state)
{
	const struct header_case *c = *state;
	struct mp_recover_account a;
	const char *said = "nothing";

	if (c->len > sizeof(c->value))
		memset((char *)&remains.h + c->at, (int)c->value, c->len);
	else
		memcpy((char *)&remains.h + c->at, &c->value, c->len);
	assert_non_null(why());
	assert_non_null(strstr(why(), c->reason));
	/* And so it is left as it is. */
	write_remains(0);
	assert_int_equal(recover_into(1, &a, &said), -EBADMSG);
	assert_string_equal(said, why());
	assert_int_equal(access(remains_name(0), F_OK), 0);
	assert_int_equal(access(LOG, F_OK), -1);
}

static void test_a_file_cut_anywhere_is_refused(void **state)
{
	struct mp_recover_account a;
	const char *said;

	(void)state;
	for (off_t size = 0; size < (off_t)sizeof(remains); size += 4096) {
		write_remains(0);
		assert_int_equal(truncate(remains_name(0), size), 0);
		assert_int_equal(recover_into(1, &a, &said), -EBADMSG);
	}
	assert_int_equal(access(LOG, F_OK), -1);
}

static void test_a_file_that_shrinks_meanwhile_is_an_error(void **state)
{
	struct mp_recover_account a;
	struct mp_recorders_entry entry;
	struct mp_recorders in;
	struct mp_recover r;
	const char *said;

	(void)state;
	write_remains(0);
	assert_int_equal(mp_recorders_open("run", &in), 0);
	assert_true(mp_recorders_next(&in, &entry));
	assert_int_equal(mp_recover_open(&in, &entry, geteuid(), &r, &said), 0);
	for (off_t size = sizeof(remains) - 1; size > 0; size -= 4096) {
		assert_int_equal(truncate(remains_name(0), size), 0);
		assert_int_equal(mp_recover_look(&r, &a), -EBADMSG);
		assert_int_equal(mp_recover_run(&r, 0, 1, &a), -EBADMSG);
	}
	mp_recover_close(&r);
	mp_recorders_close(&in);
	assert_int_equal(access(LOG, F_OK), -1);
}

/* ---- slots ---- */

/* What is written over the slot of an ended request, and what is told then:
   its line, or nothing at all. */
static struct slot_case {
	const char *name;
	size_t at, len;
	uint64_t value;
	const char *line; /* from the second column on; null: none */
} slot_cases[] = {
#define SLOT(m)                               \
	offsetof(struct mp_recorder_slot, m), \
		sizeof(((struct mp_recorder_slot *)0)->m)
#define START "0.001234\t4096000\t2048000\t"
#define END   "4100096\t2056192\t4096\t8192\t"
#define HEAP  "\t\\N\t\\N\t\\N\t2147483647\t1001\tweb1\n"
	{ "nothing", SLOT(mark.size), 0,
	  "done\t-\t" START END "70\t30\t60\t1" HEAP },
	{ "free", SLOT(word), 0, NULL },
	{ "no state", SLOT(word), 77, NULL },
	{ "being ended by nobody", SLOT(word), 0x102, NULL },
	{ "began before 1970", SLOT(begin_real_us), UINT64_MAX, NULL },
	{ "began after 9999", SLOT(begin_real_us), UINT64_C(253402300800000000),
	  NULL },
	{ "began before boot", SLOT(begin_mono_ns), UINT64_MAX, NULL },
	{ "negative numbers", SLOT(allocated), (uint64_t)-5,
	  "done\t-\t" START END "\\N\t30\t60\t1" HEAP },
	{ "negative freed", SLOT(freed), (uint64_t)-5,
	  "done\t-\t" START END "70\t\\N\t60\t1" HEAP },
	{ "negative peak", SLOT(peak), (uint64_t)-5,
	  "done\t-\t" START END "70\t30\t\\N\t1" HEAP },
	{ "negative overlap", SLOT(overlap), (uint64_t)-5,
	  "done\t-\t" START END "70\t30\t60\t\\N" HEAP },
	{ "negative duration", SLOT(duration_us), (uint64_t)-5,
	  "done\t-\t\\N\t4096000\t2048000\t" END "70\t30\t60\t1" HEAP },
	{ "endless duration", SLOT(duration_us), INT64_MAX,
	  "done\t-\t\\N\t4096000\t2048000\t" END "70\t30\t60\t1" HEAP },
	{ "negative end", SLOT(end.rss), (uint64_t)-5,
	  "done\t-\t" START "4100096\t\\N\t4096\t8192\t70\t30\t60\t1" HEAP },
	{ "a delta alone, as (outside) has it", SLOT(start.vss), (uint64_t)-5,
	  "done\t-\t0.001234\t\\N\t2048000\t4100096\t2056192\t4096\t8192\t"
	  "70\t30\t60\t1" HEAP },
	{ "a delta of other ends", SLOT(rss_delta), 1,
	  "done\t-\t" START "4100096\t2056192\t4096\t\\N\t70\t30\t60\t1" HEAP },
	{ "no page", SLOT(page_len), 0,
	  "Unknown\t-\t" START END "70\t30\t60\t1" HEAP },
	{ "long page", SLOT(page_len), 256,
	  "Unknown\t-\t" START END "70\t30\t60\t1" HEAP },
	{ "endless page", SLOT(page_len), 65535,
	  "Unknown\t-\t" START END "70\t30\t60\t1" HEAP },
	{ "page of two lines", SLOT(page[1]), '\n',
	  "Unknown\t-\t" START END "70\t30\t60\t1" HEAP },
	{ "page that is no UTF-8", SLOT(page[3]), 0xff,
	  "Unknown\t-\t" START END "70\t30\t60\t1" HEAP },
	{ "endless oops", SLOT(oops_len), 65535,
	  "done\t-\t" START END "70\t30\t60\t1" HEAP },
	{ "no oops", SLOT(oops_len), 0,
	  "done\t-\t" START END "70\t30\t60\t1" HEAP },
	{ "oops of a terminal", SLOT(oops[0]), 0x1b,
	  "done\t-\t" START END "70\t30\t60\t1" HEAP },
};

static void test_slot(void **state)
{
	const struct slot_case *c = *state;
	struct mp_recover_account a;
	size_t len;
	char *text;
	const char *last;

	remains.slots[0].word = 0;
	memcpy((char *)&remains.slots[1] + c->at, &c->value, c->len);
	write_remains(0);
	a = recover();
	if (!c->line) {
		assert_int_equal(a.written, 0);
		assert_int_equal(account_of(LOG).requests, 0);
		return;
	}
	assert_int_equal(a.written, 1);
	text = read_whole(LOG, &len);
	assert_non_null(text);
	last = text + mp_record_header_len;
	assert_int_equal(last[27], '\t');
	/* The line of the account follows. */
	assert_memory_equal(last + 28, c->line, strlen(c->line));
	assert_int_equal(account_of(LOG).requests, 1);
	free(text);
	assert_int_equal(account_of(LOG).faults, 0);
}

/* Of an (outside) line the start may be unknown, and the delta not; but where
   both ends are known, no other delta is believed: the line would be none. */
static void test_a_delta_that_its_ends_belie_is_unknown(void **state)
{
	struct mp_recorder_slot *s =
		put_ended(0, MP_RECORDER_ENDING, "(outside)", NULL, 0);
	struct mp_record r;

	(void)state;
	assert_true(mp_recordercheck_is_own(s));
	s->vss_delta++;
	r = mp_recordercheck_record(&remains.h, s);
	assert_int_equal(r.vss_delta, MP_UNKNOWN);
	assert_int_equal(r.rss_delta, 2 * PAGES);
	s->start.vss = MP_UNKNOWN;
	r = mp_recordercheck_record(&remains.h, s);
	assert_int_equal(r.vss_delta, PAGES + 1);
}

#define OTHERS 4

int main(void)
{
	struct CMUnitTest tests[OTHERS + ARRAY_SIZE(header_cases) +
				ARRAY_SIZE(slot_cases)] = {
		cmocka_unit_test(test_a_right_one_is_right),
		cmocka_unit_test(test_a_file_cut_anywhere_is_refused),
		cmocka_unit_test(
			test_a_file_that_shrinks_meanwhile_is_an_error),
		cmocka_unit_test(test_a_delta_that_its_ends_belie_is_unknown),
	};
	struct CMUnitTest *next = tests + OTHERS;

	for (size_t i = 0; i < ARRAY_SIZE(header_cases); i++)
		*next++ = (struct CMUnitTest){
			.name = header_cases[i].name,
			.test_func = test_header,
			.initial_state = &header_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(slot_cases); i++)
		*next++ = (struct CMUnitTest){
			.name = slot_cases[i].name,
			.test_func = test_slot,
			.initial_state = &slot_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		tests[i].setup_func = enter_remains;
		tests[i].teardown_func = leave;
	}
	return cmocka_run_group_tests_name("recordercheck", tests, NULL, NULL);
}
