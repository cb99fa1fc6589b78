/* SPDX-License-Identifier: ISC */
#include "smtp/transaction.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/crc32.h"
#include "smtp/alabel.h"
#include "smtp/body.h"

/* RFC 5321, 4.5.3.2, in seconds. */
enum { WAIT_COMMAND = 300, WAIT_DATA = 120, WAIT_BLOCK = 180, WAIT_DOT = 600 };

/*
 * Each wait alone would let a relay that answers a little before every deadline keep a message for days (hazard F19):
 * a transaction also has half an hour in all, and as long again as a thin line takes for the text.
 */
enum { TRANSACTION_SECONDS = 1800, THIN_LINE = 32 << 10 /* octets a second */ };

enum { BLOCK = 32 << 10, COMMAND_MAX = 4 << 10 };

static int
hear_reset(struct session *s, struct problem *why)
{
	session_await(s, WAIT_COMMAND, "the reply to RSET");
	return session_hear(s, "RSET command", REPLY_YES, why);
}

static int
reset(struct session *s, struct problem *why)
{
	session_say(s, "RSET");
	return hear_reset(s, why);
}

/* The last reply refuses those that nothing else has settled; by_name: in reply to their own RCPT. */
static void
refuse(struct session *s, struct addressee *to, bool by_name, const char *command)
{
	if (to->answer != ANSWER_NONE)
		return;
	to->answer = ANSWER_REFUSED;
	to->by_name = by_name;
	to->taken = false;
	session_said(s, command, &to->said);
}

static void
refuse_all(struct session *s, struct transaction *t, const char *command)
{
	for (size_t i = 0; i < t->nto; i++)
		refuse(s, &t->to[i], false, command);
}

static bool
is_ascii(const char *address)
{
	return slice_is_ascii(SLICE(address));
}

/*
 * RFC 6531, 3.2: a relay without SMTPUTF8 is told nothing but ASCII.  A domain has such a form (RFC 5891, 4.4), a local
 * part has none.
 */
static bool
can_say(const struct session *s, const char *address)
{
	char *alabels = alabel_mailbox(address);
	bool  can = s->ehlo.smtputf8 || is_ascii(address) || alabels != NULL;

	free(alabels);
	return can;
}

static void
add_path(struct buf *line, const struct session *s, const char *verb, const char *address)
{
	char *alabels = s->ehlo.smtputf8 ? NULL : alabel_mailbox(address);

	buf_addf(line, "%s:<%s>", verb, alabels != NULL ? alabels : address);
	free(alabels);
}

/* RFC 6531, 3.4: said only where it is needed. */
static bool
needs_smtputf8(const struct transaction *t)
{
	bool needs = !is_ascii(t->sender);

	for (size_t i = 0; i < t->nto; i++)
		needs = needs || (t->to[i].answer == ANSWER_NONE && !is_ascii(t->to[i].address));
	return needs;
}

static void
add_parameter(struct buf *line, bool offered, const char *name, const char *value)
{
	if (offered && value != NULL)
		buf_addf(line, " %s=%s", name, value);
}

static void
say_mail(struct session *s, const struct transaction *t)
{
	struct buf line = BUF(COMMAND_MAX);

	add_path(&line, s, "MAIL FROM", t->sender);
	if (s->ehlo.size_offered)
		buf_addf(&line, " SIZE=%llu", (unsigned long long)t->text.len);
	add_parameter(&line, t->text.eightbit && s->ehlo.eightbitmime, "BODY", "8BITMIME");
	add_parameter(&line, s->ehlo.dsn, "RET", t->ret);
	add_parameter(&line, s->ehlo.dsn, "ENVID", t->envid);
	if (s->ehlo.smtputf8 && needs_smtputf8(t))
		buf_add(&line, SLICE(" SMTPUTF8"));
	if (t->requiretls)
		buf_add(&line, SLICE(" REQUIRETLS"));
	session_say(s, "%s", buf_text(&line));
	buf_release(&line);
}

static int
hear_mail(struct session *s, struct transaction *t, struct problem *why)
{
	session_await(s, WAIT_COMMAND, "the reply to MAIL");
	if (session_hear(s, "MAIL FROM command", REPLY_YES | REPLY_NO, why) != 0)
		return -1;
	t->heard = true;
	if (reply_class(&s->reply) != 2)
		refuse_all(s, t, "MAIL FROM command");
	return 0;
}

static void
say_rcpt(struct session *s, const struct addressee *to)
{
	struct buf line = BUF(COMMAND_MAX);

	add_path(&line, s, "RCPT TO", to->address);
	add_parameter(&line, s->ehlo.dsn, "NOTIFY", to->notify);
	add_parameter(&line, s->ehlo.dsn, "ORCPT", to->orcpt);
	session_say(s, "%s", buf_text(&line));
	buf_release(&line);
}

static int
hear_rcpt(struct session *s, struct addressee *to, struct problem *why)
{
	session_await(s, WAIT_COMMAND, "the reply to RCPT");
	if (session_hear(s, "RCPT TO command", REPLY_YES | REPLY_NO, why) != 0)
		return -1;
	if (s->reply.code == 552) {   /* RFC 5321, 4.5.3.1.10: from of old it says that there are too many recipients */
		s->reply.code = 452;
		s->reply.status[0] = '4';
	}
	if (reply_class(&s->reply) != 2)
		refuse(s, to, true, "RCPT TO command");
	else
		to->taken = to->answer == ANSWER_NONE;
	return 0;
}

static bool
any_taken(const struct transaction *t)
{
	for (size_t i = 0; i < t->nto; i++)
		if (t->to[i].taken)
			return true;
	return false;
}

/* RFC 2920, 3.1: a relay may say 354 though it took no recipient; then a dot alone ends a text that has no reader. */
static int
hear_data(struct session *s, struct transaction *t, struct problem *why)
{
	session_await(s, WAIT_DATA, "the reply to DATA");
	if (session_hear(s, "DATA command", REPLY_MORE | REPLY_NO, why) != 0)
		return -1;
	if (reply_class(&s->reply) != 3) {
		refuse_all(s, t, "DATA command");
		return 0;
	}
	if (any_taken(t))
		return 0;
	session_say(s, ".");
	session_await(s, WAIT_COMMAND, "the reply to an empty text");
	return session_hear(s, "end of DATA command", REPLY_YES | REPLY_NO, why);
}

/* RFC 2920: one segment there, one back. */
void
transaction_say(struct session *s, struct transaction *t)
{
	t->resets = s->in_transaction;
	if (t->resets)
		session_say(s, "RSET");
	say_mail(s, t);
	for (size_t i = 0; i < t->nto; i++) {
		t->to[i].asked = t->to[i].answer == ANSWER_NONE;
		if (t->to[i].asked)
			say_rcpt(s, &t->to[i]);
	}
	if (!s->ehlo.chunking)
		session_say(s, "DATA");
	s->in_transaction = t->said = true;
}

int
transaction_hear(struct session *s, struct transaction *t, struct problem *why)
{
	if ((t->resets && hear_reset(s, why) != 0) || hear_mail(s, t, why) != 0)
		return -1;
	for (size_t i = 0; i < t->nto; i++)
		if (t->to[i].asked && hear_rcpt(s, &t->to[i], why) != 0)
			return -1;
	return s->ehlo.chunking ? 0 : hear_data(s, t, why);
}

static int
envelope_at_once(struct session *s, struct transaction *t, struct problem *why)
{
	if (!t->said)
		transaction_say(s, t);
	return transaction_hear(s, t, why);
}

static int
envelope_in_steps(struct session *s, struct transaction *t, struct problem *why)
{
	if (s->in_transaction && reset(s, why) != 0)
		return -1;
	s->in_transaction = true;
	say_mail(s, t);
	if (hear_mail(s, t, why) != 0)
		return -1;
	for (size_t i = 0; i < t->nto; i++) {
		if (t->to[i].answer != ANSWER_NONE)
			continue;
		say_rcpt(s, &t->to[i]);
		if (hear_rcpt(s, &t->to[i], why) != 0)
			return -1;
	}
	if (!any_taken(t) || s->ehlo.chunking)
		return 0;
	session_say(s, "DATA");
	return hear_data(s, t, why);
}

static enum ending
lost(struct session *s, struct problem words, struct problem *why)
{
	*why = words;
	problem_prefix(why, s->peer);
	return ENDING_LOST;
}

/* How much of a text was read, and its checksum. */
struct progress {
	off_t    offset;
	uint32_t crc;
};

/*
 * The next piece of a text, 1 to room octets.  Its last octets are given away only when all was read as it was promised:
 * behind BDAT LAST no dot would hold it back.  Returns -1 with why.
 */
static ssize_t
next_piece(const struct text *text, struct progress *p, char *at, size_t room, struct problem *why)
{
	ssize_t n = text->read(text->argument, p->offset, at, room, why);

	if (n < 0)
		return -1;
	p->offset += n;
	p->crc = crc32_add(p->crc, (struct slice){ at, (size_t)n });
	if (n == 0 || p->offset > text->len || (p->offset == text->len && p->crc != text->crc))
		return problem_set(why, VERDICT_LATER, "4.3.0", "the message in the spool is damaged: not sent");
	return n;
}

/* Sends the text, for DATA without its end.  Returns ENDING_READY when all of it was read as it was promised. */
static enum ending
send_text(struct session *s, const struct text *text, struct body *body, struct problem *why)
{
	char            block[BLOCK];
	struct progress p = { 0 };

	while (p.offset < text->len) {
		ssize_t n = next_piece(text, &p, block, sizeof block, why);

		if (n < 0)
			return ENDING_UNREADABLE;
		session_await(s, WAIT_BLOCK, "room for the message text");
		if (s->ehlo.chunking)
			stream_add(s->stream, (struct slice){ block, (size_t)n });
		else
			body_add(body, s->stream, (struct slice){ block, (size_t)n });
		if (s->stream->failed)
			return lost(s, s->stream->why, why);
	}
	return ENDING_READY;
}

int
transaction_load(const struct transaction *t, char *at, struct problem *why)
{
	struct progress p = { 0 };

	while (p.offset < t->text.len)
		if (next_piece(&t->text, &p, at + p.offset, (size_t)(t->text.len - p.offset), why) < 0)
			return -1;
	return 0;
}

static void
settle_taken(struct transaction *t, enum answer answer, const struct problem *words)
{
	for (size_t i = 0; i < t->nto; i++)
		if (t->to[i].taken) {
			t->to[i].answer = answer;
			t->to[i].said = *words;
		}
}

/* Nobody has what was not sent to its end, whatever is said of it. */
static bool
was_sent(const struct session *s, const struct transaction *t)
{
	return t->end <= s->stream->sent;
}

static enum ending
in_doubt(const struct session *s, struct transaction *t, const struct problem *why)
{
	if (was_sent(s, t))
		settle_taken(t, ANSWER_DOUBT, why);
	return ENDING_LOST;
}

static void
accepted(struct session *s, struct transaction *t)
{
	struct problem words;

	problem_set(&words, VERDICT_LATER, s->reply.status, "%s", "");
	reply_text(&s->reply, words.text, sizeof words.text);
	settle_taken(t, ANSWER_ACCEPTED, &words);
	s->knows_bdat = s->knows_bdat || (s->ehlo.chunking && any_taken(t));
}

static void
await_end(struct session *s)
{
	s->stream->limit = (struct timespec){ 0 };   /* to give up now is to send twice (hazard R5) */
	stream_await(s->stream, WAIT_DOT * 1000L, "the reply to the message");
}

enum ending
transaction_hear_end(struct session *s, struct transaction *t, struct problem *why)
{
	const char *command = s->ehlo.chunking ? "BDAT command" : "end of DATA command";

	await_end(s);
	if (session_read(s, why) != 0)
		return in_doubt(s, t, why);
	session_blame(s, command, why);
	if (reply_class(&s->reply) == 3)
		return in_doubt(s, t, why);
	if (reply_class(&s->reply) == 2 && !was_sent(s, t))
		return lost(s, s->stream->why, why);
	if (reply_class(&s->reply) == 2)
		accepted(s, t);
	else if (s->ehlo.chunking && !s->knows_bdat && s->reply.code >= 500 && s->reply.code <= 504 && any_taken(t))
		return ENDING_MISLED;
	else
		refuse_all(s, t, command);
	return s->reply.code == 421 ? ENDING_LOST : ENDING_READY;
}

/* From its end on the message may be the relay's; until it says yes or no, nobody knows (RFC 5321, 6.1). */
static enum ending
send_end(struct session *s, struct transaction *t, struct body *body, struct transaction *next, struct problem *why)
{
	struct problem failure;

	if (!s->ehlo.chunking)
		body_end(body, s->stream);
	t->end = stream_added(s->stream);
	s->in_transaction = false;
	await_end(s);
	if (next != NULL && s->ehlo.pipelining && transaction_is_open(s, next))
		transaction_say(s, next);
	if (stream_flush(s->stream, &failure) != 0 && !was_sent(s, t))
		return lost(s, failure, why);
	return transaction_hear_end(s, t, why);
}

/* RFC 1870, 6.1: what a relay will not take need not be sent.  It is this relay's word alone (hazard R14). */
static bool
is_too_large(struct session *s, struct transaction *t)
{
	unsigned long long size = (unsigned long long)t->text.len;

	if (s->ehlo.size == 0 || size <= s->ehlo.size)
		return false;
	for (size_t i = 0; i < t->nto; i++) {
		t->to[i].answer = ANSWER_REFUSED;
		problem_set(&t->to[i].said, VERDICT_NEVER, "5.3.4",
		    "host %.120s takes messages of at most %llu octets; this one has %llu", s->peer, s->ehlo.size,
		    size);
	}
	return true;
}

/*
 * RFC 6531, 3.5: an address that this relay has no words for is not sent to it; another one may have them.  Returns
 * whether nobody is left.
 */
static bool
has_no_words(struct session *s, struct transaction *t)
{
	size_t left = t->nto;

	for (size_t i = 0; i < t->nto; i++) {
		const char *address = can_say(s, t->sender) ? t->to[i].address : t->sender;

		if (can_say(s, address))
			continue;
		left--;
		t->to[i].answer = ANSWER_REFUSED;
		problem_set(&t->to[i].said, VERDICT_NEVER, "5.6.7",
		    "host %.120s does not offer SMTPUTF8, which <%.320s> needs", s->peer, address);
	}
	return left == 0;
}

bool
transaction_is_open(struct session *s, struct transaction *t)
{
	return !is_too_large(s, t) && !has_no_words(s, t);
}

/* RFC 3030, 2: the text follows as it is, counted. */
void
transaction_say_chunk(struct session *s, const struct transaction *t)
{
	session_say(s, "BDAT %lld LAST", (long long)t->text.len);
}

struct timespec
transaction_limit(off_t octets)
{
	return clock_deadline((TRANSACTION_SECONDS + octets / THIN_LINE) * 1000L);
}

enum ending
transaction_send_ahead(struct session *s, struct transaction *t, struct transaction *next, struct problem *why)
{
	struct body body = BODY;
	enum ending ending;
	bool        failed;

	if (!t->said && !transaction_is_open(s, t))
		return ENDING_READY;
	s->stream->limit = transaction_limit(t->text.len);
	failed = (s->ehlo.pipelining ? envelope_at_once : envelope_in_steps)(s, t, why) != 0;
	if (failed)
		return t->heard ? ENDING_LOST : ENDING_UNANSWERED;
	if (!any_taken(t))
		return ENDING_READY;
	if (s->ehlo.chunking)
		transaction_say_chunk(s, t);
	ending = send_text(s, &t->text, &body, why);
	return ending == ENDING_READY ? send_end(s, t, &body, next, why) : ending;
}

enum ending
transaction_send(struct session *s, struct transaction *t, struct problem *why)
{
	return transaction_send_ahead(s, t, NULL, why);
}
