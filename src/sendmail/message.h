/* SPDX-License-Identifier: ISC
 *
 * sendmail/message.h: standard input becomes an entry as it would stand in the queue, in a file without a name: a
 * caller that is killed leaves nothing behind.
 */
#ifndef SENDMAIL_MESSAGE_H
#define SENDMAIL_MESSAGE_H

#include "base/buf.h"
#include "entry/entry.h"
#include "sendmail/options.h"

struct message {
	int          fd;      /* owned; -1: none */
	struct entry entry;
	struct buf   warnings;   /* for the log, a line each: what was not sent, what is wrong with the aliases */
};
#define MESSAGE ((struct message){ .fd = -1, .warnings = BUF(4096) })

/*
 * Reads descriptor 0 to its end and composes the entry.  Returns 0, or a code of sysexits.h with why; then nothing is
 * to be sent, and standard input was drained.
 */
int message_compose(struct message *, const struct options *, const struct conf *, struct problem *why);
void message_release(struct message *);

#endif
