/* SPDX-License-Identifier: ISC
 *
 * smtp/reply.h: what a relay answers (RFC 5321, 4.2; RFC 2034; RFC 3463), believed as little as possible: it is
 * bounded (hazard R3), its form is exact (R4), and of its text only printable ASCII is left.
 */
#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H

#include "base/buf.h"
#include "base/problem.h"
#include "net/stream.h"

enum {
	REPLY_MAX_LINE  = 2 << 10,    /* octets of a line that are kept */
	REPLY_MAX_LINES = 512,
	REPLY_MAX       = 64 << 10,   /* octets on the wire */
};

struct reply {
	unsigned   code;                         /* 200 to 559 */
	char       status[sizeof "5.999.999"];   /* the relay's own, or what the code says of itself */
	struct buf lines;                        /* as they came: "250-text"; an LF after each */
};
#define REPLY ((struct reply){ .lines = BUF(REPLY_MAX + REPLY_MAX_LINES) })

/* Reads one whole reply; what was in *r is replaced.  -1 with why: the relay can be spoken to no longer. */
int reply_read(struct reply *r, struct stream *, struct problem *why);
void reply_release(struct reply *);

unsigned reply_class(const struct reply *);                          /* 2 to 5 */
void reply_text(const struct reply *, char *field, size_t size);     /* all its lines as one */

#endif
