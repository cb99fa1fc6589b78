/* SPDX-License-Identifier: ISC
 *
 * runner/bounce.h: delivery status notifications (RFC 3464): ordinary messages with a null reverse-path, written into
 * the queue by the code that writes every other one.
 */
#ifndef RUNNER_BOUNCE_H
#define RUNNER_BOUNCE_H

#include "conf/conf.h"
#include "mail/recipients.h"
#include "runner/report.h"
#include "spool/settle.h"

/*
 * Adds who hears of an entry's fate: its sender; for a null sender the postmaster, but not of what could not reach the
 * postmaster himself.  Both by way of the aliases, as any mail for them.  None is added where nobody can be told.
 */
void bounce_targets(const struct conf *, const struct entry *, struct recipients *);

/*
 * Tells them what became of each recipient whose action is not ACTION_NONE: their answers are in the entry.  The new
 * message is durable when this returns 0, and its ID is in id.  Returns -1 with why.
 */
int bounce_send(const struct conf *, const struct claim *, const enum action *, const struct recipients *to,
    char id[ENTRY_ID_LEN + 1], struct problem *why);

#endif
