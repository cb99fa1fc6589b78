/* SPDX-License-Identifier: ISC */
#include "admin/change.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static int
mark(struct claim *c, struct problem *why)
{
	return claim_mark(c, why) == 0 && claim_sync(c, why) == 0 ? 0 : -1;
}

/* What is due stays due since then: the time that passed in vain is no age (runner/retry.h). */
static void
make_due(struct claim *c)
{
	time_t now = clock_now();

	if (c->entry.next > now)
		c->entry.next = now;
}

const char *
change_hold(struct claim *c, struct problem *why)
{
	return claim_hold(c, why) == 0 && claim_sync(c, why) == 0 ? "held" : NULL;
}

const char *
change_release(struct claim *c, struct problem *why)
{
	c->entry.held = c->entry.given_up = false;
	make_due(c);
	return mark(c, why) == 0 ? "released" : NULL;
}

const char *
change_retry(struct claim *c, struct problem *why)
{
	if (c->entry.held || c->entry.given_up) {
		problem_set(why, VERDICT_LATER, "4.3.0", "it is %s; release it", c->entry.held ? "held" : "given up");
		return NULL;
	}
	make_due(c);
	return mark(c, why) == 0 ? "to be tried now" : NULL;
}

const char *
change_bounce(struct claim *c, struct problem *why)
{
	c->entry.held = false;
	c->entry.given_up = true;
	make_due(c);
	return mark(c, why) == 0 ? "given up, to be returned" : NULL;
}

const char *
change_remove(struct claim *c, struct problem *why)
{
	if (claim_remove(c, why) != 0)
		return NULL;
	if (fsync(c->spool->queue) == 0)
		return "removed";
	problem_set(why, VERDICT_LATER, "4.3.0", "removed, but it may be there again after a power failure: %s",
	    strerror(errno));
	return NULL;
}
