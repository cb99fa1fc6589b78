/* SPDX-License-Identifier: ISC */
#include "relay/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "relay/state.h"

enum { LOOK_MSEC = 10 };

int
turn_take(int state, const char *host, unsigned port, long milliseconds)
{
	struct timespec deadline = clock_deadline(milliseconds);
	char            name[STATE_NAME_LEN];
	int             fd = -1, error;

	state_name(name, "turn", host, port);
	if (state >= 0)
		fd = openat(state, name, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
	if (fd < 0)
		return TURN_NONE;
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		error = errno;
		if (error == EWOULDBLOCK && clock_left(deadline) > 0) {
			poll(NULL, 0, LOOK_MSEC);
			continue;
		}
		close(fd);
		return error == EWOULDBLOCK ? TURN_BUSY : TURN_NONE;
	}
	return fd;
}

void
turn_leave(int *turn)
{
	if (*turn >= 0)
		close(*turn);
	*turn = TURN_NONE;
}
