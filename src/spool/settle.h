/* SPDX-License-Identifier: ISC
 *
 * spool/settle.h: an entry in the hand of one process: locked by the kernel, so that no lock can go stale.
 */
#ifndef SPOOL_SETTLE_H
#define SPOOL_SETTLE_H

#include <stdbool.h>

#include "entry/entry.h"
#include "spool/spool.h"

struct claim {
	const struct spool *spool;   /* not owned */
	int                 fd;      /* read and write, locked */
	struct entry        entry;
};
#define CLAIM ((struct claim){ .fd = -1 })

enum claimed {
	CLAIM_OK,
	CLAIM_BUSY,      /* somebody else has it, or is still writing it */
	CLAIM_GONE,      /* there is no such entry any more; an abandoned one was swept */
	CLAIM_CORRUPT,   /* it was set aside in corrupt/ */
	CLAIM_TROUBLE,   /* it could not be read; it stays */
};

/*
 * Locks queue/ID and reads its envelope.  why says what is wrong after CLAIM_CORRUPT and CLAIM_TROUBLE.  Only a
 * regular file with one name and the mode of a complete entry is opened as one (hazards F14, F17, L5).
 */
enum claimed claim_take(struct claim *, const struct spool *, const char *id, struct problem *why);
void claim_release(struct claim *);   /* unlocks */

int claim_reader(const struct claim *);   /* a read-only descriptor with a position of its own; -1 with errno */

/* What a try came to for one recipient.  claim_sync puts on disk what was settled since the last time. */
int claim_settle(struct claim *, size_t recipient, enum recipient_state, const char *answer, struct problem *why);
int claim_sync(struct claim *, struct problem *why);
/* Counts one try more, and says when the next one is due. */
int claim_defer(struct claim *, time_t next, struct problem *why);
int claim_hold(struct claim *, struct problem *why);
/* Writes down what was changed of held, given_up and next. */
int claim_mark(struct claim *, struct problem *why);
/*
 * Takes queue/ID away: nothing is left to do.  That is not synced: a power failure right after it can cost a second
 * delivery, never a message.
 */
int claim_remove(struct claim *, struct problem *why);

#endif
