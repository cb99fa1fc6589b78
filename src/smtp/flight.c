/* SPDX-License-Identifier: ISC */
#include "smtp/flight.h"

#include <stdlib.h>

#include "base/xalloc.h"

enum { WAIT_BLOCK = 180 };   /* RFC 5321, 4.5.3.2.5 */

/*
 * How many of these fly.  A relay that has long said nothing may have left, and what is sent to it whole would be in
 * doubt: it has to answer an envelope first.
 */
static size_t
count_flyers(const struct session *s, const struct transaction *t, size_t n)
{
	size_t count = 0;

	if (!s->ehlo.chunking || !s->ehlo.pipelining || !session_is_warm(s) || !stream_is_quiet(s->stream))
		return 0;
	while (count < n && t[count].text.len <= FLIGHT_MAX_OCTETS)
		count++;
	return count;
}

/*
 * RSET parts the messages: where every recipient of one is refused, some relays would take the next MAIL for one too
 * many, and its recipients for more of the first.
 */
static void
say_whole(struct session *s, struct transaction *t)
{
	char *text;

	t->ending = ENDING_READY;
	if (!transaction_is_open(s, t))
		return;
	text = xmalloc((size_t)t->text.len + 1);
	if (transaction_load(t, text, &t->why) == 0) {
		transaction_say(s, t);
		transaction_say_chunk(s, t);
		stream_add(s->stream, (struct slice){ text, (size_t)t->text.len });
		t->end = stream_added(s->stream);
	} else {
		t->ending = ENDING_UNREADABLE;
	}
	free(text);
}

static enum ending
hear_whole(struct session *s, struct transaction *t, struct problem *why)
{
	if (transaction_hear(s, t, why) != 0)
		return t->heard ? ENDING_LOST : ENDING_UNANSWERED;
	return transaction_hear_end(s, t, why);
}

static void
doubt(struct transaction *t, const struct problem *why)
{
	t->ending = ENDING_LOST;
	for (size_t i = 0; i < t->nto; i++)
		if (t->to[i].asked && t->to[i].answer == ANSWER_NONE) {
			t->to[i].answer = ANSWER_DOUBT;
			t->to[i].said = *why;
		}
}

/*
 * The relay was lost at the first of these.  RFC 5321, 3.8: one that has said 421 takes nothing after it; and one that
 * does not know BDAT has taken no message.
 */
static enum ending
give_up(struct session *s, struct transaction *t, size_t n, const struct problem *why)
{
	bool took_none = t->ending == ENDING_MISLED || s->reply.code == 421;

	for (size_t i = 0; i < n; i++) {
		if (!t[i].said)
			continue;
		if (i > 0)
			t[i].ending = ENDING_UNANSWERED;
		t[i].why = *why;
		if (!took_none && t[i].end <= s->stream->sent)
			doubt(&t[i], why);
	}
	return t->ending;
}

/* Only what was accepted is over for certain: behind anything else RSET is due. */
static bool
is_over(const struct transaction *t)
{
	for (size_t i = 0; i < t->nto; i++)
		if (t->to[i].answer == ANSWER_ACCEPTED)
			return true;
	return false;
}

/* The next answer may take long, or never come. */
static void
tell(struct transaction *t)
{
	if (t->answered != NULL)
		t->answered(t);
}

static enum ending
hear_all(struct session *s, struct transaction *t, size_t n, struct problem *why)
{
	struct timespec limit = s->stream->limit;

	for (size_t i = 0; i < n; i++) {
		if (!t[i].said)
			continue;
		s->stream->limit = limit;
		t[i].ending = hear_whole(s, &t[i], why);
		if (t[i].ending != ENDING_READY)
			return give_up(s, &t[i], n - i, why);
		s->in_transaction = !is_over(&t[i]);
		tell(&t[i]);
	}
	return ENDING_READY;
}

static enum ending
fly(struct session *s, struct transaction *t, size_t n, struct problem *why)
{
	off_t octets = 0;

	for (size_t i = 0; i < n; i++)
		octets += t[i].text.len;
	s->stream->limit = transaction_limit(octets);
	session_await(s, WAIT_BLOCK, "room for the message text");
	for (size_t i = 0; i < n; i++)
		say_whole(s, &t[i]);
	stream_flush(s->stream, why);   /* where it fails, there may be replies still */
	return hear_all(s, t, n, why);
}

static enum ending
send_in_turn(struct session *s, struct transaction *t, struct transaction *next, struct problem *why)
{
	t->ending = transaction_send_ahead(s, t, s->ehlo.chunking ? NULL : next, why);
	if (t->ending == ENDING_READY)
		tell(t);
	else
		t->why = *why;
	return t->ending;
}

enum ending
flight_send(struct session *s, struct transaction *t, size_t n, struct problem *why)
{
	enum ending ending = ENDING_READY;
	size_t      i, count;

	for (i = 0; i < n; i++)
		t[i].ending = ENDING_UNANSWERED;
	for (i = 0; i < n && ending == ENDING_READY; i += count) {
		count = count_flyers(s, &t[i], n - i);
		if (count > 0) {
			ending = fly(s, &t[i], count, why);
		} else {
			ending = send_in_turn(s, &t[i], i + 1 < n ? &t[i + 1] : NULL, why);
			count = 1;
		}
	}
	for (; i < n; i++)
		t[i].why = *why;
	return ending;
}
