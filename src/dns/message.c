/* SPDX-License-Identifier: ISC */
#include "dns/message.h"

#include <ldns/ldns.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "dns/records.h"

void
message_begin(struct lookup *l, bool trusted)
{
	strlcpy(l->target, l->name, sizeof l->target);
	l->outcome = LOOKUP_PENDING;
	l->ttl = UINT_MAX;
	l->secure = trusted;
	l->naliases = 0;
	l->nrecords = 0;
	l->words[0] = '\0';
}

size_t
message_query(const struct lookup *l, uint16_t id, bool edns, uint8_t query[MESSAGE_QUERY_MAX])
{
	ldns_pkt *packet;
	uint8_t  *wire = NULL;
	size_t    len = 0;

	/* AD in a question asks for AD in the answer: RFC 6840, 5.7. */
	if (ldns_pkt_query_new_frm_str(&packet, l->target, (ldns_rr_type)l->type, LDNS_RR_CLASS_IN,
	    LDNS_RD | LDNS_AD) != LDNS_STATUS_OK)
		return 0;
	ldns_pkt_set_id(packet, id);
	if (edns)
		ldns_pkt_set_edns_udp_size(packet, MESSAGE_UDP_MAX);
	if (ldns_pkt2wire(&wire, packet, &len) != LDNS_STATUS_OK || len > MESSAGE_QUERY_MAX)
		len = 0;
	else
		memcpy(query, wire, len);
	LDNS_FREE(wire);
	ldns_pkt_free(packet);
	return len;
}

static enum message
failed(struct lookup *l, const char *words)
{
	strlcpy(l->words, words, sizeof l->words);
	return MESSAGE_FAILED;
}

static enum message
done(struct lookup *l, enum lookup_outcome outcome, const char *words)
{
	l->outcome = outcome;
	strlcpy(l->words, words, sizeof l->words);
	return MESSAGE_DONE;
}

static void
lower(unsigned *ttl, uint32_t other)
{
	if (other > INT32_MAX)   /* RFC 2181, 8: such a TTL is zero */
		other = 0;
	if (other < *ttl)
		*ttl = other;
}

static bool
is_rr(const ldns_rr *rr, const ldns_rdf *owner, ldns_rr_type type)
{
	return ldns_rr_get_type(rr) == type && ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN &&
	    ldns_dname_compare(ldns_rr_owner(rr), owner) == 0;
}

static const ldns_rr *
find(const ldns_rr_list *list, const ldns_rdf *owner, ldns_rr_type type)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++)
		if (is_rr(ldns_rr_list_rr(list, i), owner, type))
			return ldns_rr_list_rr(list, i);
	return NULL;
}

/* The RRset, to be freed alone: its records stay those of the list. */
static ldns_rr_list *
records_of(const ldns_rr_list *list, const ldns_rdf *owner, ldns_rr_type type)
{
	ldns_rr_list *records = ldns_rr_list_new();

	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++)
		if (is_rr(ldns_rr_list_rr(list, i), owner, type))
			ldns_rr_list_push_rr(records, ldns_rr_list_rr(list, i));
	return records;
}

/*
 * From name over the CNAMEs in one answer to the name they end at; NULL when there are too many, as in a loop.  A DNAME
 * needs no code: the server sends the CNAME that follows from it (RFC 6672, 3.1).
 */
static const ldns_rdf *
follow(struct lookup *l, const ldns_rr_list *answers, const ldns_rdf *name)
{
	const ldns_rr  *alias;
	const ldns_rdf *target;

	while (find(answers, name, (ldns_rr_type)l->type) == NULL &&
	    (alias = find(answers, name, LDNS_RR_TYPE_CNAME)) != NULL &&
	    (target = record_field(alias, 0, LDNS_RDF_TYPE_DNAME, 0)) != NULL) {
		if (++l->naliases > LOOKUP_CHAIN_MAX)
			return NULL;
		lower(&l->ttl, ldns_rr_ttl(alias));
		name = target;
	}
	return name;
}

static enum message
read_records(struct lookup *l, const ldns_rr_list *records)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++)
		lower(&l->ttl, ldns_rr_ttl(ldns_rr_list_rr(records, i)));
	return records_keep(l, records) ? MESSAGE_DONE : MESSAGE_FAILED;
}

/* RFC 2308, 5: a 'no' holds for the lesser of the SOA record's TTL and its last field; without one, not at all. */
static const ldns_rr *
lower_by_soa(struct lookup *l, const ldns_rr_list *authority)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(authority); i++) {
		const ldns_rr  *rr = ldns_rr_list_rr(authority, i);
		const ldns_rdf *minimum = record_field(rr, 6, LDNS_RDF_TYPE_PERIOD, 4);

		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_SOA || minimum == NULL)
			continue;
		lower(&l->ttl, ldns_rr_ttl(rr));
		lower(&l->ttl, ldns_rdf2native_int32(minimum));
		return rr;
	}
	return NULL;
}

static bool
is_referral(const ldns_rr_list *authority)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(authority); i++)
		if (ldns_rr_get_type(ldns_rr_list_rr(authority, i)) == LDNS_RR_TYPE_NS)
			return true;
	return false;
}

static enum message
read_absence(struct lookup *l, const ldns_pkt *packet, bool moved)
{
	const ldns_rr_list *authority = ldns_pkt_authority(packet);
	bool                nxdomain = ldns_pkt_get_rcode(packet) == LDNS_RCODE_NXDOMAIN;

	if (lower_by_soa(l, authority) == NULL) {
		if (moved && !nxdomain)
			return MESSAGE_ONWARD;
		if (!nxdomain && is_referral(authority))
			return failed(l, "a referral instead of an answer");
		l->ttl = 0;
	}
	return done(l, nxdomain ? LOOKUP_NO_NAME : LOOKUP_NO_DATA, "");
}

static enum message
read_answer(struct lookup *l, const ldns_pkt *packet)
{
	const ldns_rr_list *answers = ldns_pkt_answer(packet);
	const ldns_rdf     *asked = ldns_rr_owner(ldns_rr_list_rr(ldns_pkt_question(packet), 0));
	const ldns_rdf     *name = follow(l, answers, asked);
	ldns_rr_list       *records;
	enum message        result;

	if (name == NULL || !record_name(l->target, name))
		return done(l, LOOKUP_TROUBLE, "too many aliases, or a loop of them");
	l->secure = l->secure && ldns_pkt_ad(packet);
	records = records_of(answers, name, (ldns_rr_type)l->type);
	result = ldns_rr_list_rr_count(records) > 0 ? read_records(l, records) : read_absence(l, packet, name != asked);
	ldns_rr_list_free(records);
	return result;
}

static enum message
read_error(struct lookup *l, const ldns_pkt *packet)
{
	ldns_pkt_rcode rcode = ldns_pkt_get_rcode(packet);
	char          *name = ldns_pkt_rcode2str(rcode);

	failed(l, name != NULL ? name : "an unknown error");
	free(name);
	return rcode == LDNS_RCODE_FORMERR || rcode == LDNS_RCODE_NOTIMPL ? MESSAGE_NO_EDNS : MESSAGE_FAILED;
}

static bool
is_error(const ldns_pkt *packet)
{
	ldns_pkt_rcode rcode = ldns_pkt_get_rcode(packet);

	return (rcode != LDNS_RCODE_NOERROR && rcode != LDNS_RCODE_NXDOMAIN) ||
	    ldns_pkt_edns_extended_rcode(packet) != 0;
}

/* Whether it repeats our question.  A server that could not even read that may leave it out. */
static bool
is_ours(const struct lookup *l, const ldns_pkt *packet)
{
	const ldns_rr_list *questions = ldns_pkt_question(packet);
	ldns_rdf           *name;
	bool                ours;

	if (ldns_rr_list_rr_count(questions) == 0)
		return is_error(packet);
	name = ldns_dname_new_frm_str(l->target);
	ours = name != NULL && ldns_rr_list_rr_count(questions) == 1 &&
	    is_rr(ldns_rr_list_rr(questions, 0), name, (ldns_rr_type)l->type);
	ldns_rdf_deep_free(name);
	return ours;
}

enum message
message_read(struct lookup *l, uint16_t id, const uint8_t *wire, size_t len)
{
	ldns_pkt    *packet;
	enum message result = MESSAGE_FOREIGN;

	if (len < LDNS_HEADER_SIZE || LDNS_ID_WIRE(wire) != id || !LDNS_QR_WIRE(wire))
		return MESSAGE_FOREIGN;
	if (LDNS_TC_WIRE(wire))
		return MESSAGE_TRUNCATED;
	if (ldns_wire2pkt(&packet, wire, len) != LDNS_STATUS_OK)
		return failed(l, "an answer that makes no sense");
	if (is_ours(l, packet))
		result = is_error(packet) ? read_error(l, packet) : read_answer(l, packet);
	ldns_pkt_free(packet);
	return result;
}
