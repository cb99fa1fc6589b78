/* SPDX-License-Identifier: ISC
 *
 * mail/address.h: addresses as header fields and people write them (RFC 5322, 3.4 and 4.4), made into what RFC 5321
 * sends.
 *
 * The parser is strict about what goes on the wire and easy about what does not: nothing that could end a command or
 * a line gets into a mailbox, while a name in front of <mailbox> may be any text.
 */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"

enum { ADDRESS_MAX = 320 };   /* RFC 5321, 4.5.3.1: 64 + 1 + 255 */

struct mailbox {
	char   address[ADDRESS_MAX + 1];   /* RFC 5321, 4.1.2: no brackets or comments, quoted only where it must be */
	bool   bare;                       /* a local part alone: address_complete adds its domain */
	size_t begin;                      /* in the text that it was read from, behind a backslash that says nothing */
	size_t end;                        /* of the local part there */
};

/* A list that is being read. */
struct addresses {
	struct slice text;
	size_t       at;
	bool         in_group;
};
#define ADDRESSES(list) ((struct addresses){ .text = (list) })

/*
 * Reads the next mailbox of a list, from inside groups too.  Returns 1, 0 at the end, or -1 with why: VERDICT_NEVER,
 * 5.1.3, and the address by name.
 */
int address_next(struct addresses *, struct mailbox *, struct problem *why);

/* A sender: one mailbox; nothing and "<>" are the null reverse-path, address "".  Returns -1 with why (5.1.7). */
int address_sender(struct mailbox *, struct slice text, struct problem *why);

/* A bare mailbox from a user's name, whatever octets that holds.  Returns -1 with why (5.1.7). */
int address_of_login(struct mailbox *, struct slice login, struct problem *why);

/* Adds the domain to a bare mailbox; any other stays as it is.  Returns -1 with why (5.1.3) when it gets too long. */
int address_complete(struct mailbox *, const char *domain, struct problem *why);

/* RFC 5321, 2.4: the domain is compared without regard to case, the local part is its host's affair. */
bool address_same(const char *, const char *);

#endif
