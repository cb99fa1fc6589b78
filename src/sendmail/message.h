/* SPDX-License-Identifier: ISC
 *
 * sendmail/message.h: text that comes in becomes an entry as it would stand in the queue, but for the checksum of the
 * message where salsa-drop will take that, in a file without a name: a caller that is killed leaves nothing behind.
 */
#ifndef SENDMAIL_MESSAGE_H
#define SENDMAIL_MESSAGE_H

#include "base/buf.h"
#include "conf/conf.h"
#include "entry/entry.h"
#include "mail/compose.h"
#include "sendmail/identity.h"
#include "sendmail/input.h"

struct message {
	int          fd;       /* owned; -1: none */
	struct entry entry;
	struct buf   header;     /* as it leaves this host */
	struct buf   warnings;   /* for the log, a line each: what was not sent, what is wrong with the aliases */
};
#define MESSAGE ((struct message){ .fd = -1, .header = BUF(COMPOSE_MAX), .warnings = BUF(4096) })

/* Who writes; not owned. */
struct letterhead {
	const struct conf     *conf;
	const struct identity *author;
	const struct mailbox  *sender;   /* the reverse-path; address "" is the null one */
	const char            *name;     /* where a From field has to be added; "": none */
};

/*
 * First the header, which may name the recipients: with to, those are added to it.  Then, with the recipients and their
 * parameters in the entry, all the rest.  Each returns 0, or a code of sysexits.h with why; then nothing is to be sent.
 * A header that was refused is not there.
 */
int message_header(struct message *, const struct letterhead *, struct input *, struct recipients *to,
    struct problem *why);
int message_write(struct message *, const struct letterhead *, struct input *, struct problem *why);

void message_forget_file(struct message *);   /* what was written of it is of no use */
void message_release(struct message *);   /* may be used again */

#endif
