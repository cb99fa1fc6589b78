/* SPDX-License-Identifier: ISC
 *
 * mail/wire.h: standard input becomes text that a relay may see, piece by piece and wherever the pieces are cut.
 *
 * RFC 5321, 2.3.8: CR and LF leave this host only as a pair.  LF, CRLF and a lone CR each end a line; if a lone CR were
 * passed on, "\r.\r" could end a message early at a relay that takes it for a line end, and what follows would be
 * obeyed as commands (hazard R12).  NUL is dropped.  How long lines are is not its affair: mail/compose.h sees to those of
 * the header, mail/recode.h to those of the body.
 */
#ifndef MAIL_WIRE_H
#define MAIL_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct wire {
	bool   dot_ends;   /* set by the owner: a line that is a dot alone ends the input */
	bool   ended;      /* such a line came; what follows is ignored */
	bool   cut;        /* and something did follow */
	bool   had_nul;    /* some were dropped */
	bool   open;       /* the line that is being written has no end yet */
	bool   middle;     /* the input is behind the first octet of a line */
	bool   after_cr;   /* the last octet was a CR: a LF belongs to it */
	size_t held;       /* octets of a "." or ".\r" that may turn out to end the input */
};

void wire_add(struct wire *, struct slice, struct buf *out);
void wire_end(struct wire *, struct buf *out);   /* a last line without an end gets one */

#endif
