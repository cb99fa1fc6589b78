/* SPDX-License-Identifier: ISC */
#include "drop/draft.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "ipc/packet.h"

enum {
	PATIENCE_MSEC = 10 * 1000,
	FAREWELL_MSEC = 2000,
	THIN_LINE     = 100,        /* octets a millisecond, at least: they come from memory, or from a disk */
};

static char buffer[1 + PACKET_DRAFT_MAX + 1];   /* the octet in front comes first */

ssize_t
draft_packet(int socket, struct slice *packet)
{
	ssize_t n = packet_receive_octets(socket, buffer + 1, sizeof buffer - 1);

	*packet = (struct slice){ buffer + 1, n > 0 ? (size_t)n : 0 };
	return n;
}

static int
longer_than_it_says(struct problem *why)
{
	return problem_set(why, VERDICT_NEVER, "5.3.0", "the entry is longer than it says");
}

int
draft_begin(struct draft *d, int socket, struct slice beginning, struct entry *e, struct problem *why)
{
	off_t left;

	*e = ENTRY;
	if (entry_parse_first_line(e, beginning, why) != 0)
		return -1;
	left = e->envelope_len + e->message_len - (off_t)beginning.len;
	if (left < 0)
		return longer_than_it_says(why);
	*d = (struct draft){
		.socket = socket,
		.envelope_len = (size_t)e->envelope_len,
		.piece = beginning,
		.left = left,
		.deadline = clock_deadline(PATIENCE_MSEC + left / THIN_LINE),
		.farewell = -1,
	};
	return 0;
}

bool
draft_is_here(const struct draft *d)
{
	return d->left == 0;
}

/* Its octets come from memory or a disk: whoever takes long for one is stopped, or means to. */
static ssize_t
await_packet(struct draft *d)
{
	struct pollfd set[] = { { .fd = d->socket, .events = POLLIN }, { .fd = d->farewell, .events = POLLIN } };
	int           ready;

	while ((ready = poll(set, 2, (int)clock_left(d->deadline))) < 0 ? errno == EINTR : set[1].revents != 0) {
		d->deadline = clock_sooner(d->deadline, clock_deadline(FAREWELL_MSEC));
		set[1].fd = d->farewell = -1;
	}
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0 ? draft_packet(d->socket, &d->piece) : -1;
}

static int
next_piece(struct draft *d, struct problem *why)
{
	ssize_t n;

	buffer[0] = d->piece.at[-1];   /* it is used up */
	n = await_packet(d);
	if (n <= 0)
		return problem_set(why, VERDICT_LATER, "4.3.0", "the message has not come to its end: %s",
		    n == 0 ? "its sender has left" : strerror(errno));
	if (n > d->left)
		return longer_than_it_says(why);
	d->left -= n;
	return 0;
}

static struct slice
take(struct draft *d, size_t most)
{
	struct slice taken = d->piece;

	if (taken.len > most)
		taken.len = most;
	d->piece = slice_from(d->piece, taken.len);
	return taken;
}

static int
collect(struct draft *d, char *at, size_t len, struct problem *why)
{
	struct slice part = take(d, len);

	memcpy(at, part.at, part.len);
	for (size_t have = part.len; have < len; have += part.len) {
		if (next_piece(d, why) != 0)
			return -1;
		part = take(d, len - have);
		memcpy(at + have, part.at, part.len);
	}
	return 0;
}

int
draft_envelope(struct draft *d, struct entry *e, struct problem *why)
{
	char *envelope;
	int   result;

	if (d->piece.len >= d->envelope_len)
		return entry_parse(e, take(d, d->envelope_len), why);
	envelope = xmalloc(d->envelope_len);
	result = collect(d, envelope, d->envelope_len, why);
	if (result == 0)
		result = entry_parse(e, (struct slice){ envelope, d->envelope_len }, why);
	free(envelope);
	return result;
}

int
draft_message(struct draft *d, struct slice *piece, struct problem *why)
{
	if (d->piece.len == 0 && d->left > 0 && next_piece(d, why) != 0)
		return -1;
	*piece = take(d, d->piece.len);
	return 0;
}
