/* SPDX-License-Identifier: ISC
 *
 * sendmail/examine.h: what would become of mail, told and not done: newaliases and -bv.
 */
#ifndef SENDMAIL_EXAMINE_H
#define SENDMAIL_EXAMINE_H

#include "mail/recipients.h"
#include "sendmail/options.h"

/* newaliases: there is no database to build, but faults to find.  Returns 0, or a code of sysexits.h with why. */
int examine_aliases(const struct options *, const struct conf *, struct problem *why);

/*
 * -bv: prints to whom each argument expands, a line each, and adds these to the recipients.  Returns as
 * examine_aliases: EX_NOUSER for what is no address.
 */
int examine_recipients(const struct options *, const struct conf *, struct recipients *, struct problem *why);

#endif
