/* SPDX-License-Identifier: ISC
 *
 * A whole conversation with a relay that says anything: one message, then several at once.  Laws: nobody is held accepted
 * whose message was not sent to its end; what is refused has words that can be shown; and what is said is commands and
 * messages.
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

/* How often the message was sent to its end. */
static size_t
count_sent(const struct peer *p)
{
	struct slice rest = buf_slice(&p->said);
	size_t       n = 0;

	for (; rest.len > 0; rest = slice_from(rest, 1))
		n += slice_begins(rest, SLICE(dotted)) || slice_begins(rest, SLICE(chunk));
	return n;
}

/* Returns whether the message may be with the relay. */
static bool
hold(const struct addressee *to)
{
	if (to->answer == ANSWER_REFUSED)
		law(is_problem(&to->said));
	if (to->answer == ANSWER_ACCEPTED)
		law(is_printable(to->said.text) && to->said.status[0] == '2');
	return to->answer == ANSWER_ACCEPTED || to->answer == ANSWER_DOUBT;
}

static void
send(struct session *s, const struct peer *p, size_t n)
{
	struct addressee   to[AT_ONCE][2];
	struct transaction t[AT_ONCE];
	struct problem     why;
	size_t             before = count_sent(p), claimed = 0;

	for (size_t i = 0; i < n; i++) {
		to[i][0] = (struct addressee){ .address = "b@example.net" };
		to[i][1] = (struct addressee){ .address = "c@example.org" };
		t[i] = (struct transaction){ .sender = "a@www1.example.com", .to = to[i], .nto = 2, .text = {
		    .read = read_message, .len = sizeof message - 1, .crc = 0x313892ED } };
	}
	if (flight_send(s, t, n, &why) != ENDING_READY)
		law(is_problem(&why));
	stream_flush(s->stream, &why);
	for (size_t i = 0; i < n; i++) {
		bool first = hold(&to[i][0]), second = hold(&to[i][1]);

		claimed += first || second;
	}
	law(claimed <= count_sent(p) - before);
}

void
fuzz(struct slice input)
{
	struct peer    p;
	struct stream  stream;
	struct session s;
	struct problem why;

	peer_open(&p, &stream, input, 4096);
	session_init(&s, &stream, "relay[192.0.2.1]", "www1.example.com", 300);
	if (session_greet(&s, &why) == 0 && session_hello(&s, &why) == 0) {
		send(&s, &p, 1);
		if (!s.in_transaction)
			send(&s, &p, AT_ONCE);
		session_quit(&s);
	} else {
		law(is_problem(&why) && why.verdict == VERDICT_LATER);
	}
	for (size_t i = 0; i < p.said.len; i++)
		law((p.said.at[i] == '\n') == (i > 0 && p.said.at[i - 1] == '\r'));
	session_release(&s);
	peer_close(&p, &stream);
}
