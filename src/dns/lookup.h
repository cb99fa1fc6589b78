/* SPDX-License-Identifier: ISC
 *
 * dns/lookup.h: questions to the DNS, all at once, and their answers.  RFC 1035, RFC 2308 (negative answers), RFC 6891
 * (EDNS), RFC 6698 (TLSA), RFC 7505 (null MX), RFC 7766 (TCP).
 */
#ifndef DNS_LOOKUP_H
#define DNS_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#include "dns/resolver.h"

enum {
	DNS_NAME_MAX = 254,        /* RFC 1035, 2.3.4: 253 characters without the last dot */
	LOOKUP_RECORDS_MAX = 20,   /* hazard D8 */
	LOOKUP_CHAIN_MAX = 8,      /* hazard D7 */
	LOOKUP_DATA_MAX = 4096,    /* octets of all TLSA records together */
};

/* The DNS's own numbers. */
enum lookup_type { LOOKUP_A = 1, LOOKUP_CNAME = 5, LOOKUP_MX = 15, LOOKUP_AAAA = 28, LOOKUP_TLSA = 52 };

enum lookup_outcome {
	LOOKUP_FOUND,
	LOOKUP_NULL_MX,   /* RFC 7505: there is a name, and it takes no mail */
	LOOKUP_NO_DATA,   /* the name has no such record, or none that can be used */
	LOOKUP_NO_NAME,   /* NXDOMAIN */
	LOOKUP_TROUBLE,   /* nobody answered, or nobody knew: neither yes nor no */
	LOOKUP_PENDING,   /* not answered yet, or not waited for */
};

struct mx {
	unsigned preference;
	char     host[DNS_NAME_MAX];   /* a host name in letters, digits and hyphens, without the last dot */
};

/* Records as they came over the wire (RFC 1035, 3.2.1: RDATA), one after the other. */
struct raw_records {
	uint16_t end[LOOKUP_RECORDS_MAX];   /* where each one ends */
	uint8_t  octet[LOOKUP_DATA_MAX];
};

struct lookup {
	/* The question, filled in by whoever asks. */
	char                name[DNS_NAME_MAX];
	enum lookup_type    type;

	/* The answer. */
	enum lookup_outcome outcome;
	unsigned            ttl;                    /* seconds: the least on the way to the records or their absence */
	bool                secure;                 /* the AD bit, from a resolver that is trusted */
	unsigned            naliases;               /* CNAMEs on the way */
	char                target[DNS_NAME_MAX];   /* the name they lead to */
	char                words[160];             /* for people: what the trouble is, or why no record can be used */
	size_t              nrecords;
	union {
		struct mx               mx[LOOKUP_RECORDS_MAX];        /* lowest preference first, equals shuffled */
		struct sockaddr_storage address[LOOKUP_RECORDS_MAX];   /* of A and AAAA; port 0 */
		struct raw_records      raw;                           /* of TLSA: all, or there is trouble */
	};
};

/*
 * Asks n questions at once and returns when all are answered, at the latest at the deadline.  Each goes out from a
 * socket and with an id of its own (hazard D2), again and to the next server when nothing comes back.
 *
 * Where not all answers are needed, enough is asked with its argument after each one, and ends the waiting; else NULL.
 */
void lookup_all(const struct resolver *, struct lookup *, size_t n, struct timespec deadline,
    bool (*enough)(const void *), const void *argument);

#endif
