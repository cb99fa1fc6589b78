/* SPDX-License-Identifier: ISC
 *
 * mail/quoted.h: the encoding quoted-printable (RFC 2045, 6.7): any text in lines of 76 octets of ASCII.
 */
#ifndef MAIL_QUOTED_H
#define MAIL_QUOTED_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Adds text, which has no line end; column counts the octets of the line of out.  With is_end, text is the last of its
 * line, which ends in CRLF then.  No line is made to begin with a hyphen, as boundaries do.
 */
void quoted_add(struct buf *out, size_t *column, struct slice text, bool is_end);

#endif
