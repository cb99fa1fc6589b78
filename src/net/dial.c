/* SPDX-License-Identifier: ISC */
#include "net/dial.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/ip.h"

struct call {
	struct sockaddr_storage address;
	struct timespec         deadline;
};

struct dialling {
	struct call     call[DIAL_MAX];
	struct pollfd   ready[DIAL_MAX];   /* fd is -1 once a call has failed */
	size_t          n, ncalled, nwaiting;
	struct timespec next;              /* when the next address is called, if there is one */
	struct stream  *stream;            /* not owned */
	struct buf      words;             /* what became of the calls that failed */
};

static void
set_port(struct sockaddr_storage *ip, unsigned port)
{
	if (ip->ss_family == AF_INET6)
		((struct sockaddr_in6 *)ip)->sin6_port = htons((in_port_t)port);
	else
		((struct sockaddr_in *)ip)->sin_port = htons((in_port_t)port);
}

static void
give_up(struct dialling *d, size_t i, int error)
{
	char ip[IP_TEXT];

	ip_format(&d->call[i].address, ip);
	buf_addf(&d->words, "%s[%s]: %s", d->words.len > 0 ? "; " : "", ip, strerror(error));
	if (d->ready[i].fd >= 0)
		close(d->ready[i].fd);
	d->ready[i].fd = -1;
	d->nwaiting--;
}

static void
call_next(struct dialling *d, unsigned timeout_seconds)
{
	size_t       i = d->ncalled++;
	struct call *call = &d->call[i];
	int          fd = socket(call->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	d->ready[i] = (struct pollfd){ .fd = fd, .events = POLLOUT };
	d->nwaiting++;
	d->next = clock_deadline(DIAL_STAGGER_MS);
	call->deadline = clock_deadline(timeout_seconds * 1000L);
	/* An interrupted connect goes on by itself; poll tells how it ends (hazard F11). */
	if (fd < 0 || (connect(fd, (struct sockaddr *)&call->address, ip_len(&call->address)) != 0 &&
	    errno != EINPROGRESS && errno != EINTR))
		give_up(d, i, errno);
}

static void
wait_for_calls(struct dialling *d)
{
	struct timespec until = d->ncalled < d->n ? d->next : clock_deadline(60 * 1000);

	for (size_t i = 0; i < d->ncalled; i++)
		if (d->ready[i].fd >= 0)
			until = clock_sooner(until, d->call[i].deadline);
	if (stream_is_patient(d->stream))
		until = clock_sooner(until, d->stream->patience);
	if (poll(d->ready, d->ncalled, (int)clock_left(until)) < 0)
		for (size_t i = 0; i < d->ncalled; i++)
			d->ready[i].revents = 0;   /* interrupted: nothing is known */
	if (stream_is_patient(d->stream) && clock_left(d->stream->patience) == 0)
		stream_tire(d->stream);
}

/* Returns the number of a call that was answered, or -1; those that failed are given up. */
static int
look_at_calls(struct dialling *d)
{
	for (size_t i = 0; i < d->ncalled; i++) {
		int       error = 0;
		socklen_t len = sizeof error;

		if (d->ready[i].fd < 0)
			continue;
		if (d->ready[i].revents != 0) {
			if (getsockopt(d->ready[i].fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0)
				return (int)i;
			give_up(d, i, error);
		} else if (clock_left(d->call[i].deadline) == 0) {
			give_up(d, i, ETIMEDOUT);
		}
	}
	return -1;
}

static void
hang_up(struct dialling *d, int except)
{
	for (size_t i = 0; i < d->ncalled; i++)
		if ((int)i != except && d->ready[i].fd >= 0)
			close(d->ready[i].fd);
}

static int
first_answer(struct dialling *d, unsigned timeout_seconds)
{
	int winner = -1;

	/*
	 * The next address waits its turn, unless nobody is left whom it could wait for.  An answer that is there
	 * already is heard first: who was stopped for so long calls nobody in vain.
	 */
	while (winner < 0 && (d->nwaiting > 0 || d->ncalled < d->n)) {
		if (d->nwaiting > 0) {
			wait_for_calls(d);
			winner = look_at_calls(d);
		}
		if (winner < 0 && d->ncalled < d->n && (d->nwaiting == 0 || clock_left(d->next) == 0))
			call_next(d, timeout_seconds);
	}
	return winner;
}

int
dial(struct dialled *result, const char *host, const struct sockaddr_storage *address, size_t naddresses,
    unsigned port, unsigned timeout_seconds, struct stream *stream, struct problem *why)
{
	struct dialling d = { .n = naddresses < DIAL_MAX ? naddresses : DIAL_MAX, .stream = stream, .words = BUF(1024) };
	int             winner, on = 1;

	for (size_t i = 0; i < d.n; i++) {
		d.call[i].address = address[i];
		set_port(&d.call[i].address, port);
	}
	winner = first_answer(&d, timeout_seconds);
	hang_up(&d, winner);
	*result = (struct dialled){ .fd = -1, .ncalled = d.ncalled };
	if (winner < 0) {
		problem_set(why, VERDICT_LATER, "4.4.1", "connect to %s port %u: %s", host, port, buf_text(&d.words));
	} else {
		result->fd = d.ready[winner].fd;
		result->address = d.call[winner].address;
		setsockopt(result->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	}
	buf_release(&d.words);
	return winner < 0 ? -1 : 0;
}
