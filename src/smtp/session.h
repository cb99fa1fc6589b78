/* SPDX-License-Identifier: ISC
 *
 * smtp/session.h: one conversation with a relay, in the order in which RFC 5321 tells it.  It speaks to a stream;
 * who connects it and who puts TLS under it is not its business.
 *
 * All that is here comes before MAIL (or after the last message): a failure concerns the relay, so its problem is
 * always VERDICT_LATER (hazard R7).  Messages are smtp/transaction.h's.
 */
#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

#include <stdbool.h>

#include "base/problem.h"
#include "net/stream.h"
#include "smtp/auth.h"
#include "smtp/ehlo.h"
#include "smtp/reply.h"

struct session {
	struct stream *stream;                  /* not owned */
	const char    *peer;                    /* for people: "relay.example.net[192.0.2.1]"; not owned */
	const char    *hello;                   /* our name in EHLO; not owned */
	unsigned       reply_timeout_seconds;   /* caps what RFC 5321, 4.5.3.2 grants, but for the final dot */
	struct ehlo    ehlo;                    /* what the relay offers now */
	struct reply   reply;                   /* the last one */
	bool           in_transaction;          /* one was begun and not ended: RSET before the next */
	bool           knows_bdat;              /* the relay has taken a message that way */
	struct timespec warm;                   /* until then the relay counts as one that is there; monotonic */
};
void session_init(struct session *, struct stream *, const char *peer, const char *hello,
    unsigned reply_timeout_seconds);
void session_release(struct session *);

/* Each returns -1 with why; then the session is fit only to be closed. */
int session_greet(struct session *, struct problem *why);
int session_hello(struct session *, struct problem *why);      /* EHLO, or HELO where that is not known */
int session_starttls(struct session *, struct problem *why);   /* then TLS must start, and session_hello again */
/* Under TLS only.  Where reply.code is 535 afterwards the secret was wrong: another one may be tried. */
int session_auth(struct session *, const struct credentials *, struct problem *why);
void session_quit(struct session *);                           /* waits a few seconds for the answer */

bool session_is_warm(const struct session *);   /* the relay has spoken within the last second */

/*
 * The words of a conversation, for the steps here and in smtp/transaction.c.  A step says its command, then hears the
 * reply; with PIPELINING several are said before the first is heard.
 */
enum { REPLY_YES = 1 << 2, REPLY_MORE = 1 << 3, REPLY_NO = 1 << 4 | 1 << 5 };   /* classes of replies, a bit each */

void session_say(struct session *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void session_await(struct session *, unsigned seconds, const char *what);
/* Reads a reply, whatever it is; -1 with why. */
int session_read(struct session *, struct problem *why);
/* Reads the reply to command and holds it against the classes that are allowed there; -1 with why, also for 421. */
int session_hear(struct session *, const char *command, unsigned classes, struct problem *why);
/* Makes a problem of the last reply: of the message, or of the relay alone (VERDICT_LATER).  Returns -1. */
int session_said(struct session *, const char *command, struct problem *why);
int session_blame(struct session *, const char *command, struct problem *why);

#endif
