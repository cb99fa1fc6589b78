/* SPDX-License-Identifier: ISC
 *
 * sendmail/progress.h: what becomes of a message while its caller waits: -odi, -v, `deliver direct'.
 */
#ifndef SENDMAIL_PROGRESS_H
#define SENDMAIL_PROGRESS_H

#include "base/problem.h"
#include "entry/entry.h"

enum { PROGRESS_MSEC = 60 * 60 * 1000 };   /* for each word of a relay: it has shorter deadlines of its own */

struct progress {
	struct entry       *entry;     /* not owned; who was sent the message is marked there */
	bool                verbose;   /* fates, and the dialogue with the relay, go to standard error */
	size_t              nfates;    /* recipients who have one */
	bool                later;     /* somebody has not got it yet */
	int                 never;     /* code of sysexits.h: somebody never will */
	struct problem      put_off, refused;   /* of the last of these and of those */
};

/* Hears all that there is to hear (ipc/packet.h): of a message in the queue, up to the end of the stream; */
void progress_follow(struct progress *, int socket);
/* and from salsa-relay, of one that is in no queue, until each recipient has a fate. */
void progress_follow_relay(struct progress *, int socket);

#endif
