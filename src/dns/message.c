/* SPDX-License-Identifier: ISC */
#include "dns/message.h"

#include <ctype.h>
#include <ldns/ldns.h>
#include <limits.h>
#include <netinet/in.h>

#include "base/xalloc.h"

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

/* A domain name as text without its last dot, specials escaped; false when that is too long. */
static bool
name_text(char text[DNS_NAME_MAX], const ldns_rdf *name)
{
	char  *dotted = ldns_rdf2str(name);
	size_t len = dotted != NULL ? strlen(dotted) : 0;
	bool   fits = len > 0 && len <= DNS_NAME_MAX;

	if (fits) {
		memcpy(text, dotted, len - 1);
		text[len - 1] = '\0';
	}
	free(dotted);
	return fits;
}

static bool
is_rr(const ldns_rr *rr, const ldns_rdf *owner, ldns_rr_type type)
{
	return ldns_rr_get_type(rr) == type && ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN &&
	    ldns_dname_compare(ldns_rr_owner(rr), owner) == 0;
}

/* The record's field number i, if it is there and has the size (hazard D15); a size of 0 is that of any name. */
static const ldns_rdf *
field(const ldns_rr *rr, size_t i, ldns_rdf_type type, size_t size)
{
	const ldns_rdf *rdf = i < ldns_rr_rd_count(rr) ? ldns_rr_rdf(rr, i) : NULL;

	if (rdf == NULL || ldns_rdf_get_type(rdf) != type || ldns_rdf_size(rdf) == 0 ||
	    (size > 0 && ldns_rdf_size(rdf) != size))
		return NULL;
	return rdf;
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
	    (target = field(alias, 0, LDNS_RDF_TYPE_DNAME, 0)) != NULL) {
		if (++l->naliases > LOOKUP_CHAIN_MAX)
			return NULL;
		lower(&l->ttl, ldns_rr_ttl(alias));
		name = target;
	}
	return name;
}

bool
message_is_host(const char *name)
{
	struct slice rest = SLICE(name), label = rest;
	size_t       labels = 0;

	if (rest.len >= DNS_NAME_MAX || slice_ends(rest, SLICE(".")))
		return false;
	for (; rest.len > 0; labels++) {
		label = slice_cut(&rest, '.');
		if (label.len == 0 || label.len > LDNS_MAX_LABELLEN || slice_begins(label, SLICE("-")) ||
		    slice_ends(label, SLICE("-")))
			return false;
		for (size_t i = 0; i < label.len; i++)
			if (!isalnum((unsigned char)label.at[i]) && label.at[i] != '-')
				return false;
	}
	return labels > 1 && strspn(label.at, "0123456789") < label.len;
}

struct choice {
	unsigned  preference;
	uint32_t  order;   /* random: equals are shuffled, RFC 5321, 5.1 */
	struct mx mx;
};

static int
compare(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static bool
read_choice(struct choice *choice, const ldns_rr *rr)
{
	const ldns_rdf *preference = field(rr, 0, LDNS_RDF_TYPE_INT16, 2), *host = field(rr, 1, LDNS_RDF_TYPE_DNAME, 0);

	if (preference == NULL || host == NULL || !name_text(choice->mx.host, host) ||
	    !message_is_host(choice->mx.host))
		return false;
	choice->mx.preference = choice->preference = ldns_rdf2native_int16(preference);
	choice->order = arc4random();
	return true;
}

static bool
is_null(const ldns_rr *rr)
{
	const ldns_rdf *host = field(rr, 1, LDNS_RDF_TYPE_DNAME, 0);

	return host != NULL && ldns_dname_label_count(host) == 0;
}

/* Keeps the LOOKUP_RECORDS_MAX hosts of the lowest preference. */
static void
read_mx(struct lookup *l, const ldns_rr_list *records)
{
	size_t         n = ldns_rr_list_rr_count(records), nchoices = 0;
	struct choice *choice = xcalloc(n, sizeof *choice);

	for (size_t i = 0; i < n; i++)
		if (read_choice(&choice[nchoices], ldns_rr_list_rr(records, i)))
			nchoices++;
	qsort(choice, nchoices, sizeof *choice, compare);
	for (; l->nrecords < nchoices && l->nrecords < LOOKUP_RECORDS_MAX; l->nrecords++)
		l->mx[l->nrecords] = choice[l->nrecords].mx;
	free(choice);
}

static void
read_addresses(struct lookup *l, const ldns_rr_list *records)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(records) && l->nrecords < LOOKUP_RECORDS_MAX; i++) {
		const ldns_rr           *rr = ldns_rr_list_rr(records, i);
		const ldns_rdf          *a = field(rr, 0, LDNS_RDF_TYPE_A, sizeof(struct in_addr));
		const ldns_rdf          *aaaa = field(rr, 0, LDNS_RDF_TYPE_AAAA, sizeof(struct in6_addr));
		struct sockaddr_storage *ip = &l->address[l->nrecords];

		*ip = (struct sockaddr_storage){ 0 };
		if (a != NULL) {
			ip->ss_family = AF_INET;
			memcpy(&((struct sockaddr_in *)ip)->sin_addr, ldns_rdf_data(a), sizeof(struct in_addr));
		} else if (aaaa != NULL) {
			ip->ss_family = AF_INET6;
			memcpy(&((struct sockaddr_in6 *)ip)->sin6_addr, ldns_rdf_data(aaaa), sizeof(struct in6_addr));
		} else {
			continue;
		}
		l->nrecords++;
	}
}

/* Adds a record's data, field after field; false when there is no room. */
static bool
add_raw(struct lookup *l, const ldns_rr *rr)
{
	size_t len = l->nrecords > 0 ? l->raw.end[l->nrecords - 1] : 0;

	if (l->nrecords == LOOKUP_RECORDS_MAX)
		return false;
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *rdf = ldns_rr_rdf(rr, i);

		if (ldns_rdf_size(rdf) > sizeof l->raw.octet - len)
			return false;
		memcpy(l->raw.octet + len, ldns_rdf_data(rdf), ldns_rdf_size(rdf));
		len += ldns_rdf_size(rdf);
	}
	l->raw.end[l->nrecords++] = (uint16_t)len;
	return true;
}

/* All of them or none: one that is left out might be the one that the relay's certificate fits. */
static bool
read_raw(struct lookup *l, const ldns_rr_list *records)
{
	l->nrecords = 0;
	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++)
		if (!add_raw(l, ldns_rr_list_rr(records, i)))
			return false;
	return true;
}

static enum message
read_records(struct lookup *l, const ldns_rr_list *records)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++)
		lower(&l->ttl, ldns_rr_ttl(ldns_rr_list_rr(records, i)));
	if (l->type == LOOKUP_CNAME)
		return done(l, LOOKUP_FOUND, "");   /* where it leads, the question for what is there tells */
	if (l->type == LOOKUP_TLSA)
		return read_raw(l, records) ? done(l, LOOKUP_FOUND, "") :
		    failed(l, "more records than there is room for");
	if (l->type != LOOKUP_MX)
		read_addresses(l, records);
	else if (ldns_rr_list_rr_count(records) == 1 && is_null(ldns_rr_list_rr(records, 0)))
		return done(l, LOOKUP_NULL_MX, "");
	else
		read_mx(l, records);
	if (l->nrecords == 0)
		return done(l, LOOKUP_NO_DATA, "none of its records can be used");
	return done(l, LOOKUP_FOUND, "");
}

/* RFC 2308, 5: a 'no' holds for the lesser of the SOA record's TTL and its last field; without one, not at all. */
static const ldns_rr *
lower_by_soa(struct lookup *l, const ldns_rr_list *authority)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(authority); i++) {
		const ldns_rr  *rr = ldns_rr_list_rr(authority, i);
		const ldns_rdf *minimum = field(rr, 6, LDNS_RDF_TYPE_PERIOD, 4);

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

	if (name == NULL || !name_text(l->target, name))
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
