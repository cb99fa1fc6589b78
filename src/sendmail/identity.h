/* SPDX-License-Identifier: ISC
 *
 * sendmail/identity.h: who calls.  The uid is the kernel's word; the environment only chooses among its
 * names.
 */
#ifndef SENDMAIL_IDENTITY_H
#define SENDMAIL_IDENTITY_H

#include <sys/types.h>

struct identity {
	uid_t uid;
	char *login;   /* owned; "uid-N" for a uid that has no name */
	char *name;    /* owned; the full name, "" when there is none */
};

void identity_find(struct identity *);
void identity_release(struct identity *);

#endif
