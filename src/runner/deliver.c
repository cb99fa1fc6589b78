/* SPDX-License-Identifier: ISC */
#include "runner/deliver.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ipc/packet.h"
#include "runner/retry.h"

enum {
	PAUSE_SECONDS = 75 * 60,   /* the longest for which a worker is believed that no relay works */
	BUSY_SECONDS  = 60,        /* an entry that somebody else holds is looked at again after this */
};

static void
assign(struct runner *r, struct worker *w, struct claim *c, const struct due *due)
{
	struct problem why;

	log_line(LOG_INFO, "%s: from=<%s>, size=%lld, nrcpt=%zu (queue active)", c->entry.id, c->entry.sender,
	    (long long)c->entry.message_len, c->entry.nrecipients);
	if (worker_assign(w, r->conf, c, due, &why) == 0)
		return;
	if (w->njobs > 0) {   /* what became of it we shall hear; the next one goes on */
		schedule_add(&r->schedule, due);
	} else {
		log_line(LOG_ERR, "%s: %s", c->entry.id, why.text);
		schedule_put(&r->schedule, c->entry.id, clock_now() + BUSY_SECONDS);
		packet_end(due->caller);
	}
	claim_release(c);
}

/* A crash between the last state and the removal leaves an entry of which nothing is left to do. */
static void
remove_finished(struct claim *c)
{
	struct problem why;

	if (claim_remove(c, &why) != 0)
		log_line(LOG_ERR, "%s: %s", c->entry.id, why.text);
	claim_release(c);
}

/* Whether there is room for one more that is held.  Somebody may have removed some: what is there now counts. */
static bool
may_hold(struct runner *r, const struct entry *e)
{
	if (r->scan.nheld >= RUNNER_MAX_HELD && e->sender[0] == '\0' && clock_left(r->scan.again) == 0)
		scan_queue(r);
	return r->scan.nheld < RUNNER_MAX_HELD;
}

/* at_once: what this try knew of relays was known no more when it ended, so that the next one need not wait. */
static enum ending
settle(struct runner *r, struct job *j, bool at_once)
{
	struct due  due, bounce;
	enum ending ending = job_finish(j, r->conf, may_hold(r, &j->claim.entry), &due, &bounce);

	r->scan.nheld += ending == ENDING_HELD;
	if (at_once && due.at > clock_now())
		due.at = clock_now();
	if (ending == ENDING_LATER)
		schedule_add(&r->schedule, &due);
	if (bounce.id[0] != '\0')
		schedule_add(&r->schedule, &bounce);
	return ending;
}

/* No worker need see what is not to be tried any more. */
static void
give_up(struct runner *r, struct claim *c, const struct due *due)
{
	struct job j;

	job_start(&j, c, due);
	settle(r, &j, false);
}

static void
look_again(struct runner *r, const struct due *due)
{
	struct due again = { .at = clock_now() + BUSY_SECONDS, .caller = -1, .unread = due->unread };

	strlcpy(again.id, due->id, sizeof again.id);
	schedule_add(&r->schedule, &again);
}

static void
begin(struct runner *r, struct worker *w, const struct due *due)
{
	struct claim   c;
	struct problem why;
	enum claimed   claimed = claim_take(&c, r->spool, due->id, &why);

	if (claimed == CLAIM_OK && due->unread && c.entry.next > clock_now()) {
		schedule_put(&r->schedule, due->id, retry_due(r->conf, &c.entry, clock_now()));
		claim_release(&c);
		return;
	}
	if (claimed == CLAIM_OK && !c.entry.held && !(r->own_only && c.entry.uid != getuid()) &&
	    entry_nqueued(&c.entry) > 0) {
		if (c.entry.given_up)
			give_up(r, &c, due);
		else
			assign(r, w, &c, due);
		return;
	}
	packet_end(due->caller);
	if (claimed == CLAIM_OK && entry_nqueued(&c.entry) == 0)
		remove_finished(&c);
	else if (claimed == CLAIM_OK)
		claim_release(&c);
	else if (claimed == CLAIM_CORRUPT)
		log_line(LOG_ERR, "%s: set aside in %s/corrupt: %s", due->id, r->spool->path, why.text);
	else if (claimed == CLAIM_TROUBLE)
		log_line(LOG_ERR, "%s: %s", due->id, why.text);
	if ((claimed == CLAIM_BUSY || claimed == CLAIM_TROUBLE) && r->is_daemon)
		look_again(r, due);
}

void
deliver_due(struct runner *r)
{
	struct worker *w;
	struct due     due;

	while (!r->leaving && (w = pool_choose(&r->pool, r->conf->sessions)) != NULL &&
	    schedule_take(&r->schedule, clock_now(), &due))
		begin(r, w, &due);
}

/* What waits for a relay alone need not wait any more; what a relay has put off itself has its own time. */
static void
recall(struct runner *r)
{
	pool_recall(&r->pool);
	schedule_recall(&r->schedule, clock_now());
	r->returned = (struct timespec){ 0 };
}

/* What a worker says of relays is believed for as long as a pause may last, and no longer. */
static void
heed(struct runner *r, struct worker *w)
{
	time_t now = clock_now();

	if (w->back)
		flush_ask(&r->flush, false);
	else if (!w->outdated && w->pause > now && w->pause - now <= PAUSE_SECONDS)
		schedule_put_off(&r->schedule, now, w->pause);
	if (w->heard)
		recall(r);
	w->back = w->heard = false;
	w->pause = 0;
}

/* Its relay is another worker's to find out about; meanwhile this one is free for others. */
static void
put_back(struct runner *r, struct job *j, bool at_once)
{
	struct due due;

	job_return(j, &due);
	due.at = clock_now();
	due.put_off = true;
	if (!at_once) {
		due.at += PACKET_RETURNED_SECONDS;
		r->returned = clock_deadline(PACKET_RETURNED_SECONDS * 1000);
	}
	schedule_add(&r->schedule, &due);
}

static void
finish(struct runner *r, struct worker *w, struct job *j)
{
	bool went_well = false;

	if (j->returned)
		put_back(r, j, w->outdated || w->recalled);
	else
		went_well = settle(r, j, w->outdated) != ENDING_LATER;
	worker_forget(w, j, went_well);
}

static void
listen_to(struct runner *r, struct worker *w)
{
	struct job *j;

	do {
		j = worker_listen(w);
		heed(r, w);
		if (j != NULL)
			finish(r, w, j);
	} while (j != NULL);
}

void
deliver_look_after(struct runner *r, struct worker *w, bool has_word)
{
	if (w->socket < 0)
		return;
	if (has_word) {
		listen_to(r, w);
	} else if (clock_left(w->deadline) == 0 && w->njobs > 0) {
		log_line(LOG_WARNING, "worker %d is silent: killed", (int)w->pid);
		worker_kill(w);
		listen_to(r, w);
	} else if (clock_left(w->deadline) == 0) {
		worker_dismiss(w);
	}
}
