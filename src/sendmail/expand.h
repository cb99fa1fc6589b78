/* SPDX-License-Identifier: ISC
 *
 * sendmail/expand.h: the envelope's recipients, by way of the aliases (mail/aliases.h), to those who are written to.
 *
 * A recipient is local, and looked up, when it is a bare name or its domain is mailname, hostname or localhost.  The
 * law is that nobody is lost: a name that leads back to itself is sent on as NAME@mailname, and where a file or a value
 * is of no use, the name that it stands for goes on as if it had no alias.
 */
#ifndef SENDMAIL_EXPAND_H
#define SENDMAIL_EXPAND_H

#include "conf/conf.h"
#include "mail/recipients.h"

/*
 * Replaces the recipients by what they expand to, completed and each one once.  Adds to faults a line for each thing
 * that is wrong on the way.  Returns -1 with why when an address gets too long, or for one recipient too many.
 */
int expand(struct recipients *, const struct conf *, struct buf *faults, struct problem *why);

/*
 * Examines the file of aliases and all that it includes, and adds a line to faults for each thing that is wrong.
 * Returns how many aliases there are; -1, and no fault, when there is no such file.
 */
int expand_examine(const struct conf *, struct buf *faults);

#endif
