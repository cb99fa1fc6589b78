/* SPDX-License-Identifier: ISC */
#include "smtp/session.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "smtp/auth.h"

/* RFC 5321, 4.5.3.2, in seconds. */
enum { WAIT_GREETING = 300, WAIT_COMMAND = 300, WAIT_QUIT = 5 };

enum { LINE_MAX_LEN = 16 << 10, AUTH_MAX_ROUNDS = 8, WARM_MS = 1000 };

void
session_init(struct session *s, struct stream *stream, const char *peer, const char *hello,
    unsigned reply_timeout_seconds)
{
	*s = (struct session){
		.stream = stream,
		.peer = peer,
		.hello = hello,
		.reply_timeout_seconds = reply_timeout_seconds,
		.reply = REPLY,
	};
}

void
session_release(struct session *s)
{
	reply_release(&s->reply);
}

void
session_await(struct session *s, unsigned seconds, const char *what)
{
	if (seconds > s->reply_timeout_seconds)
		seconds = s->reply_timeout_seconds;
	stream_await(s->stream, seconds * 1000L, what);
}

/* shown is what a watcher sees of the line: not always all of it. */
static void
say_as(struct session *s, struct slice line, struct slice shown)
{
	/* A line end in an address would make two commands of one: such an address was never accepted (hazard L2). */
	assert(!slice_has_control(line));
	stream_trace(s->stream, "->", shown);
	stream_add(s->stream, line);
	stream_add(s->stream, SLICE("\r\n"));
}

void
session_say(struct session *s, const char *format, ...)
{
	char    line[LINE_MAX_LEN];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	say_as(s, SLICE(line), SLICE(line));
}

/*
 * The relay's last reply as a problem.  5xx is for good, all that is not expected may pass; and so may 530, which misses
 * TLS or AUTH in a session (RFC 3207, 4; RFC 4954, 6): that TLS had failed, or who is to say AUTH, is no message's fault.
 */
int
session_said(struct session *s, const char *command, struct problem *why)
{
	bool may_pass = reply_class(&s->reply) != 5 || s->reply.code == 530;
	char text[sizeof why->text];

	reply_text(&s->reply, text, sizeof text);
	problem_set(why, may_pass ? VERDICT_LATER : VERDICT_NEVER, s->reply.status,
	    "host %.120s said: %.320s (in reply to %s)", s->peer, text, command);
	if (s->reply.code == 530)
		why->status[0] = '4';
	return -1;
}

/* The same about the relay alone: no message is the worse for it. */
int
session_blame(struct session *s, const char *command, struct problem *why)
{
	session_said(s, command, why);
	why->verdict = VERDICT_LATER;
	why->status[0] = '4';
	return -1;
}

int
session_read(struct session *s, struct problem *why)
{
	if (reply_read(&s->reply, s->stream, why) != 0)
		return problem_prefix(why, s->peer);
	s->warm = clock_deadline(WARM_MS);
	return 0;
}

bool
session_is_warm(const struct session *s)
{
	return clock_left(s->warm) > 0;
}

/*
 * Waits for the reply to a command and holds it against the classes that RFC 5321, 4.3.2 allows it (a bit each: 1 << 2
 * is 2xx).  421 means that the relay is leaving (3.8), whatever was asked.
 */
int
session_hear(struct session *s, const char *command, unsigned classes, struct problem *why)
{
	if (session_read(s, why) != 0)
		return -1;
	if (s->reply.code == 421 || (classes & 1u << reply_class(&s->reply)) == 0)
		return session_blame(s, command, why);
	return 0;
}

int
session_greet(struct session *s, struct problem *why)
{
	session_await(s, WAIT_GREETING, "the greeting");
	return session_hear(s, "connection", REPLY_YES, why);
}

static int
helo(struct session *s, struct problem *why)
{
	s->ehlo = (struct ehlo){ 0 };
	session_say(s, "HELO %s", s->hello);
	session_await(s, WAIT_COMMAND, "the reply to HELO");
	return session_hear(s, "HELO command", REPLY_YES, why);
}

int
session_hello(struct session *s, struct problem *why)
{
	session_say(s, "EHLO %s", s->hello);
	session_await(s, WAIT_COMMAND, "the reply to EHLO");
	if (session_hear(s, "EHLO command", REPLY_YES | REPLY_NO, why) != 0)
		return -1;
	if (reply_class(&s->reply) == 4)
		return session_blame(s, "EHLO command", why);
	if (reply_class(&s->reply) == 5)
		return helo(s, why);
	ehlo_parse(&s->ehlo, buf_slice(&s->reply.lines));
	return 0;
}

/* RFC 3207, 4.2: nothing that came in clear is believed under TLS: neither the offer nor what was sent ahead. */
int
session_starttls(struct session *s, struct problem *why)
{
	if (!s->ehlo.starttls)
		return problem_set(why, VERDICT_LATER, "4.7.0", "%s: TLS is required, but was not offered", s->peer);
	session_say(s, "STARTTLS");
	session_await(s, WAIT_COMMAND, "the reply to STARTTLS");
	if (session_hear(s, "STARTTLS command", REPLY_YES, why) != 0)
		return -1;
	s->ehlo = (struct ehlo){ 0 };
	if (stream_has_input(s->stream))
		return problem_set(why, VERDICT_LATER, "4.7.0",
		    "%s: text was injected in clear behind the reply to STARTTLS", s->peer);
	return 0;
}

/* Says what answers the challenge, behind what line already holds, and shows nothing of it. */
static int
say_answer(struct session *s, struct auth *a, struct slice challenge, const char *command, struct problem *why)
{
	struct buf line = BUF(LINE_MAX_LEN), shown = BUF(LINE_MAX_LEN);
	int        rc;

	buf_addf(&line, "%s%s", command, *command != '\0' ? " " : "");
	buf_addf(&shown, "%s****", buf_text(&line));
	rc = auth_answer(a, challenge, &line, why);
	if (rc == 0)
		say_as(s, buf_slice(&line), buf_slice(&shown));
	else
		problem_prefix(why, s->peer);
	if (line.at != NULL)
		explicit_bzero(line.at, line.room);
	buf_release(&line);
	buf_release(&shown);
	return rc;
}

static int
auth_begin(struct session *s, struct auth *a, struct problem *why)
{
	char command[64];

	snprintf(command, sizeof command, "AUTH %s", auth_mechanism(a));
	if (auth_speaks_first(a))
		return say_answer(s, a, SLICE(""), command, why);
	session_say(s, "%s", command);
	return 0;
}

/* What the relay answers to AUTH; what its mechanism said of a refusal is told with it. */
static int
hear_auth(struct session *s, struct auth *a, struct problem *why)
{
	size_t len;

	session_await(s, WAIT_COMMAND, "the reply to AUTH");
	if (session_hear(s, "AUTH command", REPLY_YES | REPLY_MORE, why) == 0)
		return 0;
	len = strlen(why->text);
	if (*auth_refusal(a) != '\0')
		snprintf(why->text + len, sizeof why->text - len, ", because of %s", auth_refusal(a));
	return -1;
}

/* RFC 4954, 4: challenges are 334 replies, in base64. */
static int
auth_exchange(struct session *s, struct auth *a, struct problem *why)
{
	if (auth_begin(s, a, why) != 0)
		return -1;
	for (unsigned round = 0; round < AUTH_MAX_ROUNDS; round++) {
		if (hear_auth(s, a, why) != 0)
			return -1;
		if (reply_class(&s->reply) == 2)
			break;
		if (say_answer(s, a, slice_trim(slice_from(buf_slice(&s->reply.lines), 4)), "", why) != 0)
			return -1;
	}
	if (reply_class(&s->reply) != 2 || !auth_is_done(a))
		return problem_set(why, VERDICT_LATER, "4.7.0", "%s: the AUTH exchange did not end as %s ends",
		    s->peer, auth_mechanism(a));
	return 0;
}

/* RFC 4954, 4 and 6: not this one, but maybe another.  535 is about the secret, and one try more may lock us out. */
static bool
is_about_mechanism(int code)
{
	return code == 432 || code == 504 || code == 534;
}

int
session_auth(struct session *s, const struct credentials *mine, struct problem *why)
{
	struct slice       wanted = SLICE(mine->mechanisms != NULL ? mine->mechanisms : AUTH_STRONGEST_FIRST);
	struct tls_binding binding;
	struct problem     none_left;
	struct auth       *a;
	int                rc;

	tls_binding(s->stream, &binding);
	if ((a = auth_start(s->ehlo.auth, &wanted, mine, &binding, why)) == NULL)
		return problem_prefix(why, s->peer);
	do {
		rc = auth_exchange(s, a, why);
		auth_free(a);
	} while (rc != 0 && is_about_mechanism(s->reply.code) &&
	    (a = auth_start(s->ehlo.auth, &wanted, mine, &binding, &none_left)) != NULL);
	explicit_bzero(&binding, sizeof binding);
	return rc;
}

void
session_quit(struct session *s)
{
	struct problem ignored;

	s->stream->limit = (struct timespec){ 0 };
	session_say(s, "QUIT");
	session_await(s, WAIT_QUIT, "the reply to QUIT");
	session_hear(s, "QUIT command", REPLY_YES, &ignored);
}
