/* profsum: profiles add up page by page, within bounds, and begin anew. */

#include "rawfiles.h"

#include "core/latch.h"
#include "profile/profsum.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES	    3
#define STACK_BYTES (size_t) MP_FOLD_SIZE_MIN
#define NOTE_BYTES  (size_t)16384

static struct mp_profsum sum;
static struct mp_profile profile;

static int open_sum(void **state)
{
	(void)state;
	profile.stacks = mp_fold_init(map_zeros(FOLD_SIZE), FOLD_SIZE);
	profile.notes = mp_notelist_init(map_zeros(NOTES_SIZE), NOTES_SIZE);
	return mp_profsum_open(&sum, PAGES, STACK_BYTES, NOTE_BYTES, false);
}

static int forget_sum(void **state)
{
	(void)state;
	munmap(profile.stacks, FOLD_SIZE);
	munmap(profile.notes, NOTES_SIZE);
	memset(&profile, 0, sizeof(profile));
	munmap(sum.pages,
	       (size_t)((char *)sum.notes - (char *)sum.pages) + NOTE_BYTES);
	memset(&sum, 0, sizeof(sum));
	return 0;
}

/* Add one that ran for `ns` in one place. */
static int add(const char *page, int64_t ns)
{
	const uintptr_t pc = 0x1000;

	mp_fold_reset(profile.stacks);
	mp_notelist_reset(profile.notes);
	mp_fold_add(profile.stacks, MP_FOLD_CPU, &pc, 1, 1, (uint64_t)ns);
	mp_notelist_add(profile.notes, "sql", page, 0, ns, NULL, 0);
	profile.duration_ns = 2 * ns;
	profile.cpu_ns = ns;
	return mp_profsum_add(&sum, text(page), &profile);
}

static void assert_page(const struct mp_rawfile *f, size_t i, const char *id,
			uint64_t requests, int64_t cpu_ns)
{
	const struct mp_rawfile_page *page = &f->pages[i];
	const struct mp_fold_stack *s = mp_fold_first(f->fold, (uint32_t)i);

	assert_int_equal(page->id.len, strlen(id));
	assert_memory_equal(page->id.p, id, page->id.len);
	assert_int_equal(page->requests, requests);
	assert_int_equal(page->duration_ns, 2 * cpu_ns);
	assert_int_equal(page->cpu_ns, cpu_ns);
	assert_non_null(s);
	assert_int_equal(s->samples, requests);
	assert_int_equal(s->value, cpu_ns);
	assert_null(mp_fold_next(f->fold, s));
}

static void test_profiles_of_a_page_add_up(void **state)
{
	const struct mp_note *note;
	struct mp_rawfile f;
	char page[] = "Cart:pay";

	(void)state;
	assert_int_equal(add(page, 100), 0);
	page[5] = 's';
	assert_int_equal(add(page, 20), 0);
	assert_int_equal(add("Cart:pay", 3), 0);
	f = mp_profsum_lock(&sum);
	assert_int_equal(f.page_count, 2);
	assert_page(&f, 0, "Cart:pay", 2, 103);
	assert_page(&f, 1, "Cart:say", 1, 20);
	for (unsigned i = 0; i < 3; i++) {
		note = i ? mp_notelist_next(f.notes, note)
			 : mp_notelist_first(f.notes);
		assert_non_null(note);
		assert_int_equal(note->page, i == 1);
	}
	assert_null(mp_notelist_next(f.notes, note));
	mp_profsum_renew(&sum);
}

static void test_ids_differ_by_all_of_their_bytes(void **state)
{
	char id[MP_ESCAPE_MAX + 1] = "";
	struct mp_rawfile f;

	(void)state;
	memset(id, 'x', MP_ESCAPE_MAX);
	assert_int_equal(add(id, 1), 0);
	id[MP_ESCAPE_MAX - 1] = 'y';
	assert_int_equal(add(id, 2), 0);
	id[MP_ESCAPE_MAX - 1] = '\0';
	assert_int_equal(add(id, 4), 0);
	f = mp_profsum_lock(&sum);
	assert_int_equal(f.page_count, 3);
	assert_page(&f, 2, id, 1, 4);
	id[MP_ESCAPE_MAX - 1] = 'y';
	assert_page(&f, 1, id, 1, 2);
	id[MP_ESCAPE_MAX - 1] = 'x';
	assert_page(&f, 0, id, 1, 1);
	mp_profsum_renew(&sum);
}

static void test_a_page_too_many_is_refused(void **state)
{
	struct mp_rawfile f;

	(void)state;
	assert_int_equal(add("a", 1), 0);
	assert_int_equal(add("b", 1), 0);
	assert_int_equal(add("c", 1), 0);
	profile.had_perf = true;
	mp_lacks_note(&profile.lacks, MP_LACK_PERF, -EACCES);
	assert_int_equal(add("d", 1), -ENOSPC);
	assert_int_equal(sum.lacks.bits, 0);
	assert_false(sum.had_perf);
	assert_int_equal(add("c", 1), 0);
	f = mp_profsum_lock(&sum);
	assert_int_equal(f.page_count, PAGES);
	assert_page(&f, 0, "a", 1, 1);
	assert_page(&f, 1, "b", 1, 1);
	assert_page(&f, 2, "c", 2, 2);
	assert_int_equal(f.fold->samples, 4);
	mp_profsum_renew(&sum);
}

static void test_what_one_of_them_lacks_all_lack(void **state)
{
	(void)state;
	mp_lacks_note(&profile.lacks, MP_LACK_PERF, -EACCES);
	profile.had_perf = true;
	add("a", 1);
	memset(&profile.lacks, 0, sizeof(profile.lacks));
	profile.had_perf = false;
	mp_lacks_note(&profile.lacks, MP_LACK_STACK, 0);
	add("a", 1);
	mp_profsum_lock(&sum);
	assert_int_equal(sum.lacks.bits,
			 1U << MP_LACK_PERF | 1U << MP_LACK_STACK);
	assert_int_equal(sum.lacks.errors[MP_LACK_PERF], -EACCES);
	assert_true(sum.had_perf);
	mp_profsum_renew(&sum);
}

static void assert_empty(void)
{
	struct mp_rawfile f = mp_profsum_lock(&sum);

	assert_int_equal(f.page_count, 0);
	assert_int_equal(f.fold->samples, 0);
	assert_null(mp_fold_first(f.fold, 0));
	assert_null(mp_notelist_first(f.notes));
	assert_int_equal(sum.lacks.bits, 0);
	assert_false(sum.had_perf);
	mp_profsum_renew(&sum);
}

static void test_it_begins_anew(void **state)
{
	struct mp_rawfile f;
	int64_t began_us;

	(void)state;
	profile.had_perf = true;
	mp_lacks_note(&profile.lacks, MP_LACK_TIMER, -EAGAIN);
	add("a", 1);
	f = mp_profsum_lock(&sum);
	began_us = f.began_us;
	assert_true(began_us > 0);
	sum.began_us = 0;
	mp_profsum_renew(&sum);
	assert_true(sum.began_us >= began_us);
	assert_empty();
	add("b", 7);
	f = mp_profsum_lock(&sum);
	assert_int_equal(f.page_count, 1);
	assert_page(&f, 0, "b", 1, 7);
	mp_profsum_renew(&sum);
}

static void test_what_was_open_is_emptied_and_keeps_its_memory(void **state)
{
	const struct mp_profsum was = sum;

	(void)state;
	add("a", 1);
	assert_int_equal(mp_profsum_open(&sum, 2 * PAGES, 2 * STACK_BYTES,
					 2 * NOTE_BYTES, true),
			 0);
	assert_ptr_equal(sum.pages, was.pages);
	assert_ptr_equal(sum.stacks, was.stacks);
	assert_int_equal(sum.page_max, PAGES);
	assert_empty();
}

static void test_without_memory_it_stays_closed(void **state)
{
	struct mp_profsum none = { .pages = NULL };

	(void)state;
	assert_int_equal(
		mp_profsum_open(&none, 1, SIZE_MAX / 4 * 2, NOTE_BYTES, false),
		-ENOMEM);
	assert_null(none.pages);
}

/* The last page of its stacks, which no stack has come to. */
static bool is_taken(void)
{
	unsigned char in = 0;

	assert_int_equal(mincore((char *)sum.notes - 4096, 4096, &in), 0);
	return in & 1;
}

static void test_its_memory_is_taken_where_that_is_asked_for(void **state)
{
	(void)state;
	assert_false(is_taken());
	munmap(sum.pages,
	       (size_t)((char *)sum.notes - (char *)sum.pages) + NOTE_BYTES);
	memset(&sum, 0, sizeof(sum));
	assert_int_equal(
		mp_profsum_open(&sum, PAGES, STACK_BYTES, NOTE_BYTES, true), 0);
	assert_true(is_taken());
}

/* ---- with others ---- */

static void *add_late(void *arg)
{
	*(int *)arg = add("late", 5);
	return NULL;
}

static void test_who_adds_waits_while_it_is_written(void **state)
{
	struct mp_rawfile f;
	pthread_t thread;
	int err = 1;

	(void)state;
	mp_profsum_lock(&sum);
	assert_int_equal(pthread_create(&thread, NULL, add_late, &err), 0);
	/* Until it waits: then the latch is wanted. */
	while (atomic_load(&sum.latch) != MP_LATCH_WANTED)
		sched_yield();
	assert_int_equal(sum.page_count, 0);
	mp_profsum_renew(&sum);
	pthread_join(thread, NULL);
	assert_int_equal(err, 0);
	f = mp_profsum_lock(&sum);
	assert_int_equal(f.page_count, 1);
	assert_page(&f, 0, "late", 1, 5);
	mp_profsum_renew(&sum);
}

static void test_a_child_frees_what_another_thread_had_locked(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	add("parent's", 1);
	mp_profsum_lock(&sum);
	pid = fork();
	if (pid == 0) {
		alarm(60);
		mp_profsum_renew(&sum);
		_exit(add("child's", 1) || sum.page_count != 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(sum.page_count, 1);
	mp_profsum_renew(&sum);
}

#define SUM_TEST(f) cmocka_unit_test_setup_teardown(f, open_sum, forget_sum)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SUM_TEST(test_profiles_of_a_page_add_up),
		SUM_TEST(test_ids_differ_by_all_of_their_bytes),
		SUM_TEST(test_a_page_too_many_is_refused),
		SUM_TEST(test_what_one_of_them_lacks_all_lack),
		SUM_TEST(test_it_begins_anew),
		SUM_TEST(test_what_was_open_is_emptied_and_keeps_its_memory),
		SUM_TEST(test_without_memory_it_stays_closed),
		SUM_TEST(test_its_memory_is_taken_where_that_is_asked_for),
		SUM_TEST(test_who_adds_waits_while_it_is_written),
		SUM_TEST(test_a_child_frees_what_another_thread_had_locked),
	};

	return cmocka_run_group_tests_name("profsum", tests, NULL, NULL);
}
