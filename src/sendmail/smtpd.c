/* SPDX-License-Identifier: ISC */
#include "sendmail/smtpd.h"

#include <limits.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/xalloc.h"
#include "mail/command.h"
#include "mail/undot.h"
#include "sendmail/dialogue.h"
#include "sendmail/envelope.h"

enum {
	LINE_MAX_LEN = 2 << 10,   /* RFC 5321, 4.5.3.1.4, and room for all parameters */
	MAX_FAULTS   = 20,        /* since the last message */
};

struct chunk {
	unsigned long long left;   /* octets to come */
	bool               is_last;
};

struct server {
	const struct conf   *conf;
	const struct outlet *outlet;
	struct identity      author;
	struct dialogue      dialogue;
	struct envelope      envelope;
	struct buf           line;
	unsigned             nfaults;
	bool                 leaving;
	bool                 receiving;   /* a message comes in: between BDAT commands others may be said */
	bool                 abandoned;   /* and will not be finished */
	struct undot         undot;
	struct chunk         chunk;
};

/* A client that does nothing but err is none. */
static void
say(struct server *s, const char *reply)
{
	if (reply[0] == '5' && ++s->nfaults == MAX_FAULTS) {
		s->leaving = true;
		reply = "421 4.7.0 Too many errors";
	}
	dialogue_say(&s->dialogue, "%s", reply);
}

static void
forget_message(struct server *s)
{
	if (s->receiving)
		s->abandoned = true;
	else
		envelope_clear(&s->envelope);
}

/* The text of DATA, for struct input. */
static ssize_t
read_text(void *reader, char *at, size_t room, struct problem *why)
{
	struct server *s = reader;
	size_t         len = 0;

	while (len == 0 && !s->undot.ended) {
		struct slice there = dialogue_peek(&s->dialogue), rest = there;

		if (there.len == 0)
			return problem_set(why, VERDICT_LATER, "4.4.2", "the client is gone");
		len = undot(&s->undot, &rest, at, room);
		dialogue_take(&s->dialogue, there.len - rest.len);
	}
	return (ssize_t)len;
}

static bool
chunk_parse(struct chunk *c, struct slice argument)
{
	struct slice size = slice_word(&argument), last = slice_trim(argument);

	c->is_last = slice_same(last, SLICE("LAST"));
	return slice_number(size, ULLONG_MAX, &c->left) && (c->is_last || last.len == 0);
}

static void obey(struct server *, struct command);

/* Waits for the next BDAT of a message; what else may be said meanwhile is obeyed.  Returns false when none comes. */
static bool
next_chunk(struct server *s)
{
	while (dialogue_line(&s->dialogue, &s->line)) {
		struct command c = command_read(buf_slice(&s->line));

		if (!s->line.full && slice_same(c.verb, SLICE("BDAT")) && chunk_parse(&s->chunk, c.argument))
			return true;
		obey(s, c);
		if (s->abandoned || s->leaving)
			return false;
	}
	return false;
}

/* The text of all chunks, for struct input.  RFC 3030, 2: each has its reply, the last one that of the message. */
static ssize_t
read_chunks(void *reader, char *at, size_t room, struct problem *why)
{
	struct server *s = reader;
	struct slice   there;

	while (s->chunk.left == 0) {
		if (s->chunk.is_last)
			return 0;
		say(s, "250 2.0.0 Ok: more");
		if (!next_chunk(s)) {
			s->abandoned = true;
			return problem_set(why, VERDICT_LATER, "4.4.2", "the client has given up");
		}
	}
	there = dialogue_peek(&s->dialogue);
	if (there.len > room)
		there.len = room;
	if (there.len > s->chunk.left)
		there.len = (size_t)s->chunk.left;
	memcpy(at, there.at, there.len);
	dialogue_take(&s->dialogue, there.len);
	s->chunk.left -= there.len;
	if (there.len == 0)
		return problem_set(why, VERDICT_LATER, "4.4.2", "the client is gone");
	return (ssize_t)there.len;
}

static void
skip_chunk(struct server *s)
{
	while (s->chunk.left > 0) {
		struct slice there = dialogue_peek(&s->dialogue);
		size_t       n = there.len < s->chunk.left ? there.len : (size_t)s->chunk.left;

		if (n == 0)
			return;
		dialogue_take(&s->dialogue, n);
		s->chunk.left -= n;
	}
}

static void
skip_text(struct server *s)
{
	char           text[DIALOGUE_BLOCK];
	struct problem ignored;

	while (read_text(s, text, sizeof text, &ignored) > 0)
		;
}

static int
reply_code(bool later, const char *status)
{
	if (later)
		return strcmp(status + 1, ".3.1") == 0 ? 452 : 451;
	return strcmp(status + 1, ".3.4") == 0 ? 552 : 554;
}

/* The reply to a message; code is of sysexits.h. */
static void
answer(struct server *s, int code, const struct problem *why)
{
	const char *id = s->envelope.message.entry.id;
	bool        later = code == EX_TEMPFAIL || why->verdict == VERDICT_LATER;

	if (code == 0) {
		s->nfaults = 0;
		dialogue_say(&s->dialogue, "250 2.0.0 Ok: %s%s", id[0] != '\0' ? "queued as " : "a relay has it", id);
		return;
	}
	dialogue_say(&s->dialogue, "%d %c%s %.400s", reply_code(later, why->status), later ? '4' : '5', why->status + 1,
	    why->text);
}

static int
compose(struct server *s, struct input *in, struct problem *why)
{
	struct message   *m = &s->envelope.message;
	struct letterhead head = { s->conf, &s->author, &s->envelope.sender, "" };
	int               code = message_header(m, &head, in, NULL, why);

	return code == 0 ? message_write(m, &head, in, why) : code;
}

/*
 * Takes in a message and answers it.  Where it fails, skip reads what still belongs to it: the next command is behind
 * that.
 */
static void
receive(struct server *s, ssize_t (*read)(void *, char *, size_t, struct problem *), void (*skip)(struct server *))
{
	struct input   in;
	struct problem why = { 0 };
	int            code;

	input_init(&in, -1, s->conf->max_size, false);
	in.read = read;
	in.reader = s;
	s->receiving = true;
	code = compose(s, &in, &why);
	if (code != 0 && !in.at_end && !s->abandoned)
		skip(s);
	input_release(&in);
	s->receiving = false;
	if (!s->dialogue.over && !s->abandoned) {
		if (code == 0)
			code = s->outlet->submit(s->outlet->argument, &s->envelope.message, &why);
		answer(s, code, &why);
	}
	s->abandoned = false;
	envelope_clear(&s->envelope);
}

/* Why no message can come now; NULL when one can. */
static const char *
hindrance(const struct server *s)
{
	if (s->receiving)
		return "503 5.5.1 BDAT is under way";
	if (!s->envelope.begun)
		return "503 5.5.1 MAIL comes first";
	return s->envelope.message.entry.nrecipients == 0 ? "503 5.5.1 No recipient was accepted" : NULL;
}

/* Each obeys a command and replies to it. */

static void
obey_hello(struct server *s, struct slice name)
{
	if (name.len == 0) {
		say(s, "501 5.5.4 Syntax: HELO name");
		return;
	}
	forget_message(s);
	dialogue_say(&s->dialogue, "250 %s", s->conf->hostname);
}

/* RFC 8689, 2 would have REQUIRETLS offered under TLS alone: here the client is on this host, and there is no wire. */
static void
obey_ehlo(struct server *s, struct slice name)
{
	static const char *const offers[] = {
		"PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "DSN", "SMTPUTF8", "CHUNKING", "REQUIRETLS",
	};

	if (name.len == 0) {
		say(s, "501 5.5.4 Syntax: EHLO name");
		return;
	}
	forget_message(s);
	dialogue_say(&s->dialogue, "250-%s", s->conf->hostname);
	for (size_t i = 0; i < sizeof offers / sizeof *offers; i++)
		dialogue_say(&s->dialogue, "250-%s", offers[i]);
	dialogue_say(&s->dialogue, "250 SIZE %llu", s->conf->max_size);
}

static void
obey_mail(struct server *s, struct slice argument)
{
	say(s, envelope_mail(&s->envelope, argument));
}

/* RFC 5321, 3.3: each recipient has its own reply.  However many addresses of a list are bad, the others get it. */
static void
obey_rcpt(struct server *s, struct slice argument)
{
	const char *refusal = s->receiving || !s->envelope.begun ? hindrance(s) : NULL;

	if (refusal != NULL)
		say(s, refusal);
	else
		dialogue_say(&s->dialogue, "%s", envelope_rcpt(&s->envelope, argument));
}

static void
obey_data(struct server *s, struct slice argument)
{
	const char *refusal = argument.len > 0 ? "501 5.5.4 Syntax: DATA" : hindrance(s);

	if (refusal != NULL) {
		say(s, refusal);
		return;
	}
	say(s, "354 End with a dot on a line of its own");
	s->undot = (struct undot){ .lf_ends_line = !s->dialogue.uses_crlf };
	receive(s, read_text, skip_text);
}

/* RFC 3030, 2: the octets follow, whatever the reply will be. */
static void
obey_bdat(struct server *s, struct slice argument)
{
	const char *refusal = hindrance(s);
	struct chunk chunk;

	if (!chunk_parse(&chunk, argument)) {
		say(s, "501 5.5.4 Syntax: BDAT size [LAST]");
		return;
	}
	s->chunk = chunk;
	if (refusal == NULL) {
		receive(s, read_chunks, skip_chunk);
		return;
	}
	skip_chunk(s);
	say(s, refusal);
}

static void
obey_rset(struct server *s, struct slice argument)
{
	(void)argument;
	forget_message(s);
	say(s, "250 2.0.0 Ok");
}

static void
obey_noop(struct server *s, struct slice argument)
{
	(void)argument;
	say(s, "250 2.0.0 Ok");
}

static void
obey_vrfy(struct server *s, struct slice argument)
{
	(void)argument;
	say(s, "252 2.0.0 Only a relay knows; send, and you will hear");
}

static void
obey_help(struct server *s, struct slice argument)
{
	(void)argument;
	say(s, "214 2.0.0 See sendmail(8)");
}

static void
obey_quit(struct server *s, struct slice argument)
{
	(void)argument;
	s->leaving = true;
	dialogue_say(&s->dialogue, "221 2.0.0 %s", s->conf->hostname);
}

static const struct {
	const char *verb;
	void      (*obey)(struct server *, struct slice argument);
} commands[] = {
	{ "EHLO", obey_ehlo }, { "HELO", obey_hello }, { "MAIL", obey_mail }, { "RCPT", obey_rcpt },
	{ "DATA", obey_data }, { "BDAT", obey_bdat }, { "RSET", obey_rset }, { "NOOP", obey_noop },
	{ "VRFY", obey_vrfy }, { "HELP", obey_help }, { "QUIT", obey_quit },
};

static void
obey(struct server *s, struct command c)
{
	if (s->line.full) {
		say(s, "500 5.5.2 Line too long");
		return;
	}
	if (slice_has_control(buf_slice(&s->line))) {
		say(s, "500 5.5.2 A control character in the line");
		return;
	}
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (slice_same(c.verb, SLICE(commands[i].verb))) {
			commands[i].obey(s, c.argument);
			return;
		}
	say(s, "500 5.5.1 Unknown command");
}

static void
converse(struct server *s)
{
	dialogue_say(&s->dialogue, "220 %s ESMTP salsa", s->conf->hostname);
	while (!s->leaving && dialogue_line(&s->dialogue, &s->line))
		obey(s, command_read(buf_slice(&s->line)));
	if (s->dialogue.idle)
		dialogue_say(&s->dialogue, "421 4.4.2 %s: nothing was said for too long", s->conf->hostname);
	dialogue_flush(&s->dialogue);
}

void
smtpd(const struct conf *conf, const struct outlet *outlet, int in, int out, long patience_msec)
{
	struct server *s = xcalloc(1, sizeof *s);

	s->conf = conf;
	s->outlet = outlet;
	s->envelope = ENVELOPE(conf);
	s->line = BUF(LINE_MAX_LEN);
	identity_find(&s->author);
	dialogue_init(&s->dialogue, in, out, patience_msec);
	converse(s);
	dialogue_release(&s->dialogue);
	identity_release(&s->author);
	envelope_clear(&s->envelope);
	buf_release(&s->line);
	free(s);
}
