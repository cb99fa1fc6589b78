/* SPDX-License-Identifier: ISC
 *
 * smtp/flight.h: several messages over a session, with as few round trips as the relay allows: whole transactions at
 * once where it offers PIPELINING and CHUNKING (RFC 2920, RFC 3030); with PIPELINING alone each envelope goes out with
 * the end of the message before it; else one step after the other.
 *
 * Replies are counted: each belongs to what was said in its place.  When the connection is lost, what was answered
 * counts; a message that was sent to its last octet and not answered is in doubt; any other was not sent.
 */
#ifndef SMTP_FLIGHT_H
#define SMTP_FLIGHT_H

#include "smtp/transaction.h"

/*
 * What goes out before the first reply is read.  A relay may stop reading while nobody reads its replies: these must
 * fit into the buffers between, and so few do (RFC 2920, 3.1).
 */
enum { FLIGHT_MAX = 16, FLIGHT_MAX_OCTETS = 64 << 10, FLIGHT_MAX_RECIPIENTS = 100 };

/*
 * Sends n messages, which are FLIGHT_MAX with FLIGHT_MAX_OCTETS of text and FLIGHT_MAX_RECIPIENTS at most, or a single
 * one of any size.  Each has its own ending; what is returned is the session's: for each but ENDING_READY it must be
 * closed, and why says what happened.  ENDING_UNREADABLE of one message need not be the session's.  Whoever wants to
 * know of an answer before the next one is waited for says so in the transaction.
 */
enum ending flight_send(struct session *, struct transaction *, size_t n, struct problem *why);

#endif
