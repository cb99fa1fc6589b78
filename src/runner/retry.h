/* SPDX-License-Identifier: ISC
 *
 * runner/retry.h: when a message is tried again, and when no more (RFC 5321, 4.5.4.1).
 */
#ifndef RUNNER_RETRY_H
#define RUNNER_RETRY_H

#include <stdbool.h>
#include <time.h>

#include "conf/conf.h"
#include "entry/entry.h"

/*
 * When to try again after tries attempts, the last of them at now: the pause doubles from retry's first to its
 * longest; up to a quarter more by chance keeps messages, and hosts, from marching in step.
 */
time_t retry_next(const struct conf *, unsigned tries, time_t now);

/* The latest that anything can be due. */
time_t retry_latest(const struct conf *, time_t now);

/* When an entry that was read from the disk is due; a time that no clock of ours can have meant is brought near. */
time_t retry_due(const struct conf *, const struct entry *, time_t now);

/*
 * At the begin of what is decided after a try: the clock may have jumped since the last one, or the host been off
 * (hazard F15).  What passed since the entry was due counts as a quarter of `expire' at most, and no entry has arrived
 * in the future: its arrival is moved to where that is true.  So a host that boots in 1970 and then learns the date
 * returns no mail for it.
 */
void retry_follow_clock(const struct conf *, struct entry *, time_t now);

/*
 * Whether to give up, of age or because somebody has said so.  One look at the clock is not enough for that: it may have
 * jumped.
 */
bool retry_is_over(const struct conf *, const struct entry *, time_t now);

bool retry_is_late(const struct conf *, const struct entry *, time_t now);   /* time to warn the sender */

#endif
