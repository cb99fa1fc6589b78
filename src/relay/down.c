/* SPDX-License-Identifier: ISC */
#include "relay/down.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "relay/state.h"

enum { FILE_MAX = 1024, NAME_LEN = 288 };

/* A host comes from the configuration or the DNS: nothing of it may be a path. */
static void
file_name(char name[NAME_LEN], const char *host, unsigned port)
{
	snprintf(name, NAME_LEN, "down.%.255s:%u", host, port);
	for (char *c = name; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && *c != '.' && *c != '-' && *c != ':')
			*c = '_';
		else
			*c = (char)tolower((unsigned char)*c);
}

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

static bool
read_opinion(struct down *d, int state, const char *name)
{
	struct buf text = BUF(FILE_MAX);
	bool       known = state_read(state, name, &text) && parse(d, buf_slice(&text));

	buf_release(&text);
	return known;
}

/* A pause that ends further away than any pause lasts was written before the clock went back (hazard F15). */
static bool
holds(const struct down *d, time_t now)
{
	return d->until > now && d->until - now <= DOWN_LONGEST_SECONDS;
}

bool
down_read(struct down *d, int state, const char *host, unsigned port, time_t now)
{
	char name[NAME_LEN];

	file_name(name, host, port);
	return read_opinion(d, state, name) && holds(d, now);
}

static long
pause_after(unsigned failures)
{
	long seconds = DOWN_FIRST_SECONDS;

	while (--failures > 0 && seconds < DOWN_LONGEST_SECONDS)
		seconds *= 2;
	return seconds < DOWN_LONGEST_SECONDS ? seconds : DOWN_LONGEST_SECONDS;
}

void
down_mark(int state, const char *host, unsigned port, const struct problem *why, time_t now)
{
	char        name[NAME_LEN];
	struct down d;
	struct buf  text = BUF(FILE_MAX);

	file_name(name, host, port);
	if (!read_opinion(&d, state, name) || d.failures == UINT_MAX || d.since > now)
		d = (struct down){ .since = now };
	if (holds(&d, now))
		return;
	d.failures++;
	buf_addf(&text, "since %lld until %lld failures %u %s %s\n", (long long)d.since,
	    (long long)now + pause_after(d.failures), d.failures, why->status, why->text);
	state_write(state, name, buf_slice(&text));
	buf_release(&text);
}

void
down_forget(int state, const char *host, unsigned port)
{
	char name[NAME_LEN];

	file_name(name, host, port);
	state_forget(state, name);
}
