/* inflight: what the recorder of a session shows of its requests. */

#include "serving.h"

#include "core/process.h"
#include "core/recorder.h"
#include "core/request.h"
#include "core/session.h"
#include "core/slot.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/vfs.h>

#define MANY 2000

static char shm[64]; /* on tmpfs */
static char keys[256];
static struct memprof *mp;
static int fd = -1;

static int enter_shm(void **state)
{
	struct statfs fs;

	if (statfs("/dev/shm", &fs) || fs.f_type != TMPFS_MAGIC) {
		print_message("skipped: /dev/shm is not on tmpfs\n");
		exit(77);
	}
	strcpy(shm, "/dev/shm/test_inflight.XXXXXX");
	return !mkdtemp(shm) || enter(state);
}

static int count_recorders(void)
{
	DIR *dir = opendir(shm);
	struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir)))
		n += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

static int leave_shm(void **state)
{
	DIR *dir = opendir(shm);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	return rmdir(shm) || leave(state);
}

/* The recorder of the process `pid`.  Never closed while our own session is
   open: that would drop its lock. */
static int open_recorder(pid_t pid)
{
	char begin[64];
	DIR *dir = opendir(shm);
	struct dirent *e;
	int found = -1;

	snprintf(begin, sizeof(begin), MP_RECORDER_PREFIX "%u-%d-", geteuid(),
		 pid);
	while (dir && (e = readdir(dir)))
		if (!strncmp(e->d_name, begin, strlen(begin)))
			found = openat(dirfd(dir), e->d_name, O_RDWR);
	if (dir)
		closedir(dir);
	return found;
}

static void remove_recorder(pid_t pid)
{
	char part[32];
	DIR *dir = opendir(shm);
	struct dirent *e;

	snprintf(part, sizeof(part), "-%d-", pid);
	while (dir && (e = readdir(dir)))
		if (strstr(e->d_name, part))
			unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
}

static void open_with(const char *more)
{
	snprintf(keys, sizeof(keys), "run_dir: %s\n%s", shm, more);
	mp = serve(keys);
	assert_int_equal(stats_of(mp).recorder, MEMPROF_RECORDER_ON);
	fd = open_recorder(getpid());
	assert_true(fd >= 0);
}

static int open_session(void **state)
{
	(void)state;
	open_with("");
	return 0;
}

static int close_session(void **state)
{
	struct memprof_stats s = stats_of(mp);
	int err = memprof_close(mp);

	(void)state;
	close(fd);
	return err || !is_balanced(&s) || count_recorders();
}

/* ---- reading it ---- */

static struct mp_recorder header(void)
{
	struct mp_recorder r;

	assert_int_equal(pread(fd, &r, sizeof(r), 0), sizeof(r));
	return r;
}

static struct mp_recorder_slot slot_at(int from, uint32_t index)
{
	struct mp_recorder_slot slot;
	off_t at = (off_t)(sizeof(struct mp_recorder) + index * sizeof(slot));

	assert_int_equal(pread(from, &slot, sizeof(slot), at), sizeof(slot));
	return slot;
}

static struct mp_request *inside(struct memprof_request *r)
{
	return (struct mp_request *)r;
}

static struct mp_recorder_slot slot_of(struct memprof_request *r)
{
	assert_int_not_equal(inside(r)->slot.generation, 0);
	return slot_at(fd, inside(r)->slot.index);
}

static enum mp_recorder_state state_of(struct memprof_request *r)
{
	struct mp_recorder_slot slot = slot_of(r);

	assert_false(mp_recorder_sequence(slot.word) & 1);
	return mp_recorder_state(slot.word);
}

static unsigned count_taken(void)
{
	struct mp_recorder r = header();
	unsigned n = 0;

	for (unsigned i = 0; i < MP_RECORDER_WORDS; i++)
		n += (unsigned)__builtin_popcountll(r.taken[i]);
	return n;
}

static bool is_named(const struct mp_recorder_slot *slot, const char *page)
{
	return slot->page_len == strlen(page) &&
	       !memcmp(slot->page, page, slot->page_len);
}

/* ---- one request ---- */

static void test_it_shows_how_a_request_began(void **state)
{
	struct memprof_request r = { 0 };
	struct mp_recorder_slot slot;

	(void)state;
	memprof_begin(mp, &r, "a b");
	assert_int_equal(count_taken(), 1);
	assert_int_equal(state_of(&r), MP_RECORDER_IN_FLIGHT);
	slot = slot_of(&r);
	assert_true(is_named(&slot, "a%20b"));
	assert_true(slot.number == inside(&r)->number);
	assert_int_equal(slot.tid, gettid());
	assert_int_equal(slot.flags, 0);
	assert_int_equal(slot.begin_mono_ns, inside(&r)->begin_mono_ns);
	assert_int_equal(slot.begin_real_us, inside(&r)->begin_real_us);
	assert_true(slot.start.rss > 0 && slot.start.vss > slot.start.rss);

	memprof_page(&r, "other");
	slot = slot_of(&r);
	assert_true(is_named(&slot, "other"));
	assert_int_equal(state_of(&r), MP_RECORDER_IN_FLIGHT);
	memprof_end(&r, NULL);
	assert_int_equal(state_of(&r), MP_RECORDER_FREE);
	assert_int_equal(count_taken(), 0);
}

static void test_it_shows_the_slices_that_are_over(void **state)
{
	struct memprof_request r = { 0 };
	struct mp_recorder_slot slot;
	void *p;

	(void)state;
	need_jemalloc();
	memprof_begin(mp, &r, "page");
	p = work_alloc(1 << 20);
	assert_int_equal(slot_of(&r).allocated, 0);
	memprof_detach(&r);
	slot = slot_of(&r);
	assert_int_equal(slot.allocated, 1 << 20);
	assert_int_equal(slot.freed, 0);
	assert_int_equal(slot.peak, 1 << 20);
	free(p);
	memprof_attach(&r);
	p = work_alloc(1 << 20);
	free(p);
	memprof_detach(&r);
	slot = slot_of(&r);
	assert_int_equal(slot.allocated, 2 << 20);
	assert_int_equal(slot.freed, 1 << 20);
	assert_int_equal(state_of(&r), MP_RECORDER_IN_FLIGHT);
	memprof_end(&r, NULL);
	assert_int_equal(count_taken(), 0);
}

/* Without jemalloc, or on a thread that it was not attached to. */
static void *detach_elsewhere(void *arg)
{
	memprof_detach(arg);
	return NULL;
}

static void test_what_is_not_known_is_not_shown(void **state)
{
	struct memprof_request r = { 0 };

	(void)state;
	memprof_begin(mp, &r, "page");
	run_thread(detach_elsewhere, &r);
	assert_int_equal(slot_of(&r).allocated, 0);
	inside(&r)->flags |= MP_REQUEST_NO_PEAK;
	free(work_alloc(1 << 20));
	memprof_detach(&r);
	if (has_jemalloc())
		assert_true(slot_of(&r).allocated >= 1 << 20);
	else
		assert_true(slot_of(&r).allocated == MP_UNKNOWN);
	assert_true(slot_of(&r).peak == MP_UNKNOWN);
	memprof_cancel(&r);
}

/* What is shown last is the line that was written, byte for byte. */
static void test_it_ends_with_the_record_that_is_logged(void **state)
{
	struct memprof_request r = { 0 };
	struct mp_recorder_slot slot;
	struct mp_recorder h;
	struct mp_record record;
	char line[MP_RECORD_MAX], text[MP_RECORD_MAX] = "";
	size_t len;
	FILE *f;

	(void)state;
	memprof_begin(mp, &r, "page");
	memprof_end(&r, "OOPS-1 2");
	slot = slot_of(&r);
	h = header();
	record = mp_slot_record(&h, &slot);
	len = mp_record_format(&record, line);
	f = fopen(LOG_NAME, "r");
	assert_non_null(f);
	while (fgets(text, sizeof(text), f))
		;
	fclose(f);
	assert_int_equal(strlen(text), len);
	assert_memory_equal(text, line, len);
	assert_true(slot.end_mono_ns > slot.begin_mono_ns);
	assert_true(slot.mark.size > 0 && slot.mark.ino > 0);
	assert_true(slot.mark.dev == (uint64_t)h.log_state.dev);
}

static void end_it(struct memprof_request *r)
{
	memprof_end(r, NULL);
}

static void end_twice(struct memprof_request *r)
{
	uint64_t misused = stats_of(mp).misused;
	struct memprof_request copy;

	memcpy(&copy, r, sizeof(copy));
	memprof_end(r, NULL);
	assert_int_equal(stats_of(mp).misused, misused);
	memprof_end(&copy, NULL);
	memprof_end(r, NULL);
	assert_int_equal(stats_of(mp).misused, misused + 2);
	assert_int_equal(stats_of(mp).logged, 1);
	assert_int_equal(stats_of(mp).in_flight, 1);
}

static void move_it(struct memprof_request *r)
{
	struct memprof_request *elsewhere = malloc(sizeof(*elsewhere));

	memcpy(elsewhere, r, sizeof(*r));
	memset(r, 0, sizeof(*r));
	memprof_page(elsewhere, "moved");
	memprof_end(elsewhere, NULL);
	free(elsewhere);
}

static struct gone_case {
	const char *name;
	const char *keys;
	void (*end)(struct memprof_request *);
} gone_cases[] = {
	{ "ended, its slot is free", "", end_it },
	{ "cancelled, its slot is free", "", memprof_cancel },
	{ "ended twice, its slot is free once", "", end_twice },
	{ "moved, its slot is found", "", move_it },
	{ "below the threshold, its slot is free", "log_threshold: 1G",
	  end_it },
	{ "sampled out, its slot is free", "sample_one_in: 1000000000",
	  end_it },
};

static void test_gone(void **state)
{
	const struct gone_case *c = *state;
	struct memprof_request other = { 0 }, r = { 0 };

	open_with(c->keys);
	memprof_begin(mp, &r, "page");
	memprof_begin(mp, &other, "other");
	assert_int_equal(count_taken(), 2);
	c->end(&r);
	assert_int_equal(count_taken(), 1);
	assert_int_equal(state_of(&other), MP_RECORDER_IN_FLIGHT);
	memprof_end(&other, NULL);
	assert_int_equal(count_taken(), 0);
	assert_int_equal(close_session(NULL), 0);
}

static void test_one_that_is_sampled_out_is_named(void **state)
{
	struct memprof_request r = { 0 };
	struct mp_recorder_slot slot;

	(void)state;
	open_with("sample_one_in: 1000000000");
	memprof_begin(mp, &r, "page");
	slot = slot_of(&r);
	assert_true(is_named(&slot, "page"));
	assert_int_equal(slot.flags, MP_RECORDER_UNMEASURED);
	assert_true(slot.start.rss == MP_UNKNOWN);
	assert_true(slot.begin_real_us > 0);
	memprof_page(&r, "other");
	slot = slot_of(&r);
	assert_true(is_named(&slot, "other"));
	memprof_end(&r, NULL);
	assert_int_equal(close_session(NULL), 0);
}

/* ---- many ---- */

static void test_more_than_there_is_room_for(void **state)
{
	struct memprof_request *r = calloc(MANY, sizeof(*r)), last = { 0 };
	struct memprof_stats s;

	(void)state;
	assert_non_null(r);
	for (int i = 0; i < MANY; i++) {
		memprof_begin(mp, &r[i], "page");
		memprof_detach(&r[i]);
	}
	assert_int_equal(count_taken(), MP_RECORDER_SLOTS);
	assert_int_equal(stats_of(mp).slotless, MANY - MP_RECORDER_SLOTS);
	for (int i = 0; i < MANY; i++)
		memprof_end(&r[i], NULL);
	s = stats_of(mp);
	assert_int_equal(s.logged, MANY);
	assert_int_equal(count_taken(), 0);
	assert_int_equal(count_logged("page"), MANY);
	memprof_begin(mp, &last, "page");
	assert_int_equal(count_taken(), 1);
	memprof_end(&last, NULL);
	assert_int_equal(stats_of(mp).slotless, s.slotless);
	free(r);
}

static void test_two_sessions_have_one_each(void **state)
{
	struct memprof_request r = { 0 };
	struct memprof *other = NULL;

	(void)state;
	assert_int_equal(memprof_open("c.conf", &other), 0);
	assert_int_equal(count_recorders(), 2);
	memprof_begin(other, &r, "page");
	assert_int_equal(count_taken(), 0);
	memprof_end(&r, NULL);
	assert_int_equal(memprof_close(other), 0);
	assert_int_equal(count_recorders(), 1);
}

/* Sessions are used again, and so are their addresses. */
static void test_many_sessions_one_after_the_other(void **state)
{
	struct memprof_request r = { 0 };

	(void)state;
	memprof_begin(mp, &r, "in flight");
	close_session(NULL);
	for (int i = 0; i < 30; i++) {
		struct memprof_request next = { 0 };

		open_with("");
		assert_int_equal(count_taken(), 0);
		assert_int_equal(stats_of(mp).begun, 0);
		memprof_begin(mp, &next, "page");
		memprof_end(&r, NULL); /* of a session that is closed */
		assert_int_equal(count_taken(), 1);
		memprof_end(&next, NULL);
		assert_int_equal(stats_of(mp).logged, 1);
		assert_int_equal(close_session(NULL), 0);
	}
	open_with("");
}

static void test_counts_stay_when_it_is_closed(void **state)
{
	struct memprof_request r = { 0 };
	struct memprof_stats s;

	(void)state;
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(count_recorders(), 0);
	s = stats_of(mp);
	assert_int_equal(s.logged, 1);
	assert_int_equal(s.begun, 1);
	assert_int_equal(s.recorder, MEMPROF_RECORDER_NONE);
	close(fd);
	open_with("");
}

/* ---- without one ---- */

static struct without_case {
	const char *name;
	const char *run_dir;
	int recorder;
} without_cases[] = {
	{ "all goes on where no recorder is wanted", "", 0 },
	{ "all goes on where it would be on a disk", "/proc", -EMEDIUMTYPE },
	{ "all goes on where its folder is missing", "/none/none", -ENOENT },
};

static void test_without(void **state)
{
	const struct without_case *c = *state;
	struct memprof_request r = { 0 };
	struct memprof_stats s;

	snprintf(keys, sizeof(keys), "run_dir: %s\n", c->run_dir);
	mp = serve(keys);
	for (int i = 0; i < 3; i++) {
		memprof_begin(mp, &r, "page");
		memprof_page(&r, "other");
		memprof_detach(&r);
		memprof_end(&r, NULL);
	}
	s = stats_of(mp);
	assert_int_equal(s.recorder, c->recorder);
	assert_int_equal(s.logged, 3);
	assert_int_equal(s.slotless, 0);
	assert_true(is_balanced(&s));
	assert_int_equal(count_logged("other"), 3);
	assert_int_equal(memprof_close(mp), 0);
}

/* ---- pausing and reopening ---- */

static void store(off_t at, uint32_t v)
{
	assert_int_equal(pwrite(fd, &v, sizeof(v), at), sizeof(v));
}

static void set_pause(bool on)
{
	store(offsetof(struct mp_recorder, pause.on), on);
}

static void test_pausing_is_for_requests_that_begin_after_it(void **state)
{
	struct memprof_request before = { 0 }, r = { 0 }, cancelled = { 0 };
	struct memprof_stats s;
	struct lines l;

	(void)state;
	memprof_begin(mp, &before, "before");
	set_pause(true);
	memprof_begin(mp, &r, "paused");
	memprof_begin(mp, &cancelled, "cancelled");
	assert_int_equal(count_taken(), 1);
	memprof_page(&r, "other");
	memprof_detach(&r);
	memprof_attach(&r);
	s = stats_of(mp);
	assert_int_equal(s.in_flight, 3);
	assert_int_equal(s.paused, 1);
	memprof_cancel(&cancelled);
	memprof_end(&r, "OOPS-1");
	memprof_end(&before, NULL);
	set_pause(false);
	memprof_begin(mp, &r, "after");
	memprof_end(&r, NULL);
	s = stats_of(mp);
	assert_int_equal(s.skipped_paused, 1);
	assert_int_equal(s.cancelled, 1);
	assert_int_equal(s.logged, 2);
	assert_int_equal(s.paused, 0);
	assert_true(is_balanced(&s));
	assert_int_equal(memprof_close(mp), 0);
	close(fd);

	l = read_lines(LOG_NAME);
	assert_int_equal(count_page(&l, "before"), 1);
	assert_int_equal(count_page(&l, "after"), 1);
	assert_int_equal(count_page(&l, "(skipped)"), 1);
	for (size_t i = 0; i < l.count; i++) {
		const char *told = "sampled=0,threshold=0,one_in=1,paused=1";

		if (!is_page(&l.r[i], "(skipped)"))
			continue;
		assert_int_equal(l.r[i].oops_id.len, strlen(told));
		assert_memory_equal(l.r[i].oops_id.p, told, strlen(told));
	}
	assert_int_equal(l.bad, 0);
	free_lines(&l);
	open_with("");
}

/* A paused one in flight is another's overlap all the same. */
static void test_a_paused_one_overlaps(void **state)
{
	struct memprof_request paused = { 0 }, r = { 0 };

	(void)state;
	set_pause(true);
	memprof_begin(mp, &paused, "paused");
	memprof_detach(&paused);
	set_pause(false);
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	assert_int_equal(result_of(&r).overlap, 1);
	memprof_end(&paused, NULL);
}

static int go_on_paused(void *arg)
{
	struct memprof_request r = { 0 };
	struct memprof_stats s;

	(void)arg;
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	s = stats_of(mp);
	CHILD_CHECK(s.paused == 1 && s.skipped_paused == 1 && s.logged == 0);
	CHILD_CHECK(s.recorder == MEMPROF_RECORDER_ON);
	CHILD_CHECK(memprof_close(mp) == 0);
	return 0;
}

static void test_children_inherit_the_pause(void **state)
{
	(void)state;
	set_pause(true);
	assert_int_equal(in_child(go_on_paused, NULL), 0);
	assert_int_equal(count_recorders(), 1);
	set_pause(false);
}

static void test_starting_paused(void **state)
{
	struct memprof_request r = { 0 };
	struct mp_recorder h;

	(void)state;
	open_with("profiling_start_paused: yes");
	h = header();
	assert_int_equal(h.pause.by_config, 1);
	assert_int_equal(stats_of(mp).paused, 1);
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	assert_int_equal(stats_of(mp).skipped_paused, 1);
	set_pause(false);
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	assert_int_equal(stats_of(mp).logged, 1);
	assert_int_equal(close_session(NULL), 0);
}

/* The second's work is due, and a request comes. */
static void let_a_second_pass(void)
{
	struct memprof_request r = { 0 };

	atomic_store(&mp->tick_at_ns, 0);
	atomic_store(&mp->log.check_at_ns, 0);
	memprof_begin(mp, &r, "tick");
	memprof_end(&r, NULL);
}

static void test_reopening_by_the_control_word(void **state)
{
	struct memprof_request r = { 0 };

	(void)state;
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	let_a_second_pass();
	assert_int_equal(stats_of(mp).reopened, 0);
	store(offsetof(struct mp_recorder, reopen), 1);
	let_a_second_pass();
	assert_int_equal(stats_of(mp).reopened, 1);
	let_a_second_pass();
	assert_int_equal(stats_of(mp).reopened, 1);
	store(offsetof(struct mp_recorder, reopen), 2);
	let_a_second_pass();
	assert_int_equal(stats_of(mp).reopened, 2);
}

static void test_each_second_it_is_looked_after(void **state)
{
	int before = mp->recorder_file.fd;

	(void)state;
	close(before);
	let_a_second_pass();
	assert_true(mp_sys_is(mp->recorder_file.fd, mp->recorder_file.id));
	assert_int_equal(stats_of(mp).recorder, MEMPROF_RECORDER_ON);
	unlink(mp->recorder_file.path);
	let_a_second_pass();
	assert_int_equal(stats_of(mp).recorder, -ENOENT);
}

/* What is noted of the log is what it is now. */
static void test_each_second_the_logs_size_is_noted(void **state)
{
	struct memprof_request r = { 0 };
	int64_t before;

	(void)state;
	let_a_second_pass();
	before = header().log_state.size;
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	assert_int_equal(header().log_state.size, before);
	let_a_second_pass();
	assert_true(header().log_state.size > before);
}

/* ---- what else it tells ---- */

static void test_it_tells_the_size_and_what_memprof_costs(void **state)
{
	struct memprof_request r = { 0 };
	struct mp_recorder h = header();
	int64_t first = h.reading.mono_ns;

	(void)state;
	assert_true(h.reading.rss > 0 && h.reading.vss >= h.reading.rss);
	assert_true(h.log_state.size > 0 && h.log_state.ino > 0);
	assert_int_equal(h.cost.requests, 0);
	for (int i = 0; i < 1280 || header().reading.mono_ns == first; i++) {
		memprof_begin(mp, &r, "page");
		memprof_end(&r, NULL);
	}
	h = header();
	assert_true(h.reading.real_us > h.opened_real_us);
	assert_true(h.cost.requests >= 10);
	assert_true(h.cost.requests <= h.counts.logged / 128 + 1);
	/* A write(2) takes some hundred nanoseconds, whatever the machine. */
	assert_true(h.cost.ns / h.cost.requests > 100);
	assert_true(h.cost.ns / h.cost.requests < 1000000);
}

/* ---- being killed ---- */

static void die_with_one_in_flight(void)
{
	struct memprof_request r = { 0 }, done = { 0 };

	memprof_begin(mp, &done, "done");
	memprof_end(&done, NULL);
	memprof_begin(mp, &r, "guilty");
	raise(SIGKILL);
}

static void test_a_killed_ones_shows_what_was_in_flight(void **state)
{
	struct mp_recorder_slot slot;
	int status, found = -1, n = 0;
	struct mp_recorder h;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0)
		die_with_one_in_flight();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	found = open_recorder(pid);
	assert_true(found >= 0);
	assert_int_equal(pread(found, &h, sizeof(h), 0), sizeof(h));
	assert_int_equal(h.counts.logged, 1);
	assert_int_equal(h.pid, pid);
	for (uint32_t i = 0; i < h.slot_count; i++) {
		if (!(h.taken[i / 64] >> i % 64 & 1))
			continue;
		slot = slot_at(found, i);
		assert_int_equal(mp_recorder_state(slot.word),
				 MP_RECORDER_IN_FLIGHT);
		assert_true(is_named(&slot, "guilty"));
		n++;
	}
	assert_int_equal(n, 1);
	close(found);
	/* Nor is the parent's disturbed. */
	assert_int_equal(count_taken(), 0);
	assert_int_equal(header().counts.logged, 0);
	remove_recorder(pid);
}

/* The pipe is closed by execve(2). */
static void become_another_program(void)
{
	struct memprof_request r = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	memprof_begin(mp, &r, "guilty");
	execlp("sleep", "sleep", "1000", NULL);
	_exit(1);
}

static void test_what_was_before_another_program_is_recovered(void **state)
{
	struct memprof *next = NULL;
	int gone[2];
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe2(gone, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		become_another_program();
	close(gone[1]);
	assert_int_equal(read(gone[0], &c, 1), 0);
	close(gone[0]);
	assert_int_equal(kill(pid, 0), 0);
	assert_int_equal(count_recorders(), 2);
	assert_int_equal(memprof_open("c.conf", &next), 0);
	assert_int_equal(memprof_close(next), 0);
	assert_int_equal(count_recorders(), 1);
	assert_int_equal(count_logged("guilty"), 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- threads and forks ---- */

static _Atomic bool stop;

static void *serve_on(void *arg)
{
	struct memprof_request r = { 0 };

	(void)arg;
	for (unsigned i = 0; !stop; i++) {
		memprof_begin(mp, &r, "page");
		if (i % 3 == 0)
			memprof_detach(&r);
		if (i % 5 == 0)
			memprof_cancel(&r);
		else
			memprof_end(&r, NULL);
	}
	return NULL;
}

static int serve_some(void *arg)
{
	struct memprof_request r = { 0 };
	struct memprof_stats s;

	(void)arg;
	alarm(30);
	for (int i = 0; i < 10; i++) {
		memprof_begin(mp, &r, "child's");
		memprof_end(&r, NULL);
	}
	s = stats_of(mp);
	CHILD_CHECK(s.logged == 10 && s.begun == 10 && is_balanced(&s));
	CHILD_CHECK(s.recorder == MEMPROF_RECORDER_ON);
	CHILD_CHECK(mp->recorder->taken[0] == 0);
	CHILD_CHECK(memprof_close(mp) == 0);
	return 0;
}

static void test_it_balances_under_threads_and_forks(void **state)
{
	pthread_t threads[4];
	struct memprof_stats s;

	(void)state;
	stop = false;
	for (int i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, serve_on, NULL), 0);
	for (int i = 0; i < 30; i++)
		assert_int_equal(in_child(serve_some, NULL), 0);
	stop = true;
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	s = stats_of(mp);
	assert_true(is_balanced(&s));
	assert_int_equal(s.in_flight, 0);
	assert_int_equal(s.slotless, 0);
	assert_int_equal(count_taken(), 0);
	assert_int_equal(count_recorders(), 1);
	assert_int_equal(count_logged("page"), s.logged);
}

int main(void)
{
#define ONE(name) \
	cmocka_unit_test_setup_teardown(name, open_session, close_session)
	static const struct CMUnitTest tests[] = {
		ONE(test_it_shows_how_a_request_began),
		ONE(test_it_shows_the_slices_that_are_over),
		ONE(test_what_is_not_known_is_not_shown),
		ONE(test_it_ends_with_the_record_that_is_logged),
		cmocka_unit_test(test_one_that_is_sampled_out_is_named),
		ONE(test_more_than_there_is_room_for),
		ONE(test_two_sessions_have_one_each),
		ONE(test_many_sessions_one_after_the_other),
		ONE(test_counts_stay_when_it_is_closed),
		ONE(test_pausing_is_for_requests_that_begin_after_it),
		ONE(test_a_paused_one_overlaps),
		ONE(test_children_inherit_the_pause),
		cmocka_unit_test(test_starting_paused),
		ONE(test_reopening_by_the_control_word),
		ONE(test_each_second_it_is_looked_after),
		ONE(test_each_second_the_logs_size_is_noted),
		ONE(test_it_tells_the_size_and_what_memprof_costs),
		ONE(test_a_killed_ones_shows_what_was_in_flight),
		ONE(test_what_was_before_another_program_is_recovered),
		ONE(test_it_balances_under_threads_and_forks),
	};
	struct CMUnitTest all[ARRAY_SIZE(tests) + ARRAY_SIZE(gone_cases) +
			      ARRAY_SIZE(without_cases)];
	size_t n = ARRAY_SIZE(tests);

	memcpy(all, tests, sizeof(tests));
	for (size_t i = 0; i < ARRAY_SIZE(gone_cases); i++)
		all[n++] = (struct CMUnitTest){
			.name = gone_cases[i].name,
			.test_func = test_gone,
			.initial_state = &gone_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(without_cases); i++)
		all[n++] = (struct CMUnitTest){
			.name = without_cases[i].name,
			.test_func = test_without,
			.initial_state = &without_cases[i],
		};
	return cmocka_run_group_tests_name("inflight", all, enter_shm,
					   leave_shm);
}
