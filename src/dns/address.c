/* SPDX-License-Identifier: ISC */
#include "dns/address.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/ip.h"
#include "base/xalloc.h"
#include "dns/lookup.h"

/* The other family's part of a wait: there are servers, and what stands before them, that answer for one alone. */
enum { PATIENCE = 2000 };   /* milliseconds */

static const char hosts_file[] = "/etc/hosts";

static void
add(struct host_addresses *list, const struct sockaddr_storage *address)
{
	if (list->naddresses < HOST_ADDRESSES_MAX)
		list->address[list->naddresses++] = *address;
}

/* Families alternate, so that a dead one costs one attempt and not all (RFC 8305, 4). */
static void
interleave(struct host_addresses *list, const struct host_addresses *first, const struct host_addresses *second)
{
	for (size_t i = 0; i < first->naddresses || i < second->naddresses; i++) {
		if (i < first->naddresses)
			add(list, &first->address[i]);
		if (i < second->naddresses)
			add(list, &second->address[i]);
	}
}

static bool
names(struct slice line, struct slice host)
{
	struct slice name;

	while ((name = slice_word(&line)).len > 0)
		if (slice_same(name, host))
			return true;
	return false;
}

/* A line of hosts(5): an address and its names. */
static void
read_hosts_line(struct slice line, const char *host, struct host_addresses list[2])
{
	struct slice            rest = slice_cut(&line, '#'), address = slice_word(&rest);
	struct sockaddr_storage ip;
	char                    text[IP_TEXT];

	if (address.len >= sizeof text || !names(rest, SLICE(host)))
		return;
	memcpy(text, address.at, address.len);
	text[address.len] = '\0';
	if (ip_parse(&ip, text, 0))
		add(&list[ip.ss_family == AF_INET], &ip);
}

static bool
in_hosts_file(const char *host, struct host_addresses *addresses)
{
	FILE                 *file = fopen(hosts_file, "re");
	struct host_addresses list[2] = { 0 };   /* IPv6, IPv4 */
	char                 *line = NULL;
	size_t                room = 0;
	ssize_t               len;

	if (file == NULL)
		return false;
	while ((len = getline(&line, &room, file)) > 0)
		read_hosts_line((struct slice){ line, (size_t)len }, host, list);
	free(line);
	fclose(file);
	interleave(addresses, &list[0], &list[1]);
	return addresses->naddresses > 0;
}

/* Hazard D10: loopback and the like are meant for no other host, whoever wrote them into the DNS. */
static void
keep_usable(struct host_addresses *list, const struct lookup *l)
{
	for (size_t i = 0; i < l->nrecords; i++) {
		enum ip_kind kind = ip_kind(&l->address[i]);

		if (kind == IP_GLOBAL || kind == IP_PRIVATE)
			add(list, &l->address[i]);
	}
}

static const char *
why_none(const struct lookup *a, const struct lookup *aaaa)
{
	if (a->outcome == LOOKUP_TROUBLE)
		return a->words;
	if (aaaa->outcome == LOOKUP_TROUBLE)
		return aaaa->words;
	if (a->outcome == LOOKUP_NO_NAME)
		return "no such name";
	return a->nrecords + aaaa->nrecords > 0 ? "no address that another host can have" : "no address";
}

static void
lower(unsigned *ttl, const struct lookup *l, bool wanted)
{
	if (wanted && l->ttl < *ttl)
		*ttl = l->ttl;
}

static bool
is_open(const struct lookup *l)
{
	return l->outcome == LOOKUP_TROUBLE || l->outcome == LOOKUP_PENDING;
}

/* What is found counts for as long as it says; the absence of the other family's record says nothing about it. */
static void
settle(struct dns_host *h, const struct lookup *aaaa, const struct lookup *a)
{
	struct host_addresses list[2] = { 0 };
	bool                  any;

	keep_usable(&list[0], aaaa);
	keep_usable(&list[1], a);
	h->addresses = (struct host_addresses){ 0 };
	interleave(&h->addresses, &list[0], &list[1]);
	any = h->addresses.naddresses > 0;
	h->trouble = is_open(a) || is_open(aaaa);
	h->secure = any && (list[0].naddresses == 0 || aaaa->secure) && (list[1].naddresses == 0 || a->secure);
	h->ttl = UINT_MAX;
	lower(&h->ttl, a, !any || list[1].naddresses > 0);
	lower(&h->ttl, aaaa, !any || list[0].naddresses > 0);
	strlcpy(h->words, any ? "" : why_none(a, aaaa), sizeof h->words);
}

/* Questions about hosts: AAAA and A for each. */
struct questions {
	struct lookup  *lookup;   /* owned */
	size_t          n;
	struct timespec patience;
};

static bool
are_answered(const void *argument)
{
	const struct questions *q = argument;

	for (size_t i = 0; i < q->n; i += 2)
		if (q->lookup[i].outcome != LOOKUP_FOUND && q->lookup[i + 1].outcome != LOOKUP_FOUND)
			return false;
	return clock_left(q->patience) == 0;
}

void
dns_hosts(const struct resolver *resolver, struct dns_host *host, size_t n, struct timespec deadline)
{
	struct questions q = { xcalloc(2 * n, sizeof *q.lookup), 2 * n, clock_deadline(PATIENCE) };

	for (size_t i = 0; i < q.n; i++) {
		strlcpy(q.lookup[i].name, host[i / 2].name, sizeof q.lookup[i].name);
		q.lookup[i].type = i % 2 == 0 ? LOOKUP_AAAA : LOOKUP_A;
	}
	lookup_all(resolver, q.lookup, q.n, deadline, are_answered, &q);
	for (size_t i = 0; i < n; i++)
		settle(&host[i], &q.lookup[2 * i], &q.lookup[2 * i + 1]);
	free(q.lookup);
}

static bool
add_literal(struct host_addresses *list, const char *text)
{
	struct sockaddr_storage literal;

	if (!ip_parse(&literal, text, 0))
		return false;
	add(list, &literal);
	return true;
}

/* What is no matter of the DNS; so is localhost, whether it stands in the file or not (RFC 6761, 6.3). */
static bool
find_locally(const char *host, struct host_addresses *addresses)
{
	*addresses = (struct host_addresses){ 0 };
	if (add_literal(addresses, host) || in_hosts_file(host, addresses))
		return true;
	return strcasecmp(host, "localhost") == 0 && add_literal(addresses, "::1") &&
	    add_literal(addresses, "127.0.0.1");
}

bool
dns_is_local(const char *host)
{
	struct host_addresses ignored;

	return find_locally(host, &ignored);
}

int
dns_addresses(const struct resolver *resolver, const char *host, struct timespec deadline,
    struct host_addresses *addresses, struct problem *why)
{
	struct dns_host found = { .name = host };

	if (find_locally(host, addresses))
		return 0;
	dns_hosts(resolver, &found, 1, deadline);
	*addresses = found.addresses;
	if (addresses->naddresses > 0)
		return 0;
	/* RFC 3463, 3.5: X.4.3 is a directory server's failure, X.4.4 a host that has no route. */
	return problem_set(why, VERDICT_LATER, found.trouble ? "4.4.3" : "4.4.4", "look up the addresses of %s: %s",
	    host, found.words);
}
