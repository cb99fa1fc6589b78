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
#include "drop/draft.h"
#include "drop/usage.h"
#include "spool/submit.h"

struct caller {
	int               socket;      /* owned; -1: none */
	uid_t             uid;         /* the kernel's word */
	struct usage     *usage;       /* of the queue; not owned */
	struct timespec   deadline;    /* for its request; monotonic */
	const struct mode *mode;       /* what its entry is submitted for */
	struct draft      draft;
	bool              is_coming;   /* there is more of it than its first packet */
	bool              accepted;    /* its entry is written, but not yet durable */
	struct submission submission;
};

/* Where salsad hears of what is new. */
struct notices {
	int  socket;    /* owned by main */
	bool said;      /* one was sent */
	bool missed;    /* one could not be sent: salsad is to scan the queue */
};

/*
 * Reads a caller's request, if it has come, and does what can be done without a sync, and without waiting for him: an
 * entry is written and accepted is set; of one that is larger than a packet is_coming is set, and its first packet is
 * in the buffer: the next thing must be caller_accept, in a process that can wait.  Anything else is answered at once.
 * Closes the caller's socket when nothing is left to say.
 */
void caller_request(struct caller *, const struct conf *, const struct spool *, struct notices *);

/* Writes the caller's entry, and waits for what is still coming of it. */
void caller_accept(struct caller *, const struct conf *, const struct spool *);

/* For all accepted ones together: makes them durable, then tells them and salsad. */
void callers_settle(struct caller *, size_t ncallers, const struct spool *, struct notices *);

/* Tells salsad to scan the queue, if a notice was missed.  Does not wait. */
void notices_catch_up(struct notices *);

/* Tells why, and closes. */
void caller_refuse(struct caller *, const struct problem *why);
void caller_close(struct caller *);

#endif
