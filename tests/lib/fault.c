/* SPDX-License-Identifier: ISC */
#include "lib/fault.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static int  countdown = -1, wanted_errno;
static bool fired;

void
fault_arm(int nth, int error)
{
	countdown = nth;
	wanted_errno = error;
	fired = false;
}

bool
fault_fired(void)
{
	bool result = fired;

	fault_arm(-1, 0);
	return result;
}

static bool
fails_now(void)
{
	if (countdown < 0 || countdown-- > 0)
		return false;
	fired = true;
	errno = wanted_errno;
	return true;
}

/* FAULT(name, result type, (parameters), (arguments)): calls the real function unless this call is to fail. */
#define FAULT_BODY(name, type, parameters, arguments)      \
	type __real_##name parameters;                     \
	type __wrap_##name parameters;                     \
	type __wrap_##name parameters                      \
	{                                                  \
		return fails_now() ? (type)-1 : __real_##name arguments; \
	}
#define FAULT(name, type, parameters, arguments) FAULT_BODY(name, type, parameters, arguments)

FAULT(write, ssize_t, (int fd, const void *at, size_t len), (fd, at, len))
FAULT(pwrite, ssize_t, (int fd, const void *at, size_t len, off_t offset), (fd, at, len, offset))
FAULT(fsync, int, (int fd), (fd))
FAULT(fdatasync, int, (int fd), (fd))
FAULT(fchmod, int, (int fd, mode_t mode), (fd, mode))
FAULT(flock, int, (int fd, int operation), (fd, operation))
FAULT(poll, int, (struct pollfd *set, nfds_t n, int milliseconds), (set, n, milliseconds))
/* What poll() is where the compiler does not see how long the set is: at -O1. */
FAULT(__poll_chk, int, (struct pollfd *set, nfds_t n, int milliseconds, size_t size), (set, n, milliseconds, size))
FAULT(unlinkat, int, (int directory, const char *name, int flags), (directory, name, flags))
