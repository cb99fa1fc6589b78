/* SPDX-License-Identifier: ISC */
#include "dns/climb.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* The question for a name: addresses of one network share the names of the zones around them. */
static const struct lookup *
question(struct climbs *climbs, const char *name)
{
	struct lookup *l = climbs->lookup;

	for (; l < climbs->lookup + climbs->nlookups; l++)
		if (strcmp(l->name, name) == 0)
			return l;
	strlcpy(l->name, name, sizeof l->name);
	l->type = LOOKUP_MX;
	climbs->nlookups++;
	return l;
}

static void
prepare(struct climbs *climbs, struct climb *climb)
{
	char name[REVERSE_LEVELS_MAX][DNS_NAME_MAX];

	climb->nlevels = reverse_names(&climb->address, name);
	for (size_t i = 0; i < climb->nlevels; i++)
		climb->level[i] = question(climbs, name[i]);
}

/* Whether nothing that is still on its way can change a decision: an answer below the summit could. */
static bool
is_decided(const struct climb *climb)
{
	for (size_t i = 0; i < climb->nlevels; i++) {
		enum lookup_outcome outcome = climb->level[i]->outcome;

		if (outcome == LOOKUP_PENDING)
			return false;
		if (outcome == LOOKUP_FOUND || outcome == LOOKUP_NULL_MX)
			return true;
	}
	return true;
}

static bool
are_decided(const void *argument)
{
	const struct climbs *climbs = argument;

	for (size_t i = 0; i < climbs->nclimbs; i++)
		if (!is_decided(&climbs->climb[i]))
			return false;
	return true;
}

/* Trouble is climbed over too, for lame reverse delegations are common (hazard D5), but it is remembered. */
static void
decide(struct climb *climb)
{
	climb->ttl = UINT_MAX;
	climb->secure = true;
	for (size_t i = 0; i < climb->nlevels && climb->summit == NULL; i++) {
		const struct lookup *l = climb->level[i];

		if (l->outcome == LOOKUP_TROUBLE)
			climb->trouble = true;
		else if (l->ttl < climb->ttl)
			climb->ttl = l->ttl;
		climb->secure = climb->secure && l->secure;
		if (l->outcome == LOOKUP_FOUND || l->outcome == LOOKUP_NULL_MX)
			climb->summit = l;
	}
	climb->secure = climb->secure && climb->summit != NULL;
}

void
climbs_ask(struct climbs *climbs, const struct resolver *resolver, const struct sockaddr_storage *address, size_t n,
    struct timespec deadline)
{
	*climbs = (struct climbs){ .nclimbs = n < CLIMB_ADDRESSES_MAX ? n : CLIMB_ADDRESSES_MAX };
	climbs->lookup = xcalloc(CLIMB_ADDRESSES_MAX * REVERSE_LEVELS_MAX, sizeof *climbs->lookup);
	for (size_t i = 0; i < climbs->nclimbs; i++) {
		climbs->climb[i].address = address[i];
		prepare(climbs, &climbs->climb[i]);
	}
	lookup_all(resolver, climbs->lookup, climbs->nlookups, deadline, are_decided, climbs);
	for (size_t i = 0; i < climbs->nclimbs; i++)
		decide(&climbs->climb[i]);
}

void
climbs_release(struct climbs *climbs)
{
	free(climbs->lookup);
	*climbs = (struct climbs){ 0 };
}
