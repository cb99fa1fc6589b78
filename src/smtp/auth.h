/* SPDX-License-Identifier: ISC
 *
 * smtp/auth.h: SASL (RFC 4422) as a relay's client, by GNU SASL.
 */
#ifndef SMTP_AUTH_H
#define SMTP_AUTH_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/problem.h"

struct auth;

/*
 * Chooses the strongest mechanism that both sides know from those offered (names with blanks between), and begins an
 * exchange with it.  Returns NULL with why.  Free it with auth_free.
 */
struct auth *auth_start(const char *offered, const char *user, const char *secret, struct problem *why);
void auth_free(struct auth *);

const char *auth_mechanism(const struct auth *);
bool auth_speaks_first(const struct auth *);   /* its first answer goes beside the AUTH command (RFC 4954, 4) */
bool auth_is_done(const struct auth *);        /* the mechanism holds that it is over: only then 235 counts */

/* Answers a challenge, both in base64.  answer is a secret: the caller wipes it.  -1 with why. */
int auth_answer(struct auth *, struct slice challenge, struct buf *answer, struct problem *why);

#endif
