/* SPDX-License-Identifier: ISC
 *
 * mail/phrase.h: a person's name in front of an address, written so that it is nothing else (RFC 5322, 3.2.5).
 */
#ifndef MAIL_PHRASE_H
#define MAIL_PHRASE_H

#include "base/buf.h"

/*
 * Adds text as words, as a quoted string where it has other characters, or as encoded words where it is not printable
 * ASCII: no octet of it can end the phrase.
 */
void phrase_add(struct buf *, struct slice text);

/* Adds text as encoded words with folds between: RFC 2047, 5, in UTF-8 or, where it is none, RFC 1428's unknown-8bit. */
void phrase_encode(struct buf *, struct slice text);

#endif
