/* SPDX-License-Identifier: ISC
 *
 * mail/compose.h: the header as it leaves this host (RFC 5322, 3.6; RFC 6409, 8).
 *
 * What the caller wrote is kept octet for octet, but: Bcc and Resent-Bcc name people whom the others are not to know
 * of; Return-Path and Content-Length belong to mailboxes; names without a domain mean something on this host alone, so
 * they are completed; no line is longer than 998 octets (RFC 5322, 2.1.1): it is folded or, where a word is too long
 * for that, written in encoded words (RFC 2047).  What is missing is added at the end.
 */
#ifndef MAIL_COMPOSE_H
#define MAIL_COMPOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "mail/recipients.h"

enum { COMPOSE_MAX = 4 << 20 };   /* octets of a composed header */

struct composer {
	const char *mailname;     /* completes bare names */
	const char *from;         /* where From is missing: this mailbox, */
	const char *name;         /* and this name in front of it, in UTF-8; "": none */
	const char *date;         /* where Date is missing: RFC 5322, 3.3 */
	const char *message_id;   /* where Message-ID is missing, without its angle brackets */
};

/*
 * Adds the header and the empty line behind it to out.  fields is the header as it was read, lines ending in CRLF.
 * With recipients, the mailboxes of To, Cc and Bcc are added to them or, where there is a Resent-To, -Cc or -Bcc, the
 * mailboxes of those alone.  Returns -1 with why when one of these is no address, the header is too
 * large, or it has 50 Received fields (RFC 5321, 6.3).
 */
int compose_header(const struct composer *, struct slice fields, struct recipients *, struct buf *out,
    struct problem *why);

#endif
