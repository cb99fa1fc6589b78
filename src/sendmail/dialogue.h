/* SPDX-License-Identifier: ISC
 *
 * sendmail/dialogue.h: what an SMTP client says on one descriptor and hears on another.  Replies wait until nothing is
 * left to read, so that a group of commands has one answer (RFC 2920, 3.2); no wait is longer than the patience.
 */
#ifndef SENDMAIL_DIALOGUE_H
#define SENDMAIL_DIALOGUE_H

#include <stdbool.h>

#include "base/buf.h"

enum { DIALOGUE_BLOCK = 16 << 10, DIALOGUE_REPLIES = 64 << 10 };

struct dialogue {
	int          in, out;         /* not owned */
	long         patience_msec;   /* for the client's next octet, and for it to take ours */
	bool         uses_crlf;       /* it has ended a line so */
	bool         over;            /* the client is gone */
	bool         idle;            /* it is over because the client has said nothing for so long */
	struct slice unread;          /* of block */
	struct buf   replies;         /* what is still to be written */
	char         block[DIALOGUE_BLOCK];
};
void dialogue_init(struct dialogue *, int in, int out, long patience_msec);
void dialogue_release(struct dialogue *);

/* Waits for octets and returns those that are there: at least one, none when it is over. */
struct slice dialogue_peek(struct dialogue *);
void dialogue_take(struct dialogue *, size_t);   /* that many of them are read */

/* The next line without its end, in place of what line held; line->full when it is too long.  False: it is over. */
bool dialogue_line(struct dialogue *, struct buf *line);

/* Says a line. */
void dialogue_say(struct dialogue *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void dialogue_flush(struct dialogue *);

#endif
