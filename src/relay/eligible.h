/* SPDX-License-Identifier: ISC
 *
 * relay/eligible.h: which of the relays that are published this host may use.  Each says why the others are dropped.
 */
#ifndef RELAY_ELIGIBLE_H
#define RELAY_ELIGIBLE_H

#include "conf/conf.h"
#include "dns/address.h"
#include "relay/discover.h"

/*
 * Keeps those that are not this host itself and have an address that is theirs.  climbs->climb[rank] has led to them,
 * host[i] is what the DNS says of the ith.  RFC 5321, 5.1: a host that is itself among the MX hosts must pass mail only
 * to those with a lower preference number, or two of them would pass it to and fro.
 */
void eligible_choose(struct discovery *, const struct conf *, const struct climbs *, const struct dns_host *host);

/* `dnssec required': what an attacker between here and the resolver could have made up is not used (hazard D5). */
void eligible_demand_dnssec(struct discovery *, const struct conf *);

#endif
