/* SPDX-License-Identifier: ISC
 *
 * sendmail/execute.h: our other programs, started with nothing of the caller's but what they need.
 */
#ifndef SENDMAIL_EXECUTE_H
#define SENDMAIL_EXECUTE_H

#include "base/problem.h"
#include "conf/conf.h"

/*
 * Starts path with descriptors input and output as its 0 and 1 (-1: /dev/null) and an empty environment but for PATH
 * and TZ.  For a private instance it is told the configuration, and gains no group.  Returns -1 with errno; that path
 * cannot be executed shows only in that the descriptors are closed.
 */
int execute(const char *path, const struct conf *, int input, int output);

/* Becomes path, in the caller's own environment.  Returns only with why: VERDICT_LATER. */
int execute_instead(const char *path, const struct conf *, char **arguments, int narguments, struct problem *why);

#endif
