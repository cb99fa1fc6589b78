/* SPDX-License-Identifier: ISC
 *
 * relay/secret.h: a relay's password or token, from its file or command to the AUTH command and nowhere else (hazard
 * R11).
 */
#ifndef RELAY_SECRET_H
#define RELAY_SECRET_H

#include "base/problem.h"
#include "conf/conf.h"

enum { SECRET_MAX = 8 << 10 };   /* tokens are long */

/*
 * Reads a section's secret: what its password-command prints (relay/keeper.h), or the first line of its password-file,
 * which must be a regular file that others can neither read nor write; a name without a slash is a file of
 * $CREDENTIALS_DIRECTORY (systemd.exec(5)).  The caller wipes it (explicit_bzero).  Returns -1 with why; the words name
 * the file and never what is in it.
 */
int secret_read(const struct section *, char secret[SECRET_MAX], struct problem *why);

/* The relay has refused the secret.  Whether there is another one now. */
bool secret_renew(const struct section *);

#endif
