/* SPDX-License-Identifier: ISC */
#include "runner/flush.h"

#include "base/clock.h"
#include "base/log.h"
#include "runner/opinions.h"
#include "runner/runner.h"

enum {
	SETTLE_MSEC = 1000,
	AGAIN_MSEC  = 10 * 1000,   /* who changes all the time has everything tried no more often than this */
};

void
flush_ask(struct flush *f, bool anew)
{
	struct timespec soon = clock_deadline(anew ? SETTLE_MSEC : 0);

	f->anew = f->anew || anew;
	if (f->asked && !anew)
		return;
	if (!f->asked) {
		f->asked = true;
		f->at = f->again;
		f->latest = clock_deadline(AGAIN_MSEC);
	}
	if (clock_left(f->at) < clock_left(soon))
		f->at = clock_sooner(soon, f->latest);
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
	r->flush = (struct flush){ .again = clock_deadline(AGAIN_MSEC) };
}
