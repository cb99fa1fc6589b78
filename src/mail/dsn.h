/* SPDX-License-Identifier: ISC
 *
 * mail/dsn.h: the words in which a sender says what he wants to hear of a message (RFC 3461, 4).
 */
#ifndef MAIL_DSN_H
#define MAIL_DSN_H

#include <stdbool.h>

#include "base/buf.h"

enum { DSN_MAX_ENVID = 100, DSN_MAX_ORCPT = 500 };   /* RFC 3461, 4.4 and 4.2 */

/* "NEVER" or a list of the others, in capitals and in their order.  Returns false, out untouched, for anything else. */
bool dsn_notify(struct slice list, struct buf *out);

/* "FULL" or "HDRS"; NULL for anything else. */
const char *dsn_ret(struct slice);

bool dsn_is_envid(struct slice);   /* xtext */
bool dsn_is_orcpt(struct slice);   /* "TYPE;XTEXT" */

/* xtext: printable ASCII, in which '+' and two capital hexadecimal digits stand for any octet. */
void dsn_encode(struct buf *, struct slice text);
void dsn_decode(struct buf *, struct slice xtext);

/*
 * Whether somebody who said notify (NULL: nothing) wants to hear of an event: "SUCCESS", "FAILURE", "DELAY".  One who
 * has said nothing hears of failure and delay.
 */
bool dsn_wants(const char *notify, const char *event);

#endif
