/* SPDX-License-Identifier: ISC */
#include "dns/tlsa.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { HEAD = 3, TRUST_ANCHOR = 2, END_ENTITY = 3 };

static void __attribute__((format(printf, 2, 3)))
say(struct tlsa *t, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(t->words, sizeof t->words, format, arguments);
	va_end(arguments);
}

static struct slice
raw_record(const struct raw_records *raw, size_t i)
{
	size_t start = i > 0 ? raw->end[i - 1] : 0;

	return (struct slice){ (const char *)raw->octet + start, raw->end[i] - start };
}

struct slice
tlsa_record(const struct tlsa *t, size_t i)
{
	return raw_record(&t->raw, i);
}

/*
 * RFC 7672, 3.1: the usages that rely on public authorities mean nothing to mail.  RFC 6698, 2.1: selectors are the
 * certificate and its key, matching types the whole of it, SHA-256 and SHA-512, whose lengths are known (hazard D15).
 */
static bool
is_usable(struct slice record)
{
	static const size_t length[] = { 0, 32, 64 };
	const uint8_t      *octet = (const uint8_t *)record.at;

	if (record.len <= HEAD || (octet[0] != TRUST_ANCHOR && octet[0] != END_ENTITY) || octet[1] > 1 || octet[2] > 2)
		return false;
	return octet[2] == 0 || record.len - HEAD == length[octet[2]];
}

static void
add(struct tlsa *t, struct slice record)
{
	size_t start = t->nrecords > 0 ? t->raw.end[t->nrecords - 1] : 0;

	memcpy(t->raw.octet + start, record.at, record.len);
	t->raw.end[t->nrecords++] = (uint16_t)(start + record.len);
}

/* The records at one name, if there are any. */
static int
ask_under(struct tlsa *t, const struct resolver *resolver, const char *base, unsigned port, struct timespec deadline,
    struct problem *why)
{
	struct lookup l = { .type = LOOKUP_TLSA };

	if (snprintf(l.name, sizeof l.name, "_%u._tcp.%s", port, base) >= (int)sizeof l.name)
		return problem_set(why, VERDICT_LATER, "4.4.3", "look up the TLSA records of %s: too long a name",
		    base);
	lookup_all(resolver, &l, 1, deadline, NULL, NULL);
	if (l.outcome == LOOKUP_TROUBLE)
		return problem_set(why, VERDICT_LATER, "4.4.3", "look up the TLSA records at %s: %s", l.name, l.words);
	if (l.outcome != LOOKUP_FOUND || !l.secure) {
		say(t, "%s %s", l.outcome == LOOKUP_FOUND ? "DNSSEC does not protect the TLSA records at" :
		    "no TLSA record at", l.name);
		return 0;
	}
	strlcpy(t->base, base, sizeof t->base);
	for (size_t i = 0; i < l.nrecords; i++)
		if (is_usable(raw_record(&l.raw, i)))
			add(t, raw_record(&l.raw, i));
	t->outcome = t->nrecords > 0 ? TLSA_USABLE : TLSA_UNUSABLE;
	say(t, "%zu TLSA records at %s, %zu of them usable", l.nrecords, l.name, t->nrecords);
	return 0;
}

/* Asks whether DNSSEC protects what host has of one type; -1 with why when nobody knows. */
static int
ask_host(struct lookup *l, const struct resolver *resolver, const char *host, enum lookup_type type,
    struct timespec deadline, struct problem *why)
{
	*l = (struct lookup){ .type = type };
	strlcpy(l->name, host, sizeof l->name);
	lookup_all(resolver, l, 1, deadline, NULL, NULL);
	if (l->outcome == LOOKUP_TROUBLE)
		return problem_set(why, VERDICT_LATER, "4.4.3", "look up whether DNSSEC protects %s: %s", host,
		    l->words);
	return 0;
}

int
dns_tlsa(const struct resolver *resolver, const char *host, unsigned port, struct timespec deadline, struct tlsa *t,
    struct problem *why)
{
	struct lookup l;
	bool          secure;

	*t = (struct tlsa){ 0 };
	if (!resolver->trusted) {
		say(t, "what the resolver says of DNSSEC is not believed: it is not at a loopback address");
		return 0;
	}
	if (ask_host(&l, resolver, host, LOOKUP_A, deadline, why) != 0)
		return -1;
	secure = l.secure;
	if (l.naliases > 0 && secure && ask_under(t, resolver, l.target, port, deadline, why) != 0)
		return -1;
	if (t->outcome != TLSA_NONE)
		return 0;
	/* That a protected alias leads where nothing is says nothing against the alias itself. */
	if (l.naliases > 0 && !secure) {
		if (ask_host(&l, resolver, host, LOOKUP_CNAME, deadline, why) != 0)
			return -1;
		secure = l.outcome == LOOKUP_FOUND && l.secure;
	}
	if (secure)
		return ask_under(t, resolver, host, port, deadline, why);
	say(t, "DNSSEC does not protect %s", host);
	return 0;
}
