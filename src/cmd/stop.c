#include "cmd/stop.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t asked;

static void note(int signal_number)
{
	(void)signal_number;
	asked = 1;
}

void mp_stop_listen(void)
{
	const struct sigaction action = { .sa_handler = note,
					  .sa_flags = (int)SA_RESETHAND };
	struct sigaction was;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (!sigaction(SIGHUP, NULL, &was) && was.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
}

bool mp_stop_is_asked(void)
{
	return asked != 0;
}

bool mp_stop_wait(int fd, int ms)
{
	struct pollfd wait[] = {
		{ .fd = STDOUT_FILENO },
		{ .fd = fd, .events = POLLIN },
	};

	poll(wait, 2, ms);
	return !asked && !ferror(stdout) &&
	       !(wait[0].revents & (POLLERR | POLLNVAL));
}
