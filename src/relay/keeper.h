/* SPDX-License-Identifier: ISC
 *
 * relay/keeper.h: a process beside a worker that runs its password-commands and keeps what they print.  It is forked
 * before the worker shuts itself in, it never hears the network, and all that it can be asked for is the secret of a
 * relay that the configuration names.  It ends with its worker.
 */
#ifndef RELAY_KEEPER_H
#define RELAY_KEEPER_H

#include "conf/conf.h"
#include "relay/secret.h"

/*
 * Starts it if any relay has a password-command; conf must outlive it.  A process that was executed with another one's
 * privilege starts none: whoever runs the queue by hand must not steer what a command does.
 */
void keeper_start(const struct conf *);
void keeper_stop(void);

/*
 * The secret of a section with a password-command, which is run when nothing is kept; one that has failed is not run
 * again for a minute.  Returns -1 with why.
 */
int keeper_secret(const struct section *, char secret[SECRET_MAX], struct problem *why);

/* The relay has refused that secret: runs the command again, once a minute.  Whether it printed another one. */
bool keeper_renew(const struct section *);

bool keeper_is_lost(void);   /* it was there, and is not any more: nobody can start another one */

#endif
