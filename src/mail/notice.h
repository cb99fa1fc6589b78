/* SPDX-License-Identifier: ISC
 *
 * mail/notice.h: the form of a message that this host itself writes: text for people first, then what it is about
 * (RFC 6522), from nobody who would answer (RFC 3834, 5).
 */
#ifndef MAIL_NOTICE_H
#define MAIL_NOTICE_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"

/* Nothing is owned. */
struct notice {
	const char *hostname, *mailname;
	const char *id;         /* this message's alone: its Message-ID, and the boundary between its parts */
	const char *to;         /* a mailbox */
	const char *subject;
	const char *type;       /* of multipart: "mixed", or another with its parameters */
	time_t      date;
	bool        eightbit;   /* octets above 127 are in it */
};

void notice_header(struct buf *, const struct notice *);
/* Begins a part.  type is that of its content; eightbit as above. */
void notice_part(struct buf *, const struct notice *, const char *description, const char *type, bool eightbit);
void notice_end(struct buf *, const struct notice *);   /* after the last part, whatever that ended in */

#endif
