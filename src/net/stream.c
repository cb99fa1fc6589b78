/* SPDX-License-Identifier: ISC */
#include "net/stream.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum { PATIENCE_MSEC = 10 * 1000 };

bool
stream_is_patient(const struct stream *s)
{
	return s->tired != NULL && !s->told;
}

void
stream_tire(struct stream *s)
{
	s->told = true;
	s->tired(s->waiter);
}

/* Waits once, and no longer than patience lasts. */
static int
wait_for(struct stream *s, short events, long left)
{
	struct pollfd ready = { .fd = s->fd, .events = events };
	long          patience = stream_is_patient(s) ? clock_left(s->patience) : left;
	int           n;

	n = poll(&ready, 1, (int)(patience < left ? patience : left));
	if (n == 0 && patience < left)
		stream_tire(s);
	return n;
}

int
stream_poll(struct stream *s, short events, struct problem *why)
{
	long left;
	int  n = 0;

	while ((left = clock_left(s->deadline)) > 0 && n == 0) {
		n = wait_for(s, events, left);
		if (n < 0 && errno == EINTR)
			n = 0;
	}
	if (n < 0)
		return stream_lost(s, errno, why);
	if (n == 0)
		return problem_set(why, VERDICT_LATER, "4.4.2", "timed out waiting for %s", s->awaited);
	return 0;
}

int
stream_lost(const struct stream *s, int error, struct problem *why)
{
	return problem_set(why, VERDICT_LATER, "4.4.2", "connection lost waiting for %s: %s", s->awaited,
	    strerror(error));
}

static bool
must_wait(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static ssize_t
socket_read(struct stream *s, char *at, size_t room, struct problem *why)
{
	ssize_t n;

	while ((n = read(s->fd, at, room)) < 0) {
		if (!must_wait(errno))
			return stream_lost(s, errno, why);
		if (stream_poll(s, POLLIN, why) != 0)
			return -1;
	}
	return n;
}

static ssize_t
socket_write(struct stream *s, struct slice out, struct problem *why)
{
	ssize_t n;

	while ((n = send(s->fd, out.at, out.len, MSG_NOSIGNAL)) < 0) {
		if (!must_wait(errno))
			return stream_lost(s, errno, why);
		if (stream_poll(s, POLLOUT, why) != 0)
			return -1;
	}
	return n;
}

static void
socket_close(struct stream *s)
{
	close(s->fd);
}

static const struct stream_back socket_back = { socket_read, socket_write, socket_close };

void
stream_open(struct stream *s, int fd)
{
	s->back = &socket_back;
	s->fd = fd;
	s->awaited = "the relay";
	s->limit = (struct timespec){ 0 };
	s->in_at = s->in_len = 0;
	s->sent = 0;
	s->failed = false;
	buf_clear(&s->out);
}

static void
wipe_output(struct stream *s)
{
	if (s->out.at != NULL)
		explicit_bzero(s->out.at, s->out.len);
	buf_clear(&s->out);
}

void
stream_close(struct stream *s)
{
	if (s->back != NULL)
		s->back->close(s);
	s->back = NULL;
	s->fd = -1;
	wipe_output(s);
	buf_release(&s->out);
}

void
stream_await(struct stream *s, long milliseconds, const char *what)
{
	s->awaited = what;
	s->deadline = clock_deadline(milliseconds);
	s->patience = clock_deadline(milliseconds / 30 > PATIENCE_MSEC ? milliseconds / 30 : PATIENCE_MSEC);
	s->told = false;
	if (s->limit.tv_sec != 0)
		s->deadline = clock_sooner(s->deadline, s->limit);
}

int
stream_flush(struct stream *s, struct problem *why)
{
	struct slice rest = buf_slice(&s->out);
	ssize_t      n;

	while (!s->failed && rest.len > 0) {
		n = s->back->write(s, rest, &s->why);
		if (n == 0)
			stream_lost(s, EPIPE, &s->why);
		if (n <= 0)
			s->failed = true;
		else
			rest = slice_from(rest, (size_t)n), s->sent += (size_t)n;
	}
	wipe_output(s);
	if (s->failed)
		*why = s->why;
	return s->failed ? -1 : 0;
}

unsigned long long
stream_added(const struct stream *s)
{
	return s->failed ? ULLONG_MAX : s->sent + s->out.len;
}

void
stream_add(struct stream *s, struct slice out)
{
	struct problem ignored;   /* kept in s->why too */

	while (out.len > 0 && !s->failed) {
		struct slice piece = { out.at, STREAM_OUT - s->out.len };

		if (piece.len > out.len)
			piece.len = out.len;
		buf_add(&s->out, piece);
		out = slice_from(out, piece.len);
		if (s->out.len == STREAM_OUT)
			stream_flush(s, &ignored);
	}
}

/* What the relay said before it could not be written to has its meaning still; but nothing more is waited for. */
static int
fill(struct stream *s, struct problem *why)
{
	ssize_t n;

	if (stream_flush(s, why) != 0)
		s->deadline = clock_deadline(0);
	n = s->back->read(s, s->in, sizeof s->in, why);
	if (n == 0)
		problem_set(why, VERDICT_LATER, "4.4.2", "connection closed by relay, waiting for %s", s->awaited);
	if (n <= 0 && s->failed)
		*why = s->why;
	if (n <= 0)
		return -1;
	s->in_at = 0;
	s->in_len = (size_t)n;
	return 0;
}

int
stream_byte(struct stream *s, struct problem *why)
{
	if (!stream_has_input(s) && fill(s, why) != 0)
		return -1;
	return (unsigned char)s->in[s->in_at++];
}

bool
stream_has_input(const struct stream *s)
{
	return s->in_at < s->in_len;
}

bool
stream_is_quiet(const struct stream *s)
{
	struct pollfd ready = { .fd = s->fd, .events = POLLIN };

	return !stream_has_input(s) && poll(&ready, 1, 0) == 0;
}

void
stream_trace(const struct stream *s, const char *direction, struct slice line)
{
	if (s->trace != NULL)
		s->trace(s->tracer, direction, line);
}
