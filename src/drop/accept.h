/* SPDX-License-Identifier: ISC
 *
 * drop/accept.h: an entry that somebody composed becomes one of the queue.  Nothing in it is believed: it is read with
 * the parser that all share, its message is held against RFC 5321's wire form while it is copied, and uid, time, ID
 * and the Received field are ours.
 */
#ifndef DROP_ACCEPT_H
#define DROP_ACCEPT_H

#include "conf/conf.h"
#include "drop/draft.h"
#include "drop/usage.h"
#include "spool/submit.h"

/*
 * Begins with what has come of a user's draft: whether there is room for as much as it says.  Returns -1 with why.
 */
int accept_begin(const struct conf *, const struct spool *, struct usage *, uid_t, int socket, struct slice beginning,
    struct draft *, struct problem *why);

/*
 * Copies the draft into a new file of the queue, complete but not yet synced: next comes submit_complete.  Where not all
 * of it is here, waits.  first_try is when it is due (seconds since 1970).  Returns -1 with why; then nothing is left.
 */
int accept_entry(const struct conf *, const struct spool *, struct draft *, uid_t, time_t first_try,
    struct submission *, struct problem *why);

#endif
