/* SPDX-License-Identifier: ISC
 *
 * A whole conversation with a relay that says anything.  Laws: nobody is held accepted whose message was not sent to its
 * final dot; what is refused has words that can be shown; and what is said is commands and one message.
 */
#include "fuzz/fuzz.h"
#include "smtp/session.h"
#include "smtp/transaction.h"

static const char message[] = "Subject: x\r\n\r\n.\r\nhello\r\n";
static const char on_the_wire[] = "Subject: x\r\n\r\n..\r\nhello\r\n.\r\n";

static ssize_t
read_message(void *argument, off_t offset, char *at, size_t room, struct problem *why)
{
	size_t left = sizeof message - 1 - (size_t)offset, len = left < room ? left : room;

	(void)argument, (void)why;
	memcpy(at, message + offset, len);
	return (ssize_t)len;
}

static void
hold(const struct addressee *to, const struct peer *p)
{
	if (to->answer == ANSWER_ACCEPTED || to->answer == ANSWER_DOUBT)
		law(memmem(p->said.at, p->said.len, on_the_wire, sizeof on_the_wire - 1) != NULL);
	if (to->answer == ANSWER_REFUSED)
		law(is_problem(&to->said));
	if (to->answer == ANSWER_ACCEPTED)
		law(is_printable(to->said.text) && to->said.status[0] == '2');
}

static void
send(struct session *s, const struct peer *p)
{
	struct addressee   to[] = { { .address = "b@example.net" }, { .address = "c@example.org" } };
	struct transaction t = { .sender = "a@www1.example.com", .to = to, .nto = 2, .text = {
	    .read = read_message, .len = sizeof message - 1, .crc = 0x313892ED } };
	struct problem     why;

	if (transaction_send(s, &t, &why) != ENDING_READY)
		law(is_problem(&why));
	stream_flush(s->stream, &why);
	for (size_t i = 0; i < t.nto; i++)
		hold(&to[i], p);
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
		send(&s, &p);
		if (!s.in_transaction)
			send(&s, &p);
		session_quit(&s);
	} else {
		law(is_problem(&why) && why.verdict == VERDICT_LATER);
	}
	for (size_t i = 0; i < p.said.len; i++)
		law((p.said.at[i] == '\n') == (i > 0 && p.said.at[i - 1] == '\r'));
	session_release(&s);
	peer_close(&p, &stream);
}
