/* SPDX-License-Identifier: ISC */
#include "sendmail/dialogue.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

void
dialogue_init(struct dialogue *d, int in, int out, long patience_msec)
{
	d->in = in;
	d->out = out;
	d->patience_msec = patience_msec;
	d->uses_crlf = d->over = d->idle = false;
	d->unread = (struct slice){ d->block, 0 };
	d->replies = BUF(DIALOGUE_REPLIES);
}

void
dialogue_release(struct dialogue *d)
{
	buf_release(&d->replies);
}

/* Whether fd becomes ready before patience ends. */
static bool
await(struct dialogue *d, int fd, short events)
{
	struct timespec deadline = clock_deadline(d->patience_msec);
	struct pollfd   set = { .fd = fd, .events = events };
	int             ready;

	while ((ready = poll(&set, 1, (int)clock_left(deadline))) < 0 && errno == EINTR)
		;
	return ready == 1;
}

/* What poll(2) calls ready has room for PIPE_BUF octets: more of them at once could wait for ever (pipe(7)). */
void
dialogue_flush(struct dialogue *d)
{
	struct slice left = buf_slice(&d->replies);

	while (left.len > 0) {
		size_t  piece = left.len < PIPE_BUF ? left.len : PIPE_BUF;
		ssize_t n = await(d, d->out, POLLOUT) ? write(d->out, left.at, piece) : 0;

		if (n > 0)
			left = slice_from(left, (size_t)n);
		else if (n == 0 || (errno != EINTR && errno != EAGAIN))
			break;
	}
	d->over = d->over || left.len > 0;
	buf_clear(&d->replies);
}

static void
fill(struct dialogue *d)
{
	ssize_t n;

	do {
		if (!await(d, d->in, POLLIN)) {
			d->over = d->idle = true;
			return;
		}
		n = read(d->in, d->block, sizeof d->block);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n > 0)
		d->unread = (struct slice){ d->block, (size_t)n };
	else
		d->over = true;
}

struct slice
dialogue_peek(struct dialogue *d)
{
	if (d->unread.len == 0 && !d->over)
		dialogue_flush(d);
	if (d->unread.len == 0 && !d->over)
		fill(d);
	return d->unread;
}

void
dialogue_take(struct dialogue *d, size_t n)
{
	d->unread = slice_from(d->unread, n);
}

bool
dialogue_line(struct dialogue *d, struct buf *line)
{
	char last;

	buf_clear(line);
	do {
		struct slice there = dialogue_peek(d), rest = there, piece = slice_cut(&rest, '\n');
		size_t       taken = there.len - rest.len;

		if (there.len == 0)
			return false;
		last = there.at[taken - 1];
		buf_add(line, piece);
		dialogue_take(d, taken);
	} while (last != '\n');
	if (slice_ends(buf_slice(line), SLICE("\r"))) {
		d->uses_crlf = true;
		buf_cut(line, line->len - 1);
	}
	return true;
}

void
dialogue_say(struct dialogue *d, const char *format, ...)
{
	char    line[512];   /* RFC 5321, 4.5.3.1.5 */
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof line - 2, format, arguments);
	va_end(arguments);
	buf_addf(&d->replies, "%s\r\n", line);
	if (d->replies.len > DIALOGUE_REPLIES / 2)
		dialogue_flush(d);
}
