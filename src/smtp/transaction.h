/* SPDX-License-Identifier: ISC
 *
 * smtp/transaction.h: one message to some recipients over a session: MAIL to the final dot (RFC 5321, 3.3).  From MAIL
 * on a refusal may concern the message or one recipient of many (hazards R7, R8): each recipient has an answer.
 */
#ifndef SMTP_TRANSACTION_H
#define SMTP_TRANSACTION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/problem.h"
#include "smtp/session.h"

enum { TRANSACTION_MAX = 100 };   /* recipients: RFC 5321, 4.5.3.1.8: what every relay must take */

/* What a relay made of one recipient. */
enum answer {
	ANSWER_NONE,       /* nothing that counts */
	ANSWER_ACCEPTED,   /* it has the message: said holds its words and its status */
	ANSWER_REFUSED,    /* 4xx or 5xx to MAIL, RCPT, DATA or the final dot: said is the problem, with the verdict */
	ANSWER_DOUBT,      /* nobody knows: lost between the final dot and its answer */
};

struct addressee {
	const char    *address;   /* not owned */
	const char    *notify;    /* RFC 3461, 4.1 and 4.2: what a relay with DSN is told; NULL: nothing; not owned */
	const char    *orcpt;
	enum answer    answer;
	bool           by_name;   /* refused in reply to its RCPT, not with the whole message */
	bool           asked;     /* RCPT was said ahead of its turn */
	bool           taken;     /* RCPT was accepted */
	struct problem said;
};

/* Where the text comes from; it is in wire form, its lines of 998 octets at most. */
struct text {
	/* Up to room octets from offset on; 0 at the end; -1 with why. */
	ssize_t (*read)(void *argument, off_t offset, char *at, size_t room, struct problem *why);
	void     *argument;
	off_t     len;
	uint32_t  crc;        /* base/crc32.h */
	bool      eightbit;
};

struct transaction {
	const char       *sender;   /* not owned; "" is the null reverse-path */
	const char       *ret;      /* RFC 3461, 4.3 and 4.4: as notify above */
	const char       *envid;
	bool              requiretls;   /* RFC 8689, 4.2.1: only to a relay that offers it, under TLS that proved it */
	struct text       text;
	struct addressee *to;       /* not owned; answers are filled in */
	size_t            nto;      /* 1 to TRANSACTION_MAX */
	bool              heard;    /* filled in: MAIL was answered */
};

/* How a transaction ended, which is another question than what became of each recipient. */
enum ending {
	ENDING_READY,        /* the session can carry another message */
	ENDING_UNANSWERED,   /* the relay was lost before it answered MAIL: a kept connection that had died looks so */
	ENDING_LOST,         /* the relay was lost later: dropped, time-out, 421, or not SMTP what it said */
	ENDING_UNREADABLE,   /* the text is not what was promised; the final dot was not sent (hazard F6) */
};

/*
 * Where SMTPUTF8 is not offered an address whose domain alone is not ASCII is said with A-labels, and any other that is
 * not ASCII is refused (5.6.7).  A header in UTF-8 goes to every relay as it is.
 */

/* MAIL to the final dot.  For each ending but the first why says what happened, and the session must be closed. */
enum ending transaction_send(struct session *, struct transaction *, struct problem *why);

#endif
