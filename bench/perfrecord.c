#include "perfrecord.h"

#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t perf;
static int commands = -1, answers = -1; /* our ends of the pipes */

/* Returns whether perf did it: then it answers "ack". */
static bool command(const char *text)
{
	char answer[16];
	ssize_t n = (ssize_t)strlen(text);

	return write(commands, text, (size_t)n) == n &&
	       read(answers, answer, sizeof(answer)) > 0;
}

static _Noreturn void run_perf(const char *file, int from_us, int to_us)
{
	int null = open("/dev/null", O_WRONLY);
	char pid[16], control[48];

	snprintf(pid, sizeof(pid), "%d", getppid());
	snprintf(control, sizeof(control), "fd:%d,%d", from_us, to_us);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execlp("perf", "perf", "record", "--quiet", "-g", "--freq", "100", "-e",
	       "cpu-clock", "--delay", "-1", "--pid", pid, "--control", control,
	       "--output", file, NULL);
	_exit(127);
}

bool perfrecord_start(const char *file)
{
	int there[2], back[2];

	signal(SIGPIPE, SIG_IGN);
	if (pipe(there) || pipe(back))
		bench_die("pipe");
	commands = there[1];
	answers = back[0];
	/* Else perf would hold its own other ends open. */
	fcntl(commands, F_SETFD, FD_CLOEXEC);
	fcntl(answers, F_SETFD, FD_CLOEXEC);
	perf = fork();
	if (perf == 0)
		run_perf(file, there[0], back[1]);
	close(there[0]);
	close(back[1]);
	if (perf < 0)
		bench_die("fork");
	/* The first answer is there once it is ready, or an end of file. */
	if (command("enable\n") && command("disable\n"))
		return true;
	perfrecord_stop();
	return false;
}

void perfrecord_turn(bool on)
{
	if (!command(on ? "enable\n" : "disable\n"))
		bench_die("perf record");
}

void perfrecord_stop(void)
{
	kill(perf, SIGINT);
	waitpid(perf, NULL, 0);
	close(commands);
	close(answers);
}
