/* SPDX-License-Identifier: ISC
 *
 * smtp/alabel.h: host names in the letters of any language (U-labels) as those that every relay and the DNS know
 * (A-labels, RFC 5890), by libidn2.
 */
#ifndef SMTP_ALABEL_H
#define SMTP_ALABEL_H

#include <stdbool.h>

enum { ALABEL_HOST = 256 };

/* name as A-labels; what is ASCII stays as it is.  False: it is no such name. */
bool alabel_host(const char *name, char host[ALABEL_HOST]);

/* A mailbox whose domain alone is not ASCII, with A-labels; owned by the caller.  NULL for any other. */
char *alabel_mailbox(const char *mailbox);

#endif
