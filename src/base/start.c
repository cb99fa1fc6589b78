/* SPDX-License-Identifier: ISC */
#include "base/start.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STANDARD = STDERR_FILENO + 1 };   /* descriptors that every program has */

/* Opens /dev/null where a caller left a standard descriptor closed.  Returns whether there is an input. */
static bool
keep_open(void)
{
	struct pollfd set[STANDARD];

	for (int fd = 0; fd < STANDARD; fd++)
		set[fd] = (struct pollfd){ .fd = fd };
	if (poll(set, STANDARD, 0) < 0)
		_exit(71);   /* EX_OSERR; there is nowhere to say it */
	for (int fd = 0; fd < STANDARD; fd++)   /* from 0 up: open() returns the lowest that is free */
		if ((set[fd].revents & POLLNVAL) != 0 && open("/dev/null", O_RDWR) != fd)
			_exit(71);
	return (set[STDIN_FILENO].revents & POLLNVAL) == 0;
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
	bool          input = keep_open();
	struct rlimit none = { 0, 0 };

	closefrom(first_to_close);
	reset_signals();
	umask(007);
	setrlimit(RLIMIT_CORE, &none);
	return input;
}

int
start_as(uid_t uid, gid_t gid)
{
	if (seteuid(0) != 0 || setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
		return -1;
	return 0;
}

bool
start_is_privileged(void)
{
	return getauxval(AT_SECURE) != 0;
}
