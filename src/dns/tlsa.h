/* SPDX-License-Identifier: ISC
 *
 * dns/tlsa.h: what the DNS says of a relay's certificate: TLSA records (RFC 6698) as mail uses them (RFC 7672).  Only
 * what DNSSEC protects is believed.
 */
#ifndef DNS_TLSA_H
#define DNS_TLSA_H

#include "base/problem.h"
#include "dns/lookup.h"

enum tlsa_outcome {
	TLSA_NONE,       /* nothing that could be believed */
	TLSA_UNUSABLE,   /* none that mail can use: TLS is a must, and proves nothing (RFC 7672, 2.2) */
	TLSA_USABLE,     /* TLS is a must, and the relay's certificate must fit one of the records */
};

struct tlsa {
	enum tlsa_outcome  outcome;
	char               base[DNS_NAME_MAX];   /* the name they are for: said in SNI, certified by authorities */
	struct raw_records raw;                  /* the usable ones: usage, selector, matching type, data */
	size_t             nrecords;
	char               words[320];           /* for people: what was found, or why nothing */
};

/*
 * Asks for the records of host at port.  A host that is an alias is looked up under the name it leads to, where all of
 * the way is protected, and else under its own (RFC 7672, 2.2.2).  Returns -1 with why when a lookup failed: to go on
 * as if there were none would be what an attacker wants.
 */
int dns_tlsa(const struct resolver *, const char *host, unsigned port, struct timespec deadline, struct tlsa *,
    struct problem *why);

struct slice tlsa_record(const struct tlsa *, size_t i);   /* i < nrecords; as long as the tlsa stays where it is */

#endif
