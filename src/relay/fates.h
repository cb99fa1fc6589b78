/* SPDX-License-Identifier: ISC
 *
 * relay/fates.h: what becomes of a message's recipients while one relay after the other is tried: who is decided, and
 * what tells most of all that was said of the others (hazards R6 to R8).
 */
#ifndef RELAY_FATES_H
#define RELAY_FATES_H

#include "entry/entry.h"
#include "ipc/fate.h"
#include "relay/route.h"
#include "smtp/transaction.h"

/* Why a recipient has to wait; the more telling ones are greater. */
enum reason {
	REASON_NONE,      /* it need not: all relays so far have refused it for good, or none was tried */
	REASON_DOWN,      /* a relay is known to be down and was left alone */
	REASON_FAILED,    /* a relay failed */
	REASON_ANSWER,    /* a relay answered 4xx */
};

struct pending {
	size_t      recipient;   /* its place in the envelope */
	bool        decided;     /* its fate was told */
	bool        here;        /* to be tried with the candidate at hand */
	enum reason reason;
	struct fate fate;        /* the most telling one so far; no text: none */
};

struct fates {
	const struct entry *entry;     /* not owned */
	struct pending     *pending;   /* owned: those to whom it was still to be sent */
	size_t              npending;
	/* Is told each fate, once, as soon as it is known. */
	void              (*settled)(void *argument, const struct entry *, const struct fate *);
	void               *argument;
};

/* settled and argument are the owner's to set. */
void fates_init(struct fates *, const struct entry *);
void fates_release(struct fates *);

/* Those whom c may carry are here from now on, and no others. */
void fates_choose(struct fates *, const struct candidate *c);
size_t fates_nhere(const struct fates *);   /* for one transaction: TRANSACTION_MAX at most */
void fates_gather(struct fates *, struct addressee *to, struct pending **whose, size_t n);   /* n who are here */

/* Takes what a relay made of one who is here; has_dsn: it reports success itself (RFC 3461, 5.2.1). */
void fates_take(struct fates *, struct pending *, struct addressee *, const char *relay, bool has_dsn);
/* Leaves all who are here to the next candidate; why is said of the relay, or by it of the message. */
void fates_leave(struct fates *, enum reason, const char *relay, const struct problem *why);
/* The fate of all who have none yet, whatever relays may say. */
void fates_decide(struct fates *, const struct problem *why);
/* Whether nobody has been told a fate yet: then it can be as if the message had not been tried. */
bool fates_untold(const struct fates *);
void fates_withdraw(struct fates *);   /* it is: nobody is here or anywhere, and nobody will be told */
/*
 * All candidates were tried: what tells most is the fate of the rest.  nothing says why nothing was discovered, file is
 * the configuration's: for the words of who was tried nowhere.
 */
void fates_end(struct fates *, const struct route *, const char *nothing, const char *file);

#endif
