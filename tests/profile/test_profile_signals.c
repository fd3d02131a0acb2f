/* profile: which signals are samples, and what they add up to, by a CPU clock
   and a timer of the test's own. */

#include "profiled.h"

#include "core/process.h"
#include "core/thread.h"
#include "profile/cputimer.h"
#include "profile/profsignal.h"

#include <signal.h>
#include <ucontext.h>

static struct profile profile;

/* ---- the clock, the timer and the signal ---- */

/* What each reading of the CPU clock takes. */
#define READING_NS 7

static int64_t cpu_ns;
static void (*after_reading)(void); /* once */

int __real_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	void (*then)(void);

	if (clock != CLOCK_THREAD_CPUTIME_ID)
		return __real_clock_gettime(clock, ret);
	then = after_reading;
	ret->tv_sec = cpu_ns / 1000000000;
	ret->tv_nsec = cpu_ns % 1000000000;
	cpu_ns += READING_NS;
	after_reading = NULL;
	if (then)
		then();
	return 0;
}

static uint64_t last_tag; /* of the timer that was started last */
static bool no_timer;

int __wrap_mp_cputimer_start(int signal, uint64_t value, int64_t interval_ns,
			     int *ret);
void __wrap_mp_cputimer_stop(int timer);

int __wrap_mp_cputimer_start(int signal, uint64_t value, int64_t interval_ns,
			     int *ret)
{
	(void)signal;
	(void)interval_ns;
	if (no_timer)
		return -EAGAIN;
	last_tag = value;
	*ret = 1;
	return 0;
}

void __wrap_mp_cputimer_stop(int timer)
{
	assert_int_equal(timer, 1);
}

static mp_profsignal_fn *handler;

int __real_mp_profsignal_get(mp_profsignal_fn *fn);
int __wrap_mp_profsignal_get(mp_profsignal_fn *fn);

int __wrap_mp_profsignal_get(mp_profsignal_fn *fn)
{
	handler = fn;
	return __real_mp_profsignal_get(fn);
}

/* What the handler does when a timer's signal comes. */
static void deliver(uint64_t tag)
{
	siginfo_t info = { .si_code = SI_TIMER };
	ucontext_t here;

	info.si_value.sival_ptr = (void *)(uintptr_t)tag;
	assert_int_equal(getcontext(&here), 0);
	handler(&info, &here);
}

/* ---- what they add up to ---- */

static uint64_t unsampled(void)
{
	const char *line = strstr(profile.text, "\nstack\tunsampled\t");
	uint64_t samples, ns;

	if (!line)
		return 0;
	assert_int_equal(sscanf(line,
				"\nstack\tunsampled\t%" SCNu64 "\t%" SCNu64,
				&samples, &ns),
			 2);
	return ns;
}

static void test_a_sample_stands_for_the_time_before_it(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);
	struct memprof_request r = { 0 };

	(void)state;
	memprof_begin(mp, &r, "x"); /* a reading, at the end of begin */
	cpu_ns += 10 * MS;
	deliver(last_tag); /* two: what is between them is the handler's */
	cpu_ns += 20 * MS;
	deliver(last_tag);
	cpu_ns += 5 * MS;
	memprof_end(&r, NULL); /* one */
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-x-", &profile);
	assert_int_equal(profile.samples, 2);
	assert_int_equal(unsampled(), 5 * MS + READING_NS);
	assert_int_equal(number(&profile, "cpu_ns"), 35 * MS + 3 * READING_NS);
}

static void sample_late(void)
{
	cpu_ns += 3 * MS;
	deliver(last_tag);
}

/* The total is never less than what its samples stand for. */
static void test_a_sample_may_come_when_the_clock_was_read(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);
	struct memprof_request r = { 0 };

	(void)state;
	memprof_begin(mp, &r, "x");
	cpu_ns += 10 * MS;
	after_reading = sample_late;
	memprof_end(&r, NULL);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-x-", &profile);
	assert_int_equal(profile.samples, 1);
	assert_int_equal(unsampled(), 0);
	assert_int_equal(number(&profile, "cpu_ns"), 13 * MS + 2 * READING_NS);
}

/* ---- requests of a run ---- */

static void serve_one(struct memprof *mp, const char *page, int64_t before_ns,
		      int64_t after_ns)
{
	struct memprof_request r = { 0 };

	memprof_begin(mp, &r, page);
	cpu_ns += before_ns;
	if (after_ns) {
		deliver(last_tag);
		cpu_ns += after_ns;
	}
	memprof_end(&r, NULL);
}

/* The value of the only stack of a page that was met `samples` times. */
static uint64_t sampled(const char *page, unsigned samples)
{
	const char *line = strstr(profile.text, page);
	uint64_t n, ns;

	assert_non_null(line);
	line = strstr(line, "\nstack\tcpu\t");
	assert_non_null(line);
	assert_int_equal(
		sscanf(line, "\nstack\tcpu\t%" SCNu64 "\t%" SCNu64, &n, &ns),
		2);
	assert_int_equal(n, samples);
	return ns;
}

static void test_a_sample_stands_for_requests_that_none_met(void **state)
{
	static const struct {
		const char *page;
		int64_t before_ns, after_ns; /* the sample, if any */
		bool no_timer;
	} requests[] = {
		{ "x", 1 * MS, 0, false },
		{ "y", 50 * MS, 0, false },
		{ "x", 2 * MS, 0, false },
		{ "x", 3 * MS, 4 * MS, false },
		{ "x", 5 * MS, 6 * MS, false },
		{ "x", 7 * MS, 0, false },
		/* No sample could have met it. */
		{ "x", 80 * MS, 0, true },
		{ "x", 8 * MS, 9 * MS, false },
		{ "x", 10 * MS, 0, false },
	};
	struct memprof *mp = serve("profiling_allowed: true\n"
				   "profile_run: run.mprof\n");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		no_timer = requests[i].no_timer;
		serve_one(mp, requests[i].page, requests[i].before_ns,
			  requests[i].after_ns);
	}
	no_timer = false;
	assert_int_equal(memprof_close(mp), 0);
	read_profile("run.mprof", &profile);
	assert_int_equal(sampled("\tx\t", 3),
			 (1 + 2 + 3 + 5 + 7 + 8) * MS + 6 * READING_NS);
	assert_int_equal(profile.samples, 3);
}

/* There a sample stands for no more than it says. */
static void test_by_the_wall_clock_it_does_not(void **state)
{
	struct memprof *mp = serve("profiling_allowed: true\n"
				   "profile_run: run.mprof\n"
				   "profile_clock: wall\n");

	(void)state;
	/* Most have no stack, of waiting for a CPU, either. */
	for (int i = 0; i < 100; i++)
		serve_one(mp, "x", 50 * MS, 0);
	serve_one(mp, "x", 0, 1);
	assert_int_equal(memprof_close(mp), 0);
	read_profile("run.mprof", &profile);
	assert_int_equal(sampled("\tx\t", 1), READING_NS);
}

static int serve_anew(void *arg)
{
	serve_one(arg, "y", 3 * MS, 1 * MS);
	CHILD_CHECK(memprof_close(arg) == 0);
	return 0;
}

static void test_a_child_begins_anew(void **state)
{
	struct memprof *mp = serve("profiling_allowed: true\n"
				   "profile_run: run.mprof\n");
	char path[PATH_MAX];

	(void)state;
	serve_one(mp, "x", 50 * MS, 0);
	assert_int_equal(in_child(serve_anew, mp), 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("run-", path), 1);
	read_profile(path, &profile);
	assert_int_equal(sampled("\ty\t", 1), 3 * MS + READING_NS);
}

/* ---- which are samples ---- */

static void its_own(struct memprof_request *r)
{
	(void)r;
	deliver(last_tag);
}

static void before_it_was_begun(struct memprof_request *r)
{
	/* The same place, one generation before. */
	(void)r;
	deliver(last_tag - MP_PROFILE_SLOTS);
}

static void while_detached(struct memprof_request *r)
{
	uint64_t tag = last_tag;

	memprof_detach(r);
	deliver(tag);
	memprof_attach(r);
}

static void *deliver_there(void *arg)
{
	mp_thread_get(mp_process_token());
	deliver(*(uint64_t *)arg);
	return NULL;
}

static void on_another_thread(struct memprof_request *r)
{
	(void)r;
	run_thread(deliver_there, &last_tag);
}

static void on_a_parents_thread(struct memprof_request *r)
{
	(void)r;
	mp_thread_self.token++;
	deliver(last_tag);
	mp_thread_self.token--;
}

static void of_another_place(struct memprof_request *r)
{
	(void)r;
	for (uint64_t tag = 0; tag < MP_PROFILE_SLOTS; tag++)
		deliver(tag);
}

static struct late_case {
	const char *name;
	void (*fn)(struct memprof_request *r);
	unsigned samples;
} late_cases[] = {
	{ "its timer's signal is a sample", its_own, 1 },
	{ "one that is older than it is none", before_it_was_begun, 0 },
	{ "one while it is detached is none", while_detached, 0 },
	{ "one on another thread is none", on_another_thread, 0 },
	{ "one on a thread of the parent is none", on_a_parents_thread, 0 },
	{ "one of no timer is none", of_another_place, 0 },
};

static void test_late(void **state)
{
	const struct late_case *c = *state;
	struct memprof *mp = serve(PROFILE_ALL);
	struct memprof_request r = { 0 };

	memprof_begin(mp, &r, "before");
	memprof_end(&r, NULL);
	deliver(last_tag);
	memprof_begin(mp, &r, "x");
	c->fn(&r);
	memprof_end(&r, NULL);
	deliver(last_tag);
	assert_int_equal(memprof_close(mp), 0);
	deliver(last_tag);
	read_only_profile("-before-", &profile);
	assert_int_equal(profile.samples, 0);
	read_only_profile("-x-", &profile);
	assert_int_equal(profile.samples, c->samples);
	assert_int_equal(number(&profile, "lost"), 0);
}

/* ---- somebody who does not come back ---- */

static void end_it(struct memprof *mp, struct memprof_request *r)
{
	(void)mp;
	memprof_end(r, NULL);
}

static void detach_it(struct memprof *mp, struct memprof_request *r)
{
	(void)mp;
	memprof_detach(r);
}

static void stop_section(struct memprof *mp, struct memprof_request *r)
{
	(void)r;
	memprof_profile_stop(mp, "section");
}

static struct stuck_case {
	const char *name;
	void (*fn)(struct memprof *mp, struct memprof_request *r);
} stuck_cases[] = {
	{ "who is in the handler for long has the profile given up", end_it },
	{ "at a detach as well", detach_it },
	{ "and at the end of a section", stop_section },
};

static void test_stuck(void **state)
{
	const struct stuck_case *c = *state;
	struct memprof *mp = serve(PROFILE_ALL);
	struct memprof_request r = { 0 };
	struct mp_profile *p;

	memprof_begin(mp, &r, "x");
	p = mp_profile_at((uint32_t)(last_tag % MP_PROFILE_SLOTS));
	memprof_profile_start(mp, "section");
	if (c->fn == stop_section)
		p = mp_profile_at((uint32_t)(last_tag % MP_PROFILE_SLOTS));
	atomic_fetch_add(&p->inside, 1);
	c->fn(mp, &r);
	assert_int_equal(stats_of(mp).profiles_failed, 1);
	assert_int_equal(stats_of(mp).profile_error, -EBUSY);
	assert_int_equal((uint8_t)p->word, MP_PROFILE_STUCK);
	memprof_end(&r, NULL);
	memprof_profile_stop(mp, "section");
	atomic_fetch_sub(&p->inside, 1);
	assert_int_equal(memprof_close(mp), 0);
	/* The other one's. */
	assert_int_equal(find_profiles("", NULL), 1);
}

int main(void)
{
	const struct CMUnitTest alone[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_a_sample_stands_for_the_time_before_it),
		TEST(test_a_sample_may_come_when_the_clock_was_read),
		TEST(test_a_sample_stands_for_requests_that_none_met),
		TEST(test_a_child_begins_anew),
		TEST(test_by_the_wall_clock_it_does_not),
	};
	struct CMUnitTest tests[ARRAY_SIZE(alone) + ARRAY_SIZE(late_cases) +
				ARRAY_SIZE(stuck_cases)];
	size_t n = ARRAY_SIZE(alone);

	memcpy(tests, alone, sizeof(alone));
	for (size_t i = 0; i < ARRAY_SIZE(late_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = late_cases[i].name,
			.test_func = test_late,
			.teardown_func = clear,
			.initial_state = &late_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(stuck_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = stuck_cases[i].name,
			.test_func = test_stuck,
			.teardown_func = clear,
			.initial_state = &stuck_cases[i],
		};
	return cmocka_run_group_tests_name("profile_signals", tests, enter,
					   leave);
}
