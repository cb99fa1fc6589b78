/* SPDX-License-Identifier: ISC
 *
 * mail/phrase.h: a person's name in front of an address, written so that it is nothing else (RFC 5322, 3.2.5).
 */
#ifndef MAIL_PHRASE_H
#define MAIL_PHRASE_H

#include "base/buf.h"

/*
 * Adds text as words, as a quoted string where it has other characters, or as encoded words (RFC 2047, 5, UTF-8) where
 * it is not printable ASCII: no octet of it can end the phrase.
 */
void phrase_add(struct buf *, struct slice text);

#endif
