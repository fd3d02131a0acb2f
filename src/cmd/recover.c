/* recover: logs what killed processes left in their recorders. */

#include "core/recover.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/running.h"
#include "live/statustext.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* For others who recover into the same log. */
#define PATIENCE_NS (30 * INT64_C(1000000000))

enum { OPT_DRY_RUN, OPT_RUN_DIR, OPTIONS };

static const struct mp_option options[OPTIONS] = {
	[OPT_DRY_RUN] = { "dry-run", 'n', NULL,
			  "tell what there is, and change nothing" },
	[OPT_RUN_DIR] = MP_RUNNING_OPTION,
};

static const struct mp_usage usage = {
	.name = "recover",
	.operands = "[LOG...]",
	.help = "Log what processes had in flight, or not written yet, when "
		"they were killed: all of\n"
		"this user's, or those that logged to LOG.  For root: "
		"everybody's, with their rights.\n",
	.options = options,
	.option_count = OPTIONS,
};

struct job {
	bool dry_run;
	const char *dir;
	char **logs; /* ends with a null pointer; none: all */
	struct mp_recorders in;
	bool found; /* something to recover */
	bool failed;
};

/* ---- which ones ---- */

static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* Also where there is no such file any more. */
static bool is_same_name(const char *operand, const char *log)
{
	char path[2 * PATH_MAX];

	if (operand[0] == '/')
		return !strcmp(operand, log);
	if (!getcwd(path, PATH_MAX))
		return false;
	snprintf(path + strlen(path), PATH_MAX, "/%s", operand);
	return !strcmp(path, log);
}

static bool is_wanted(const struct job *job, const struct mp_recorder *h)
{
	if (!job->logs[0])
		return true;
	for (char **log = job->logs; *log; log++)
		if (is_same_name(*log, h->log) ||
		    is_same_name(*log, h->log_pattern) ||
		    is_same_file(*log, h->log))
			return true;
	return false;
}

/* ---- with whose rights ---- */

/*
 * Take the rights of a recorder's owner, so that nobody has root write where
 * he could not.  Only the effective ids: its owner may not send us signals.
 */
static int become(uint32_t owner, uint32_t group)
{
	struct passwd *user = getpwuid(owner);
	gid_t gid = user ? user->pw_gid : group;

	if (user ? initgroups(user->pw_name, gid) : setgroups(1, &gid))
		return -errno;
	if (setegid(gid) || seteuid(owner))
		return -errno;
	return 0;
}

static int become_root(void)
{
	if (seteuid(0) || setegid(0) || setgroups(0, NULL))
		return -errno;
	return 0;
}

/* ---- telling ---- */

static void print_account(const struct job *job, const struct mp_recorder *h,
			  const struct mp_recover_account *a)
{
	printf("pid %" PRId32 " ", h->pid);
	mp_statustext_print_path(h->log, stdout);
	printf(": %" PRIu64 " unfinished, ", a->unfinished);
	if (job->dry_run)
		printf("%" PRIu64 " to look for", a->written);
	else
		printf("%" PRIu64 " found, %" PRIu64 " written", a->found,
		       a->written);
	if (a->repeated)
		printf(", %" PRIu64 " lines of others repeated", a->repeated);
	printf("; begun %" PRIu64 " %s logged %" PRIu64 " + skipped %" PRIu64
	       " + dropped %" PRIu64 " + cancelled %" PRIu64
	       " + abandoned %" PRIu64 " + unfinished %" PRIu64
	       " + unnamed %" PRIu64 "\n",
	       a->begun, a->balances ? "=" : "is not", a->logged, a->skipped,
	       a->dropped, a->cancelled, a->abandoned, a->unfinished,
	       a->unnamed);
	if (a->unsure)
		mp_cmd_say("pid %" PRId32 ": %" PRIu64 " of those written may "
			   "be in a log that is gone, too",
			   h->pid, a->unsure);
}

static void complain(struct job *job, const char *name, int err,
		     const char *why)
{
	mp_cmd_say("%s/%s: %s", job->dir, name, why ? why : strerror(-err));
	job->failed = true;
}

/* ---- doing ---- */

static void recover_one(struct job *job, struct mp_recover *r)
{
	struct mp_recover_account account;
	int err;

	if (!is_wanted(job, r->header))
		return;
	job->found = true;
	if (job->dry_run)
		err = mp_recover_look(r, &account);
	else
		err = mp_recover_run(r, PATIENCE_NS, STDOUT_FILENO, &account);
	if (err == -EAGAIN)
		complain(job, r->entry.name, err,
			 "somebody else is recovering into its log");
	else if (err)
		complain(job, r->entry.name, err, NULL);
	else
		print_account(job, r->header, &account);
}

static void recover_entry(struct job *job,
			  const struct mp_recorders_entry *entry)
{
	struct mp_recover r;
	const char *why;
	int err = mp_recover_open(&job->in, entry, entry->owner, &r, &why);

	if (!err) {
		recover_one(job, &r);
		mp_recover_close(&r);
	} else if (err != -EBUSY && err != -ESTALE) {
		complain(job, entry->name, err, why);
	}
}

static void recover_as_owner(struct job *job,
			     const struct mp_recorders_entry *entry)
{
	uid_t user = geteuid();
	int err;

	if (entry->owner == user) {
		recover_entry(job, entry);
		return;
	}
	if (user != 0)
		return;
	err = become(entry->owner, entry->group);
	if (!err)
		recover_entry(job, entry);
	else
		complain(job, entry->name, err, NULL);
	err = become_root();
	if (err)
		complain(job, entry->name, err, NULL);
}

int mp_cmd_recover(int argc, char **argv)
{
	const char *values[OPTIONS] = { NULL };
	struct mp_recorders_entry entry;
	struct job job = { .failed = false };
	int err, status = 0;
	int first = mp_options_read(&usage, argc, argv, values, &status);

	if (!first)
		return status;
	job.dry_run = values[OPT_DRY_RUN];
	job.logs = argv + first;
	job.dir = mp_running_dir(values[OPT_RUN_DIR]);

	err = mp_recorders_open(job.dir, &job.in);
	if (err) {
		mp_cmd_say("%s: %s", job.dir, strerror(-err));
		return MP_EXIT_ERROR;
	}
	while (mp_recorders_next(&job.in, &entry))
		recover_as_owner(&job, &entry);
	mp_recorders_close(&job.in);
	/* A name may be misspelt; else there mostly is nothing. */
	if (*job.logs && !job.found && !job.failed)
		mp_cmd_say("nothing in %s to recover into %s%s", job.dir,
			   *job.logs, job.logs[1] ? ", ..." : "");
	return job.failed ? MP_EXIT_ERROR : MP_EXIT_OK;
}
