/* SPDX-License-Identifier: ISC
 *
 * mail/undot.h: the text between DATA and the lone dot, as it was before its sender doubled dots (RFC 5321, 4.5.2).
 *
 * Where lines end in CRLF, CRLF.CRLF ends the text and nothing else does (4.1.1.4): what an LF alone could end would
 * be a message to one server and commands to the next.  A client that ends its commands with LF ends its lines so too.
 */
#ifndef MAIL_UNDOT_H
#define MAIL_UNDOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct undot {
	bool lf_ends_line;   /* set by the owner */
	bool ended;          /* the lone dot came; what follows is no text */
	enum { UNDOT_BEGIN, UNDOT_DOT, UNDOT_DOT_CR, UNDOT_WITHIN, UNDOT_CR } at;
};

enum { UNDOT_ROOM = 2 };   /* octets that one octet of input may become */

/*
 * Takes what it can off the front of *in and writes the text to at.  Returns how many octets that are: at most room,
 * which is UNDOT_ROOM or more.  It stops behind the lone dot, or for want of room.
 */
size_t undot(struct undot *, struct slice *in, char *at, size_t room);

#endif
