/* SPDX-License-Identifier: ISC */
#include "drop/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum {
	MAX_CALLERS     = 64,
	REQUEST_MSEC    = 2000,   /* a request follows its connection at once, or never */
	CATCH_UP_MSEC   = 1000,
	DEAF_MSEC       = 200,    /* without a descriptor for the next caller: until somebody may have let go of one */
	FIRST_CALLER_AT = 2,       /* in the poll set: the listener and the notices come first */
};

struct server {
	const struct conf  *conf;
	const struct spool *spool;
	struct notices     *notices;
	int                 listener;
	bool                deaf;           /* the next caller could not be let in: */
	struct timespec     listen_again;   /* not before; monotonic */
	bool                leaving;
	struct usage        usage;
	struct caller       caller[MAX_CALLERS];
	size_t              ncallers;
};

/* Returns the next caller, or -1.  One who cannot be let in stands at the door, and poll(2) goes on to say so. */
static int
let_in(struct server *s)
{
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0) {
		s->deaf = false;
	} else if (errno != EAGAIN) {
		if (!s->deaf)
			log_line(LOG_ERR, "cannot let callers in: %s; they wait", strerror(errno));
		s->deaf = true;
		s->listen_again = clock_deadline(DEAF_MSEC);
	}
	return fd;
}

/* Returns whether somebody was there. */
static bool
greet(struct server *s)
{
	int             fd = let_in(s);
	struct ucred    peer;
	socklen_t       len = sizeof peer;
	struct caller  *c = &s->caller[s->ncallers];

	if (fd < 0)
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) {
		close(fd);
		return true;
	}
	*c = (struct caller){
		.socket = fd,
		.uid = peer.uid,
		.usage = &s->usage,
		.deadline = clock_deadline(REQUEST_MSEC),
		.submission = SUBMISSION,
	};
	s->ncallers++;
	caller_request(c, s->conf, s->spool, -1, s->notices);   /* most ask at once */
	return true;
}

static int
patience(const struct server *s)
{
	long left = s->notices->missed ? CATCH_UP_MSEC : -1;

	if (s->deaf)
		clock_shorten(&left, clock_left(s->listen_again));
	for (size_t i = 0; i < s->ncallers; i++)
		clock_shorten(&left, clock_left(s->caller[i].deadline));
	return (int)left;
}

/* Returns false when there is nothing to look at. */
static bool
wait_for_events(const struct server *s, struct pollfd *set)
{
	bool room = s->ncallers < MAX_CALLERS && !s->leaving && (!s->deaf || clock_left(s->listen_again) == 0);

	set[0] = (struct pollfd){ .fd = room ? s->listener : -1, .events = POLLIN };
	set[1] = (struct pollfd){ .fd = s->leaving ? -1 : s->notices->socket, .events = POLLIN };
	for (size_t i = 0; i < s->ncallers; i++)
		set[FIRST_CALLER_AT + i] = (struct pollfd){ .fd = s->caller[i].socket, .events = POLLIN };
	return poll(set, FIRST_CALLER_AT + s->ncallers, patience(s)) >= 0;
}

static void
take_requests(struct server *s, const struct pollfd *set)
{
	for (size_t i = 0; i < s->ncallers; i++) {
		struct caller *c = &s->caller[i];

		if (set[FIRST_CALLER_AT + i].revents != 0)
			caller_request(c, s->conf, s->spool, -1, s->notices);
		else if (clock_left(c->deadline) == 0)
			caller_close(c);
	}
}

static void
forget_closed(struct server *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->ncallers; i++)
		if (s->caller[i].socket >= 0)
			s->caller[kept++] = s->caller[i];
	s->ncallers = kept;
}

void
serve(const struct conf *conf, const struct spool *spool, int listener, struct notices *notices)
{
	struct server s = { .conf = conf, .spool = spool, .notices = notices, .listener = listener };
	struct pollfd set[FIRST_CALLER_AT + MAX_CALLERS];

	fcntl(listener, F_SETFL, O_NONBLOCK);   /* somebody else may take a caller between our look and our call */
	while (!s.leaving || s.ncallers > 0) {
		if (!wait_for_events(&s, set))
			continue;
		take_requests(&s, set);
		if (set[1].revents != 0)   /* salsad says nothing here but its end */
			s.leaving = true;
		else if (set[0].revents != 0)
			while (s.ncallers < MAX_CALLERS && greet(&s))
				continue;
		/* All entries that wait now share one sync of the directory. */
		callers_settle(s.caller, s.ncallers, spool, notices);
		forget_closed(&s);
		notices_catch_up(notices);
	}
	usage_release(&s.usage);
}
