/* SPDX-License-Identifier: ISC */
#include "runner/flush.h"

#include "base/clock.h"
#include "base/log.h"
#include "runner/opinions.h"
#include "runner/runner.h"

enum {
	SETTLE_MSEC  = 1000,
	AGAIN_MSEC   = 10 * 1000,        /* everything is tried no more often than this */
	LONGEST_MSEC = 10 * 60 * 1000,
};

void
flush_ask(struct flush *f, bool anew)
{
	struct timespec soon = clock_deadline(SETTLE_MSEC);

	if (!anew) {
		f->at = f->asked ? clock_sooner(f->at, f->again) : f->again;
	} else {
		if (!f->anew)
			f->latest = clock_deadline(AGAIN_MSEC);
		if (!f->asked)
			f->at = f->anew_again;
		if (clock_left(f->at) < clock_left(soon))
			f->at = clock_sooner(soon, f->latest);
		f->anew = true;
	}
	f->asked = true;
}

void
flush_rest(struct flush *f)
{
	if (f->anew) {
		f->pause = clock_left(f->calm) == 0 ? AGAIN_MSEC : 2 * f->pause < LONGEST_MSEC ? 2 * f->pause : LONGEST_MSEC;
		f->anew_again = clock_deadline(f->pause);
		f->calm = clock_deadline(2 * f->pause);
	}
	f->asked = f->anew = false;
	f->again = clock_deadline(AGAIN_MSEC);
}

void
flush_if_due(struct runner *r)
{
	if (!r->flush.asked || clock_left(r->flush.at) > 0)
		return;
	if (r->flush.anew) {
		log_line(LOG_INFO, "the network has changed: everything is tried now");
		opinions_forget(r->spool);
		opinions_move(r->spool, r->network.place);
		pool_retire(&r->pool);   /* where resolv.conf is now a worker may not look (relay/sandbox.h) */
	}
	pool_outdate(&r->pool);
	schedule_hasten(&r->schedule, clock_now());
	r->returned = (struct timespec){ 0 };
	flush_rest(&r->flush);
}
