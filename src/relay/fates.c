/* SPDX-License-Identifier: ISC */
#include "relay/fates.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "mail/dsn.h"

void
fates_init(struct fates *f, const struct entry *e)
{
	*f = (struct fates){ .entry = e, .pending = xcalloc(e->nrecipients + 1, sizeof *f->pending) };
	for (size_t i = 0; i < e->nrecipients; i++)
		if (e->recipient[i].state == RECIPIENT_QUEUED)
			f->pending[f->npending++].recipient = i;
}

void
fates_release(struct fates *f)
{
	free(f->pending);
}

static const char *
address_of(const struct fates *f, const struct pending *p)
{
	return f->entry->recipient[p->recipient].address;
}

void
fates_choose(struct fates *f, const struct candidate *c)
{
	for (size_t i = 0; i < f->npending; i++) {
		struct pending *p = &f->pending[i];

		p->here = !p->decided && candidate_carries(c, f->entry->sender, address_of(f, p));
	}
}

size_t
fates_nhere(const struct fates *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->npending; i++)
		n += f->pending[i].here;
	return n < TRANSACTION_MAX ? n : TRANSACTION_MAX;
}

void
fates_gather(struct fates *f, struct addressee *to, struct pending **whose, size_t n)
{
	for (size_t i = 0; n > 0; i++) {
		const struct recipient *r = &f->entry->recipient[f->pending[i].recipient];

		if (!f->pending[i].here)
			continue;
		*to++ = (struct addressee){ .address = r->address, .notify = r->notify, .orcpt = r->orcpt };
		*whose++ = &f->pending[i];
		n--;
	}
}

/* A recipient's fate is final. */
static void
tell(struct fates *f, struct pending *p)
{
	p->decided = true;
	p->here = false;
	f->settled(f->argument, f->entry, &p->fate);
}

static void
decide(struct fates *f, struct pending *p, const char *relay, const struct problem *why)
{
	fate_of_problem(&p->fate, p->recipient, relay, why);
	tell(f, p);
}

void
fates_decide(struct fates *f, const struct problem *why)
{
	for (size_t i = 0; i < f->npending; i++)
		if (!f->pending[i].decided)
			decide(f, &f->pending[i], "none", why);
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

void
fates_leave(struct fates *f, enum reason reason, const char *relay, const struct problem *why)
{
	for (size_t i = 0; i < f->npending; i++)
		if (f->pending[i].here)
			note(&f->pending[i], reason, relay, why);
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
take_refusal(struct fates *f, struct pending *p, const struct addressee *to, const char *relay)
{
	if (to->said.verdict == VERDICT_LATER)
		note(p, REASON_ANSWER, relay, &to->said);
	else if (to->by_name && is_about_recipient(to->said.status))
		decide(f, p, relay, &to->said);
	else
		note(p, REASON_NONE, relay, &to->said);
}

void
fates_take(struct fates *f, struct pending *p, struct addressee *to, const char *relay, bool has_dsn)
{
	switch (to->answer) {
	case ANSWER_ACCEPTED:
		fate_of_problem(&p->fate, p->recipient, relay, &to->said);
		p->fate.outcome = OUTCOME_SENT;
		p->fate.unreported = !has_dsn && dsn_wants(to->notify, "SUCCESS");
		tell(f, p);
		break;
	case ANSWER_DOUBT:
		problem_prefix(&to->said, "sent, but whether it was accepted is not known");
		decide(f, p, relay, &to->said);
		break;
	case ANSWER_REFUSED:
		take_refusal(f, p, to, relay);
		break;
	case ANSWER_NONE:
		break;
	}
}

bool
fates_untold(const struct fates *f)
{
	for (size_t i = 0; i < f->npending; i++)
		if (f->pending[i].decided)
			return false;
	return true;
}

void
fates_withdraw(struct fates *f)
{
	f->npending = 0;
}

static void
no_relay(const struct fates *f, const struct pending *p, const struct route *r, const char *nothing, const char *file,
    struct problem *why)
{
	if (r->ncandidates == 0)
		problem_set(why, VERDICT_LATER, "4.4.4", "no relay: %s and none configured in %s", nothing, file);
	else
		problem_set(why, VERDICT_LATER, "4.4.4", "no relay carries mail from <%s> to <%s>: see for, from and "
		    "refuse in %s", f->entry->sender, address_of(f, p), file);
}

void
fates_end(struct fates *f, const struct route *r, const char *nothing, const char *file)
{
	struct problem why;

	for (size_t i = 0; i < f->npending; i++) {
		struct pending *p = &f->pending[i];

		if (p->decided)
			continue;
		if (p->fate.text[0] == '\0') {
			no_relay(f, p, r, nothing, file, &why);
			fate_of_problem(&p->fate, p->recipient, "none", &why);
		}
		tell(f, p);
	}
}
