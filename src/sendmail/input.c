/* SPDX-License-Identifier: ISC */
#include "sendmail/input.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	PIECE           = 64 << 10,                      /* octets a read */
	TEXT_MAX        = INPUT_HEADER_MAX + 4 * PIECE,   /* a line end of one octet becomes two */
	DRAIN_MAX       = 100 << 20,                      /* octets */
	DRAIN_MSEC      = 10000,
	DRAIN_IDLE_MSEC = 1000,
};

void
input_init(struct input *in, int fd, unsigned long long max, bool dot_ends)
{
	*in = (struct input){ .fd = fd, .max = max, .wire = { .dot_ends = dot_ends }, .text = BUF(TEXT_MAX) };
}

void
input_release(struct input *in)
{
	buf_release(&in->text);
}

static int
cannot_read(struct problem *why)
{
	return problem_set(why, VERDICT_LATER, "4.3.0", "read standard input: %s; nothing was sent", strerror(errno));
}

/* A caller may have left the descriptor non-blocking; how long its message takes is its own affair. */
static ssize_t
read_piece(struct input *in, char *at, size_t room, struct problem *why)
{
	struct pollfd set = { .fd = in->fd, .events = POLLIN };
	ssize_t       n;

	if (in->read != NULL)
		return in->read(in->reader, at, room, why);
	while ((n = read(in->fd, at, room)) < 0 && (errno == EINTR || errno == EAGAIN))
		if (errno == EAGAIN)
			poll(&set, 1, -1);
	return n >= 0 ? n : cannot_read(why);
}

/* Whether something stands behind the dot that ended the message.  Who waits for us to end is not waited for. */
static bool
goes_on(int fd)
{
	struct pollfd set = { .fd = fd, .events = POLLIN };
	char          c;

	return !isatty(fd) && poll(&set, 1, 0) == 1 && read(fd, &c, 1) == 1;
}

int
input_more(struct input *in, struct problem *why)
{
	static char piece[PIECE];   /* on the stack all of its pages would be touched: -fstack-clash-protection */
	ssize_t     n = read_piece(in, piece, sizeof piece, why);

	if (n < 0)
		return EX_IOERR;
	in->came += (unsigned long long)n;
	if (n > 0)
		wire_add(&in->wire, (struct slice){ piece, (size_t)n }, &in->text);
	else
		wire_end(&in->wire, &in->text);
	in->at_end = n == 0 || in->wire.ended;
	if (in->wire.ended && !in->wire.cut)
		in->wire.cut = goes_on(in->fd);
	if (in->came > in->max) {
		problem_set(why, VERDICT_NEVER, "5.3.4", "the message is larger than max-size, %llu octets", in->max);
		return EX_DATAERR;
	}
	return 0;
}

int
input_header(struct input *in, struct header *h, struct problem *why)
{
	int code;

	*h = (struct header){ 0 };
	while (!header_find(h, buf_slice(&in->text), in->at_end)) {
		if (in->text.len > INPUT_HEADER_MAX) {
			problem_set(why, VERDICT_NEVER, "5.3.4", "the header is larger than %d octets",
			    INPUT_HEADER_MAX);
			return EX_DATAERR;
		}
		if ((code = input_more(in, why)) != 0)
			return code;
	}
	return 0;
}

void
input_body(struct input *in, const struct header *h)
{
	struct buf body = BUF(TEXT_MAX);

	buf_add(&body, slice_from(buf_slice(&in->text), h->body));
	buf_release(&in->text);
	in->text = body;
}

void
input_drain(int fd)
{
	struct timespec end = clock_deadline(DRAIN_MSEC);
	struct pollfd   set = { .fd = fd, .events = POLLIN };
	char            piece[PIECE];
	size_t          drained = 0;
	ssize_t         n;

	if (isatty(fd))
		return;
	while (drained < DRAIN_MAX && clock_left(end) > 0 && poll(&set, 1, DRAIN_IDLE_MSEC) == 1) {
		if ((n = read(fd, piece, sizeof piece)) <= 0)
			return;
		drained += (size_t)n;
	}
}
