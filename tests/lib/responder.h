/* SPDX-License-Identifier: ISC
 *
 * tests/lib/responder.h: a DNS server that errs on purpose, on a port of 127.0.0.1 over UDP and TCP.  It ends with the
 * test that started it.
 */
#ifndef LIB_RESPONDER_H
#define LIB_RESPONDER_H

#include <stddef.h>

/*
 * What is said to a question for a name (of any type, or of one: "mx:example.com").  Steps are separated by ';':
 *
 *     mx OWNER TTL PREFERENCE HOST     cname OWNER TTL TARGET     a OWNER TTL ADDRESS     aaaa OWNER TTL ADDRESS
 *     soa TTL MINIMUM                  ns HOST                    (in the authority section)
 *     raw OWNER TYPE HEX               a record with these octets as its data
 *     many N                           N MX records of the name, with preferences N .. 1
 *     rcode N                          3 is NXDOMAIN
 *     ad                               the AD bit
 *     wrong-id, wrong-name, cut        an answer with another id, to another question, of 20 octets
 *     silent N                         no answer to the first N questions
 *     truncated                        over UDP: the TC bit and nothing else
 *     no-edns                          FORMERR for a question with EDNS
 *     rude                             over TCP: the connection is closed
 *
 * OWNER may be "@": the name asked for.  What no script covers is refused.
 */
struct script {
	const char *name, *say;
};

/* Returns its port. */
unsigned responder_start(const struct script *, size_t n);

#endif
