/* SPDX-License-Identifier: ISC */
#include "relay/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "relay/state.h"

enum { LOOK_MSEC = 10, LONG_SECONDS = 30 };

static bool
lock(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* The first one leaves the mark, an octet and its time; where the turn has just become free nobody would see it. */
static int
turn_away(int fd, const struct stat *mark)
{
	if (mark->st_size == 0 && write(fd, "1", 1) == 1 && lock(fd))
		return fd;
	return mark->st_size > 0 && clock_now() - mark->st_mtime > LONG_SECONDS ? TURN_NONE : TURN_BUSY;
}

/* Returns the descriptor when it is locked, or what turn_take returns. */
static int
wait_for(int fd, long milliseconds)
{
	struct timespec deadline = clock_deadline(milliseconds);
	struct stat     mark;

	while (!lock(fd)) {
		if (errno != EWOULDBLOCK || fstat(fd, &mark) != 0)
			return TURN_NONE;
		if (milliseconds == 0)
			return TURN_BUSY;
		if (mark.st_size > 0 || clock_left(deadline) == 0)
			return turn_away(fd, &mark);
		poll(NULL, 0, LOOK_MSEC);
	}
	return fd;
}

int
turn_take(int state, const char *host, unsigned port, long milliseconds)
{
	char name[STATE_NAME_LEN];
	int  fd = -1, turn;

	state_name(name, "turn", host, port);
	if (state >= 0)
		fd = openat(state, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0660);
	if (fd < 0)
		return TURN_NONE;
	turn = wait_for(fd, milliseconds);
	if (turn >= 0)
		(void)!ftruncate(fd, 0);   /* a mark is of one turn; and who crashed has left his */
	else
		close(fd);
	return turn;
}

bool
turn_leave(int *turn)
{
	struct stat mark;
	bool        is_marked = *turn >= 0 && fstat(*turn, &mark) == 0 && mark.st_size > 0;

	if (is_marked)
		(void)!ftruncate(*turn, 0);
	if (*turn >= 0)
		close(*turn);
	*turn = TURN_NONE;
	return is_marked;
}
