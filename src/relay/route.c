/* SPDX-License-Identifier: ISC */
#include "relay/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "smtp/alabel.h"

static int
compare_unsigned(unsigned a, unsigned b)
{
	return (a > b) - (a < b);
}

/* 0: equals. */
static int
compare(const struct candidate *a, const struct candidate *b)
{
	int order = compare_unsigned(a->cost, b->cost);

	if (order == 0)
		order = compare_unsigned(a->rank, b->rank);
	return order != 0 ? order : compare_unsigned(a->preference, b->preference);
}

static int
compare_with_lots(const void *a, const void *b)
{
	int order = compare(a, b);

	return order != 0 ? order :
	    compare_unsigned(((const struct candidate *)a)->lot, ((const struct candidate *)b)->lot);
}

static void
add_section(struct candidate *c, const struct section *s)
{
	c->section = s;
	c->port = s->port;
	c->tls_at_start = s->tls_at_start;
	c->tls = s->tls;
	c->cost = s->cost;
}

static void
name_account(struct candidate *c)
{
	strlcpy(c->account, c->host, sizeof c->account);
	if (c->section == NULL || c->section->user == NULL)
		return;
	strlcat(c->account, "@", sizeof c->account);
	strlcat(c->account, c->section->user, sizeof c->account);
}

static void
fill_discovered(struct candidate *c, const struct conf *conf, const struct found *found)
{
	const struct section *section = conf_discovered(conf, found->host);

	*c = (struct candidate){
		.port = ROUTE_DISCOVERED_PORT,
		.tls = TLS_MAY,
		.cost = ROUTE_DISCOVERED_COST,
		.rank = found->rank,
		.preference = found->preference,
		.lot = arc4random(),
		.addresses = found->addresses,
	};
	if (section != NULL)
		add_section(c, section);
	c->named = found->dnssec >= DNSSEC_RECORDS || (section != NULL && strcasecmp(section->name, found->host) == 0);
	strlcpy(c->host, found->host, sizeof c->host);
	name_account(c);
	strlcpy(c->own, found->own, sizeof c->own);
	snprintf(c->origin, sizeof c->origin, "MX %u at %s", found->preference, found->zone);
}

static void
fill_static(struct candidate *c, const struct section *section)
{
	*c = (struct candidate){ .lot = arc4random(), .named = true };
	add_section(c, section);
	if (!alabel_host(section->name, c->host))
		strlcpy(c->host, section->name, sizeof c->host);   /* the lookup says what is wrong with it */
	name_account(c);
	snprintf(c->origin, sizeof c->origin, "relay in line %u", section->line);
}

void
route_make(struct route *r, const struct conf *conf, const struct discovery *d)
{
	*r = ROUTE;
	r->candidate = xcalloc(d->nfound + conf->nrelays + 1, sizeof *r->candidate);
	for (size_t i = 0; i < d->nfound; i++)
		fill_discovered(&r->candidate[r->ncandidates++], conf, &d->found[i]);
	for (size_t i = 0; i < conf->nrelays; i++)
		fill_static(&r->candidate[r->ncandidates++], &conf->relay[i]);
	qsort(r->candidate, r->ncandidates, sizeof *r->candidate, compare_with_lots);
}

void
route_release(struct route *r)
{
	free(r->candidate);
	*r = ROUTE;
}

void
route_favour(struct route *r, const char *host, unsigned port)
{
	for (size_t i = 1; i < r->ncandidates; i++) {
		struct candidate favoured = r->candidate[i];
		size_t           to = i;

		if (favoured.port != port || strcasecmp(favoured.host, host) != 0)
			continue;
		for (; to > 0 && compare(&r->candidate[to - 1], &favoured) == 0; to--)
			r->candidate[to] = r->candidate[to - 1];
		r->candidate[to] = favoured;
	}
}

/* That a relay is down for all who must heed the DNS says nothing of it to who need not, and the other way round. */
void
route_waive_tls(struct route *r)
{
	for (size_t i = 0; i < r->ncandidates; i++) {
		struct candidate *c = &r->candidate[i];

		c->tls_waived = true;
		if (c->named && (c->tls == TLS_MAY || c->tls == TLS_ENCRYPT))
			strlcat(c->account, " whatever its TLS", sizeof c->account);
	}
}

/* An empty list restricts nothing. */
static bool
allows(const struct patterns *p, const char *mailbox)
{
	return p->npatterns == 0 || patterns_cover_mailbox(p, mailbox);
}

const char *
candidate_objects(const struct candidate *c, const char *sender, const char *recipient)
{
	const struct section *s = c->section;

	if (s == NULL)
		return NULL;
	if (!allows(&s->for_, recipient))
		return "for";
	if (!allows(&s->from, sender))
		return "from";
	return patterns_cover_mailbox(&s->refuse, recipient) ? "refuse" : NULL;
}

bool
candidate_carries(const struct candidate *c, const char *sender, const char *recipient)
{
	return candidate_objects(c, sender, recipient) == NULL;
}
