/* SPDX-License-Identifier: ISC
 *
 * drop/caller.h: one sendmail that asks for something, from its request to its answer (ipc/packet.h).
 */
#ifndef DROP_CALLER_H
#define DROP_CALLER_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "conf/conf.h"
#include "drop/usage.h"
#include "spool/submit.h"

struct caller {
	int               socket;      /* owned; -1: none */
	uid_t             uid;         /* the kernel's word */
	struct usage     *usage;       /* of the queue; not owned */
	struct timespec   deadline;    /* for its request; monotonic */
	bool              accepted;    /* its entry is written, but not yet durable */
	const char       *notice;      /* what salsad is told of its entry: a word of ipc/packet.h */
	bool              waits;       /* wants to hear what becomes of it: its socket goes on to salsad */
	struct submission submission;
};

/* Where salsad hears of what is new. */
struct notices {
	int  socket;    /* owned by main */
	bool said;      /* one was sent */
	bool missed;    /* one could not be sent: salsad is to scan the queue */
};

/*
 * Reads a caller's request, if it has come, and does what can be done without a sync: an entry is written and accepted
 * is set, anything else is answered at once.  composed is the entry's descriptor where it does not come with the
 * request, else -1.  Closes the caller's socket when nothing is left to say.
 */
void caller_request(struct caller *, const struct conf *, const struct spool *, int composed, struct notices *);

/* For all accepted ones together: makes them durable, then tells them and salsad. */
void callers_settle(struct caller *, size_t ncallers, const struct spool *, struct notices *);

/* Tells salsad to scan the queue, if a notice was missed.  Does not wait. */
void notices_catch_up(struct notices *);

void caller_close(struct caller *);

#endif
