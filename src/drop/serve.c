/* SPDX-License-Identifier: ISC */
#include "drop/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum {
	MAX_CALLERS      = 64,
	MAX_LARGE        = 64,     /* messages of more than a packet, each in a process of its own */
	MAX_LARGE_OF_ONE = 16,
	REQUEST_MSEC     = 2000,   /* a request follows its connection at once, or never */
	CATCH_UP_MSEC    = 1000,
	IDLE_MSEC        = 10 * 1000,
	DEAR_IDLE_MSEC   = 10 * 60 * 1000,   /* for one who has counted a large queue, which the next one would do again */
	DEAF_MSEC        = 200,    /* without a descriptor for the next caller: until somebody may have let go of one */
	FIRST_CALLER_AT  = 2,      /* in the poll set: the listener and the notices come first */
};

/* A process that receives one large message, and waits for its caller, who may take his time. */
struct large {
	pid_t pid;
	uid_t uid;
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
	struct large        large[MAX_LARGE];
	size_t              nlarge;
};

/* Whoever has so many large messages on their way waits for one of them with whatever he wants next. */
static bool
must_wait(const struct server *s, uid_t uid)
{
	size_t n = 0;

	for (size_t i = 0; i < s->nlarge; i++)
		n += s->large[i].uid == uid;
	return n >= MAX_LARGE_OF_ONE;
}

/* Then who waits for messages of his own stands in the way of others: he goes on to the other door in time. */
static bool
is_full(const struct server *s)
{
	return s->ncallers == MAX_CALLERS;
}

/* How a process ends: whoever has started it has the queue scanned where that is not well. */
static int
ending(const struct server *s)
{
	return s->notices->missed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/*
 * In a process of its own: the one message, from its second packet to its answer.  Returns how it ends.  It has salsad's
 * socket, and until that is closed salsad starts nobody else: it does not outlive the others, nor keep them from leaving.
 */
static int
receive_large(struct server *s, struct caller *c)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	c->draft.farewell = s->notices->socket;
	close(s->listener);
	for (size_t i = 0; i < s->ncallers; i++)
		if (&s->caller[i] != c)
			caller_close(&s->caller[i]);
	caller_accept(c, s->conf, s->spool);
	callers_settle(c, 1, s->spool, s->notices);
	return ending(s);
}

/*
 * Nothing of the queue is open then: what is locked there would be locked in the new process too.  Where there are as many
 * as may be, one that closes without a word sends its caller to the other door.
 */
static void
start_large(struct server *s, struct caller *c)
{
	struct problem why;
	pid_t          pid;

	if (s->nlarge == MAX_LARGE) {
		caller_close(c);
		return;
	}
	callers_settle(s->caller, s->ncallers, s->spool, s->notices);
	pid = fork();
	if (pid == 0)
		_exit(receive_large(s, c));
	if (pid < 0) {
		problem_set(&why, VERDICT_LATER, "4.3.0", "a process for a large message: %s", strerror(errno));
		caller_refuse(c, &why);
		return;
	}
	s->large[s->nlarge++] = (struct large){ pid, c->uid };
	caller_close(c);
}

/* What one could not tell salsad, or did not live to tell, is found by scanning. */
static void
end_large(struct server *s)
{
	size_t kept = 0;
	int    status;

	for (size_t i = 0; i < s->nlarge; i++)
		if (waitpid(s->large[i].pid, &status, WNOHANG) == 0)
			s->large[kept++] = s->large[i];
		else if (status != 0)
			s->notices->missed = true;
	s->nlarge = kept;
}

static void
serve_request(struct server *s, struct caller *c)
{
	caller_request(c, s->conf, s->spool, s->notices);
	if (c->is_coming)
		start_large(s, c);
}

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
	if (!must_wait(s, c->uid))
		serve_request(s, c);   /* most ask at once */
	return true;
}

static bool
is_idle(const struct server *s)
{
	return s->ncallers == 0 && s->nlarge == 0 && !s->deaf && !s->notices->missed;
}

static int
patience(const struct server *s)
{
	long left = s->notices->missed ? CATCH_UP_MSEC : -1;

	if (is_idle(s))
		left = usage_is_dear(&s->usage) ? DEAR_IDLE_MSEC : IDLE_MSEC;
	if (s->deaf)
		clock_shorten(&left, clock_left(s->listen_again));
	for (size_t i = 0; i < s->ncallers; i++)
		if (is_full(s) || !must_wait(s, s->caller[i].uid))
			clock_shorten(&left, clock_left(s->caller[i].deadline));
	return (int)left;
}

/* Returns how many have something to say, or -1.  The end of a process is heard of here, and nowhere else. */
static int
wait_for_events(const struct server *s, struct pollfd *set, const sigset_t *signals)
{
	bool            room = !is_full(s) && !s->leaving && (!s->deaf || clock_left(s->listen_again) == 0);
	int             msec = patience(s);
	struct timespec time = { msec / 1000, msec % 1000 * 1000000L };

	set[0] = (struct pollfd){ .fd = room ? s->listener : -1, .events = POLLIN };
	set[1] = (struct pollfd){ .fd = s->leaving ? -1 : s->notices->socket, .events = POLLIN };
	for (size_t i = 0; i < s->ncallers; i++)
		set[FIRST_CALLER_AT + i] = (struct pollfd){
			.fd = must_wait(s, s->caller[i].uid) ? -1 : s->caller[i].socket,
			.events = POLLIN,
		};
	return ppoll(set, FIRST_CALLER_AT + s->ncallers, msec >= 0 ? &time : NULL, signals);
}

static void
take_requests(struct server *s, const struct pollfd *set)
{
	for (size_t i = 0; i < s->ncallers; i++) {
		struct caller *c = &s->caller[i];

		if (must_wait(s, c->uid) && !is_full(s))
			c->deadline = clock_deadline(REQUEST_MSEC);
		else if (!must_wait(s, c->uid) && set[FIRST_CALLER_AT + i].revents != 0)
			serve_request(s, c);
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

static void
serve_ready(struct server *s, const struct pollfd *set)
{
	take_requests(s, set);
	if (set[1].revents != 0)   /* salsad says nothing here but its end */
		s->leaving = true;
	else if (set[0].revents != 0)
		while (!is_full(s) && greet(s))
			continue;
	/* All entries that wait now share one sync of the directory. */
	callers_settle(s->caller, s->ncallers, s->spool, s->notices);
	forget_closed(s);
}

static void
wake(int number)
{
	(void)number;
}

/* SIGCHLD interrupts the wait for events, and nothing else.  signals: those of that wait. */
static void
hear_of_children(sigset_t *signals)
{
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, signals);
	signal(SIGCHLD, wake);
}

int
serve(const struct conf *conf, const struct spool *spool, int listener, struct notices *notices)
{
	struct server s = { .conf = conf, .spool = spool, .notices = notices, .listener = listener };
	struct pollfd set[FIRST_CALLER_AT + MAX_CALLERS];
	sigset_t      signals;

	hear_of_children(&signals);
	fcntl(listener, F_SETFL, O_NONBLOCK);   /* somebody else may take a caller between our look and our call */
	while (!s.leaving || s.ncallers > 0 || s.nlarge > 0) {
		int n = wait_for_events(&s, set, &signals);

		end_large(&s);
		if (n == 0 && is_idle(&s))
			s.leaving = true;
		else if (n >= 0)
			serve_ready(&s, set);
		notices_catch_up(notices);
	}
	usage_release(&s.usage);
	return ending(&s);
}
