/* SPDX-License-Identifier: ISC
 *
 * drop/accept.h: an entry that somebody composed becomes one of the queue.  Nothing in it is believed: it is read with
 * the parser that all share, its message is held against RFC 5321's wire form while it is copied, and uid, time, ID
 * and the Received field are ours.
 */
#ifndef DROP_ACCEPT_H
#define DROP_ACCEPT_H

#include "conf/conf.h"
#include "drop/usage.h"
#include "spool/submit.h"

/*
 * Copies the entry in descriptor composed into a new file of the queue, complete but not yet synced: next comes
 * submit_complete.  first_try is when it is due (seconds since 1970).  Returns -1 with why; then nothing is left.
 */
int accept_entry(const struct conf *, const struct spool *, struct usage *, int composed, uid_t, time_t first_try,
    struct submission *, struct problem *why);

#endif
