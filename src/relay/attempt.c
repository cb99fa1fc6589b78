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
#include "smtp/flight.h"

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
};

/* All that are tried together. */
struct round {
	struct carrier *carrier;
	struct attempt *attempt;      /* owned */
	size_t          nattempts;
	size_t          calls_left;
	int             turn;         /* with the relay at hand, until its first flight is over */
};

/* What goes to the candidate at hand at once: for each message a transaction, and whose its recipients are. */
struct flight {
	struct transaction transaction[FLIGHT_MAX];
	struct attempt    *attempt[FLIGHT_MAX];
	struct pending   **whose[FLIGHT_MAX];   /* owned, and so are the transactions' recipients */
	size_t             n, nrecipients;
	off_t              octets;
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
	a->carrier->settled(a->carrier->argument, a->entry, &p->fate);
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
note_all_here(struct round *r, enum reason reason, const char *relay, const struct problem *why)
{
	for (struct attempt *a = r->attempt; a < r->attempt + r->nattempts; a++)
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
take_answer(struct attempt *a, struct pending *p, struct addressee *to)
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
		break;
	}
}

/* Makes sure of a session with c.  Returns -1 with why when there is none. */
static int
ensure_link(struct round *r, const struct candidate *c, struct problem *why)
{
	struct link *l = &r->carrier->link;

	if (link_leads_to(l, c))
		return 0;
	link_quit(l);
	if (link_open(l, c, r->carrier->conf, &r->calls_left, why) != 0)
		return -1;
	l->session.ehlo.chunking = l->session.ehlo.chunking && !r->carrier->careful;
	return 0;
}

static size_t
count_here(const struct attempt *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->npending; i++)
		n += a->pending[i].here;
	return n < TRANSACTION_MAX ? n : TRANSACTION_MAX;
}

/* The next n recipients that go to the candidate at hand. */
static void
gather(struct attempt *a, struct addressee *to, struct pending **whose, size_t n)
{
	for (size_t i = 0; n > 0; i++) {
		const struct recipient *r = &a->entry->recipient[a->pending[i].recipient];

		if (!a->pending[i].here)
			continue;
		*to++ = (struct addressee){ .address = r->address, .notify = r->notify, .orcpt = r->orcpt };
		*whose++ = &a->pending[i];
		n--;
	}
}

/* One goes whatever its size. */
static bool
has_room(const struct flight *f, const struct text *text, size_t nrecipients)
{
	return f->n == 0 || (f->n < FLIGHT_MAX && f->octets + text->len <= FLIGHT_MAX_OCTETS &&
	    f->nrecipients + nrecipients <= FLIGHT_MAX_RECIPIENTS);
}

/* Whoever has no answer stays here. */
static void
take_answers(struct flight *f, struct transaction *t)
{
	size_t i = (size_t)(t - f->transaction);

	if (t->ending == ENDING_UNREADABLE)
		decide_all(f->attempt[i], &t->why);
	for (size_t k = 0; k < t->nto; k++)
		if (f->whose[i][k]->here && t->to[k].answer != ANSWER_NONE)
			take_answer(f->attempt[i], f->whose[i][k], &t->to[k]);
}

static void
take_at_once(struct transaction *t)
{
	take_answers(t->argument, t);
}

/* RFC 8689, 4.2.1: a relay that must not have the message has as good as refused it. */
static bool
may_have(struct attempt *a)
{
	struct addressee to = { .answer = ANSWER_REFUSED };

	if (!a->entry->requiretls || link_keeps_tls(&a->carrier->link, &to.said))
		return true;
	for (size_t i = 0; i < a->npending; i++)
		if (a->pending[i].here)
			take_answer(a, &a->pending[i], &to);
	return false;
}

/* Returns false when there is no room for it in this flight. */
static bool
board(struct flight *f, struct attempt *a)
{
	struct transaction t = {
		.sender = a->entry->sender,
		.ret = a->entry->ret,
		.envid = a->entry->envid,
		.requiretls = a->entry->requiretls,
		.answered = take_at_once,
		.argument = f,
	};
	struct problem     why;

	t.nto = count_here(a);
	if (t.nto == 0 || !may_have(a))
		return true;
	if (fitting_text(&a->fitting, &a->carrier->link.session.ehlo, &t.text, &why) != 0) {
		decide_all(a, &why);
		return true;
	}
	if (!has_room(f, &t.text, t.nto))
		return false;
	t.to = xcalloc(t.nto, sizeof *t.to);
	f->whose[f->n] = xcalloc(t.nto, sizeof **f->whose);
	gather(a, t.to, f->whose[f->n], t.nto);
	f->octets += t.text.len;
	f->nrecipients += t.nto;
	f->attempt[f->n] = a;
	f->transaction[f->n++] = t;
	return true;
}

static void
flight_release(struct flight *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->transaction[i].to);
		free(f->whose[i]);
	}
}

static enum ending
send_flight(struct round *r, struct flight *f, struct problem *why)
{
	struct link *l = &r->carrier->link;
	enum ending  ending;

	for (size_t i = 0; i < r->nattempts && board(f, &r->attempt[i]); i++)
		continue;
	ending = flight_send(&l->session, f->transaction, f->n, why);
	if (ending == ENDING_MISLED || (ending == ENDING_LOST && l->session.ehlo.chunking))
		r->carrier->careful = true;
	if (ending != ENDING_READY)
		link_drop(l);
	return ending;
}

/*
 * Whether the candidate deserves a new session.  A kept one that turns out dead, or that ends between two messages, was
 * ended by a relay that was tired of waiting, or had its fill of one client: that is no fault.
 */
static bool
deserves_another(struct round *r, const struct flight *f, enum ending ending, bool kept)
{
	bool went_on = f->n > 0 && f->transaction[0].ending == ENDING_READY;

	if (went_on)
		r->calls_left = ATTEMPT_MAX_CALLS;   /* those left have made none in vain */
	return r->calls_left > 0 && (ending == ENDING_UNREADABLE || ending == ENDING_MISLED ||
	    (ending == ENDING_UNANSWERED && (kept || went_on)));
}

/* What an ending says of the relay itself. */
static void
judge(struct round *r, const struct candidate *c, enum ending ending, const struct problem *why)
{
	struct carrier *carrier = r->carrier;
	char            words[sizeof why->text];

	if (ending == ENDING_UNANSWERED || ending == ENDING_LOST)
		down_mark(carrier->state, c->host, c->port, why, clock_now());
	if (ending == ENDING_READY && !carrier->link.works) {
		carrier->link.works = true;
		reply_text(&carrier->link.session.reply, words, sizeof words);
		if (down_clear(carrier->state, c->host, c->port, words, clock_now()))
			carrier->back = true;
	}
	turn_leave(&r->turn);
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

/* One flight.  Returns false when the candidate is good for no more of them. */
static bool
send_some(struct round *r, const struct candidate *c)
{
	struct flight  f = { .n = 0 };
	struct problem why;
	bool           kept = link_leads_to(&r->carrier->link, c), again;
	enum ending    ending = ensure_link(r, c, &why) == 0 ? send_flight(r, &f, &why) : ENDING_UNANSWERED;

	for (size_t i = 0; i < f.n; i++)
		take_answers(&f, &f.transaction[i]);
	again = deserves_another(r, &f, ending, kept);
	if (!again)
		judge(r, c, ending, &why);
	if (!again && ending != ENDING_READY)
		note_all_here(r, REASON_FAILED, r->carrier->link.relay, &why);
	flight_release(&f);
	return again || ending == ENDING_READY;
}

static bool
any_here(const struct round *r)
{
	for (size_t i = 0; i < r->nattempts; i++)
		if (count_here(&r->attempt[i]) > 0)
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
is_spared(struct round *r, const struct candidate *c, struct problem *why)
{
	struct carrier *carrier = r->carrier;
	struct down     d;

	if (link_leads_to(&carrier->link, c))
		return false;
	if (!link_may_open(c, why))
		return true;
	if (r->calls_left == 0) {
		problem_set(why, VERDICT_LATER, "4.4.0", "%d connections were made in this try: relay %s has to wait",
		    ATTEMPT_MAX_CALLS, c->host);
		return true;
	}
	if (down_try(&d, carrier->state, c->host, c->port, clock_now(), &r->turn))
		return false;
	*why = d.why;
	problem_prefix(why, "relay is known to be down");
	return true;
}

static void
try_candidate(struct round *r, const struct candidate *c)
{
	struct problem why;

	for (size_t i = 0; i < r->nattempts; i++)
		choose_for(&r->attempt[i], c);
	if (any_here(r) && is_spared(r, c, &why))
		note_all_here(r, REASON_DOWN, "none", &why);
	while (any_here(r) && send_some(r, c))
		continue;
	turn_leave(&r->turn);
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

static void
begin(struct attempt *a, struct carrier *carrier, const struct parcel *parcel)
{
	struct slice   faults = buf_slice(&carrier->conf->faults);
	struct problem why;

	*a = (struct attempt){ .carrier = carrier, .entry = &parcel->entry };
	find_pending(a);
	fitting_init(&a->fitting, &parcel->entry, parcel->fd);
	if (carrier->conf->nfaults == 0)
		return;
	problem_set(&why, VERDICT_LATER, "4.3.5", "broken configuration: %.*s", SLICE_ARG(slice_cut(&faults, '\n')));
	decide_all(a, &why);
}

void
attempt(struct carrier *carrier, const struct route *route, const char *nothing, const struct parcel *parcel, size_t n)
{
	struct round r = { .carrier = carrier, .nattempts = n, .calls_left = ATTEMPT_MAX_CALLS,
	    .turn = TURN_NONE };

	carrier->link.stream.tired = note_slow;
	carrier->link.stream.waiter = carrier;
	r.attempt = xcalloc(n + 1, sizeof *r.attempt);
	for (size_t i = 0; i < n; i++)
		begin(&r.attempt[i], carrier, &parcel[i]);
	for (size_t i = 0; i < route->ncandidates; i++)
		try_candidate(&r, &route->candidate[i]);
	for (size_t i = 0; i < n; i++) {
		decide_rest(&r.attempt[i], route, nothing);
		fitting_release(&r.attempt[i].fitting);
		free(r.attempt[i].pending);
	}
	free(r.attempt);
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
