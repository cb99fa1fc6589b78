/* SPDX-License-Identifier: ISC
 *
 * conf/hostname.h: what this host is called, from its own files alone: a program that asks the DNS for its name hangs
 * when the network does.
 */
#ifndef CONF_HOSTNAME_H
#define CONF_HOSTNAME_H

#include "base/slice.h"

/* The host's full name; its short one where nothing tells the full one.  Owned by the caller. */
char *hostname_full(void);

/* The first line of /etc/mailname, or NULL.  Owned by the caller. */
char *hostname_mail(void);

/* The first name with a dot on the first line of hosts(5) that has both name and such a one; empty: none. */
struct slice hostname_in_hosts(struct slice hosts, struct slice name);

#endif
