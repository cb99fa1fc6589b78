/* SPDX-License-Identifier: ISC
 *
 * A whole conversation with a relay that says anything: one message, then several at once.  Laws: nobody is held accepted
 * whose message was not sent to its end; everybody has a fate, or the session has a reason why not; what is refused has
 * words that can be shown; and what is said is commands and messages, nothing else.
 */
#include "fuzz/fuzz.h"
#include "smtp/flight.h"
#include "smtp/session.h"

static const char message[] = "Subject: x\r\n\r\n.\r\nhello\r\n";
static const char dotted[] = "Subject: x\r\n\r\n..\r\nhello\r\n.\r\n";
static const char chunk[] = "BDAT 24 LAST\r\nSubject: x\r\n\r\n.\r\nhello\r\n";

enum { AT_ONCE = 3 };

static ssize_t
read_message(void *argument, off_t offset, char *at, size_t room, struct problem *why)
{
	size_t left = sizeof message - 1 - (size_t)offset, len = left < room ? left : room;

	(void)argument, (void)why;
	memcpy(at, message + offset, len);
	return (ssize_t)len;
}

/* All that a relay may hear. */
static const char *const lawful[] = { dotted, chunk, "EHLO www1.example.com\r\n", "HELO www1.example.com\r\n",
	"MAIL FROM:<a@www1.example.com>\r\n", "MAIL FROM:<a@www1.example.com> SIZE=24\r\n", "RCPT TO:<b@example.net>\r\n",
	"RCPT TO:<c@example.org>\r\n", "DATA\r\n", ".\r\n", "RSET\r\n", "QUIT\r\n" };

/* How often the message was sent to its end; the last of all that was said may be cut off. */
static size_t
count_sent(const struct peer *p)
{
	struct slice rest = buf_slice(&p->said);
	size_t       n = 0, i;

	while (rest.len > 0) {
		for (i = 0; i < sizeof lawful / sizeof *lawful; i++)
			if (slice_begins(rest, SLICE(lawful[i])) || slice_begins(SLICE(lawful[i]), rest))
				break;
		law(i < sizeof lawful / sizeof *lawful);
		n += i < 2 && rest.len >= strlen(lawful[i]);
		rest = slice_from(rest, strlen(lawful[i]));
	}
	return n;
}

/* Returns whether the message may be with the relay. */
static bool
hold(const struct addressee *to)
{
	if (to->answer != ANSWER_NONE && to->answer != ANSWER_ACCEPTED)
		law(is_problem(&to->said));
	if (to->answer == ANSWER_ACCEPTED)
		law(is_printable(to->said.text) && to->said.status[0] == '2');
	return to->answer == ANSWER_ACCEPTED || to->answer == ANSWER_DOUBT;
}

static bool
hold_both(const struct transaction *t)
{
	bool first = hold(&t->to[0]), second = hold(&t->to[1]);

	if (t->ending == ENDING_READY)
		law(t->to[0].answer != ANSWER_NONE && t->to[1].answer != ANSWER_NONE);
	else
		law(is_problem(&t->why));
	return first || second;
}

static enum ending
send(struct session *s, const struct peer *p, size_t n)
{
	struct addressee   to[AT_ONCE][2];
	struct transaction t[AT_ONCE];
	struct problem     why;
	size_t             before = count_sent(p), claimed = 0;
	enum ending        ending;

	for (size_t i = 0; i < n; i++) {
		to[i][0] = (struct addressee){ .address = "b@example.net" };
		to[i][1] = (struct addressee){ .address = "c@example.org" };
		t[i] = (struct transaction){ .sender = "a@www1.example.com", .to = to[i], .nto = 2, .text = {
		    .read = read_message, .len = sizeof message - 1, .crc = 0x313892ED } };
	}
	ending = flight_send(s, t, n, &why);
	if (ending != ENDING_READY)
		law(is_problem(&why));
	stream_flush(s->stream, &why);
	for (size_t i = 0; i < n; i++)
		claimed += hold_both(&t[i]);
	law(claimed <= count_sent(p) - before);
	return ending;
}

static void
converse(struct slice words, size_t size, size_t takes)
{
	struct peer    p;
	struct stream  stream;
	struct session s;
	struct problem why;

	peer_open(&p, &stream, words, size);
	p.takes = takes;
	session_init(&s, &stream, "relay[192.0.2.1]", "www1.example.com", 300);
	if (session_greet(&s, &why) == 0 && session_hello(&s, &why) == 0) {
		if (send(&s, &p, 1) == ENDING_READY && send(&s, &p, AT_ONCE) == ENDING_READY)
			session_quit(&s);
	} else {
		law(is_problem(&why) && why.verdict == VERDICT_LATER);
	}
	count_sent(&p);
	session_release(&s);
	peer_close(&p, &stream);
}

/* A relay that talks unasked, one that answers, and one that hangs up when it has heard so much. */
void
fuzz(struct slice input)
{
	converse(input, 4096, SIZE_MAX);
	converse(input, PEER_REPLIES, SIZE_MAX);
	if (input.len > 0)
		converse(input, PEER_REPLIES, 8u * (unsigned char)input.at[input.len - 1]);
}
