/* SPDX-License-Identifier: ISC */
#include "runner/retry.h"

#include <stdlib.h>

enum { LEAST_TRIES = 2, LEAP_PART = 4 /* of expire: how much a wait between two tries counts at most */ };

time_t
retry_next(const struct conf *conf, unsigned tries, time_t now)
{
	unsigned long long pause = conf->retry_first_seconds;

	for (unsigned i = 1; i < tries && pause < conf->retry_longest_seconds; i++)
		pause *= 2;
	if (pause > conf->retry_longest_seconds)
		pause = conf->retry_longest_seconds;
	return now + (time_t)(pause + arc4random_uniform((unsigned)(pause / 4) + 1));
}

time_t
retry_latest(const struct conf *conf, time_t now)
{
	return now + (time_t)conf->retry_longest_seconds + (time_t)conf->retry_longest_seconds / 4;
}

time_t
retry_due(const struct conf *conf, const struct entry *e, time_t now)
{
	time_t latest = retry_latest(conf, now);

	return e->next < latest ? e->next : latest;
}

void
retry_follow_clock(const struct conf *conf, struct entry *e, time_t now)
{
	time_t due = e->next > e->arrived ? e->next : e->arrived;
	time_t most = (time_t)conf->expire_seconds / LEAP_PART, late = now - due;

	if (e->arrived > now)
		e->arrived = now;
	else if (late > most)
		e->arrived += late - most;
}

static time_t
age(const struct entry *e, time_t now)
{
	return now > e->arrived ? now - e->arrived : 0;
}

bool
retry_is_over(const struct conf *conf, const struct entry *e, time_t now)
{
	return e->given_up || (age(e, now) >= (time_t)conf->expire_seconds && e->tries + 1 >= LEAST_TRIES);
}

bool
retry_is_late(const struct conf *conf, const struct entry *e, time_t now)
{
	return conf->warn_seconds > 0 && !e->warned && age(e, now) >= (time_t)conf->warn_seconds;
}
