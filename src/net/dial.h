/* SPDX-License-Identifier: ISC
 *
 * net/dial.h: connects to the first of a host's addresses that answers.  A dead address or family does not cost its
 * full time-out: the next one is called after a quarter of a second, while the first is still tried (RFC 8305).
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <stddef.h>
#include <sys/socket.h>

#include "base/problem.h"
#include "net/stream.h"

enum { DIAL_MAX = 8, DIAL_STAGGER_MS = 250 };

struct dialled {
	int                     fd;         /* owned by the caller; non-blocking, closed on exec, no Nagle's delay */
	struct sockaddr_storage address;    /* that answered, with its port */
	size_t                  ncalled;    /* addresses that were called */
};

/*
 * Calls up to DIAL_MAX addresses, each for at most timeout_seconds.  Returns -1 with why, which names each address and
 * what became of it; ncalled is filled in all the same.  host is for the words alone.  The stream is the one that the
 * connection is for: whoever is to be told that it takes long (stream_await) is told here, too.
 */
int dial(struct dialled *, const char *host, const struct sockaddr_storage *address, size_t naddresses, unsigned port,
    unsigned timeout_seconds, struct stream *, struct problem *why);

#endif
