/* SPDX-License-Identifier: ISC */
#include "mailq/format.h"

#include <stdlib.h>

#include "lib/unit.h"

#define HEADINGS "----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------\n"

static char       *text;
static size_t      len;
static FILE       *out;
static struct entry e;

static void
add(const char *address, enum recipient_state state, const char *answer)
{
	struct recipient *r;

	entry_add_recipient(&e, SLICE(address));
	r = &e.recipient[e.nrecipients - 1];
	r->state = state;
	free(r->answer);
	r->answer = slice_dup(SLICE(answer));
}

/* alice's message: one recipient done, two late for one reason, one that was not tried. */
static struct shown
alices(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	out = open_memstream(&text, &len);
	e = ENTRY;
	e.sender = slice_dup(SLICE("alice@www1.example.com"));
	add("done@example.net", RECIPIENT_DONE, "250 OK");
	add("bob@example.net", RECIPIENT_QUEUED, "connect to mx.example.net[192.0.2.1]:25: Connection refused");
	add("carol@example.net", RECIPIENT_QUEUED, "connect to mx.example.net[192.0.2.1]:25: Connection refused");
	add("dan@example.net", RECIPIENT_QUEUED, "");
	return (struct shown){ .id = "65F0C1B2000010", .state = SHOWN_DEFERRED, .arrived = 1710277042, .size = 1873,
	    .entry = &e };
}

static void
same_as(const char *golden)
{
	fclose(out);
	ck_assert_str_eq(text, golden);
	free(text);
	entry_release(&e);
}

START_TEST(text_is_what_postqueue_prints)
{
	struct shown s = alices();

	format_text.message(out, &s, true);
	s.state = SHOWN_ACTIVE;
	s.id = "65F0C1B3000010";
	s.entry = NULL;
	format_text.message(out, &s, false);
	s.state = SHOWN_HOLD;
	format_text.message(out, &s, false);
	s.state = SHOWN_GIVEN_UP;
	format_text.message(out, &s, false);
	format_text.end(out, 3, 3 * 1873);
	same_as(HEADINGS
	    "65F0C1B2000010        1873 Tue Mar 12 20:57:22 alice@www1.example.com\n"
	    "                 (connect to mx.example.net[192.0.2.1]:25: Connection refused)\n"
	    "                                               bob@example.net\n"
	    "                                               carol@example.net\n"
	    "                                                          (reason unavailable)\n"
	    "                                               dan@example.net\n"
	    "\n"
	    "65F0C1B3000010*       1873 Tue Mar 12 20:57:22 -\n"
	    "\n"
	    "65F0C1B3000010!       1873 Tue Mar 12 20:57:22 -\n"
	    "\n"
	    "65F0C1B3000010#       1873 Tue Mar 12 20:57:22 -\n"
	    "\n"
	    "-- 5 Kbytes in 3 Requests.\n");
}
END_TEST

START_TEST(one_message_is_one_request)
{
	struct shown s = alices();

	e.sender[0] = '\0';
	for (size_t i = 0; i < e.nrecipients; i++)
		e.recipient[i].state = RECIPIENT_DONE;
	format_text.message(out, &s, true);
	format_text.end(out, 1, 1873);
	same_as(HEADINGS
	    "65F0C1B2000010        1873 Tue Mar 12 20:57:22 MAILER-DAEMON\n"
	    "\n"
	    "-- 1 Kbytes in 1 Request.\n");
}
END_TEST

START_TEST(empty_queue_says_so)
{
	alices();
	format_text.end(out, 0, 0);
	format_json.end(out, 0, 0);
	same_as("Mail queue is empty\n");
}
END_TEST

START_TEST(json_has_the_keys_of_postqueue)
{
	struct shown s = alices();

	format_json.message(out, &s, true);
	same_as("{\"queue_name\": \"deferred\", \"queue_id\": \"65F0C1B2000010\", \"arrival_time\": 1710277042, "
	    "\"message_size\": 1873, \"forced_expire\": false, \"sender\": \"alice@www1.example.com\", "
	    "\"recipients\": ["
	    "{\"address\": \"bob@example.net\", "
	    "\"delay_reason\": \"connect to mx.example.net[192.0.2.1]:25: Connection refused\"}, "
	    "{\"address\": \"carol@example.net\", "
	    "\"delay_reason\": \"connect to mx.example.net[192.0.2.1]:25: Connection refused\"}, "
	    "{\"address\": \"dan@example.net\"}]}\n");
}
END_TEST

START_TEST(what_is_not_for_these_eyes_is_empty)
{
	struct shown s = alices();

	s.entry = NULL;
	s.state = SHOWN_HOLD;
	format_json.message(out, &s, false);
	s.state = SHOWN_GIVEN_UP;
	format_json.message(out, &s, false);
	same_as("{\"queue_name\": \"hold\", \"queue_id\": \"65F0C1B2000010\", \"arrival_time\": 1710277042, "
	    "\"message_size\": 1873, \"forced_expire\": false, \"sender\": \"\", \"recipients\": []}\n"
	    "{\"queue_name\": \"deferred\", \"queue_id\": \"65F0C1B2000010\", \"arrival_time\": 1710277042, "
	    "\"message_size\": 1873, \"forced_expire\": true, \"sender\": \"\", \"recipients\": []}\n");
}
END_TEST

START_TEST(no_octet_of_an_address_reaches_the_terminal_or_ends_a_string)
{
	struct shown s = alices();

	free(e.sender);
	e.sender = slice_dup(SLICE("\"a\\\"\xc2\x9b\"@example.com"));
	e.nrecipients = 1;
	free(e.recipient[1].address), free(e.recipient[1].answer);
	free(e.recipient[2].address), free(e.recipient[2].answer);
	free(e.recipient[3].address), free(e.recipient[3].answer);
	format_text.message(out, &s, false);
	format_json.message(out, &s, false);
	same_as("\n65F0C1B2000010        1873 Tue Mar 12 20:57:22 \"a\\\"?\?\"@example.com\n"
	    "{\"queue_name\": \"deferred\", \"queue_id\": \"65F0C1B2000010\", \"arrival_time\": 1710277042, "
	    "\"message_size\": 1873, \"forced_expire\": false, \"sender\": \"\\\"a\\\\\\\"?\?\\\"@example.com\", "
	    "\"recipients\": []}\n");
}
END_TEST

START_TEST(damaged_message_is_listed_with_the_reason)
{
	struct shown s = alices();

	s.entry = NULL;
	s.state = SHOWN_CORRUPT;
	s.trouble = "queue file is damaged: its length";
	format_text.message(out, &s, false);
	same_as("\n65F0C1B2000010        1873 Tue Mar 12 20:57:22 -\n"
	    "                                           (queue file is damaged: its length)\n");
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, text_is_what_postqueue_prints);
	tcase_add_test(t, one_message_is_one_request);
	tcase_add_test(t, empty_queue_says_so);
	tcase_add_test(t, json_has_the_keys_of_postqueue);
	tcase_add_test(t, what_is_not_for_these_eyes_is_empty);
	tcase_add_test(t, no_octet_of_an_address_reaches_the_terminal_or_ends_a_string);
	tcase_add_test(t, damaged_message_is_listed_with_the_reason);
}
