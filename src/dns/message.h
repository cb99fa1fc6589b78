/* SPDX-License-Identifier: ISC
 *
 * dns/message.h: what goes over the wire: questions made and answers read by ldns.  RFC 1035, RFC 2308, RFC 6891.
 * Nothing here touches a socket, so that a fuzzer can play the server.
 */
#ifndef DNS_MESSAGE_H
#define DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/lookup.h"

enum {
	MESSAGE_QUERY_MAX = 512,
	MESSAGE_UDP_MAX = 1232,    /* what passes every path unfragmented: DNS flag day 2020 */
	MESSAGE_MAX = 65535,
};

/* Before the first question: the answer is empty yet.  trusted: the resolver's AD bit is believed. */
void message_begin(struct lookup *, bool trusted);

/* Writes the question for l->target; returns its length, 0 when the name is none. */
size_t message_query(const struct lookup *l, uint16_t id, bool edns, uint8_t query[MESSAGE_QUERY_MAX]);

enum message {
	MESSAGE_FOREIGN,     /* not the answer to this question: wait on */
	MESSAGE_TRUNCATED,   /* ask again over TCP */
	MESSAGE_NO_EDNS,     /* the server does not know EDNS: ask it without (RFC 6891, 7) */
	MESSAGE_FAILED,      /* this server does not know or makes no sense; l->words says what it said */
	MESSAGE_ONWARD,      /* an alias: l->target is to be asked next */
	MESSAGE_DONE,        /* l holds the answer */
};

/* Reads what a server sent in answer to the question for l->target. */
enum message message_read(struct lookup *l, uint16_t id, const uint8_t *wire, size_t len);

#endif
