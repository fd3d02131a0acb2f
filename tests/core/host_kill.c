/*
 * A prefork server that is killed with SIGKILL at random moments, recovered by
 * eight processes at once of which some are killed as well, and an account of
 * what came into its log.
 * Usage: host_kill MEMPROF DIR RUN_DIR ROUNDS SECONDS SEED [KEY: VALUE]...
 * The log is DIR/log, recorders are in RUN_DIR; the keys are those of
 * memprof.conf(5).  Ends after ROUNDS, or after SECONDS.
 *
 * Each request has a number, which is its page's name.  The server notes in
 * memory shared with us before and after each call how far the request is; so
 * it is known what must be in the log: each that was ended once, each that was
 * begun and not ended once, as UNFINISHED, and each that was inside a call at
 * the kill once or not at all, as the call has it.
 */

#include "core/logging.h"

#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#define REQUESTS_MAX 4000000
#define WORKERS	     2
#define THREADS	     4
#define AT_ONCE	     3 /* requests that a thread has in flight */
#define BLAMES_MAX   20
#define RECOVERERS   8
#define PAGE_PADDING 180 /* long lines are torn more often */

enum step {
	NOTHING,
	BEGINNING,
	BEGUN,
	NAMING, /* killed here, it may have no name */
	ENDING,
	ENDED,
	CANCELLING,
	CANCELLED,
};

/* What the server notes. */
struct notes {
	_Atomic uint64_t next;
	_Atomic uint32_t ready; /* threads that are at work */
	_Atomic uint8_t steps[REQUESTS_MAX];
};

static struct notes *notes;
static char dir[PATH_MAX], config[PATH_MAX + 8], run_dir[PATH_MAX];
static char *command;
/* Lest a writer thread can't keep up, and drops; or a sanitized recoverer reads
   more slowly than is written. */
static bool paced;
static bool sampled; /* what was ended need not be in the log */
extern char **environ;

static void sleep_us(unsigned us)
{
	nanosleep(&(struct timespec){ us / 1000000, us % 1000000 * 1000 },
		  NULL);
}

/* ---- the server ---- */

struct work {
	struct memprof *mp;
	struct memprof_request requests[AT_ONCE];
	uint64_t numbers[AT_ONCE];
};

static void note(uint64_t number, enum step step)
{
	atomic_store(&notes->steps[number], (uint8_t)step);
}

static void name_page(uint64_t number, char page[256])
{
	int len = snprintf(page, 256, "p%ju/", (uintmax_t)number);

	memset(page + len, 'x', PAGE_PADDING);
	page[len + PAGE_PADDING] = '\0';
}

static void begin(struct work *w, unsigned i)
{
	uint64_t number = atomic_fetch_add(&notes->next, 1);
	char page[256];

	if (number >= REQUESTS_MAX)
		for (;;)
			pause();
	w->numbers[i] = number;
	name_page(number, page);
	note(number, BEGINNING);
	memprof_begin(w->mp, &w->requests[i], page);
	note(number, BEGUN);
	if (number % 5 == 0) {
		note(number, NAMING);
		memprof_page(&w->requests[i], page);
		note(number, BEGUN);
	}
	memprof_detach(&w->requests[i]);
}

static void end(struct work *w, unsigned i)
{
	uint64_t number = w->numbers[i];
	bool cancels = number % 40 == 0;

	memprof_attach(&w->requests[i]);
	note(number, cancels ? CANCELLING : ENDING);
	if (cancels)
		memprof_cancel(&w->requests[i]);
	else
		memprof_end(&w->requests[i], number % 7 ? NULL : "OOPS-7");
	note(number, cancels ? CANCELLED : ENDED);
}

static void *serve(void *mp)
{
	struct work w = { .mp = mp };

	for (unsigned i = 0;; i++) {
		if (i >= AT_ONCE)
			end(&w, i % AT_ONCE);
		begin(&w, i % AT_ONCE);
		if (paced && i % 8 == 0)
			sleep_us(1000);
		if (i == AT_ONCE) {
			MUST(stats_of(mp).recorder == 1);
			atomic_fetch_add(&notes->ready, 1);
		}
	}
	return NULL;
}

static void serve_with_threads(struct memprof *mp)
{
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 1; i < THREADS; i++)
		MUST(!pthread_create(&thread, NULL, serve, mp));
	serve(mp);
}

/* Runs until it is killed. */
static void run_server(void)
{
	struct memprof *mp;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	if (memprof_open(config, &mp)) {
		fprintf(stderr, "%s\n", memprof_open_error());
		_exit(1);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		if (fork() == 0)
			serve_with_threads(mp);
	serve(mp);
}

/* ---- killing and recovering ---- */

static unsigned random_below(unsigned n)
{
	return (unsigned)rand() % n;
}

static pid_t start_server(void)
{
	pid_t pid = fork();

	MUST(pid >= 0);
	if (pid == 0)
		run_server();
	setpgid(pid, pid);
	return pid;
}

/* Until all threads are at work, and some time longer. */
static void let_it_work(void)
{
	for (int i = 0; i < 60000; i++) {
		if (atomic_load(&notes->ready) > WORKERS * THREADS)
			break;
		sleep_us(1000);
	}
	MUST(atomic_load(&notes->ready) > WORKERS * THREADS);
	sleep_us(random_below(20000));
}

static pid_t start_recoverer(const char *out)
{
	static char recover[] = "recover", option[] = "--run-dir";
	char *argv[] = { command, recover, option, run_dir, NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out,
					 O_WRONLY | O_CREAT | O_APPEND, 0600);
	MUST(!posix_spawn(&pid, command, &actions, NULL, argv, environ));
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* Eight at once; three of them are killed at random moments. */
static void recover_at_once(const char *out)
{
	pid_t pids[RECOVERERS];

	for (unsigned i = 0; i < RECOVERERS; i++)
		pids[i] = start_recoverer(out);
	for (unsigned i = 0; i < 3; i++) {
		sleep_us(random_below(3000));
		kill(pids[i], SIGKILL);
	}
	for (unsigned i = 0; i < RECOVERERS; i++)
		waitpid(pids[i], NULL, 0);
}

static unsigned count_recorders(void)
{
	DIR *d = opendir(run_dir);
	struct dirent *e;
	unsigned n = 0;

	while ((e = readdir(d)))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

/* What died a moment ago may still count as alive. */
static void recover_all(const char *out)
{
	for (int i = 0; i < 1000 && count_recorders() > 0; i++) {
		int status;
		pid_t pid = start_recoverer(out);

		MUST(waitpid(pid, &status, 0) == pid && status == 0);
		if (count_recorders() > 0)
			sleep_us(5000);
	}
	MUST(count_recorders() == 0);
}

/* Kills all of it at once; every third time one worker before. */
static void kill_server(pid_t server, const char *out)
{
	char path[64], text[256] = "";
	int fd;

	if (random_below(3) == 0) {
		snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
			 server, server);
		fd = open(path, O_RDONLY);
		MUST(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
		close(fd);
		kill(atoi(text), SIGKILL);
		sleep_us(random_below(3000));
		if (random_below(2))
			recover_at_once(out);
	}
	kill(-server, SIGKILL);
	while (waitpid(server, NULL, 0) < 0 && errno == EINTR)
		;
}

/* ---- the account ---- */

static uint8_t normal[REQUESTS_MAX], unfinished[REQUESTS_MAX];
static uint64_t faults, torn, total_ended, total_unfinished, total_inside;
static uint64_t nameless, total_naming;

static bool is_unfinished(const struct mp_record *r)
{
	return r->oops_id.len == 10 && !memcmp(r->oops_id.p, "UNFINISHED", 10);
}

static void read_log(const char *path)
{
	size_t len;
	char *text = read_whole(path, &len);
	const char *newline;

	for (const char *p = text; p && (newline = strchr(p, '\n'));
	     p = newline + 1) {
		struct mp_record r;
		int form = mp_record_parse(p, (size_t)(newline - p), &r, NULL);
		size_t number;

		torn += form < 0;
		if (form != MP_RECORD_FORMAT_1 || mp_record_is_own(&r))
			continue;
		if (r.page_id.p[0] == 'U') {
			nameless++;
			continue;
		}
		number = strtoul(r.page_id.p + 1, NULL, 10);
		MUST(number < REQUESTS_MAX);
		if (is_unfinished(&r))
			unfinished[number]++;
		else
			normal[number]++;
	}
	free(text);
}

static void blame(uint64_t number, enum step step)
{
	if (faults++ >= BLAMES_MAX)
		return;
	fprintf(stderr,
		"request %ju at step %d: %u times ended, %u times "
		"unfinished\n",
		(uintmax_t)number, step, normal[number], unfinished[number]);
}

static void account(void)
{
	static const struct {
		unsigned most_normal, most_unfinished, least;
	} rules[] = {
		[NOTHING] = { 0, 0, 0 },    [BEGINNING] = { 0, 1, 0 },
		[BEGUN] = { 0, 1, 1 },	    [NAMING] = { 0, 1, 0 },
		[ENDING] = { 1, 1, 1 },	    [ENDED] = { 1, 0, 1 },
		[CANCELLING] = { 0, 1, 0 }, [CANCELLED] = { 0, 0, 0 },
	};
	uint64_t end = atomic_load(&notes->next);

	for (uint64_t i = 0; i < end && i < REQUESTS_MAX; i++) {
		enum step step = atomic_load(&notes->steps[i]);
		unsigned sum = normal[i] + unfinished[i];

		if (normal[i] > rules[step].most_normal ||
		    unfinished[i] > rules[step].most_unfinished || sum > 1 ||
		    sum < (sampled && step != BEGUN ? 0 : rules[step].least))
			blame(i, step);
		total_ended += normal[i];
		total_unfinished += unfinished[i];
		total_inside += step == ENDING;
		total_naming += step == NAMING;
	}
	if (nameless > total_naming) {
		fprintf(stderr, "%ju requests have no name\n",
			(uintmax_t)nameless);
		faults++;
	}
}

static void read_all_logs(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while ((e = readdir(d)))
		if (!strncmp(e->d_name, "log", 3))
			read_log(e->d_name);
	closedir(d);
}

static void clean_up(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while ((e = readdir(d)))
		if (!strncmp(e->d_name, "log", 3))
			unlink(e->d_name);
	closedir(d);
	memset(notes, 0,
	       offsetof(struct notes, steps) +
		       (size_t)atomic_load(&notes->next));
	memset(normal, 0, sizeof(normal));
	memset(unfinished, 0, sizeof(unfinished));
}

/* Every fourth kill, the server is started again on the same log before anybody
   recovers, and finds what its predecessor left. */
static void run_round(unsigned i, const char *out)
{
	unsigned kills = i % 4 ? 1 : 3;

	for (unsigned k = 0; k < kills; k++) {
		pid_t server = start_server();

		let_it_work();
		kill_server(server, out);
		atomic_store(&notes->ready, 0);
	}
	recover_at_once(out);
	recover_all(out);
	read_all_logs();
	account();
}

/* ---- all of it ---- */

static void write_config(char **keys)
{
	FILE *f = fopen(config, "w");

	MUST(f);
	fprintf(f,
		"[profiling]\nmemory_profile_log: %s/log\nrun_dir: %s\n"
		"outside_threshold: 1G\n",
		dir, run_dir);
	for (; *keys; keys++) {
		fprintf(f, "%s\n", *keys);
		paced = paced || strstr(*keys, "async");
		sampled = sampled || strstr(*keys, "sample_one_in");
	}
	fclose(f);
}

/* Each line that the command printed has a ledger that balances. */
static uint64_t check_ledgers(const char *out)
{
	size_t len;
	char *text = read_whole(out, &len);
	uint64_t n = 0;

	MUST(text);
	for (const char *p = text; (p = strstr(p, "; begun ")); p++) {
		n++;
		if (!strstr(p, " = logged ") ||
		    strstr(p, " = logged ") > strchr(p, '\n')) {
			fprintf(stderr, "%.*s\n", (int)strcspn(p, "\n"), p);
			faults++;
		}
	}
	free(text);
	return n;
}

int main(int argc, char **argv)
{
	char out[PATH_MAX + 8];
	unsigned rounds, i = 0;
	time_t until;

	MUST(argc >= 7);
	command = argv[1];
	MUST(realpath(argv[2], dir) && realpath(argv[3], run_dir));
	MUST(!chdir(dir));
	rounds = (unsigned)atoi(argv[4]);
	until = time(NULL) + atoi(argv[5]);
	srand((unsigned)atoi(argv[6]));
	printf("seed %s\n", argv[6]);
	snprintf(config, sizeof(config), "%s/conf", dir);
	snprintf(out, sizeof(out), "%s/out", dir);
	write_config(argv + 7);
	paced = paced || getenv("MEMPROF_TEST_SANITIZE");
	notes = mmap(NULL, sizeof(*notes), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	MUST(notes != MAP_FAILED);

	for (; i < rounds && !faults && time(NULL) < until; i++) {
		clean_up();
		run_round(i, out);
	}
	printf("%u rounds, %ju recorders: %ju ended, %ju unfinished, %ju "
	       "inside "
	       "of memprof_end(), %ju lines torn\n",
	       i, (uintmax_t)check_ledgers(out), (uintmax_t)total_ended,
	       (uintmax_t)total_unfinished, (uintmax_t)total_inside,
	       (uintmax_t)torn);
	MUST(total_unfinished > 0);
	return faults ? 1 : 0;
}
