/* SPDX-License-Identifier: ISC */
#include "admin/discover.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "admin/owner.h"
#include "admin/show.h"
#include "base/clock.h"
#include "base/ip.h"
#include "relay/discover.h"
#include "relay/route.h"

enum { LOOKUP_BUDGET = 10000 };   /* milliseconds, for the addresses of all static relays */

static void
print_absence(const struct lookup *l)
{
	if (l->outcome == LOOKUP_NULL_MX)
		printf("MX .  there is no relay here (null MX)");
	else if (l->outcome == LOOKUP_NO_NAME)
		printf("no such name");
	else if (l->outcome == LOOKUP_PENDING)
		printf("not waited for");
	else
		printf("%s", l->words[0] != '\0' ? l->words : "no MX record");
}

/* After the first line of an answer: how it was come by. */
static void
print_remarks(const struct lookup *l)
{
	if (l->naliases > 0)
		printf("  (alias of %s)", l->target);
	if (l->secure)
		printf("  (DNSSEC)");
	putchar('\n');
}

static void
print_level(const struct lookup *l, bool is_summit, int width)
{
	char ttl[16] = "-";

	if (l->outcome != LOOKUP_TROUBLE && l->outcome != LOOKUP_PENDING)
		snprintf(ttl, sizeof ttl, "%u", l->ttl);
	printf("  %c %-*s  %6s  ", is_summit ? '>' : ' ', width, l->name, ttl);
	if (l->nrecords == 0) {
		print_absence(l);
		print_remarks(l);
	}
	for (size_t i = 0; i < l->nrecords; i++) {
		printf("%*sMX %u %s", i > 0 ? width + 14 : 0, "", l->mx[i].preference, l->mx[i].host);
		if (i == 0)
			print_remarks(l);
		else
			putchar('\n');
	}
}

static void
print_climb(const struct climb *climb)
{
	char text[IP_TEXT];
	int  width = 0;

	ip_format(&climb->address, text);
	printf("%s\n", text);
	if (climb->nlevels > 0)
		width = (int)strlen(climb->level[0]->name);   /* the most specific name is the longest */
	else
		printf("    not looked up: no network publishes relays for such an address\n");
	for (size_t i = 0; i < climb->nlevels; i++)
		print_level(climb->level[i], climb->level[i] == climb->summit, width);
	putchar('\n');
}

static void
print_addresses(const struct host_addresses *list)
{
	char text[IP_TEXT];

	for (size_t i = 0; i < list->naddresses; i++) {
		ip_format(&list->address[i], text);
		printf("%s%s", i > 0 ? ", " : "     at ", text);
	}
}

static void
print_whereabouts(const struct candidate *c, const struct conf *conf, struct timespec deadline)
{
	struct host_addresses list;
	struct resolver       resolver;
	struct problem        why;

	if (c->addresses.naddresses > 0)
		print_addresses(&c->addresses);
	else if (resolver_open(&resolver, conf->resolver, &why) == 0 &&
	    dns_addresses(&resolver, c->host, deadline, &list, &why) == 0)
		print_addresses(&list);
	else
		printf("     now without an address: %s", why.text);
	putchar('\n');
}

static void
print_candidate(size_t number, const struct candidate *c)
{
	printf("%3zu  ", number);
	show_host(c->host, c->port);
	printf("  cost %u, %s", c->cost, c->origin);
	if (c->section != NULL)
		show_policy(c->section);
	putchar('\n');
}

static int
print_route(const struct conf *conf, const struct discovery *d)
{
	struct timespec deadline = clock_deadline(LOOKUP_BUDGET);
	struct route    route = ROUTE;
	size_t          n;

	route_make(&route, conf, d);
	n = route.ncandidates;
	if (n > 0)
		printf("Relays, in the order in which they are tried:\n");
	for (size_t i = 0; i < n; i++) {
		print_candidate(i + 1, &route.candidate[i]);
		print_whereabouts(&route.candidate[i], conf, deadline);
	}
	route_release(&route);
	if (n > 0)
		return EX_OK;
	fflush(stdout);
	fprintf(stderr, "salsa: no relay: %s; name one with a `relay' line in %s\n", d->words, conf->file);
	return EX_UNAVAILABLE;
}

static void
print_dropped(const struct discovery *d)
{
	if (d->ndropped > 0)
		printf("Published, and not for this host:\n");
	for (size_t i = 0; i < d->ndropped; i++)
		printf("     %s  %s\n", d->dropped[i].host, d->dropped[i].words);
	if (d->ndropped > 0)
		putchar('\n');
}

static int
explain(const struct conf *conf, const struct sockaddr_storage *only)
{
	struct discovery d;
	struct climbs    climbs;

	discover_anew(&d, &climbs, conf, only);
	for (size_t i = 0; i < climbs.nclimbs; i++)
		print_climb(&climbs.climb[i]);
	climbs_release(&climbs);
	print_dropped(&d);
	if (!conf->discover) {
		printf("`discover off': none of this is used.\n\n");
		d.nfound = 0;
		strlcpy(d.words, "discovery is off", sizeof d.words);
	}
	return print_route(conf, &d);
}

int
admin_discover(int argc, char **argv)
{
	struct sockaddr_storage only;
	struct conf             conf;
	int                     code;

	if (argc > 2 || (argc == 2 && !ip_parse(&only, argv[1], 0))) {
		fprintf(stderr, "usage: salsa discover [ADDRESS]    (an IPv4 or IPv6 address)\n");
		return EX_USAGE;
	}
	conf_load(&conf, NULL);
	if (conf.nfaults > 0)
		fprintf(stderr, "salsa: faults in %s: see `salsa check'\n", conf.file);
	owner_become_if_any(&conf);
	code = explain(&conf, argc == 2 ? &only : NULL);
	conf_release(&conf);
	return code;
}
