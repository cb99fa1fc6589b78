/* SPDX-License-Identifier: ISC */
#include "dns/records.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "dns/host.h"

bool
record_name(char text[DNS_NAME_MAX], const ldns_rdf *name)
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

const ldns_rdf *
record_field(const ldns_rr *rr, size_t i, ldns_rdf_type type, size_t size)
{
	const ldns_rdf *rdf = i < ldns_rr_rd_count(rr) ? ldns_rr_rdf(rr, i) : NULL;

	if (rdf == NULL || ldns_rdf_get_type(rdf) != type || ldns_rdf_size(rdf) == 0 ||
	    (size > 0 && ldns_rdf_size(rdf) != size))
		return NULL;
	return rdf;
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
	const ldns_rdf *preference = record_field(rr, 0, LDNS_RDF_TYPE_INT16, 2);
	const ldns_rdf *host = record_field(rr, 1, LDNS_RDF_TYPE_DNAME, 0);

	if (preference == NULL || host == NULL || !record_name(choice->mx.host, host) ||
	    !dns_is_host(choice->mx.host))
		return false;
	choice->mx.preference = choice->preference = ldns_rdf2native_int16(preference);
	choice->order = arc4random();
	return true;
}

static bool
is_null(const ldns_rr *rr)
{
	const ldns_rdf *host = record_field(rr, 1, LDNS_RDF_TYPE_DNAME, 0);

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
		const ldns_rdf          *a = record_field(rr, 0, LDNS_RDF_TYPE_A, sizeof(struct in_addr));
		const ldns_rdf          *aaaa = record_field(rr, 0, LDNS_RDF_TYPE_AAAA, sizeof(struct in6_addr));
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

static bool
keep(struct lookup *l, enum lookup_outcome outcome, const char *words)
{
	l->outcome = outcome;
	strlcpy(l->words, words, sizeof l->words);
	return true;
}

static bool
keep_raw(struct lookup *l, const ldns_rr_list *records)
{
	if (read_raw(l, records))
		return keep(l, LOOKUP_FOUND, "");
	strlcpy(l->words, "more records than there is room for", sizeof l->words);
	return false;
}

bool
records_keep(struct lookup *l, const ldns_rr_list *records)
{
	if (l->type == LOOKUP_CNAME)
		return keep(l, LOOKUP_FOUND, "");   /* where it leads, the question for what is there tells */
	if (l->type == LOOKUP_TLSA)
		return keep_raw(l, records);
	if (l->type != LOOKUP_MX)
		read_addresses(l, records);
	else if (ldns_rr_list_rr_count(records) == 1 && is_null(ldns_rr_list_rr(records, 0)))
		return keep(l, LOOKUP_NULL_MX, "");
	else
		read_mx(l, records);
	return l->nrecords > 0 ? keep(l, LOOKUP_FOUND, "") :
	    keep(l, LOOKUP_NO_DATA, "none of its records can be used");
}
