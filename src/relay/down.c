/* SPDX-License-Identifier: ISC */
#include "relay/down.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "relay/state.h"
#include "relay/turn.h"

enum { FILE_MAX = 1024, TURN_MSEC = 1000, FRESH_SECONDS = 2 };

static bool
parse_number(struct slice *text, const char *name, unsigned long long max, unsigned long long *number)
{
	return slice_equal(slice_word(text), SLICE(name)) && slice_number(slice_word(text), max, number);
}

/* "since 1700000000 until 1700000060 failures 1 4.4.1 connect to ..." */
static bool
parse(struct down *d, struct slice text)
{
	unsigned long long since, until, failures;
	struct slice       status;

	if (!parse_number(&text, "since", LONG_MAX, &since) || !parse_number(&text, "until", LONG_MAX, &until) ||
	    !parse_number(&text, "failures", UINT_MAX, &failures))
		return false;
	status = slice_word(&text);
	d->since = (time_t)since;
	d->until = (time_t)until;
	d->failures = (unsigned)failures;
	d->why.verdict = VERDICT_LATER;
	printable_copy(d->why.status, sizeof d->why.status, status);
	printable_copy(d->why.text, sizeof d->why.text, slice_trim(text));
	return true;
}

/* A pause that ends further away than any pause lasts was written before the clock went back (hazard F15). */
bool
down_recall(struct down *d, int state, const char *host, unsigned port, time_t now)
{
	struct buf text = BUF(FILE_MAX);
	char       name[STATE_NAME_LEN];
	bool       known;

	state_name(name, "down", host, port);
	known = state_read(state, name, &text) && parse(d, buf_slice(&text)) && d->failures < UINT_MAX &&
	    d->until - now <= DOWN_LONGEST_SECONDS + DOWN_LONGEST_SECONDS / 4;
	buf_release(&text);
	return known;
}

bool
down_read(struct down *d, int state, const char *host, unsigned port, time_t now)
{
	return down_recall(d, state, host, port, now) && d->until > now;
}

/* The hosts that lost a relay in the same second must not come back in the same second, hour after hour. */
static long
pause_after(unsigned failures)
{
	long seconds = DOWN_FIRST_SECONDS;

	while (--failures > 0 && seconds < DOWN_LONGEST_SECONDS)
		seconds *= 2;
	if (seconds > DOWN_LONGEST_SECONDS)
		seconds = DOWN_LONGEST_SECONDS;
	return seconds + (long)arc4random_uniform((unsigned)(seconds / 4) + 1);
}

static void
write_down(const struct down *d, int state, const char *host, unsigned port)
{
	struct buf text = BUF(FILE_MAX);
	char       name[STATE_NAME_LEN];

	buf_addf(&text, "since %lld until %lld failures %u %s %s\n", (long long)d->since, (long long)d->until,
	    d->failures, d->why.status, d->why.text);
	state_name(name, "down", host, port);
	state_write(state, name, buf_slice(&text));
	buf_release(&text);
}

static void
begin_pause(struct down *d, time_t now)
{
	d->failures++;
	d->until = now + pause_after(d->failures);
}

bool
good_read(struct good *g, int state, const char *host, unsigned port)
{
	struct buf         text = BUF(FILE_MAX);
	struct slice       rest;
	char               name[STATE_NAME_LEN];
	unsigned long long at;
	bool               known;

	state_name(name, "good", host, port);
	known = state_read(state, name, &text);
	rest = buf_slice(&text);
	known = known && parse_number(&rest, "at", LONG_MAX, &at);
	if (known) {
		g->at = (time_t)at;
		printable_copy(g->words, sizeof g->words, slice_trim(rest));
	}
	buf_release(&text);
	return known;
}

/* Then it is up, and several may open sessions with it side by side. */
static bool
has_just_answered(int state, const char *host, unsigned port, time_t now)
{
	struct good g;

	return good_read(&g, state, host, port) && g.at <= now && now - g.at <= FRESH_SECONDS;
}

enum advice
down_try(struct down *d, int state, const char *host, unsigned port, time_t now, int *turn)
{
	bool was_known = down_recall(d, state, host, port, now);

	*turn = TURN_NONE;
	if (was_known && d->until > now)
		return ADVICE_SPARE;
	*turn = turn_take(state, host, port, was_known ? 0 : TURN_MSEC);
	if (!down_recall(d, state, host, port, now)) {
		if (*turn == TURN_BUSY)
			return was_known ? ADVICE_CALL : ADVICE_WAIT;
		if (has_just_answered(state, host, port, now))
			turn_leave(turn);
		return ADVICE_CALL;
	}
	if (d->until <= now) {
		begin_pause(d, now);
		write_down(d, state, host, port);
		if (*turn != TURN_BUSY)
			return ADVICE_CALL;   /* else whoever tries it has had no answer all the time */
	}
	turn_leave(turn);
	return ADVICE_SPARE;
}

bool
down_mark(int state, const char *host, unsigned port, const struct problem *why, time_t now)
{
	struct down d;
	bool        begins;

	if (!down_recall(&d, state, host, port, now))
		d = (struct down){ .since = now };
	d.why = *why;
	begins = d.until <= now;
	if (begins)
		begin_pause(&d, now);
	write_down(&d, state, host, port);
	return begins;
}

bool
down_clear(int state, const char *host, unsigned port, const char *words, time_t now)
{
	struct buf  text = BUF(FILE_MAX);
	char        name[STATE_NAME_LEN];
	struct down d;
	bool        was_down = down_recall(&d, state, host, port, now);

	state_name(name, "down", host, port);
	state_forget(state, name);
	buf_addf(&text, "at %lld %s\n", (long long)now, words);
	state_name(name, "good", host, port);
	state_write(state, name, buf_slice(&text));
	buf_release(&text);
	return was_down;
}
