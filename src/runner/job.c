/* SPDX-License-Identifier: ISC */
#include "runner/job.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "ipc/packet.h"
#include "mail/dsn.h"
#include "runner/bounce.h"
#include "runner/retry.h"

void
job_start(struct job *j, struct claim *claim, int caller)
{
	*j = (struct job){ .claim = *claim, .caller = caller };
	*claim = CLAIM;
	j->refused = xcalloc(j->claim.entry.nrecipients, sizeof *j->refused);
}

static void
release(struct job *j)
{
	claim_release(&j->claim);
	free(j->refused);
	j->refused = NULL;
	if (j->caller >= 0)
		close(j->caller);
	j->caller = -1;
}

static void
log_trouble(const struct job *j, const struct problem *why)
{
	log_line(LOG_ERR, "%s: %s", j->claim.entry.id, why->text);
}

/* The form is that of Postfix: its log readers count these lines. */
static void
log_fate(const struct entry *e, const struct fate *f)
{
	static const char *const status[] = {
		[OUTCOME_SENT] = "sent",
		[OUTCOME_LATER] = "deferred",
		[OUTCOME_NEVER] = "bounced",
	};
	long delay = (long)(clock_now() - e->arrived);

	log_line(LOG_INFO, "%s: to=<%s>, relay=%s, delay=%ld, dsn=%s, status=%s (%s)", e->id,
	    e->recipient[f->recipient].address, f->relay, delay > 0 ? delay : 0, f->status, status[f->outcome], f->text);
}

static void
tell_caller(const struct job *j, const struct fate *f)
{
	struct buf line = BUF(PACKET_MAX);

	if (j->caller < 0)
		return;
	fate_format(f, &line);
	packet_send(j->caller, buf_slice(&line), -1);
	buf_release(&line);
}

/* Where nothing is left to do but to remove the entry, its last state need not be written first. */
static bool
is_last(const struct job *j)
{
	for (size_t i = 0; i < j->claim.entry.nrecipients; i++)
		if (j->refused[i])
			return false;
	return entry_nqueued(&j->claim.entry) == 1;
}

static void
write_down(struct job *j, const struct fate *f)
{
	struct recipient *r = &j->claim.entry.recipient[f->recipient];
	char              answer[sizeof f->status + sizeof f->relay + sizeof f->text];
	struct problem    why;

	if (f->outcome == OUTCOME_SENT && is_last(j)) {
		r->state = RECIPIENT_DONE;
		return;
	}
	snprintf(answer, sizeof answer, "%s %s", f->status, f->text);
	j->refused[f->recipient] = f->outcome == OUTCOME_NEVER;
	j->unsynced = j->unsynced || f->outcome == OUTCOME_SENT;
	if (claim_settle(&j->claim, f->recipient, f->outcome == OUTCOME_SENT ? RECIPIENT_DONE : RECIPIENT_QUEUED, answer,
	    &why) != 0)
		log_trouble(j, &why);
}

void
job_fate(struct job *j, const struct fate *f)
{
	const struct entry *e = &j->claim.entry;

	if (f->recipient >= e->nrecipients || e->recipient[f->recipient].state != RECIPIENT_QUEUED ||
	    j->refused[f->recipient])
		return;
	log_fate(e, f);
	tell_caller(j, f);
	write_down(j, f);
}

void
job_sync(struct job *j)
{
	struct problem why;

	if (j->unsynced && claim_sync(&j->claim, &why) != 0)
		log_trouble(j, &why);
	j->unsynced = false;
}

/* After a last try in vain, what is still queued is refused too; its last answer says why. */
static void
expire(struct job *j, const struct conf *conf)
{
	const struct entry *e = &j->claim.entry;

	if (!retry_is_over(conf, e, clock_now()))
		return;
	for (size_t i = 0; i < e->nrecipients; i++)
		if (e->recipient[i].state == RECIPIENT_QUEUED && !j->refused[i]) {
			j->refused[i] = true;
			log_line(LOG_WARNING, "%s: to=<%s>: expired after %u tries", e->id, e->recipient[i].address,
			    e->tries + 1);
		}
}

static size_t
count_refused(const struct job *j)
{
	size_t n = 0;

	for (size_t i = 0; i < j->claim.entry.nrecipients; i++)
		n += j->refused[i];
	return n;
}

/* The bounce is durable: now, and not before, its recipients may be written off (hazard F9). */
static void
write_off(struct job *j)
{
	struct entry  *e = &j->claim.entry;
	struct problem why;

	for (size_t i = 0; i < e->nrecipients; i++)
		if (j->refused[i] &&
		    claim_settle(&j->claim, i, RECIPIENT_BOUNCED, e->recipient[i].answer, &why) != 0)
			log_trouble(j, &why);
	j->unsynced = true;
}

/* RFC 3461, 4.1: of those in among, who wants to hear of event.  Returns how many; the array is the caller's. */
static size_t
find_wishes(const struct entry *e, const bool *among, const char *event, bool **wishes)
{
	size_t n = 0;

	*wishes = xcalloc(e->nrecipients, sizeof **wishes);
	for (size_t i = 0; i < e->nrecipients; i++) {
		(*wishes)[i] = among[i] && dsn_wants(e->recipient[i].notify, event);
		n += (*wishes)[i];
	}
	return n;
}

static bool
notify_sender(struct job *j, const struct conf *conf, enum bounce_kind kind, const bool *concerned,
    struct due *bounce)
{
	struct recipients to = RECIPIENTS;
	struct problem    why;
	int               result = -1;

	problem_set(&why, VERDICT_LATER, "4.3.0", "nobody to tell");
	bounce_targets(conf, &j->claim.entry, &to);
	if (to.nmailboxes > 0)
		result = bounce_send(conf, &j->claim, kind, &to, concerned, bounce->id, &why);
	recipients_release(&to);
	if (result != 0) {
		log_line(LOG_ERR, "%s: cannot write a notification: %s", j->claim.entry.id, why.text);
		bounce->id[0] = '\0';
		return false;
	}
	bounce->at = clock_now();
	log_line(LOG_INFO, "%s: sender %s notification: %s", j->claim.entry.id,
	    kind == BOUNCE_FAILED ? "non-delivery" : "delay", bounce->id);
	return true;
}

/* Nobody can be told: kept where mailq shows it, and never deleted silently. */
static enum ending
hold(struct job *j)
{
	struct problem why;

	if (claim_hold(&j->claim, &why) != 0)
		log_trouble(j, &why);
	log_line(LOG_WARNING, "%s: held: it was refused, and there is nobody to tell", j->claim.entry.id);
	job_sync(j);
	return ENDING_GONE;
}

static enum ending
remove_entry(struct job *j)
{
	struct problem why;

	if (claim_remove(&j->claim, &why) != 0) {
		log_trouble(j, &why);
		return ENDING_LATER;
	}
	log_line(LOG_INFO, "%s: removed", j->claim.entry.id);
	return ENDING_GONE;
}

static void
warn_sender(struct job *j, const struct conf *conf, struct due *bounce)
{
	struct entry *e = &j->claim.entry;
	bool         *waiting, *concerned;

	if (e->sender[0] == '\0' || !retry_is_late(conf, e, clock_now()))
		return;
	waiting = xcalloc(e->nrecipients, sizeof *waiting);
	for (size_t i = 0; i < e->nrecipients; i++)
		waiting[i] = e->recipient[i].state == RECIPIENT_QUEUED;
	if (find_wishes(e, waiting, "DELAY", &concerned) > 0)
		e->warned = notify_sender(j, conf, BOUNCE_DELAYED, concerned, bounce);
	free(concerned);
	free(waiting);
}

static enum ending
defer(struct job *j, const struct conf *conf, struct due *due, struct due *bounce)
{
	struct problem why;

	if (bounce->id[0] == '\0')
		warn_sender(j, conf, bounce);
	due->at = retry_next(conf, j->claim.entry.tries + 1, clock_now());
	if (claim_defer(&j->claim, due->at, &why) != 0)
		log_trouble(j, &why);
	return ENDING_LATER;
}

static bool
can_be_told(const struct conf *conf, const struct entry *e)
{
	struct recipients to = RECIPIENTS;
	bool              anybody;

	bounce_targets(conf, e, &to);
	anybody = to.nmailboxes > 0;
	recipients_release(&to);
	return anybody;
}

enum told { TOLD_ALL, TOLD_NOT_YET, TOLD_NOBODY };

/* Whether those who want to hear of what was refused have heard of it. */
static enum told
tell_of_refused(struct job *j, const struct conf *conf, struct due *bounce)
{
	const struct entry *e = &j->claim.entry;
	enum told           told = TOLD_ALL;
	bool               *concerned;

	if (find_wishes(e, j->refused, "FAILURE", &concerned) == 0)
		log_line(LOG_INFO, "%s: nobody wants to hear of it", e->id);
	else if (!can_be_told(conf, e))
		told = TOLD_NOBODY;
	else if (!notify_sender(j, conf, BOUNCE_FAILED, concerned, bounce))
		told = TOLD_NOT_YET;
	free(concerned);
	return told;
}

static enum ending
settle(struct job *j, const struct conf *conf, struct due *due, struct due *bounce)
{
	size_t    refused, queued;
	enum told told = TOLD_ALL;

	expire(j, conf);
	refused = count_refused(j);
	queued = entry_nqueued(&j->claim.entry);
	if (refused > 0)
		told = tell_of_refused(j, conf, bounce);
	if (told == TOLD_NOBODY)
		return refused == queued ? hold(j) : defer(j, conf, due, bounce);
	if (refused > 0 && told == TOLD_ALL) {
		if (refused == queued)
			return remove_entry(j);
		write_off(j);
	}
	return entry_nqueued(&j->claim.entry) == 0 ? remove_entry(j) : defer(j, conf, due, bounce);
}

enum ending
job_finish(struct job *j, const struct conf *conf, struct due *due, struct due *bounce)
{
	enum ending ending;

	*due = *bounce = (struct due){ .at = clock_now() + 60, .caller = -1 };
	strlcpy(due->id, j->claim.entry.id, sizeof due->id);
	ending = settle(j, conf, due, bounce);
	if (ending == ENDING_LATER)
		job_sync(j);
	release(j);
	return ending;
}
