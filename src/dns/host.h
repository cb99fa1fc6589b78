/* SPDX-License-Identifier: ISC
 *
 * dns/host.h: which names can be those of hosts (RFC 1123, 2.1).
 */
#ifndef DNS_HOST_H
#define DNS_HOST_H

#include <stdbool.h>

/* Whether it is labels of letters, digits and hyphens, more than one, and no address. */
bool dns_is_host(const char *name);

#endif
