/* SPDX-License-Identifier: ISC */
#include "relay/eligible.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ip.h"
#include "net/own.h"

static void __attribute__((format(printf, 3, 4)))
drop(struct discovery *d, const struct found *found, const char *format, ...)
{
	struct dropped *dropped = &d->dropped[d->ndropped];
	va_list         arguments;

	if (d->ndropped == DISCOVERY_MAX)
		return;
	d->ndropped++;
	strlcpy(dropped->host, found->host, sizeof dropped->host);
	va_start(arguments, format);
	vsnprintf(dropped->words, sizeof dropped->words, format, arguments);
	va_end(arguments);
}

static bool
is_self(const struct found *found, const struct conf *conf)
{
	if (strcasecmp(found->host, conf->hostname) == 0)
		return true;
	for (size_t i = 0; i < found->addresses.naddresses; i++)
		if (own_has(&found->addresses.address[i]))
			return true;
	return false;
}

/* A private address is not the relay's where this host has a public one (hazard D10). */
static void
drop_private(struct host_addresses *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->naddresses; i++)
		if (ip_kind(&list->address[i]) != IP_PRIVATE)
			list->address[kept++] = list->address[i];
	list->naddresses = kept;
}

static bool
is_usable(struct discovery *d, struct found *found, const struct sockaddr_storage *own, const char *no_address)
{
	bool any = found->addresses.naddresses > 0;

	if (ip_kind(own) == IP_GLOBAL && own_has(own))
		drop_private(&found->addresses);
	if (found->addresses.naddresses > 0)
		return true;
	drop(d, found, "%s", any ? "a private address, and this host has a public one" : no_address);
	return false;
}

/*
 * The preference that an MX record of the summit gives this host; UINT_MAX: none does.  It may have been found for an
 * address of a lower rank before.
 */
static unsigned
own_preference(const struct lookup *summit, const struct discovery *d, const bool self[DISCOVERY_MAX])
{
	unsigned least = UINT_MAX;

	for (size_t i = 0; summit != NULL && i < summit->nrecords; i++)
		for (size_t k = 0; k < d->nfound; k++)
			if (self[k] && strcasecmp(summit->mx[i].host, d->found[k].host) == 0 &&
			    summit->mx[i].preference < least)
				least = summit->mx[i].preference;
	return least;
}

void
eligible_choose(struct discovery *d, const struct conf *conf, const struct climbs *climbs, const struct dns_host *host)
{
	unsigned limit[CLIMB_ADDRESSES_MAX];
	bool     self[DISCOVERY_MAX] = { false };
	size_t   kept = 0;

	for (size_t i = 0; i < d->nfound; i++)
		self[i] = is_self(&d->found[i], conf);
	for (size_t i = 0; i < climbs->nclimbs; i++)
		limit[i] = own_preference(climbs->climb[i].summit, d, self);
	for (size_t i = 0; i < d->nfound; i++) {
		struct found found = d->found[i];

		if (self[i])
			drop(d, &found, "this host itself");
		else if (found.preference >= limit[found.rank])
			drop(d, &found, "MX %u, and this host is MX %u of the same name", found.preference,
			    limit[found.rank]);
		else if (is_usable(d, &found, &climbs->climb[found.rank].address, host[i].words))
			d->found[kept++] = found;
	}
	d->nfound = kept;
}

void
eligible_demand_dnssec(struct discovery *d, const struct conf *conf)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->nfound; i++) {
		struct found          found = d->found[i];
		const struct section *section = conf_discovered(conf, found.host);

		if (section == NULL || !section->dnssec || found.dnssec == DNSSEC_ALL) {
			d->found[kept++] = found;
			continue;
		}
		drop(d, &found, "DNSSEC does not protect what led to it, and `discovered %.60s' requires that",
		    section->name);
		snprintf(d->words, sizeof d->words, "%.120s is published, but DNSSEC does not protect what led to it, "
		    "and the section in line %u has `dnssec required'", found.host, section->line);
	}
	d->nfound = kept;
	if (kept > 0)
		d->words[0] = '\0';
}
