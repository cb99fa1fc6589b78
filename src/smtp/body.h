/* SPDX-License-Identifier: ISC
 *
 * smtp/body.h: the text of a message as DATA carries it (RFC 5321, 4.5.2).
 */
#ifndef SMTP_BODY_H
#define SMTP_BODY_H

#include <stdbool.h>

#include "net/stream.h"

struct body {
	bool within;      /* a line has begun: a dot is a dot, and the end needs a CRLF first */
	bool after_cr;    /* the last octet was a CR, which has been sent as CRLF */
};
#define BODY ((struct body){ 0 })

void body_add(struct body *, struct stream *, struct slice);   /* any number of pieces, cut anywhere */
void body_end(struct body *, struct stream *);                 /* the lone dot */

#endif
