/* oopsfile: reports that are named by what they say, by the day, and whole. */

#include "test.h"

#include "profile/md5.h"
#include "profile/oopsfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTES_SIZE 65536
#define DAY	   "2026-11-21"

static char dir[] = "/tmp/test_oopsfile.XXXXXX";
static char content[65536];

static struct mp_record a_record(void)
{
	struct mp_record r = mp_record_unknown;

	r.timestamp_us = INT64_C(1795223045123456); /* of DAY */
	r.page_id = (struct mp_text){ "Root:index.html", 15 };
	r.oops_id = (struct mp_text){ "-", 1 };
	r.host = (struct mp_text){ "h\"x", 3 };
	r.duration_us = 1500000;
	r.rss_delta = -4096;
	r.allocated = 7;
	r.pid = 12;
	r.tid = 13;
	return r;
}

static char *path_of(const char *id)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/" DAY "/%s.json", dir, id);
	return path;
}

static const char *read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = read(fd, content, sizeof(content) - 1);
	close(fd);
	assert_true(n >= 0);
	content[n] = '\0';
	return content;
}

static const char *write_and_read(const struct mp_oopsfile *what,
				  const char *profile)
{
	char id[MP_OOPSFILE_ID_MAX];
	uint64_t bytes;

	mp_oopsfile_id(what, id);
	assert_int_equal(mp_oopsfile_write(what, dir, id, profile, &bytes), 0);
	assert_non_null(read_file(path_of(id)));
	assert_int_equal(bytes, strlen(content));
	return content;
}

static int count_in(const char *path)
{
	DIR *d = opendir(path);
	int n = -2; /* itself and the one above */

	if (!d)
		return -1;
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static int remove_all(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s/*", dir);
	return system(command) != 0;
}

static void test_says_all_that_the_log_says(void **state)
{
	struct mp_record r = a_record();
	struct mp_oopsfile what = { .record = &r, .url = "/a?b" };

	(void)state;
	write_and_read(&what, "/p/x.mprof");
	assert_string_equal(strstr(content, "\"profile\""),
			    "\"profile\": \"/p/x.mprof\",\n"
			    "\"informational\": true,\n"
			    "\"url\": \"/a?b\",\n"
			    "\"timestamp\": \"" DAY "T01:04:05.123456Z\",\n"
			    "\"page_id\": \"Root:index.html\",\n"
			    "\"duration\": 1.500000,\n"
			    "\"start_vss\": null,\n"
			    "\"start_rss\": null,\n"
			    "\"end_vss\": null,\n"
			    "\"end_rss\": null,\n"
			    "\"vss_delta\": null,\n"
			    "\"rss_delta\": -4096,\n"
			    "\"allocated\": 7,\n"
			    "\"freed\": null,\n"
			    "\"peak\": null,\n"
			    "\"overlap\": null,\n"
			    "\"heap_allocated\": null,\n"
			    "\"heap_active\": null,\n"
			    "\"heap_resident\": null,\n"
			    "\"pid\": 12,\n"
			    "\"tid\": 13,\n"
			    "\"host\": \"h\\\"x\",\n"
			    "\"notes\": []\n"
			    "}\n");
}

static void test_what_there_is_none_of_is_null(void **state)
{
	struct mp_record r = a_record();
	struct mp_oopsfile what = { .record = &r };

	(void)state;
	write_and_read(&what, NULL);
	assert_non_null(strstr(content, "\"profile\": null,\n"));
	assert_non_null(strstr(content, "\"url\": null,\n"));
}

/* What `tail -n +4 | md5sum` prints is the id. */
static void test_id_is_the_digest_of_what_it_says(void **state)
{
	struct mp_record r = a_record();
	struct mp_oopsfile what = { .record = &r, .url = "/" };
	char id[MP_OOPSFILE_ID_MAX], hex[MP_MD5_HEX];
	const char *p = content;
	struct mp_md5 md5;

	(void)state;
	mp_oopsfile_id(&what, id);
	assert_int_equal(strlen(id), 5 + 32);
	write_and_read(&what, "/p/x.mprof");
	assert_int_equal(strncmp(content, "{\n\"id\": \"", 9), 0);
	assert_memory_equal(content + 9, id, strlen(id));
	for (int i = 0; i < 3; i++)
		p = strchr(p, '\n') + 1;
	mp_md5_init(&md5);
	mp_md5_add(&md5, p, strlen(p));
	mp_md5_finish(&md5, hex);
	assert_memory_equal(hex, id + 5, MP_MD5_HEX);
}

static void test_id_differs_with_all_that_is_said(void **state)
{
	char first[MP_OOPSFILE_ID_MAX], second[MP_OOPSFILE_ID_MAX];
	struct mp_record r = a_record(), other = r;
	struct mp_oopsfile a = { .record = &r, .url = "/" };
	struct mp_oopsfile b = { .record = &other, .url = "/" };

	(void)state;
	mp_oopsfile_id(&a, first);
	mp_oopsfile_id(&b, second);
	assert_string_equal(first, second);
	other.tid++;
	mp_oopsfile_id(&b, second);
	assert_string_not_equal(first, second);
	other = r;
	b.url = "/a";
	mp_oopsfile_id(&b, second);
	assert_string_not_equal(first, second);
	/* A real id is somebody else's report. */
	b.url = a.url;
	other.oops_id = (struct mp_text){ "OOPS-1", 6 };
	mp_oopsfile_id(&b, second);
	assert_string_equal(first, second);
}

static void test_hostile_text_stays_text(void **state)
{
	struct mp_record r = a_record();
	struct mp_oopsfile what = {
		.record = &r,
		.url = "/\"\\\n\x01\x7f\xff\xc3\xa9\xe2\x82</script>",
	};

	(void)state;
	write_and_read(&what, "/\xff\"");
	assert_non_null(strstr(content, "\"profile\": \"/\\ufffd\\\"\",\n"));
	assert_non_null(strstr(content, "\"url\": \"/\\\"\\\\\\u000a\\u0001\x7f"
					"\\ufffd\xc3\xa9\\ufffd\\ufffd"
					"</script>\",\n"));
}

static void test_notes_are_listed(void **state)
{
	void *memory = mmap(NULL, NOTES_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct mp_record r = a_record();
	struct mp_oopsfile what = { .record = &r };

	(void)state;
	assert_true(memory != MAP_FAILED);
	what.notes = mp_notelist_init(memory, NOTES_SIZE);
	mp_notelist_add(memory, "sql", "SELECT \"x\"", -5, 20, NULL, 0);
	mp_notelist_add(memory, NULL, NULL, 7, 7, NULL, 0);
	write_and_read(&what, NULL);
	munmap(memory, NOTES_SIZE);
	assert_string_equal(
		strstr(content, "\"notes\""),
		"\"notes\": [\n"
		"\t{\"kind\": \"sql\", \"start_ns\": -5, \"end_ns\": 20, "
		"\"text\": \"SELECT%20\\\"x\\\"\"},\n"
		"\t{\"kind\": \"-\", \"start_ns\": 7, \"end_ns\": 7, "
		"\"text\": \"-\"}]\n"
		"}\n");
}

static void test_nobody_else_may_read_it(void **state)
{
	struct mp_record r = a_record();
	struct mp_oopsfile what = { .record = &r };
	char id[MP_OOPSFILE_ID_MAX], day[64];
	mode_t before = umask(0);
	struct stat st;

	(void)state;
	write_and_read(&what, NULL);
	umask(before);
	mp_oopsfile_id(&what, id);
	assert_int_equal(stat(path_of(id), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	snprintf(day, sizeof(day), "%s/" DAY, dir);
	assert_int_equal(stat(day, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(count_in(day), 1);
}

static void test_no_file_is_written_over(void **state)
{
	struct mp_record r = a_record();
	struct mp_oopsfile what = { .record = &r };
	char id[MP_OOPSFILE_ID_MAX], day[64];
	uint64_t bytes;

	(void)state;
	write_and_read(&what, "/first");
	mp_oopsfile_id(&what, id);
	assert_int_equal(mp_oopsfile_write(&what, dir, id, "/second", &bytes),
			 0);
	assert_non_null(strstr(read_file(path_of(id)), "/first"));
	snprintf(day, sizeof(day), "%s/" DAY, dir);
	assert_int_equal(count_in(day), 2);
}

static void test_failures_leave_nothing(void **state)
{
	static const char full[] = "/dev/full";
	struct mp_record r = a_record();
	struct mp_oopsfile what = { .record = &r };
	char long_dir[5000], id[MP_OOPSFILE_ID_MAX], day[64];
	uint64_t bytes;

	(void)state;
	mp_oopsfile_id(&what, id);
	errno = 77;
	assert_int_equal(
		mp_oopsfile_write(&what, "/no/such/folder", id, NULL, &bytes),
		-ENOENT);
	assert_int_equal(mp_oopsfile_write(&what, full, id, NULL, &bytes),
			 -ENOTDIR);
	assert_int_equal(errno, 77);
	memset(long_dir, 'x', sizeof(long_dir));
	long_dir[4096 - 1 - 10 - 1] = '\0';
	assert_int_equal(mp_oopsfile_write(&what, long_dir, id, NULL, &bytes),
			 -ENAMETOOLONG);
	assert_int_equal(count_in(dir), 0);

	/* Wherever a link of somebody else's leads. */
	snprintf(day, sizeof(day), "%s/" DAY, dir);
	assert_int_equal(symlink("/tmp", day), 0);
	assert_int_equal(mp_oopsfile_write(&what, dir, id, NULL, &bytes),
			 -ENOTDIR);
	assert_null(read_file(path_of(id)));
	assert_int_equal(unlink(day), 0);
}

static struct name_case {
	const char *name;
	bool ours;
} name_cases[] = {
#define ID "OOPS-0123456789abcdef0123456789abcdef"
	{ ID ".json", true },
	{ ID "-2.json", true },
	{ ID "-99.json", true },
	{ ID, false },
	{ ID ".jsonx", false },
	{ ID "x.json", false },
	{ ID "-02.json", false },
	{ ID "-.jso", false },
	{ ID "-a.json", false },
	{ ID "0.json", false },
	{ "OOPS-0123456789abcdef0123456789abcde.json", false },
	{ "OOPS-0123456789ABCDEF0123456789ABCDEF.json", false },
	{ "oops-0123456789abcdef0123456789abcdef.json", false },
	{ "OOPS-12345.json", false },
	{ "OOPS-", false },
	{ "", false },
};

static void test_name(void **state)
{
	const struct name_case *c = *state;

	assert_int_equal(mp_oopsfile_is_name(c->name), c->ours);
}

static int run_names(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(name_cases)];

	for (size_t i = 0; i < ARRAY_SIZE(name_cases); i++)
		tests[i] = (struct CMUnitTest){
			.name = *name_cases[i].name ? name_cases[i].name
						    : "(empty)",
			.test_func = test_name,
			.initial_state = &name_cases[i],
		};
	return cmocka_run_group_tests_name("oopsfile_names", tests, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_says_all_that_the_log_says,
					  remove_all),
		cmocka_unit_test_teardown(test_what_there_is_none_of_is_null,
					  remove_all),
		cmocka_unit_test_teardown(test_id_is_the_digest_of_what_it_says,
					  remove_all),
		cmocka_unit_test(test_id_differs_with_all_that_is_said),
		cmocka_unit_test_teardown(test_hostile_text_stays_text,
					  remove_all),
		cmocka_unit_test_teardown(test_notes_are_listed, remove_all),
		cmocka_unit_test_teardown(test_nobody_else_may_read_it,
					  remove_all),
		cmocka_unit_test_teardown(test_no_file_is_written_over,
					  remove_all),
		cmocka_unit_test(test_failures_leave_nothing),
	};
	int failed;

	if (!mkdtemp(dir))
		return 1;
	failed = cmocka_run_group_tests_name("oopsfile", tests, NULL, NULL);
	failed += run_names();
	rmdir(dir);
	return failed;
}
