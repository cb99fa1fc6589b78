/* SPDX-License-Identifier: ISC
 *
 * runner/network.h: news from the kernel that this host has another place in the network than before: another address
 * of its own, or another way out.  rtnetlink(7).
 */
#ifndef RUNNER_NETWORK_H
#define RUNNER_NETWORK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/problem.h"

struct network {
	int             fd;      /* readable when there is news; -1: none can be had */
	struct timespec again;   /* not to be read before: that costs two looks a second at most; monotonic */
	uint32_t        place;   /* own addresses and the ways out, as they were last, in one number */
};

/* Begins to listen.  Returns -1 with why where the kernel has no such news, or not for us. */
int network_watch(struct network *, struct problem *why);
/*
 * Reads the news that there is, and looks.  Returns whether the place is another one.  What is only said again, as
 * routers and those who listen to them do every few minutes, counts nothing.
 */
bool network_changed(struct network *);
void network_release(struct network *);

#endif
