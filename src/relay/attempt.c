/* SPDX-License-Identifier: ISC */
#include "relay/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "ipc/packet.h"
#include "relay/down.h"
#include "relay/fates.h"
#include "relay/fitting.h"
#include "relay/turn.h"
#include "smtp/flight.h"

struct attempt {
	const struct entry *entry;
	struct fates        fates;
	struct fitting      fitting;
};

/* All that are tried together. */
struct round {
	struct client  *client;
	struct attempt *attempt;      /* owned */
	size_t          nattempts;
	size_t          calls_left;
	int             turn;         /* with the relay at hand, until its first flight is over */
};

/* What goes to the candidate at hand at once: for each message a transaction, and whose its recipients are. */
struct flight {
	const struct link *link;
	struct transaction transaction[FLIGHT_MAX];
	struct attempt    *attempt[FLIGHT_MAX];
	struct pending   **whose[FLIGHT_MAX];   /* owned, and so are the transactions' recipients */
	size_t             n, nrecipients;
	off_t              octets;
};

/* Makes sure of a session with c.  Returns -1 with why when there is none. */
static int
ensure_link(struct round *r, const struct candidate *c, struct problem *why)
{
	struct link *l = &r->client->link;

	if (link_leads_to(l, c))
		return 0;
	link_quit(l);
	if (link_open(l, c, r->client->conf, &r->calls_left, why) != 0)
		return -1;
	l->session.ehlo.chunking = l->session.ehlo.chunking && !r->client->careful;
	return 0;
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
		fates_decide(&f->attempt[i]->fates, &t->why);
	for (size_t k = 0; k < t->nto; k++)
		if (f->whose[i][k]->here && t->to[k].answer != ANSWER_NONE)
			fates_take(&f->attempt[i]->fates, f->whose[i][k], &t->to[k], f->link->relay,
			    f->link->session.ehlo.dsn);
}

static void
take_at_once(struct transaction *t)
{
	take_answers(t->argument, t);
}

/* RFC 8689, 4.2.1: a relay that must not have the message has as good as refused it. */
static bool
may_have(struct attempt *a, const struct link *l)
{
	struct problem why;

	if (!a->entry->requiretls || link_keeps_tls(l, &why))
		return true;
	fates_leave(&a->fates, REASON_NONE, l->relay, &why);
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

	t.nto = fates_nhere(&a->fates);
	if (t.nto == 0 || !may_have(a, f->link))
		return true;
	if (fitting_text(&a->fitting, &f->link->session.ehlo, &t.text, &why) != 0) {
		fates_decide(&a->fates, &why);
		return true;
	}
	if (!has_room(f, &t.text, t.nto))
		return false;
	t.to = xcalloc(t.nto, sizeof *t.to);
	f->whose[f->n] = xcalloc(t.nto, sizeof(struct pending *));
	fates_gather(&a->fates, t.to, f->whose[f->n], t.nto);
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
	struct link *l = &r->client->link;
	enum ending  ending;

	f->link = l;
	for (size_t i = 0; i < r->nattempts && board(f, &r->attempt[i]); i++)
		continue;
	ending = flight_send(&l->session, f->transaction, f->n, why);
	if (ending == ENDING_MISLED || (ending == ENDING_LOST && l->session.ehlo.chunking))
		r->client->careful = true;
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

/* For people: its last words, and under which TLS they came. */
static void
quote(struct link *l, char *words, size_t size)
{
	char text[300];

	reply_text(&l->session.reply, text, sizeof text);
	snprintf(words, size, "%s (%s)", text, l->tls[0] != '\0' ? l->tls : "in clear");
}

/* What an ending says of the relay itself.  Those who were turned away meanwhile wait to hear of it. */
static void
judge(struct round *r, const struct candidate *c, enum ending ending, const struct problem *why)
{
	struct client *client = r->client;
	char           words[sizeof why->text];
	bool           is_news = false, is_awaited;

	if (ending == ENDING_UNANSWERED || ending == ENDING_LOST)
		is_news = down_mark(client->state, c->account, c->port, why, clock_now());
	is_awaited = turn_leave(&r->turn);
	if (ending == ENDING_READY && !client->link.works) {
		client->link.works = is_news = true;
		quote(&client->link, words, sizeof words);
		if (down_clear(client->state, c->account, c->port, words, clock_now()))
			*(client->only_slow ? &client->heard : &client->back) = true;
	}
	client->only_slow = false;
	client->heard = client->heard || (is_news && is_awaited);
}

/* While this session waits, and it may have to for minutes (RFC 5321, 4.5.3.2), others are not to join it. */
static void
note_slow(void *argument)
{
	struct client          *client = argument;
	const struct candidate *c = &client->link.candidate;
	struct problem          why;
	struct down             d;

	client->only_slow = client->only_slow || !down_recall(&d, client->state, c->account, c->port, clock_now());
	problem_set(&why, VERDICT_LATER, "4.4.2", "%s: still waiting for %s", client->link.peer,
	    client->link.stream.awaited);
	down_mark(client->state, c->account, c->port, &why, clock_now());
	client->link.works = false;   /* when it answers that is news */
	if (client->slow != NULL)
		client->slow(client->argument);
}

static void
leave_all(struct round *r, enum reason reason, const char *relay, const struct problem *why)
{
	for (size_t i = 0; i < r->nattempts; i++)
		fates_leave(&r->attempt[i].fates, reason, relay, why);
}

/* One flight.  Returns false when the candidate is good for no more of them. */
static bool
send_some(struct round *r, const struct candidate *c)
{
	struct flight  f = { .n = 0 };
	struct problem why;
	bool           kept = link_leads_to(&r->client->link, c), again;
	enum ending    ending = ensure_link(r, c, &why) == 0 ? send_flight(r, &f, &why) : ENDING_UNANSWERED;

	for (size_t i = 0; i < f.n; i++)
		take_answers(&f, &f.transaction[i]);
	again = deserves_another(r, &f, ending, kept);
	if (!again)
		judge(r, c, ending, &why);
	if (!again && ending != ENDING_READY)
		leave_all(r, REASON_FAILED, r->client->link.relay, &why);
	flight_release(&f);
	return again || ending == ENDING_READY;
}

static bool
any_here(const struct round *r)
{
	for (size_t i = 0; i < r->nattempts; i++)
		if (fates_nhere(&r->attempt[i].fates) > 0)
			return true;
	return false;
}

/* Whether c is called in this try; why says why it is left alone. */
static enum advice
seek_advice(struct round *r, const struct candidate *c, struct problem *why)
{
	struct client *client = r->client;
	struct down    d;
	enum advice    advice = ADVICE_SPARE;

	if (link_leads_to(&client->link, c))
		return ADVICE_CALL;
	if (r->calls_left == 0) {
		problem_set(why, VERDICT_LATER, "4.4.0", "%d connections were made in this try: relay %s has to wait",
		    ATTEMPT_MAX_CALLS, c->host);
		return ADVICE_SPARE;
	}
	if (!down_read(&d, client->state, c->account, c->port, clock_now())) {
		if (!link_may_open(c, why))   /* it may run a password-command, and not for who is left alone */
			return ADVICE_SPARE;
		advice = down_try(&d, client->state, c->account, c->port, clock_now(), &r->turn);
	}
	if (advice == ADVICE_SPARE) {
		*why = d.why;
		problem_prefix(why, "relay is known to be down");
	}
	return advice;
}

/*
 * Those who are here wait where they have come from, so that mail for other relays gets this worker meanwhile; where one
 * of them cannot, all stay and c is called once more.
 */
static void
give_back(struct round *r, const struct candidate *c)
{
	struct client *client = r->client;

	for (size_t i = 0; i < r->nattempts; i++)
		if (client->given_back == NULL ||
		    (fates_nhere(&r->attempt[i].fates) > 0 && !fates_untold(&r->attempt[i].fates)))
			return;
	for (size_t i = 0; i < r->nattempts; i++)
		if (fates_nhere(&r->attempt[i].fates) > 0) {
			fates_withdraw(&r->attempt[i].fates);
			client->given_back(client->argument, r->attempt[i].entry);
		}
	client->busy = c;
}

static void
try_candidate(struct round *r, const struct candidate *c)
{
	struct problem why;
	enum advice    advice;

	for (size_t i = 0; i < r->nattempts; i++)
		fates_choose(&r->attempt[i].fates, c);
	if (!any_here(r))
		return;
	advice = seek_advice(r, c, &why);
	if (advice == ADVICE_SPARE)
		leave_all(r, REASON_DOWN, "none", &why);
	if (advice == ADVICE_WAIT)
		give_back(r, c);
	while (any_here(r) && send_some(r, c))
		continue;
	turn_leave(&r->turn);
}

static void
begin(struct attempt *a, struct client *client, const struct message *message)
{
	struct slice   faults = buf_slice(&client->conf->faults), first = slice_cut(&faults, '\n');
	struct problem why;

	a->entry = &message->entry;
	fates_init(&a->fates, a->entry);
	a->fates.settled = client->settled;
	a->fates.argument = client->argument;
	fitting_init(&a->fitting, a->entry, message->fd);
	if (client->conf->nfaults == 0)
		return;
	problem_set(&why, VERDICT_LATER, "4.3.5", "broken configuration: %.*s", SLICE_ARG(first));
	fates_decide(&a->fates, &why);
}

void
attempt(struct client *client, const struct route *route, const char *nothing, const struct message *message, size_t n)
{
	struct round r = { .client = client, .nattempts = n, .calls_left = ATTEMPT_MAX_CALLS,
	    .turn = TURN_NONE };

	client->link.stream.tired = note_slow;
	client->link.stream.waiter = client;
	client->busy = NULL;
	r.attempt = xcalloc(n + 1, sizeof *r.attempt);
	for (size_t i = 0; i < n; i++)
		begin(&r.attempt[i], client, &message[i]);
	for (size_t i = 0; i < route->ncandidates; i++)
		try_candidate(&r, &route->candidate[i]);
	for (size_t i = 0; i < n; i++) {
		fates_end(&r.attempt[i].fates, route, nothing, client->conf->file);
		fates_release(&r.attempt[i].fates);
		fitting_release(&r.attempt[i].fitting);
	}
	free(r.attempt);
}

time_t
attempt_pause(const struct client *client, const struct route *route)
{
	time_t      now = clock_now(), first = 0;
	struct down d;

	if (client->link.open || client->conf->nfaults > 0)
		return 0;
	if (route->ncandidates == 0)
		return now + DOWN_FIRST_SECONDS;
	if (route->candidate[0].tls_waived)   /* what is known of them then says nothing of other messages */
		return 0;
	for (size_t i = 0; i < route->ncandidates; i++) {
		const struct candidate *c = &route->candidate[i];

		if (c == client->busy)
			d.until = now + PACKET_RETURNED_SECONDS;
		else if (!down_read(&d, client->state, c->account, c->port, now))
			return 0;
		if (first == 0 || d.until < first)
			first = d.until;
	}
	return first;
}
