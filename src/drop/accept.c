/* SPDX-License-Identifier: ISC */
#include "drop/accept.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "drop/limits.h"
#include "entry/received.h"
#include "entry/writer.h"

enum { STRIDE = 256 };   /* octets */

/*
 * RFC 5321, 2.3.8: CR and LF come as a pair or not at all.  A message in which one stands alone could be read as two
 * by somebody further on.  Whether an octet must not stand there: at[-1] is the one in front.
 */
static inline unsigned char
is_astray(const char *at)
{
	return (at[0] == '\0') | ((at[-1] == '\r') != (at[0] == '\n'));
}

/* In strides of one length, and without a branch: of those the compiler makes steps of many octets. */
static bool
is_wire_form(const char *at, size_t len)
{
	unsigned char astray = 0;

	for (; len >= STRIDE; len -= STRIDE, at += STRIDE)
		for (size_t i = 0; i < STRIDE; i++)
			astray |= is_astray(at + i);
	for (size_t i = 0; i < len; i++)
		astray |= is_astray(at + i);
	return astray == 0;
}

static int
copy_message(struct writer *w, struct draft *d, struct problem *why)
{
	struct slice piece;
	char         last = '\n';

	while (draft_message(d, &piece, why) == 0) {
		if (piece.len == 0 && last != '\n')
			return problem_set(why, VERDICT_NEVER, "5.6.0", "the message ends inside a line");
		if (piece.len == 0)
			return 0;
		if (!is_wire_form(piece.at, piece.len))
			return problem_set(why, VERDICT_NEVER, "5.6.0", "the message is not in wire form");
		writer_add(w, piece);
		last = piece.at[piece.len - 1];
	}
	return -1;
}

static void
add_received(struct writer *w, const struct conf *conf)
{
	struct buf field = BUF(1024);

	received_format(&field, conf->hostname, w->entry->uid, w->entry->id, w->entry->arrived);
	writer_add(w, buf_slice(&field));
	buf_release(&field);
}

static int
write_entry(const struct conf *conf, struct entry *e, struct draft *d, int fd, struct problem *why)
{
	struct writer w;
	int           result;

	writer_start(&w, fd, e);
	add_received(&w, conf);
	result = copy_message(&w, d, why);
	if (result == 0)
		result = writer_finish(&w, why);
	writer_release(&w);
	return result;
}

static int
copy_entry(const struct conf *conf, const struct spool *s, struct entry *e, struct draft *d, struct submission *sub,
    struct problem *why)
{
	if (submit_create(s, sub, why) != 0)
		return -1;
	strlcpy(e->id, sub->id, sizeof e->id);
	if (write_entry(conf, e, d, sub->fd, why) == 0)
		return 0;
	submit_abandon(s, sub);
	return -1;
}

int
accept_begin(const struct conf *conf, const struct spool *s, struct usage *usage, uid_t uid, int socket,
    struct slice beginning, struct draft *d, struct problem *why)
{
	struct entry said;

	if (draft_begin(d, socket, beginning, &said, why) != 0)
		return -1;
	said.uid = uid;
	return limits_check(conf, s, &said, usage, why);
}

int
accept_entry(const struct conf *conf, const struct spool *s, struct draft *d, uid_t uid, time_t first_try,
    struct submission *sub, struct problem *why)
{
	struct entry e = ENTRY;
	int          result = draft_envelope(d, &e, why);

	if (result == 0) {
		e.uid = uid;
		e.arrived = clock_now();
		e.next = first_try;
		e.tries = 0;
		e.held = e.given_up = e.warned = false;
		result = copy_entry(conf, s, &e, d, sub, why);
	}
	if (result == 0)
		log_line(LOG_INFO, "%s: uid=%u from=<%s>", sub->id, (unsigned)uid, e.sender);
	entry_release(&e);
	return result;
}
