/* SPDX-License-Identifier: ISC
 *
 * relay/sandbox.h: what is left to a worker once somebody else has taken it over (hazard L11): to talk to the network,
 * to read the message it was given and what a worker reads, and to write opinions.
 *
 * Landlock (landlock(7)) bounds files and ports, seccomp the system calls: no program is run and no process made,
 * traced or signalled; nothing is written but in state/; nothing listens; of local sockets there is the log's kind
 * alone.  What no worker ever does kills it, and salsad says so.
 */
#ifndef RELAY_SANDBOX_H
#define RELAY_SANDBOX_H

#include "base/problem.h"
#include "conf/conf.h"

/*
 * For good, from here on.  state is the spool's state/ directory, or -1.  A kernel without one of the two leaves the
 * other.  Returns -1 with why when one that is there could not be had; what could be had holds all the same.
 */
int sandbox_enter(const struct conf *, int state, struct problem *why);

#endif
