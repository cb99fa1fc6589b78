/* SPDX-License-Identifier: ISC
 *
 * mail/recipients.h: who is to get a message: collected from arguments and header fields, then completed.
 */
#ifndef MAIL_RECIPIENTS_H
#define MAIL_RECIPIENTS_H

#include "mail/address.h"

enum { RECIPIENTS_MAX = 5000 };

struct recipients {
	struct mailbox *mailbox;   /* owned */
	size_t          nmailboxes;
};
#define RECIPIENTS ((struct recipients){ 0 })

/* Adds each mailbox of a list that is not there already.  Returns -1 with why for the first bad one, or one too many. */
int recipients_add(struct recipients *, struct slice list, struct problem *why);

/* Adds one more, unless it is there already.  Returns -1 with why for one too many. */
int recipients_add_mailbox(struct recipients *, const struct mailbox *, struct problem *why);

/* Gives bare names the domain, then drops whoever is there twice.  Returns -1 with why as address_complete. */
int recipients_complete(struct recipients *, const char *domain, struct problem *why);

void recipients_release(struct recipients *);

#endif
