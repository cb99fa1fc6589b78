/* SPDX-License-Identifier: ISC
 *
 * smtp/auth.h: SASL (RFC 4422) as a relay's client, by GNU SASL; the two mechanisms that carry a token (RFC 7628, and
 * XOAUTH2 as its providers document it) it does not have, and they are here.
 */
#ifndef SMTP_AUTH_H
#define SMTP_AUTH_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/problem.h"
#include "net/tls.h"

/* Of a password.  A token is none, so those that carry one are for those who ask for them. */
#define AUTH_STRONGEST_FIRST "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN"

/* Who says AUTH.  Strings are not owned. */
struct credentials {
	const char *user;         /* NULL: EXTERNAL alone */
	const char *secret;       /* password or token; NULL: EXTERNAL alone */
	const char *mechanisms;   /* in the order in which they are tried; NULL: AUTH_STRONGEST_FIRST */
};

struct auth;

/*
 * Takes mechanisms off the front of *wanted up to one that is offered (names with blanks between) and possible here,
 * and begins an exchange with it.  binding is what TLS has for SCRAM's -PLUS (RFC 5802, 6).  The credentials must
 * outlive the exchange.  Returns NULL with why.  Free it with auth_free.
 */
struct auth *auth_start(const char *offered, struct slice *wanted, const struct credentials *,
    const struct tls_binding *, struct problem *why);
void auth_free(struct auth *);

const char *auth_mechanism(const struct auth *);
bool auth_speaks_first(const struct auth *);   /* its first answer goes beside the AUTH command (RFC 4954, 4) */
bool auth_is_done(const struct auth *);        /* the mechanism holds that it is over: only then 235 counts */

/* What the relay said in a challenge that means no (RFC 7628, 3.2.2): one printable line, "" for nothing. */
const char *auth_refusal(const struct auth *);

/*
 * Answers a challenge, both in base64.  answer may begin with the command that the first one stands beside.  It becomes
 * a secret: the caller wipes it.  -1 with why.
 */
int auth_answer(struct auth *, struct slice challenge, struct buf *answer, struct problem *why);

#endif
