/* SPDX-License-Identifier: ISC */
#include "smtp/flight.h"

#include <errno.h>

#include "base/clock.h"
#include "base/crc32.h"
#include "smtp/script.h"

enum { MESSAGES = 3, REPLIES = 3 * MESSAGES + MESSAGES - 1 };

/* The text has a line that DATA would have to stuff. */
static const char text[] = "Subject: x\r\n.\r\n";

#define ENVELOPE ">MAIL FROM:<a@www1.example.com>\n>RCPT TO:<b@example.net>\n"
#define CHUNK    ">BDAT 15 LAST\n>Subject: x\n>.\n"
#define WHOLE    ENVELOPE CHUNK
#define AGAIN    ">RSET\n" WHOLE
#define ALL      WHOLE AGAIN AGAIN
#define DATA     ENVELOPE ">DATA\n"
#define TEXT     ">Subject: x\n>..\n>.\n"
#define OK3      "<250 ok\n<250 ok\n<250 ok\n"
#define OK4      "<250 reset\n" OK3

enum { CHUNKS, COLD, PIPELINE, STEPS };

/* answers: of each message's recipient: a accepted, r refused for good, l for now, d doubt, - none. */
static const struct {
	int         how;
	const char *dialogue;
	enum ending ending;
	const char *answers, *words;   /* words: why, for a session that has ended */
} cases[] = {
	{ CHUNKS, ALL OK3 OK4 OK4, ENDING_READY, "aaa", "" },
	/* RFC 2920, 3.1: what is refused is refused in its place, and the others go on. */
	{ CHUNKS, ALL OK3 "<250 reset\n<501 no\n<503 no\n<503 no\n" OK4, ENDING_READY, "ara", "" },
	{ CHUNKS, ALL OK3 "<250 reset\n<250 ok\n<550 no\n<554 no\n" OK4, ENDING_READY, "ara", "" },
	{ CHUNKS, ALL OK3 "<250 reset\n<250 ok\n<450 no\n<503 no\n" OK4, ENDING_READY, "ala", "" },
	{ CHUNKS, ALL "<250 ok\n<250 ok\n<554 spam\n" OK4 "<250 reset\n<250 ok\n<250 ok\n<452 full\n", ENDING_READY, "ral", "" },
	/* A relay that takes a text without a recipient has taken nothing. */
	{ CHUNKS, ALL "<250 ok\n<550 no\n<250 thanks\n" OK4 OK4, ENDING_READY, "raa", "" },

	/* RFC 5321, 3.8: it takes nothing behind 421: nobody is in doubt. */
	{ CHUNKS, ALL OK3 "<421 enough\n", ENDING_UNANSWERED, "a--", "said: 421 enough (in reply to RSET" },
	{ CHUNKS, ALL OK3 "<250 reset\n<421 enough\n", ENDING_UNANSWERED, "a--", "said: 421 enough (in reply to MAIL" },
	{ CHUNKS, ALL OK3 "<250 reset\n<250 ok\n<421 bye\n", ENDING_LOST, "a--", "said: 421 bye (in reply to RCPT" },
	{ CHUNKS, ALL OK3 "<250 reset\n<250 ok\n<250 ok\n<421 bye\n", ENDING_LOST, "al-", "said: 421 bye (in reply to BDAT" },

	/* Whoever does not know BDAT has taken no message: none of them is refused for it. */
	{ CHUNKS, ALL "<250 ok\n<250 ok\n<502 what?\n<500 what?\n", ENDING_MISLED, "---", "502 what?" },
	/* Whoever has taken one that way does, and takes those behind what it refuses. */
	{ CHUNKS, ALL OK3 "<250 reset\n<250 ok\n<250 ok\n<501 spam\n" OK4, ENDING_READY, "ara", "" },

	/* Out of step, or a reply that means nothing there: who can tell which of them were taken? */
	{ CHUNKS, ALL OK3 "<250 reset\n<354 go\n", ENDING_LOST, "add", "said: 354" },
	{ CHUNKS, ALL OK3 "<250 reset\n<250 ok\n<250 ok\n<354 go\n", ENDING_LOST, "add", "said: 354" },
	{ CHUNKS, ALL OK3 "<garbage\n", ENDING_LOST, "add", "not an SMTP reply" },
	{ CHUNKS, ALL "!", ENDING_LOST, "ddd", "timed out" },

	/* A relay that may have left hears an envelope first: then nobody is in doubt. */
	{ COLD, ENVELOPE "<250 ok\n<250 ok\n" CHUNK "<250 ok\n" WHOLE AGAIN OK3 OK4, ENDING_READY, "aaa", "" },
	{ COLD, ENVELOPE "!", ENDING_UNANSWERED, "---", "timed out waiting for the reply to MAIL" },

	/* RFC 2920, 3.1: the next envelope goes out with the end of the text. */
	{ PIPELINE, DATA "<250 ok\n<250 ok\n<354 go\n" TEXT DATA "<250 ok\n<250 ok\n<250 ok\n<354 go\n" TEXT DATA
	    "<250 ok\n<250 ok\n<250 ok\n<354 go\n" TEXT "<250 ok\n", ENDING_READY, "aaa", "" },
	{ PIPELINE, DATA "<250 ok\n<250 ok\n<354 go\n" TEXT DATA "<554 spam\n<550 no\n<503 no\n<503 no\n" ">RSET\n" DATA
	    "<250 ok\n<250 ok\n<250 ok\n<354 go\n" TEXT "<250 ok\n", ENDING_READY, "rra", "" },
	{ PIPELINE, DATA "<250 ok\n<550 no\n<554 no\n" ">RSET\n" DATA "<250 ok\n<250 ok\n<250 ok\n<354 go\n" TEXT DATA
	    "<250 ok\n<250 ok\n<250 ok\n<354 go\n" TEXT "<250 ok\n", ENDING_READY, "raa", "" },
	{ PIPELINE, DATA "<250 ok\n<250 ok\n<354 go\n" TEXT DATA, ENDING_LOST, "d--", "waiting for the reply to the message" },
	{ PIPELINE, DATA "<250 ok\n<250 ok\n<354 go\n" TEXT DATA "<250 ok\n", ENDING_UNANSWERED, "a--",
	    "waiting for the reply to MAIL" },
	{ PIPELINE, DATA "<250 ok\n<250 ok\n<354 go\n" TEXT DATA "<421 bye\n", ENDING_LOST, "l--", "said: 421" },

	{ STEPS, ">MAIL FROM:<a@www1.example.com>\n<250 ok\n>RCPT TO:<b@example.net>\n<250 ok\n>DATA\n<354 go\n" TEXT
	    "<250 ok\n>MAIL FROM:<a@www1.example.com>\n<421 bye\n", ENDING_UNANSWERED, "a--", "said: 421" },
};

static ssize_t
read_text(void *argument, off_t offset, char *at, size_t room, struct problem *why)
{
	struct slice rest = slice_from(SLICE(argument), (size_t)offset);

	(void)why;
	if (rest.len > room)
		rest.len = room;
	memcpy(at, rest.at, rest.len);
	return (ssize_t)rest.len;
}

struct talk {
	struct script      script;
	struct stream      stream;
	struct session     session;
	struct addressee   to[MESSAGES];
	struct transaction message[MESSAGES];
	struct problem     why;
};

static void
talk_start(struct talk *k, const char *dialogue, int how)
{
	script_open(&k->script, &k->stream, dialogue);
	session_init(&k->session, &k->stream, "relay[192.0.2.1]", "www1.example.com", 300);
	k->session.ehlo = (struct ehlo){ .pipelining = how != STEPS, .chunking = how == CHUNKS || how == COLD };
	if (how != COLD)
		k->session.warm = clock_deadline(60 * 1000);
	k->why = (struct problem){ .text = "" };
	for (int i = 0; i < MESSAGES; i++) {
		k->to[i] = (struct addressee){ .address = "b@example.net" };
		k->message[i] = (struct transaction){ .sender = "a@www1.example.com", .to = &k->to[i], .nto = 1 };
		k->message[i].text = (struct text){ .read = read_text, .argument = (char *)(uintptr_t)text,
			.len = sizeof text - 1, .crc = crc32_add(0, SLICE(text)) };
	}
}

static void
talk_end(struct talk *k)
{
	session_release(&k->session);
	script_end(&k->script, &k->stream);
}

static char
letter(const struct addressee *to)
{
	switch (to->answer) {
	case ANSWER_NONE:
		return '-';
	case ANSWER_ACCEPTED:
		return 'a';
	case ANSWER_DOUBT:
		return 'd';
	case ANSWER_REFUSED:
		return to->said.verdict == VERDICT_NEVER ? 'r' : 'l';
	}
	return '?';
}

static const char *
answers(const struct talk *k)
{
	static char line[MESSAGES + 1];

	for (int i = 0; i < MESSAGES; i++)
		line[i] = letter(&k->to[i]);
	return line;
}

START_TEST(every_message_has_the_answer_that_the_relay_gave_it)
{
	struct talk k;

	talk_start(&k, cases[_i].dialogue, cases[_i].how);
	ck_assert_int_eq(flight_send(&k.session, k.message, MESSAGES, &k.why), cases[_i].ending);
	ck_assert_str_eq(answers(&k), cases[_i].answers);
	ck_assert_ptr_nonnull(strstr(k.why.text, cases[_i].words));
	ck_assert_uint_le(k.script.rest.len, 11);   /* played to its end, but for a silence, or what nobody asked for */
	for (int i = 0; i < MESSAGES; i++)   /* whoever has no answer was not sent for certain */
		ck_assert(k.to[i].answer != ANSWER_NONE || k.message[i].ending != ENDING_READY);
	talk_end(&k);
}
END_TEST

START_TEST(a_flight_is_one_write)
{
	struct talk k;

	talk_start(&k, ALL OK3 OK4 OK4, CHUNKS);
	ck_assert_int_eq(flight_send(&k.session, k.message, MESSAGES, &k.why), ENDING_READY);
	ck_assert_uint_eq(k.script.nwrites, 1);
	talk_end(&k);
}
END_TEST

static size_t untold;   /* octets of the dialogue that were still to come when the first message was told of */

static void
note_rest(struct transaction *t)
{
	ck_assert_int_eq(t->ending, ENDING_READY);
	if (untold == 0)
		untold = ((struct script *)t->argument)->rest.len;
}

START_TEST(an_answer_is_told_before_the_next_one_is_waited_for)
{
	struct talk k;

	talk_start(&k, ALL OK3 OK4 "!", CHUNKS);
	for (int i = 0; i < MESSAGES; i++) {
		k.message[i].answered = note_rest;
		k.message[i].argument = &k.script;
	}
	ck_assert_int_eq(flight_send(&k.session, k.message, MESSAGES, &k.why), ENDING_LOST);
	ck_assert_uint_eq(untold, strlen(OK4 "!"));
	ck_assert_str_eq(answers(&k), "aad");
	talk_end(&k);
}
END_TEST

/* The connection ends after each number of replies: what was answered counts, the rest is in doubt, for it was sent. */
START_TEST(a_lost_connection_settles_exactly_what_was_answered)
{
	struct buf  dialogue = BUF(4096);
	struct talk k;
	char        expected[MESSAGES + 1] = "ddd";

	buf_add(&dialogue, SLICE(ALL));
	for (int n = 0; n < _i; n++)
		buf_add(&dialogue, SLICE("<250 ok\n"));
	for (int n = 0; n < MESSAGES; n++)
		if (_i >= 3 + 4 * n)
			expected[n] = 'a';
	talk_start(&k, buf_text(&dialogue), CHUNKS);
	ck_assert_int_eq(flight_send(&k.session, k.message, MESSAGES, &k.why),
	    _i < REPLIES ? ENDING_LOST : ENDING_READY);
	ck_assert_str_eq(answers(&k), expected);
	talk_end(&k);
	buf_release(&dialogue);
}
END_TEST

/* A connection that takes so many octets and no more. */
static size_t takes;

static ssize_t
write_some(struct stream *s, struct slice out, struct problem *why)
{
	if (takes == 0)
		return stream_lost(s, ECONNRESET, why);
	if (out.len > takes)
		out.len = takes;
	takes -= out.len;
	return script_write(s, out, why);
}

enum { FIRST = 86, EACH = FIRST + 6 };   /* octets of a message with its envelope, and of one behind RSET */

static void
fly_cut(struct talk *k, const char *dialogue, size_t octets)
{
	static const struct stream_back back = { script_read, write_some, script_close };

	talk_start(k, dialogue, CHUNKS);
	k->script.heard.max = k->script.all.max = 1 << 20;
	k->stream.back = &back;
	takes = octets;
	ck_assert_int_ne(flight_send(&k->session, k->message, MESSAGES, &k->why), ENDING_READY);
}

/* What was not sent to its last octet is not in doubt; and what the relay said before it was lost still counts. */
START_TEST(what_was_not_sent_whole_is_not_in_doubt)
{
	struct talk k;

	for (size_t octets = 0; octets < FIRST + 2 * EACH; octets++) {
		fly_cut(&k, octets >= FIRST ? WHOLE OK3 : "", octets);
		ck_assert_str_eq(answers(&k), octets < FIRST ? "---" : octets < FIRST + EACH ? "a--" : "ad-");
		talk_end(&k);
	}
}
END_TEST

/* Not even by a relay that says yes to all that it might be told. */
START_TEST(what_was_not_sent_whole_is_not_accepted)
{
	struct talk k;

	for (size_t octets = 0; octets < FIRST + 2 * EACH; octets++) {
		fly_cut(&k, OK3 OK4 OK4, octets);
		ck_assert_str_eq(answers(&k), octets < FIRST ? "---" : octets < FIRST + EACH ? "a--" : "aa-");
		ck_assert_str_ne(k.why.text, "");
		talk_end(&k);
	}
}
END_TEST

START_TEST(F6_a_text_that_is_not_what_was_promised_does_not_fly)
{
	struct talk k;

	talk_start(&k, WHOLE AGAIN OK3 OK4, CHUNKS);
	k.message[1].text.crc ^= 1;
	ck_assert_int_eq(flight_send(&k.session, k.message, MESSAGES, &k.why), ENDING_READY);
	ck_assert_str_eq(answers(&k), "a-a");
	ck_assert_int_eq(k.message[1].ending, ENDING_UNREADABLE);
	ck_assert_ptr_nonnull(strstr(k.message[1].why.text, "damaged"));
	talk_end(&k);
}
END_TEST

/* With BDAT LAST there is no dot to hold back. */
START_TEST(F6_the_last_octets_of_a_damaged_text_are_not_sent)
{
	struct talk k;

	talk_start(&k, ENVELOPE "<250 ok\n<250 ok\n!", COLD);
	k.message[0].text.crc ^= 1;
	ck_assert_int_eq(flight_send(&k.session, k.message, 1, &k.why), ENDING_UNREADABLE);
	stream_flush(&k.stream, &k.why);
	ck_assert(slice_ends(buf_slice(&k.script.all), SLICE("BDAT 15 LAST\r\n")));
	talk_end(&k);
}
END_TEST

/* Some relays would take the recipients of the next message for more of one that was left half done. */
START_TEST(what_was_refused_is_reset_before_the_next_flight)
{
	struct talk k;

	talk_start(&k, WHOLE "<250 ok\n<550 no\n<554 no\n" AGAIN OK4 WHOLE OK3, CHUNKS);
	for (int i = 0; i < MESSAGES; i++)
		ck_assert_int_eq(flight_send(&k.session, &k.message[i], 1, &k.why), ENDING_READY);
	ck_assert_str_eq(answers(&k), "raa");
	ck_assert_uint_eq(k.script.rest.len, 0);
	talk_end(&k);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, every_message_has_the_answer_that_the_relay_gave_it, cases);
	tcase_add_test(t, a_flight_is_one_write);
	tcase_add_test(t, an_answer_is_told_before_the_next_one_is_waited_for);
	tcase_add_loop_test(t, a_lost_connection_settles_exactly_what_was_answered, 0, REPLIES + 1);
	tcase_add_test(t, what_was_not_sent_whole_is_not_in_doubt);
	tcase_add_test(t, what_was_not_sent_whole_is_not_accepted);
	tcase_add_test(t, F6_a_text_that_is_not_what_was_promised_does_not_fly);
	tcase_add_test(t, F6_the_last_octets_of_a_damaged_text_are_not_sent);
	tcase_add_test(t, what_was_refused_is_reset_before_the_next_flight);
}
