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
job_start(struct job *j, struct claim *claim, const struct due *due)
{
	*j = (struct job){ .claim = *claim, .caller = due->caller, .trace = due->trace };
	*claim = CLAIM;
	j->action = xcalloc(j->claim.entry.nrecipients, sizeof *j->action);
	j->nawaited = entry_nqueued(&j->claim.entry);
}

static void
release(struct job *j)
{
	claim_release(&j->claim);
	free(j->action);
	j->action = NULL;
	packet_end(j->caller);
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
		if (j->action[i] != ACTION_NONE)
			return false;
	return entry_nqueued(&j->claim.entry) == 1;
}

/* RFC 3461, 5.2.2: what a relay that offers no DSN has accepted is for us to report, where success is asked for. */
static enum action
action_of(const struct fate *f)
{
	if (f->outcome == OUTCOME_NEVER)
		return ACTION_FAILED;
	return f->outcome == OUTCOME_SENT && f->unreported ? ACTION_RELAYED : ACTION_NONE;
}

static void
write_down(struct job *j, const struct fate *f)
{
	struct recipient *r = &j->claim.entry.recipient[f->recipient];
	char              answer[sizeof f->status + sizeof f->relay + sizeof f->text];
	struct problem    why;

	j->action[f->recipient] = action_of(f);
	if (f->outcome == OUTCOME_SENT && is_last(j)) {
		r->state = RECIPIENT_DONE;
		return;
	}
	snprintf(answer, sizeof answer, "%s %s", f->status, f->text);
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
	    j->action[f->recipient] != ACTION_NONE)
		return;
	j->tried = true;
	j->called = j->called || strcmp(f->relay, "none") != 0;
	j->nawaited -= f->outcome == OUTCOME_SENT;
	write_down(j, f);   /* first: until then a crash repeats the delivery (hazard F3) */
	log_fate(e, f);
	tell_caller(j, f);
}

void
job_sync(struct job *j)
{
	struct problem why;

	if (j->unsynced && claim_sync(&j->claim, &why) != 0)
		log_trouble(j, &why);
	j->unsynced = false;
}

void
job_return(struct job *j, struct due *due)
{
	*due = (struct due){ .caller = j->caller, .trace = j->trace };
	strlcpy(due->id, j->claim.entry.id, sizeof due->id);
	j->caller = -1;
	release(j);
}

/* That no relay took it is not the whole truth where somebody here did not wait for one. */
static void
give_reason(struct recipient *r)
{
	struct buf reason = BUF(1024);

	buf_addf(&reason, "5.0.0 given up by the administrator of this host %s%s",
	    r->answer[0] != '\0' ? "after: " : "before it was tried", r->answer);
	free(r->answer);
	r->answer = slice_dup(buf_slice(&reason));
	buf_release(&reason);
}

/* After a last try in vain, what is still queued is refused too; its last answer says why. */
static void
expire(struct job *j, const struct conf *conf)
{
	const struct entry *e = &j->claim.entry;

	if (!retry_is_over(conf, e, clock_now()))
		return;
	for (size_t i = 0; i < e->nrecipients; i++)
		if (e->recipient[i].state == RECIPIENT_QUEUED && j->action[i] == ACTION_NONE) {
			j->action[i] = ACTION_FAILED;
			if (e->given_up)
				give_reason(&e->recipient[i]);
			log_line(LOG_WARNING, "%s: to=<%s>: %s after %u tries", e->id, e->recipient[i].address,
			    e->given_up ? "given up" : "expired", e->tries + !e->given_up);
		}
}

static size_t
count_refused(const struct job *j)
{
	size_t n = 0;

	for (size_t i = 0; i < j->claim.entry.nrecipients; i++)
		n += j->action[i] == ACTION_FAILED;
	return n;
}

/* The bounce is durable: now, and not before, its recipients may be written off (hazard F9). */
static void
write_off(struct job *j)
{
	struct entry  *e = &j->claim.entry;
	struct problem why;

	for (size_t i = 0; i < e->nrecipients; i++)
		if (j->action[i] == ACTION_FAILED &&
		    claim_settle(&j->claim, i, RECIPIENT_BOUNCED, e->recipient[i].answer, &why) != 0)
			log_trouble(j, &why);
	j->unsynced = true;
}

/*
 * RFC 3461, 4.1: of what became of them, what is to be told; success is nothing to trouble a postmaster with.  Returns
 * of how many recipients; the array is the caller's.
 */
static size_t
find_wishes(const struct entry *e, const enum action *action, enum action **told)
{
	static const char *const event[] = {
		[ACTION_RELAYED] = "SUCCESS", [ACTION_DELAYED] = "DELAY", [ACTION_FAILED] = "FAILURE",
	};
	size_t n = 0;

	*told = xcalloc(e->nrecipients, sizeof **told);
	for (size_t i = 0; i < e->nrecipients; i++) {
		if (action[i] == ACTION_NONE || (action[i] != ACTION_FAILED && e->sender[0] == '\0') ||
		    !dsn_wants(e->recipient[i].notify, event[action[i]]))
			continue;
		(*told)[i] = action[i];
		n++;
	}
	return n;
}

static bool
notify_sender(struct job *j, const struct conf *conf, const enum action *action, const struct recipients *to,
    struct due *bounce)
{
	struct problem why;

	if (bounce_send(conf, &j->claim, action, to, bounce->id, &why) != 0) {
		log_line(LOG_ERR, "%s: cannot write a notification: %s", j->claim.entry.id, why.text);
		bounce->id[0] = '\0';
		return false;
	}
	bounce->at = clock_now();
	log_line(LOG_INFO, "%s: sender %s notification: %s", j->claim.entry.id,
	    report_kind(&j->claim.entry, action), bounce->id);
	return true;
}

enum told { TOLD_ALL, TOLD_NOT_YET, TOLD_NOBODY };

/* Whether those who want to hear of it have heard of it, which is durable then (hazard F9). */
static enum told
tell(struct job *j, const struct conf *conf, const enum action *action, struct due *bounce)
{
	const struct entry *e = &j->claim.entry;
	struct recipients   to = RECIPIENTS;
	enum told           told = TOLD_ALL;
	enum action        *wishes;

	if (find_wishes(e, action, &wishes) > 0) {
		bounce_targets(conf, e, &to);
		if (to.nmailboxes == 0)
			told = TOLD_NOBODY;
		else if (!notify_sender(j, conf, wishes, &to, bounce))
			told = TOLD_NOT_YET;
		recipients_release(&to);
	} else if (count_refused(j) > 0) {
		log_line(LOG_INFO, "%s: nobody wants to hear of it", e->id);
	}
	free(wishes);
	return told;
}

/* Where it cannot be removed it says at least that nobody waits for it, so that nothing is sent or returned again. */
static void
settle_all(struct job *j)
{
	struct problem why;

	for (size_t i = 0; i < j->claim.entry.nrecipients; i++) {
		struct recipient    *r = &j->claim.entry.recipient[i];
		enum recipient_state state = r->state == RECIPIENT_QUEUED ? RECIPIENT_BOUNCED : r->state;

		r->state = RECIPIENT_QUEUED;   /* as it may stand on the disk */
		if (claim_settle(&j->claim, i, state, r->answer, &why) != 0)
			log_trouble(j, &why);
	}
	j->unsynced = true;
}

static enum ending
remove_entry(struct job *j)
{
	struct problem why;

	if (claim_remove(&j->claim, &why) != 0) {
		log_trouble(j, &why);
		settle_all(j);
		return ENDING_LATER;
	}
	log_line(LOG_INFO, "%s: removed", j->claim.entry.id);
	return ENDING_GONE;
}

/*
 * Nobody can be told: kept where mailq shows it, and not deleted silently.  One that is refused every minute for years
 * must not fill the disk (hazard R16): where enough is held, the log is all that is left of another one.
 */
static enum ending
hold(struct job *j, bool may_hold)
{
	const struct entry *e = &j->claim.entry;
	struct problem      why;

	if (!may_hold) {
		log_line(LOG_ERR, "%s: from=<%s>: it was refused, there is nobody to tell, and too much is held "
		    "already: see mailq", e->id, e->sender);
		return remove_entry(j);
	}
	if (claim_hold(&j->claim, &why) != 0)
		log_trouble(j, &why);
	log_line(LOG_WARNING, "%s: held: it was refused, and there is nobody to tell", e->id);
	job_sync(j);
	return ENDING_HELD;
}

static void
warn_sender(struct job *j, const struct conf *conf, struct due *bounce)
{
	struct entry *e = &j->claim.entry;
	enum action  *late;

	if (e->sender[0] == '\0' || !retry_is_late(conf, e, clock_now()))
		return;
	late = xcalloc(e->nrecipients, sizeof *late);
	for (size_t i = 0; i < e->nrecipients; i++)
		if (e->recipient[i].state == RECIPIENT_QUEUED)
			late[i] = ACTION_DELAYED;
	e->warned = tell(j, conf, late, bounce) == TOLD_ALL;
	free(late);
}

static enum ending
defer(struct job *j, const struct conf *conf, struct due *due, struct due *bounce)
{
	struct problem why;

	if (bounce->id[0] == '\0')
		warn_sender(j, conf, bounce);
	due->at = retry_next(conf, j->claim.entry.tries + 1, clock_now());
	due->put_off = j->tried && !j->called;
	if (claim_defer(&j->claim, due->at, &why) != 0)
		log_trouble(j, &why);
	return ENDING_LATER;
}

static enum ending
settle(struct job *j, const struct conf *conf, bool may_hold, struct due *due, struct due *bounce)
{
	size_t    refused, queued;
	enum told told;

	retry_follow_clock(conf, &j->claim.entry, clock_now());
	expire(j, conf);
	refused = count_refused(j);
	queued = entry_nqueued(&j->claim.entry);
	told = tell(j, conf, j->action, bounce);
	if (refused == queued && told == TOLD_NOBODY && refused > 0)
		return hold(j, may_hold);
	if (refused == queued && (told == TOLD_ALL || refused == 0))
		return remove_entry(j);
	if (refused > 0 && told == TOLD_ALL)
		write_off(j);
	return defer(j, conf, due, bounce);
}

enum ending
job_finish(struct job *j, const struct conf *conf, bool may_hold, struct due *due, struct due *bounce)
{
	enum ending ending;

	*due = *bounce = (struct due){ .at = clock_now() + 60, .caller = -1 };
	strlcpy(due->id, j->claim.entry.id, sizeof due->id);
	ending = settle(j, conf, may_hold, due, bounce);
	if (ending == ENDING_LATER)
		job_sync(j);
	release(j);
	return ending;
}
