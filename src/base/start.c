/* SPDX-License-Identifier: ISC */
#include "base/start.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Returns whether fd was open; opens /dev/null on it otherwise.  Called from 0 up, so open() returns fd itself. */
static bool
keep_open(int fd)
{
	if (fcntl(fd, F_GETFD) >= 0)
		return true;
	if (open("/dev/null", O_RDWR) != fd)
		_exit(71);   /* EX_OSERR; there is nowhere to say it */
	return false;
}

static void
reset_signals(void)
{
	sigset_t all;

	/* Of what a caller may ignore the rest is its own affair: nohup(1) means it. */
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

bool
start_clean(int first_to_close)
{
	bool          input = keep_open(STDIN_FILENO);
	struct rlimit none = { 0, 0 };

	keep_open(STDOUT_FILENO);
	keep_open(STDERR_FILENO);
	closefrom(first_to_close);
	reset_signals();
	umask(007);
	setrlimit(RLIMIT_CORE, &none);
	return input;
}

bool
start_is_privileged(void)
{
	return getauxval(AT_SECURE) != 0;
}
