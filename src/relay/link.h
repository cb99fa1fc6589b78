/* SPDX-License-Identifier: ISC
 *
 * relay/link.h: a session with one relay, from its name to the point where it takes messages: addresses, connection,
 * greeting, TLS as its level demands, AUTH.  It is kept for the next message.
 */
#ifndef RELAY_LINK_H
#define RELAY_LINK_H

#include <stdbool.h>

#include "dns/tlsa.h"
#include "net/stream.h"
#include "relay/route.h"
#include "smtp/session.h"

struct link {
	bool             open;
	struct candidate candidate;      /* where it leads */
	struct stream    stream;         /* its tracer is the owner's, and stays over all connections */
	struct session   session;
	enum tls_level   level;          /* the candidate's, or more where the DNS has TLSA records */
	struct tlsa      tlsa;
	bool             proved;         /* TLS proved the relay's name */
	bool             verified;       /* and that name is the right one, as the word in tls says */
	char             tls[192];       /* in the log's words: "Verified: TLSv1.3 with cipher ..."; "" in clear */
	bool             tls_failed;     /* STARTTLS or the handshake did, at one of its addresses, and at none since not */
	bool             works;          /* it has carried a message to its end */
	char             hello[256];     /* what we call ourselves */
	char             peer[320];      /* "host[address]" */
	char             relay[320];     /* "host[address]:port"; "none" when no address was reached */
};
#define LINK ((struct link){ .stream = STREAM })

/*
 * Opens a session, with at most *calls_left connections, which are counted down.  Where the address that has answered is
 * no good, another one is tried, once, but not after AUTH.  Level `may' goes on in clear on a new connection where TLS
 * fails and no secret is at stake, and logs that.  Where DNSSEC protects TLSA records of the relay, levels `may' and
 * `encrypt' become `dane' (RFC 7672, 2.2).  Returns -1 with why, always VERDICT_LATER: nothing that can go wrong here
 * is a message's fault.  The link must not move while it is open.
 */
int link_open(struct link *, const struct candidate *, const struct conf *, size_t *calls_left, struct problem *why);

/*
 * Whether this process has the secret and the files that c wants.  Who runs the queue by hand as an ordinary user may
 * not: that is no word against the relay.  False with why.
 */
bool link_may_open(const struct candidate *, struct problem *why);

/*
 * Whether a message with REQUIRETLS may go here: TLS proved the relay, and the relay will hold its own to the same (RFC
 * 8689, 4.2.1).  False with why, VERDICT_NEVER.
 */
bool link_keeps_tls(const struct link *, struct problem *why);

bool link_leads_to(const struct link *, const struct candidate *);   /* open, and under the same terms */

void link_quit(struct link *);   /* with QUIT, if it is open */
void link_drop(struct link *);   /* at once: its state is unknown; relay and peer stay readable */

#endif
