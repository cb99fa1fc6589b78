/* SPDX-License-Identifier: ISC
 *
 * relay/secret.h: a relay's password, from its file to the AUTH command and nowhere else (hazard R11).
 */
#ifndef RELAY_SECRET_H
#define RELAY_SECRET_H

#include "base/problem.h"

enum { SECRET_MAX = 512 };

/*
 * Reads the first line of a password-file, which must be a regular file that others can neither read nor write.  The
 * caller wipes it (explicit_bzero).  Returns -1 with why; the words name the file and never what is in it.
 */
int secret_read(const char *path, char secret[SECRET_MAX], struct problem *why);

#endif
