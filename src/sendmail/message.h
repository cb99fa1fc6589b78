/* SPDX-License-Identifier: ISC
 *
 * sendmail/message.h: text that comes in becomes an entry as it would stand in the queue, but for the checksum of the
 * message where salsa-drop will take that.  A large one is in a file without a name: a caller that is killed leaves
 * nothing behind.
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
	int          fd;         /* owned; -1: none */
	char        *text;       /* owned; instead of a file, all of a small one; NULL: none */
	size_t       text_len;
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

/*
 * What was written, the envelope first, from its octet offset on: at most as many octets, none at its end.  The piece
 * can be read until the next one is asked for.  Returns -1 with why.
 */
int message_piece(const struct message *, off_t offset, size_t most, struct slice *piece, struct problem *why);
bool message_is_written(const struct message *);
void message_unwrite(struct message *);   /* what was written of it is of no use */
void message_release(struct message *);   /* may be used again */

#endif
