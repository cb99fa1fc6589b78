/* SPDX-License-Identifier: ISC
 *
 * mail/header.h: where a message's header is, and its fields one after the other (RFC 5322, 2.2 and 4.5).  Lines end in
 * CRLF here: what was read went through mail/wire.h.
 */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* Where the header is in text that is still coming in; all zero at first. */
struct header {
	size_t begin;   /* behind a mailbox file's "From " line, which belongs to no message */
	size_t end;     /* of its last field, as far as was seen */
	size_t body;    /* where the body begins */
};

/*
 * Looks for the header's end: an empty line, or the first line that is no field; such a line is the body's first, not
 * lost.  Returns false when that is not yet known: call again with the same text and more.  With is_all, no more
 * comes, and it returns true.
 */
bool header_find(struct header *, struct slice text, bool is_all);

struct field {
	struct slice name;    /* blanks may stand between it and the colon: RFC 5322, 4.5.8 */
	struct slice body;    /* behind the colon, folds and all, without the last CRLF */
	struct slice whole;
};

/* Takes the next field off the front of a header; false at its end. */
bool header_next(struct slice *header, struct field *);

/* RFC 8689, 3: whether the sender asks to send rather without TLS than not at all: "TLS-Required: No", once. */
bool header_waives_tls(struct slice header);

#endif
