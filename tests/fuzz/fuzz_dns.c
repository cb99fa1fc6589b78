/* SPDX-License-Identifier: ISC
 *
 * What a name server sends (hazard D15).  Laws: what is believed is bounded, relays are host names, and words can be
 * shown.
 */
#include "dns/host.h"
#include "dns/message.h"
#include "fuzz/fuzz.h"

enum { ID = 0x6162 };

static void
hold_done(const struct lookup *l)
{
	law(l->outcome != LOOKUP_PENDING && (l->nrecords > 0) == (l->outcome == LOOKUP_FOUND));
	for (size_t i = 0; i < l->nrecords; i++)
		if (l->type == LOOKUP_MX)
			law(dns_is_host(l->mx[i].host) && l->mx[i].preference <= 65535);
		else
			law(l->address[i].ss_family == (l->type == LOOKUP_A ? AF_INET : AF_INET6));
}

static void
ask(enum lookup_type type, const char *name, struct slice answer)
{
	struct lookup l = { .type = type };
	enum message  m;

	strlcpy(l.name, name, sizeof l.name);
	message_begin(&l, true);
	m = message_read(&l, ID, (const uint8_t *)answer.at, answer.len);
	law(l.nrecords <= LOOKUP_RECORDS_MAX && is_printable(l.words) && strlen(l.target) < DNS_NAME_MAX);
	if (m == MESSAGE_DONE)
		hold_done(&l);
	if (m == MESSAGE_FOREIGN)
		law(l.outcome == LOOKUP_PENDING);
}

void
fuzz(struct slice input)
{
	ask(LOOKUP_MX, "example.com", input);
	ask(LOOKUP_A, "example.com", input);
	ask(LOOKUP_AAAA, "example.com", input);
}
