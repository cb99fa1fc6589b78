/* SPDX-License-Identifier: ISC
 *
 * drop/usage.h: how much of the queue is whose, so that no user can fill it for the others (hazard L8).
 *
 * The queue is counted once; from then on what is accepted is added, so that a count is never too low, and as messages
 * leave it is too high.  Only when that would matter the queue is counted again.
 */
#ifndef DROP_USAGE_H
#define DROP_USAGE_H

#include <stdbool.h>
#include <time.h>

#include "entry/entry.h"
#include "spool/spool.h"

enum { USAGE_MAX_MESSAGES = 100000, USAGE_SAMPLE = 2000 };

struct share {
	uid_t              uid;
	unsigned long long messages, octets;
};

struct usage {
	bool            by_hand;   /* for one message: USAGE_SAMPLE entries are looked at, and no more */
	bool            counted;
	struct timespec again;     /* not to be counted again before; monotonic */
	struct share   *share;     /* owned */
	size_t          nshares, nseen;
};
#define USAGE ((struct usage){ 0 })

/* What the file system has left for those who are not root. */
struct room {
	unsigned long long octets, files;
	bool               ample;   /* no less than is in use: nobody can hold more than that */
};

/*
 * Adds e to what its user has in the queue.  Returns -1 with why (VERDICT_LATER), and adds nothing, when he would then
 * hold more than what is left for all others, or has USAGE_MAX_MESSAGES there.
 */
int usage_add(struct usage *, const struct spool *, const struct entry *e, struct room, struct problem *why);
/* Whether the last count was of more than USAGE_SAMPLE entries. */
bool usage_is_dear(const struct usage *);

void usage_release(struct usage *);

#endif
