/* SPDX-License-Identifier: ISC
 *
 * sendmail/doors.h: the ways on from here, in the order in which they are tried:
 *
 *     the submission socket    works for every caller, but somebody must listen
 *     salsa-drop               works without a daemon, but must gain the queue's group; becomes a single pass of salsad
 *     salsa-relay              with `deliver direct' alone, and then nothing else: no queue
 */
#ifndef SENDMAIL_DOORS_H
#define SENDMAIL_DOORS_H

#include <stdbool.h>

#include "conf/conf.h"
#include "sendmail/message.h"

/*
 * Hands a message over.  Returns 0 when it is durable in the queue, with its ID in the entry, or accepted by a relay;
 * else a code of sysexits.h with why: EX_TEMPFAIL also where no answer came in time, and the message may be queued yet.
 * For DELIVER_FOREGROUND, or with verbose, it waits to hear what became of it: a refusal for good is then the result,
 * though the message was queued and its sender is told.  verbose shows the way on standard error.
 */
int doors_submit(const struct conf *, struct message *, enum deliver, bool verbose, struct problem *why);

/*
 * Asks for a run of the queue, of all or of what terms select (runner/select.h, each behind a tab), and with wait or
 * verbose waits for its end.  verbose tells how many were selected on standard error.  Returns as doors_submit: 0 says
 * that the run was taken on, or is over.
 */
int doors_run(const struct conf *, const char *terms, bool wait, bool verbose, struct problem *why);

#endif
