/* SPDX-License-Identifier: ISC */
#include "smtp/transaction.h"

#include "base/crc32.h"
#include "smtp/script.h"

/* Two recipients, and a text of two lines, the second of which begins with a dot. */
static const char text[] = "Subject: x\r\n.\r\n";
static const char sender[] = "a@www1.example.com", one[] = "b@example.net", two[] = "c@example.org";

#define MAIL    ">MAIL FROM:<a@www1.example.com>\n"
#define RCPT1   ">RCPT TO:<b@example.net>\n"
#define RCPT2   ">RCPT TO:<c@example.org>\n"
#define ALL     MAIL RCPT1 RCPT2 ">DATA\n"
#define TEXT    ">Subject: x\n>..\n>.\n"

enum { STEPS, PIPELINE };

/* answers: a accepted, r refused for good, R the same by name, l refused for now, L by name, d doubt, - none. */
static const struct {
	int         how;
	const char *dialogue;
	enum ending ending;
	const char *answers, *words;   /* words: of the first recipient, or of the ending where that has none */
} cases[] = {
	{ STEPS, MAIL "<250 ok\n" RCPT1 "<250 ok\n" RCPT2 "<251 ok\n>DATA\n<354 go\n" TEXT "<250 2.6.0 queued as X\n",
	    ENDING_READY, "aa", "250 2.6.0 queued as X" },
	{ PIPELINE, ALL "<250 ok\n<250 ok\n<250 ok\n<354 go\n" TEXT "<250 queued\n", ENDING_READY, "aa", "250 queued" },

	/* R8: one of many. */
	{ STEPS, MAIL "<250 ok\n" RCPT1 "<550 5.1.1 no\n" RCPT2 "<250 ok\n>DATA\n<354 go\n" TEXT "<250 ok\n",
	    ENDING_READY, "Ra", "host relay[192.0.2.1] said: 550 5.1.1 no (in reply to RCPT TO command)" },
	{ PIPELINE, ALL "<250 ok\n<450 no\n<250 ok\n<354 go\n" TEXT "<250 ok\n", ENDING_READY, "La", "said: 450 no" },
	{ STEPS, MAIL "<250 ok\n" RCPT1 "<550 no\n" RCPT2 "<450 no\n", ENDING_READY, "RL", "said: 550 no" },

	{ STEPS, MAIL "<553 5.1.8 who?\n", ENDING_READY, "rr", "in reply to MAIL FROM command" },
	{ STEPS, MAIL "<451 later\n", ENDING_READY, "ll", "in reply to MAIL FROM command" },
	{ PIPELINE, ALL "<553 5.1.8 who?\n<503 no\n<503 no\n<503 no\n", ENDING_READY, "rr", "said: 553" },
	{ STEPS, MAIL "<250 ok\n" RCPT1 "<250 ok\n" RCPT2 "<250 ok\n>DATA\n<554 no\n", ENDING_READY, "rr", "DATA" },
	{ PIPELINE, ALL "<250 ok\n<250 ok\n<550 no\n<451 no\n", ENDING_READY, "lR", "in reply to DATA command" },
	{ PIPELINE, ALL "<250 ok\n<250 ok\n<250 ok\n<354 go\n" TEXT "<554 5.6.0 spam\n", ENDING_READY, "rr",
	    "said: 554 5.6.0 spam (in reply to end of DATA command)" },
	{ PIPELINE, ALL "<250 ok\n<250 ok\n<250 ok\n<354 go\n" TEXT "<452 full\n", ENDING_READY, "ll", "said: 452" },

	/* R15: a relay that wants the text though it took no recipient gets an empty one. */
	{ PIPELINE, ALL "<250 ok\n<550 no\n<550 no\n<354 go\n>.\n<554 no\n", ENDING_READY, "RR", "said: 550" },
	{ PIPELINE, ALL "<250 ok\n<550 no\n<550 no\n<354 go\n>.\n<250 thanks\n", ENDING_READY, "RR", "said: 550" },
	{ PIPELINE, ALL "<250 ok\n<550 no\n<550 no\n<354 go\n>.\n", ENDING_LOST, "RR", "said: 550" },
	{ PIPELINE, ALL "<250 ok\n<550 no\n<450 no\n<503 none\n", ENDING_READY, "RL", "said: 550" },
	{ PIPELINE, ALL "<553 who?\n<250 ok\n<250 ok\n<354 go\n>.\n<554 no\n", ENDING_READY, "rr", "said: 553" },

	/* R1: lost on the way; what was answered counts. */
	{ PIPELINE, ALL, ENDING_UNANSWERED, "--", "closed by relay, waiting for the reply to MAIL" },
	{ STEPS, MAIL "!", ENDING_UNANSWERED, "--", "timed out waiting for the reply to MAIL" },
	{ STEPS, MAIL "<421 idle too long\n", ENDING_UNANSWERED, "--", "said: 421" },
	{ PIPELINE, ALL "<250 ok\n", ENDING_LOST, "--", "waiting for the reply to RCPT" },
	{ PIPELINE, ALL "<250 ok\n<550 no\n", ENDING_LOST, "R-", "said: 550" },
	{ PIPELINE, ALL "<250 ok\n<250 ok\n<421 bye\n", ENDING_LOST, "--", "said: 421 bye (in reply to RCPT TO" },
	{ PIPELINE, ALL "<250 ok\n<250 ok\n<250 ok\n!", ENDING_LOST, "--", "timed out waiting for the reply to DATA" },
	{ STEPS, MAIL "<250 ok\n" RCPT1 "<garbage\n", ENDING_LOST, "--", "not an SMTP reply" },

	/* R6: a reply of a class that has no meaning there. */
	{ STEPS, MAIL "<354 go\n", ENDING_UNANSWERED, "--", "said: 354" },
	{ STEPS, MAIL "<250 ok\n" RCPT1 "<354 go\n", ENDING_LOST, "--", "said: 354" },
	{ STEPS, MAIL "<250 ok\n" RCPT1 "<250 ok\n" RCPT2 "<250 ok\n>DATA\n<250 ok\n", ENDING_LOST, "--", "said: 250" },
	{ PIPELINE, ALL "<250 ok\n<250 ok\n<250 ok\n<354 go\n" TEXT "<354 go\n", ENDING_LOST, "dd", "said: 354" },

	/* After the final dot nobody knows. */
	{ PIPELINE, ALL "<250 ok\n<250 ok\n<250 ok\n<354 go\n" TEXT, ENDING_LOST, "dd",
	    "relay[192.0.2.1]: connection closed by relay, waiting for the reply to the message" },
	{ PIPELINE, ALL "<250 ok\n<550 no\n<250 ok\n<354 go\n" TEXT "!", ENDING_LOST, "Rd", "said: 550" },
	{ PIPELINE, ALL "<250 ok\n<250 ok\n<250 ok\n<354 go\n" TEXT "<ok\n", ENDING_LOST, "dd", "not an SMTP reply" },
	/* But a relay that says that it leaves has said no. */
	{ PIPELINE, ALL "<250 ok\n<250 ok\n<250 ok\n<354 go\n" TEXT "<421 bye\n", ENDING_LOST, "ll", "said: 421" },
};

static ssize_t
read_text(void *argument, off_t offset, char *at, size_t room, struct problem *why)
{
	struct slice rest = slice_from(SLICE(argument), (size_t)offset);

	(void)why;
	if (rest.len > room)
		rest.len = room;
	if (rest.len > 3)
		rest.len = 3;   /* in pieces */
	memcpy(at, rest.at, rest.len);
	return (ssize_t)rest.len;
}

static struct text
text_of(const char *words)
{
	return (struct text){ read_text, (char *)(uintptr_t)words, (off_t)strlen(words),
		crc32_add(0, SLICE(words)), false };
}

static char
letter(const struct addressee *to)
{
	bool never = to->said.verdict == VERDICT_NEVER;

	switch (to->answer) {
	case ANSWER_NONE:
		return '-';
	case ANSWER_ACCEPTED:
		return 'a';
	case ANSWER_DOUBT:
		return 'd';
	case ANSWER_REFUSED:
		return to->by_name ? (never ? 'R' : 'L') : (never ? 'r' : 'l');
	}
	return '?';
}

struct talk {
	struct script      script;
	struct stream      stream;
	struct session     session;
	struct addressee   to[2];
	struct transaction transaction;
	struct problem     why;
};

static void
talk_start(struct talk *k, const char *dialogue, struct text message)
{
	script_open(&k->script, &k->stream, dialogue);
	session_init(&k->session, &k->stream, "relay[192.0.2.1]", "www1.example.com", 300);
	k->to[0] = (struct addressee){ .address = one };
	k->to[1] = (struct addressee){ .address = two };
	k->transaction = (struct transaction){ .sender = sender, .text = message, .to = k->to, .nto = 2 };
	k->why = (struct problem){ .text = "" };
}

static void
talk_end(struct talk *k)
{
	session_release(&k->session);
	script_end(&k->script, &k->stream);
}

START_TEST(every_recipient_has_the_answer_that_the_relay_gave_it)
{
	struct talk k;
	char        answers[3] = "";

	talk_start(&k, cases[_i].dialogue, text_of(text));
	k.session.ehlo.pipelining = cases[_i].how == PIPELINE;
	ck_assert_int_eq(transaction_send(&k.session, &k.transaction, &k.why), cases[_i].ending);
	answers[0] = letter(&k.to[0]);
	answers[1] = letter(&k.to[1]);
	ck_assert_str_eq(answers, cases[_i].answers);
	ck_assert_ptr_nonnull(strstr(answers[0] == '-' ? k.why.text : k.to[0].said.text, cases[_i].words));
	ck_assert_uint_le(k.script.rest.len, 1);   /* the dialogue was played to its end, but for a silence */
	talk_end(&k);
}
END_TEST

START_TEST(a_pipelined_message_is_two_writes)
{
	struct talk k;

	talk_start(&k, ALL "<250 ok\n<250 ok\n<250 ok\n<354 go\n" TEXT "<250 ok\n", text_of(text));
	k.session.ehlo.pipelining = true;
	ck_assert_int_eq(transaction_send(&k.session, &k.transaction, &k.why), ENDING_READY);
	ck_assert_uint_eq(k.script.nwrites, 2);
	talk_end(&k);
}
END_TEST

/* The text is shorter, longer, or other than promised. */
static const struct { off_t len; uint32_t crc; } lies[] = {
	{ sizeof text - 2, 0 },
	{ sizeof text, 0 },
	{ sizeof text - 1, 1 },
};

START_TEST(F6_a_text_that_is_not_what_was_promised_never_ends)
{
	struct talk k;
	struct text message = text_of(text);

	message.len = lies[_i].len;
	message.crc ^= lies[_i].crc;
	talk_start(&k, ALL "<250 ok\n<250 ok\n<250 ok\n<354 go\n!", message);
	k.session.ehlo.pipelining = true;
	ck_assert_int_eq(transaction_send(&k.session, &k.transaction, &k.why), ENDING_UNREADABLE);
	ck_assert_int_eq(letter(&k.to[0]), '-');
	ck_assert_int_eq(k.why.verdict, VERDICT_LATER);
	stream_flush(&k.stream, &k.why);
	ck_assert_ptr_null(strstr(buf_text(&k.script.all), "\r\n.\r\n"));
	talk_end(&k);
}
END_TEST

static ssize_t
fail_to_read(void *argument, off_t offset, char *at, size_t room, struct problem *why)
{
	if (offset == 0)
		return read_text(argument, offset, at, room, why);
	return problem_set(why, VERDICT_LATER, "4.3.0", "read the message: Input/output error");
}

START_TEST(F6_a_read_error_never_ends_the_text)
{
	struct talk k;
	struct text message = text_of(text);

	message.read = fail_to_read;
	talk_start(&k, ALL "<250 ok\n<250 ok\n<250 ok\n<354 go\n!", message);
	k.session.ehlo.pipelining = true;
	ck_assert_int_eq(transaction_send(&k.session, &k.transaction, &k.why), ENDING_UNREADABLE);
	ck_assert_str_eq(k.why.text, "read the message: Input/output error");
	ck_assert_ptr_null(strstr(buf_text(&k.script.all), "\r\n.\r\n"));
	talk_end(&k);
}
END_TEST

static const struct { struct ehlo offer; bool eightbit; const char *mail; } mails[] = {
	{ { 0 }, true, "MAIL FROM:<a@www1.example.com>\r\n" },
	{ { .size_offered = true }, false, "MAIL FROM:<a@www1.example.com> SIZE=15\r\n" },
	{ { .size_offered = true, .size = 15, .eightbitmime = true }, true,
	    "MAIL FROM:<a@www1.example.com> SIZE=15 BODY=8BITMIME\r\n" },
	{ { .eightbitmime = true }, false, "MAIL FROM:<a@www1.example.com>\r\n" },
};

START_TEST(mail_says_what_the_relay_offered_to_hear)
{
	struct talk k;

	talk_start(&k, "<451 no\n", text_of(text));
	k.session.ehlo = mails[_i].offer;
	k.transaction.text.eightbit = mails[_i].eightbit;
	ck_assert_int_eq(transaction_send(&k.session, &k.transaction, &k.why), ENDING_READY);
	ck_assert_str_eq(buf_text(&k.script.all), mails[_i].mail);
	talk_end(&k);
}
END_TEST

/* RFC 3461, 5.2: passed on where that is understood, and nothing but silence where it is not. */
static const struct { bool dsn; const char *said; } wishes[] = {
	{ true, "MAIL FROM:<a@www1.example.com> RET=HDRS ENVID=x+2By\r\n"
	    "RCPT TO:<b@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;o@example.net\r\n"
	    "RCPT TO:<c@example.org> NOTIFY=NEVER\r\nDATA\r\n" },
	{ false, "MAIL FROM:<a@www1.example.com>\r\nRCPT TO:<b@example.net>\r\nRCPT TO:<c@example.org>\r\nDATA\r\n" },
};

START_TEST(wishes_about_notifications_are_told_to_a_relay_that_offers_dsn)
{
	struct talk k;

	talk_start(&k, "<250 ok\n<550 no\n<550 no\n<503 no\n", text_of(text));
	k.session.ehlo = (struct ehlo){ .pipelining = true, .dsn = wishes[_i].dsn };
	k.transaction.ret = "HDRS";
	k.transaction.envid = "x+2By";
	k.to[0].notify = "SUCCESS,FAILURE";
	k.to[0].orcpt = "rfc822;o@example.net";
	k.to[1].notify = "NEVER";
	ck_assert_int_eq(transaction_send(&k.session, &k.transaction, &k.why), ENDING_READY);
	ck_assert_str_eq(buf_text(&k.script.all), wishes[_i].said);
	talk_end(&k);
}
END_TEST

#define UTF8_ONE "b\303\274@example.net"
#define IDNA_ONE "b@b\303\274cher.example"

/* RFC 6531, 3.4 and 3.5.  answers as above: whom the relay has no words for is refused, and nobody else. */
static const struct {
	bool        smtputf8, pipelining;
	const char *from, *to, *dialogue, *answers;
} scripts[] = {
	{ true, true, sender, UTF8_ONE, ">MAIL FROM:<a@www1.example.com> SMTPUTF8\n>RCPT TO:<" UTF8_ONE ">\n" RCPT2 ">DATA\n"
	    "<250 ok\n<250 ok\n<250 ok\n<354 go\n" TEXT "<250 ok\n", "aa" },
	{ true, false, "\303\244@example.com", one, ">MAIL FROM:<\303\244@example.com> SMTPUTF8\n<451 no\n", "ll" },
	{ true, false, sender, one, MAIL "<451 no\n", "ll" },
	{ false, true, sender, UTF8_ONE, MAIL RCPT2 ">DATA\n<250 ok\n<250 ok\n<354 go\n" TEXT "<250 ok\n", "ra" },
	{ false, false, sender, UTF8_ONE, MAIL "<250 ok\n" RCPT2 "<250 ok\n>DATA\n<354 go\n" TEXT "<250 ok\n", "ra" },
	{ false, true, "\303\244@example.com", one, "", "rr" },
	/* RFC 5891, 4.4: a domain can be said in ASCII; but where its own letters are understood they stay. */
	{ false, true, "a@b\303\274cher.example", IDNA_ONE, ">MAIL FROM:<a@xn--bcher-kva.example>\n"
	    ">RCPT TO:<b@xn--bcher-kva.example>\n" RCPT2 ">DATA\n<250 ok\n<250 ok\n<250 ok\n<354 go\n" TEXT
	    "<250 ok\n", "aa" },
	{ true, false, sender, IDNA_ONE, ">MAIL FROM:<a@www1.example.com> SMTPUTF8\n<451 no\n", "ll" },
};

START_TEST(an_address_beyond_ascii_needs_a_relay_that_offers_smtputf8)
{
	struct talk k;
	char        answers[3] = "";

	talk_start(&k, scripts[_i].dialogue, text_of(text));
	k.session.ehlo = (struct ehlo){ .pipelining = scripts[_i].pipelining, .smtputf8 = scripts[_i].smtputf8 };
	k.transaction.sender = scripts[_i].from;
	k.to[0].address = scripts[_i].to;
	ck_assert_int_eq(transaction_send(&k.session, &k.transaction, &k.why), ENDING_READY);
	answers[0] = letter(&k.to[0]);
	answers[1] = letter(&k.to[1]);
	ck_assert_str_eq(answers, scripts[_i].answers);
	if (answers[0] == 'r')
		ck_assert_str_eq(k.to[0].said.status, "5.6.7");
	ck_assert_uint_eq(k.script.rest.len, 0);
	talk_end(&k);
}
END_TEST

START_TEST(that_a_message_must_stay_under_tls_is_passed_on)
{
	struct talk k;

	talk_start(&k, ">MAIL FROM:<a@www1.example.com> REQUIRETLS\n<451 no\n", text_of(text));
	k.session.ehlo = (struct ehlo){ .requiretls = true };
	k.transaction.requiretls = true;
	ck_assert_int_eq(transaction_send(&k.session, &k.transaction, &k.why), ENDING_READY);
	ck_assert_uint_eq(k.script.rest.len, 0);
	talk_end(&k);
}
END_TEST

START_TEST(R14_a_message_that_is_too_large_is_not_sent)
{
	struct talk k;

	talk_start(&k, "!", text_of(text));
	k.session.ehlo = (struct ehlo){ .size_offered = true, .size = 14 };
	ck_assert_int_eq(transaction_send(&k.session, &k.transaction, &k.why), ENDING_READY);
	ck_assert_int_eq(letter(&k.to[0]), 'r');
	ck_assert_str_eq(k.to[1].said.status, "5.3.4");
	ck_assert_str_eq(buf_text(&k.script.all), "");
	talk_end(&k);
}
END_TEST

START_TEST(the_next_message_begins_with_mail_unless_one_was_left_half_done)
{
	struct talk k;

	talk_start(&k, MAIL "<250 ok\n" RCPT1 "<250 ok\n" RCPT2 "<550 no\n>DATA\n<354 go\n" TEXT "<250 ok\n"
	    MAIL "<451 no\n>RSET\n<250 ok\n" MAIL "<451 no\n", text_of(text));
	for (int message = 0; message < 3; message++) {
		k.to[0].answer = k.to[1].answer = ANSWER_NONE;
		ck_assert_int_eq(transaction_send(&k.session, &k.transaction, &k.why), ENDING_READY);
	}
	ck_assert_uint_eq(k.script.rest.len, 0);
	talk_end(&k);
}
END_TEST

START_TEST(the_null_sender_is_an_empty_path)
{
	struct talk k;

	talk_start(&k, ">MAIL FROM:<>\n<451 no\n", text_of(text));
	k.transaction.sender = "";
	ck_assert_int_eq(transaction_send(&k.session, &k.transaction, &k.why), ENDING_READY);
	talk_end(&k);
}
END_TEST

START_TEST(L2_an_address_cannot_become_two_commands)
{
	struct talk k;

	talk_start(&k, "!", text_of(text));
	k.transaction.sender = "a@example.com>\r\nRCPT TO:<x@example.com";
	transaction_send(&k.session, &k.transaction, &k.why);   /* aborts */
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, every_recipient_has_the_answer_that_the_relay_gave_it, cases);
	tcase_add_test(t, a_pipelined_message_is_two_writes);
	add_table(t, F6_a_text_that_is_not_what_was_promised_never_ends, lies);
	tcase_add_test(t, F6_a_read_error_never_ends_the_text);
	add_table(t, mail_says_what_the_relay_offered_to_hear, mails);
	add_table(t, wishes_about_notifications_are_told_to_a_relay_that_offers_dsn, wishes);
	add_table(t, an_address_beyond_ascii_needs_a_relay_that_offers_smtputf8, scripts);
	tcase_add_test(t, that_a_message_must_stay_under_tls_is_passed_on);
	tcase_add_test(t, R14_a_message_that_is_too_large_is_not_sent);
	tcase_add_test(t, the_next_message_begins_with_mail_unless_one_was_left_half_done);
	tcase_add_test(t, the_null_sender_is_an_empty_path);
	tcase_add_test_raise_signal(t, L2_an_address_cannot_become_two_commands, 6);
}
