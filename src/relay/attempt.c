/* SPDX-License-Identifier: ISC */
#include "relay/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "mail/dsn.h"
#include "relay/down.h"
#include "relay/fitting.h"
#include "relay/turn.h"
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

struct attempt {
	struct carrier     *carrier;
	const struct entry *entry;
	struct fitting      fitting;
	struct pending     *pending;   /* owned */
	size_t              npending;
	size_t              calls_left;
	int                 turn;      /* with the relay at hand, until its first transaction is over */
};

static const char *
address_of(const struct attempt *a, const struct pending *p)
{
	return a->entry->recipient[p->recipient].address;
}

/* A recipient's fate is final. */
static void
tell(struct attempt *a, struct pending *p)
{
	p->decided = true;
	p->here = false;
	a->carrier->settled(a->carrier->argument, &p->fate);
}

static void
decide(struct attempt *a, struct pending *p, const char *relay, const struct problem *why)
{
	fate_of_problem(&p->fate, p->recipient, relay, why);
	tell(a, p);
}

static void
decide_all(struct attempt *a, const struct problem *why)
{
	for (size_t i = 0; i < a->npending; i++)
		if (!a->pending[i].decided)
			decide(a, &a->pending[i], "none", why);
}

/* Leaves a recipient to the next candidate, and keeps what tells most: of refusals the last, of others the first. */
static void
note(struct pending *p, enum reason reason, const char *relay, const struct problem *why)
{
	p->here = false;
	if (reason < p->reason || (reason == p->reason && reason != REASON_NONE))
		return;
	p->reason = reason;
	fate_of_problem(&p->fate, p->recipient, relay, why);
}

static void
note_all_here(struct attempt *a, enum reason reason, const char *relay, const struct problem *why)
{
	for (size_t i = 0; i < a->npending; i++)
		if (a->pending[i].here)
			note(&a->pending[i], reason, relay, why);
}

/*
 * RFC 3463, 3.2 and 3.3: 5.1.x is about the recipient's address and 5.2.x about its mailbox, so no other relay will
 * know better; but 5.1.7 and 5.1.8 are about the sender's address, which another relay may well accept.
 */
static bool
is_about_recipient(const char *status)
{
	return strncmp(status, "5.2.", 4) == 0 || (strncmp(status, "5.1.", 4) == 0 && strcmp(status, "5.1.7") != 0 &&
	    strcmp(status, "5.1.8") != 0);
}

static void
take_refusal(struct attempt *a, struct pending *p, const struct addressee *to)
{
	const char *relay = a->carrier->link.relay;

	if (to->said.verdict == VERDICT_LATER)
		note(p, REASON_ANSWER, relay, &to->said);
	else if (to->by_name && is_about_recipient(to->said.status))
		decide(a, p, relay, &to->said);
	else
		note(p, REASON_NONE, relay, &to->said);
}

static void
take_answer(struct attempt *a, struct pending *p, struct addressee *to, const struct problem *why)
{
	const char *relay = a->carrier->link.relay;

	switch (to->answer) {
	case ANSWER_ACCEPTED:
		fate_of_problem(&p->fate, p->recipient, relay, &to->said);
		p->fate.outcome = OUTCOME_SENT;
		p->fate.unreported = !a->carrier->link.session.ehlo.dsn && dsn_wants(to->notify, "SUCCESS");
		tell(a, p);
		break;
	case ANSWER_DOUBT:
		problem_prefix(&to->said, "sent, but whether it was accepted is not known");
		decide(a, p, relay, &to->said);
		break;
	case ANSWER_REFUSED:
		take_refusal(a, p, to);
		break;
	case ANSWER_NONE:
		note(p, REASON_FAILED, relay, why);
	}
}

/* The next recipients that go to the candidate at hand, as many as one transaction takes. */
static size_t
gather(struct attempt *a, struct addressee *to, struct pending **whose)
{
	size_t n = 0;

	for (size_t i = 0; i < a->npending && n < TRANSACTION_MAX; i++) {
		const struct recipient *r = &a->entry->recipient[a->pending[i].recipient];

		if (!a->pending[i].here)
			continue;
		to[n] = (struct addressee){ .address = r->address, .notify = r->notify, .orcpt = r->orcpt };
		whose[n++] = &a->pending[i];
	}
	return n;
}

/* Makes sure of a session with c.  Returns -1 with why when there is none. */
static int
ensure_link(struct attempt *a, const struct candidate *c, struct problem *why)
{
	struct link *l = &a->carrier->link;

	if (link_leads_to(l, c))
		return 0;
	link_quit(l);
	return link_open(l, c, a->carrier->conf, &a->calls_left, why);
}

/* RFC 8689, 4.2.1: a relay that must not have the message has as good as refused it. */
static bool
may_have(const struct attempt *a, struct transaction *t)
{
	struct problem why;

	if (!t->requiretls || link_keeps_tls(&a->carrier->link, &why))
		return true;
	for (size_t i = 0; i < t->nto; i++) {
		t->to[i].answer = ANSWER_REFUSED;
		t->to[i].said = why;
	}
	return false;
}

/* A kept session that turns out dead was ended by a relay that was tired of waiting: that is no fault. */
static enum ending
send_to(struct attempt *a, const struct candidate *c, struct transaction *t, struct problem *why)
{
	struct link *l = &a->carrier->link;
	bool         kept = link_leads_to(l, c);
	enum ending  ending;

	if (ensure_link(a, c, why) != 0)
		return ENDING_UNANSWERED;
	if (!may_have(a, t))
		return ENDING_READY;
	if (fitting_text(&a->fitting, &l->session.ehlo, &t->text, why) != 0)
		return ENDING_UNREADABLE;
	ending = transaction_send(&l->session, t, why);
	if (ending != ENDING_READY)
		link_drop(l);
	return ending == ENDING_UNANSWERED && kept && a->calls_left > 0 ? send_to(a, c, t, why) : ending;
}

/* What an ending says of the relay itself. */
static void
judge(struct attempt *a, const struct candidate *c, enum ending ending, const struct problem *why)
{
	struct carrier *carrier = a->carrier;
	char            words[sizeof why->text];

	if (ending == ENDING_UNANSWERED || ending == ENDING_LOST)
		down_mark(carrier->state, c->host, c->port, why, clock_now());
	if (ending == ENDING_READY && !carrier->link.works) {
		carrier->link.works = true;
		reply_text(&carrier->link.session.reply, words, sizeof words);
		if (down_clear(carrier->state, c->host, c->port, words, clock_now()))
			carrier->back = true;
	}
	turn_leave(&a->turn);
}

/* While this session waits, and it may have to for minutes (RFC 5321, 4.5.3.2), others are not to join it. */
static void
note_slow(void *argument)
{
	struct carrier         *carrier = argument;
	const struct candidate *c = &carrier->link.candidate;
	struct problem          why;

	problem_set(&why, VERDICT_LATER, "4.4.2", "%s: still waiting for %s", carrier->link.peer,
	    carrier->link.stream.awaited);
	down_mark(carrier->state, c->host, c->port, &why, clock_now());
	carrier->link.works = false;   /* when it answers that is news */
	if (carrier->slow != NULL)
		carrier->slow(carrier->argument);
}

/* One transaction.  Returns false when the candidate is good for no more of them. */
static bool
send_some(struct attempt *a, const struct candidate *c)
{
	struct addressee  *to = xcalloc(TRANSACTION_MAX, sizeof *to);
	struct pending    *whose[TRANSACTION_MAX];
	struct transaction t = {
		.sender = a->entry->sender,
		.ret = a->entry->ret,
		.envid = a->entry->envid,
		.requiretls = a->entry->requiretls,
		.to = to,
		.nto = gather(a, to, whose),
	};
	struct problem     why;
	enum ending        ending = send_to(a, c, &t, &why);

	judge(a, c, ending, &why);
	if (ending == ENDING_UNREADABLE)
		decide_all(a, &why);
	for (size_t i = 0; i < t.nto; i++)
		if (!whose[i]->decided)
			take_answer(a, whose[i], &to[i], &why);
	if (ending != ENDING_READY)
		note_all_here(a, REASON_FAILED, a->carrier->link.relay, &why);
	free(to);
	return ending == ENDING_READY;
}

static bool
any_here(const struct attempt *a)
{
	for (size_t i = 0; i < a->npending; i++)
		if (a->pending[i].here)
			return true;
	return false;
}

static void
choose_for(struct attempt *a, const struct candidate *c)
{
	for (size_t i = 0; i < a->npending; i++) {
		struct pending *p = &a->pending[i];

		p->here = !p->decided && candidate_carries(c, a->entry->sender, address_of(a, p));
	}
}

/* Whether c is left alone in this try; why says what is known about it. */
static bool
is_spared(struct attempt *a, const struct candidate *c, struct problem *why)
{
	struct carrier *carrier = a->carrier;
	struct down     d;

	if (link_leads_to(&carrier->link, c))
		return false;
	if (!link_may_open(c, why))
		return true;
	if (a->calls_left == 0) {
		problem_set(why, VERDICT_LATER, "4.4.0", "%d connections were made in this try: relay %s has to wait",
		    ATTEMPT_MAX_CALLS, c->host);
		return true;
	}
	if (down_try(&d, carrier->state, c->host, c->port, clock_now(), &a->turn))
		return false;
	*why = d.why;
	problem_prefix(why, "relay is known to be down");
	return true;
}

static void
try_candidate(struct attempt *a, const struct candidate *c)
{
	struct problem why;

	choose_for(a, c);
	if (any_here(a) && is_spared(a, c, &why))
		note_all_here(a, REASON_DOWN, "none", &why);
	while (any_here(a) && send_some(a, c))
		continue;
}

static void
no_relay(const struct attempt *a, const struct route *r, const char *nothing, const struct pending *p,
    struct problem *why)
{
	const char *file = a->carrier->conf->file;

	if (r->ncandidates == 0)
		problem_set(why, VERDICT_LATER, "4.4.4", "no relay: %s and none configured in %s", nothing, file);
	else
		problem_set(why, VERDICT_LATER, "4.4.4", "no relay carries mail from <%s> to <%s>: see for, from and "
		    "refuse in %s", a->entry->sender, address_of(a, p), file);
}

/* All candidates had their turn. */
static void
decide_rest(struct attempt *a, const struct route *r, const char *nothing)
{
	struct problem why;

	for (size_t i = 0; i < a->npending; i++) {
		struct pending *p = &a->pending[i];

		if (p->decided)
			continue;
		if (p->fate.text[0] == '\0') {
			no_relay(a, r, nothing, p, &why);
			fate_of_problem(&p->fate, p->recipient, "none", &why);
		}
		tell(a, p);
	}
}

static void
find_pending(struct attempt *a)
{
	a->pending = xcalloc(a->entry->nrecipients + 1, sizeof *a->pending);
	for (size_t i = 0; i < a->entry->nrecipients; i++)
		if (a->entry->recipient[i].state == RECIPIENT_QUEUED)
			a->pending[a->npending++].recipient = i;
}

void
attempt(struct carrier *carrier, const struct route *route, const char *nothing, const struct entry *entry, int fd)
{
	struct attempt a = { .carrier = carrier, .entry = entry, .calls_left = ATTEMPT_MAX_CALLS,
	    .turn = TURN_NONE };
	struct slice   faults = buf_slice(&carrier->conf->faults);
	struct problem why;

	carrier->link.stream.tired = note_slow;
	carrier->link.stream.waiter = carrier;
	find_pending(&a);
	fitting_init(&a.fitting, entry, fd);
	if (carrier->conf->nfaults > 0) {
		problem_set(&why, VERDICT_LATER, "4.3.5", "broken configuration: %.*s",
		    SLICE_ARG(slice_cut(&faults, '\n')));
		decide_all(&a, &why);
	}
	for (size_t i = 0; i < route->ncandidates; i++)
		try_candidate(&a, &route->candidate[i]);
	decide_rest(&a, route, nothing);
	fitting_release(&a.fitting);
	free(a.pending);
}

time_t
attempt_pause(const struct carrier *carrier, const struct route *route)
{
	time_t      now = clock_now(), first = 0;
	struct down d;

	if (carrier->link.open || carrier->conf->nfaults > 0)
		return 0;
	if (route->ncandidates == 0)
		return now + DOWN_FIRST_SECONDS;
	for (size_t i = 0; i < route->ncandidates; i++) {
		const struct candidate *c = &route->candidate[i];

		if (!down_read(&d, carrier->state, c->host, c->port, now))
			return 0;
		if (first == 0 || d.until < first)
			first = d.until;
	}
	return first;
}
