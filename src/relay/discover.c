/* SPDX-License-Identifier: ISC */
#include "relay/discover.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/ip.h"
#include "base/xalloc.h"
#include "dns/resolver.h"
#include "net/own.h"
#include "relay/eligible.h"
#include "relay/remember.h"

/* Milliseconds for all questions together (hazard D5), and for those of the climbs: a mute level must leave time. */
enum { BUDGET = 10000, CLIMB_BUDGET = 7000 };

/* How long a result may be kept, in seconds; the records' TTL decides in between (hazards D5, D12). */
enum { KEEP_AT_LEAST = 5, KEEP_FOUND = 3600, KEEP_NONE = 300, KEEP_TROUBLE = 60 };

/* What is looked under, and with whom. */
struct places {
	struct sockaddr_storage address[CLIMB_ADDRESSES_MAX];
	size_t                  naddresses;
	struct resolver         resolver;
};

static void
add_place(struct places *p, const struct sockaddr_storage *address)
{
	for (size_t i = 0; i < p->naddresses; i++)
		if (ip_same(&p->address[i], address))
			return;
	if (p->naddresses < CLIMB_ADDRESSES_MAX)
		p->address[p->naddresses++] = *address;
}

/* The host's own addresses, then those of `address', for which there is always room. */
static void
find_places(struct places *p, const struct conf *conf)
{
	size_t                  nextra = conf->naddresses;
	struct own              own;
	struct sockaddr_storage extra;

	if (nextra > CLIMB_ADDRESSES_MAX)
		nextra = CLIMB_ADDRESSES_MAX;
	own_addresses(&own);
	for (size_t i = 0; i < own.naddresses && p->naddresses + nextra < CLIMB_ADDRESSES_MAX; i++)
		add_place(p, &own.address[i]);
	for (size_t i = 0; i < nextra; i++)
		if (ip_parse(&extra, conf->address[i], 0))
			add_place(p, &extra);
}

/* What a result holds for: another address, another resolver, another name of our own make it worthless. */
static void
format_key(struct buf *key, const struct places *p, const struct conf *conf)
{
	char text[IP_TEXT];

	buf_addf(key, "%s under", conf->hostname);
	for (size_t i = 0; i < p->naddresses; i++) {
		ip_format(&p->address[i], text);
		buf_addf(key, " %s", text);
	}
	buf_add(key, SLICE(" from "));
	resolver_format(&p->resolver, key);
	if (p->resolver.trusted)
		buf_add(key, SLICE(" with DNSSEC"));
}

static bool
knows(const struct discovery *d, const char *host)
{
	for (size_t i = 0; i < d->nfound; i++)
		if (strcasecmp(d->found[i].host, host) == 0)
			return true;
	return false;
}

/* The hosts that the climb from an address came to; the first address that leads to a host gives it its rank. */
static void
add_hosts(struct discovery *d, const struct climb *climb, unsigned rank)
{
	const struct lookup *summit = climb->summit;

	if (summit == NULL || summit->outcome != LOOKUP_FOUND)
		return;
	for (size_t i = 0; i < summit->nrecords && d->nfound < DISCOVERY_MAX; i++) {
		struct found *found = &d->found[d->nfound];

		if (knows(d, summit->mx[i].host))
			continue;
		*found = (struct found){ .preference = summit->mx[i].preference, .rank = rank };
		found->dnssec = climb->secure ? DNSSEC_ALL : summit->secure ? DNSSEC_RECORDS : DNSSEC_NOTHING;
		strlcpy(found->host, summit->mx[i].host, sizeof found->host);
		strlcpy(found->zone, summit->name, sizeof found->zone);
		d->nfound++;
	}
}

/* Asks for the hosts' addresses.  Returns how long the answers hold, in seconds. */
static unsigned
resolve(struct discovery *d, const struct resolver *resolver, struct timespec deadline, struct dns_host *host)
{
	unsigned ttl = UINT_MAX;

	for (size_t i = 0; i < d->nfound; i++)
		host[i].name = d->found[i].host;
	dns_hosts(resolver, host, d->nfound, deadline);
	for (size_t i = 0; i < d->nfound; i++) {
		d->found[i].addresses = host[i].addresses;
		if (!host[i].secure)
			d->found[i].dnssec = DNSSEC_NOTHING;
		if (host[i].trouble && host[i].addresses.naddresses == 0)
			d->trouble = true;
		else if (host[i].ttl < ttl)
			ttl = host[i].ttl;
		if (host[i].trouble && ttl > KEEP_NONE)
			ttl = KEEP_NONE;   /* who speaks the other family alone is to find those of it soon */
	}
	return ttl;
}

/* A question that kept some climb from the top, if there is one. */
static const struct lookup *
first_trouble(const struct climbs *climbs)
{
	for (size_t i = 0; i < climbs->nlookups; i++)
		if (climbs->lookup[i].outcome == LOOKUP_TROUBLE)
			return &climbs->lookup[i];
	return NULL;
}

static void
explain_none(struct discovery *d, const struct climbs *climbs)
{
	const struct climb  *climb = &climbs->climb[0];
	const struct lookup *trouble = first_trouble(climbs);

	if (d->ndropped > 0)
		snprintf(d->words, sizeof d->words, "no published relay can be used: %.100s: %s", d->dropped[0].host,
		    d->dropped[0].words);
	else if (d->trouble && trouble != NULL)
		snprintf(d->words, sizeof d->words, "look up the MX of %.120s: %s", trouble->name, trouble->words);
	else if (climb->summit != NULL)
		snprintf(d->words, sizeof d->words, "%s says that there is no relay (null MX)", climb->summit->name);
	else if (climb->nlevels > 0)
		snprintf(d->words, sizeof d->words, "no relay is published at %.120s up to %.120s",
		    climb->level[0]->name, climb->level[climb->nlevels - 1]->name);
	else
		strlcpy(d->words, "this host has no address that a network could publish a relay for", sizeof d->words);
}

/* Asks for everything.  Returns how long the result may be kept, in seconds. */
static unsigned
ask(struct discovery *d, struct climbs *climbs, const struct conf *conf, const struct places *p)
{
	struct timespec  deadline = clock_deadline(BUDGET);
	struct dns_host *host = xcalloc(DISCOVERY_MAX, sizeof *host);
	unsigned         keep = KEEP_NONE, ttl;

	climbs_ask(climbs, &p->resolver, p->address, p->naddresses, clock_deadline(CLIMB_BUDGET));
	for (size_t i = 0; i < climbs->nclimbs; i++) {
		add_hosts(d, &climbs->climb[i], (unsigned)i);
		d->trouble = d->trouble || climbs->climb[i].trouble;
	}
	ttl = resolve(d, &p->resolver, deadline, host);
	for (size_t i = 0; i < climbs->nclimbs; i++)
		if (climbs->climb[i].ttl < ttl)
			ttl = climbs->climb[i].ttl;
	eligible_choose(d, conf, climbs, host);
	free(host);
	if (d->nfound > 0)
		keep = KEEP_FOUND;
	else
		explain_none(d, climbs);
	if (d->trouble)
		return KEEP_TROUBLE;   /* to ask again may take all of the budget, whatever the TTL of the rest */
	if (ttl < keep)
		keep = ttl;
	return keep > KEEP_AT_LEAST ? keep : KEEP_AT_LEAST;
}

static void
ask_and_remember(struct discovery *d, const struct conf *conf, const struct places *p, int state, struct slice key)
{
	struct climbs climbs;
	unsigned      keep = ask(d, &climbs, conf, p);

	climbs_release(&climbs);
	d->news = d->nfound > 0 && remembers_none(state);
	remember(d, state, key, clock_now() + keep);
}

static bool
open_resolver(struct discovery *d, struct places *p, const struct conf *conf)
{
	struct problem why;

	if (resolver_open(&p->resolver, conf->resolver, &why) == 0)
		return true;
	d->trouble = true;
	strlcpy(d->words, why.text, sizeof d->words);
	return false;
}

static void
name_places(struct discovery *d, const struct places *p)
{
	for (size_t i = 0; i < d->nfound; i++)
		ip_format(&p->address[d->found[i].rank], d->found[i].own);
}

static void
find(struct discovery *d, const struct conf *conf, int state, bool keep)
{
	struct places p = { 0 };
	struct buf    key = BUF(REMEMBER_KEY_MAX);

	memset(d, 0, sizeof *d);
	if (!conf->discover) {
		strlcpy(d->words, "discovery is off", sizeof d->words);
		return;
	}
	if (!open_resolver(d, &p, conf))
		return;
	find_places(&p, conf);
	format_key(&key, &p, conf);
	if (!recall(d, state, buf_slice(&key)))
		ask_and_remember(d, conf, &p, keep ? state : -1, buf_slice(&key));
	name_places(d, &p);
	eligible_demand_dnssec(d, conf);
	buf_release(&key);
}

void
discover(struct discovery *d, const struct conf *conf, int state)
{
	find(d, conf, state, true);
}

void
discover_known(struct discovery *d, const struct conf *conf, int state)
{
	find(d, conf, state, false);
}

void
discover_anew(struct discovery *d, struct climbs *climbs, const struct conf *conf, const struct sockaddr_storage *only)
{
	struct places p = { 0 };

	memset(d, 0, sizeof *d);
	*climbs = (struct climbs){ 0 };
	if (!open_resolver(d, &p, conf))
		return;
	if (only != NULL)
		add_place(&p, only);
	else
		find_places(&p, conf);
	ask(d, climbs, conf, &p);
	name_places(d, &p);
	eligible_demand_dnssec(d, conf);
}
