/* SPDX-License-Identifier: ISC
 *
 * dns/records.h: the records of an answer (RFC 1035, 3.2.1; RFC 6698; RFC 7505), and what a lookup keeps of them.  ldns
 * has seen to their names and lengths; that a field is there, and of what kind, is looked at here (hazard D15).
 */
#ifndef DNS_RECORDS_H
#define DNS_RECORDS_H

#include <ldns/ldns.h>

#include "dns/lookup.h"

/* A record's field number i, if it is there and has the size; a size of 0 is that of any name.  Else NULL. */
const ldns_rdf *record_field(const ldns_rr *, size_t i, ldns_rdf_type, size_t size);

/* A domain name as text without its last dot, specials escaped; false when that is too long. */
bool record_name(char text[DNS_NAME_MAX], const ldns_rdf *name);

/*
 * Fills in outcome, words and records from those that answer the question.  Returns false, and words say why, when not
 * all are there that must be.
 */
bool records_keep(struct lookup *, const ldns_rr_list *);

#endif
