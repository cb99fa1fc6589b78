/* SPDX-License-Identifier: ISC
 *
 * sendmail/returned.h: -oem: what was refused at once goes back to its sender as mail, by way of the same doors.
 */
#ifndef SENDMAIL_RETURNED_H
#define SENDMAIL_RETURNED_H

#include "sendmail/message.h"

/*
 * Mails a message that is not to be sent back to the sender in its entry, by way of the aliases: all of it or, where it
 * has no file or is too large for that, its header.  reason says why it is not sent.  Returns 0 when that is as safe as
 * any message that doors_submit takes; else a code of sysexits.h with why.
 */
int returned_send(const struct conf *, const struct message *, const struct problem *reason, struct problem *why);

#endif
