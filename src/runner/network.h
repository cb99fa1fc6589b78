/* SPDX-License-Identifier: ISC
 *
 * runner/network.h: news from the kernel that this host has another place in the network than before: another address
 * of its own, or another default route.  rtnetlink(7); nothing is sent there, and nobody but the kernel is heard.
 */
#ifndef RUNNER_NETWORK_H
#define RUNNER_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"

enum { NETWORK_WAYS = 8 };

struct network {
	int      fd;                  /* readable when there is news; -1: none can be had */
	uint32_t place;               /* own addresses and those to send from, as they were last, in one number */
	uint32_t way[NETWORK_WAYS];   /* the default routes that were heard of, each in a number; 0: none */
	size_t   oldest;              /* of them */
};

/* Begins to listen.  Returns -1 with why where the kernel has no such news, or not for us. */
int network_watch(struct network *, struct problem *why);
/*
 * Reads the news that there is.  Returns whether the place is another one.  What is only said again, as routers and
 * those who listen to them do every few minutes, counts nothing.
 */
bool network_changed(struct network *);
void network_release(struct network *);

#endif
