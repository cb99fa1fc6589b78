/* SPDX-License-Identifier: ISC */
#include "drop/accept.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "ipc/packet.h"
#include "lib/spool.h"
#include "lib/unit.h"

static struct spool      spool;
static struct problem    why;
static struct submission sub;
static struct conf       conf = { .hostname = "www1.example.com", .max_size = 1000 };

/* In a process of its own: what does not fit into the socket waits until it is read. */
static void
send_draft(int socket, struct slice draft)
{
	fflush(NULL);
	if (fork() != 0)
		return;
	while (draft.len > 0) {
		struct slice packet = { draft.at, draft.len < PACKET_DRAFT_MAX ? draft.len : PACKET_DRAFT_MAX };

		if (packet_send(socket, packet, -1) != 0)
			break;
		draft = slice_from(draft, packet.len);
	}
	_exit(0);
}

static int
hand_over(struct slice draft)
{
	struct usage usage = USAGE;
	struct slice packet;
	struct draft d;
	int          pair[2], result;

	ck_assert_int_eq(packet_pair(pair), 0);
	if (draft.len <= PACKET_DRAFT_MAX)
		ck_assert_int_eq(packet_send(pair[1], draft, -1), 0);
	else
		send_draft(pair[1], draft);
	close(pair[1]);
	ck_assert_int_gt(draft_packet(pair[0], &packet), 0);
	result = accept_begin(&conf, &spool, &usage, 1000, pair[0], packet, &d, &why);
	if (result == 0)
		result = accept_entry(&conf, &spool, &d, 1000, 1800000000, &sub, &why);
	usage_release(&usage);
	if (result != 0)
		ck_assert_int_eq(spool_count(&spool, "queue"), 0);
	close(pair[0]);
	return result;
}

static int
accept_it(struct slice draft)
{
	spool_make(&spool);
	log_open("test", "/dev/null");
	return hand_over(draft);
}

START_TEST(uid_time_and_received_are_ours)
{
	static const char field[] = "Received: by www1.example.com (salsa, from userid 1000)\r\n\tid ";
	struct entry      e = ENTRY;
	char              text[512] = "";

	ck_assert_int_eq(accept_it(spool_compose("alice@example.com", SLICE("Subject: x\r\n\r\nhi\r\n"))), 0);
	ck_assert_int_eq(entry_read(&e, sub.fd, &why), 0);
	ck_assert_int_eq(entry_verify_message(&e, sub.fd, &why), 0);
	ck_assert_uint_eq(e.uid, 1000);
	ck_assert_int_gt(e.arrived, 1600000000);
	ck_assert_int_eq(e.next, 1800000000);
	ck_assert(!e.held);
	ck_assert_int_gt(entry_message(&e, sub.fd, 0, text, sizeof text - 1, &why), 0);
	ck_assert_int_eq(strncmp(text, field, sizeof field - 1), 0);
	ck_assert_ptr_nonnull(strstr(text, sub.id));
	ck_assert_ptr_nonnull(strstr(text, "\r\nSubject: x\r\n\r\nhi\r\n"));
	entry_release(&e);
	submit_close(&sub);
}
END_TEST

static const struct { const char *bytes; size_t len; bool good; } messages[] = {
	{ "a\r\nb\r\n", 6, true },
	{ "", 0, true },
	{ "a\nb\r\n", 5, false },
	{ "a\rb\r\n", 5, false },
	{ "a\r\r\n", 4, false },
	{ "\n", 1, false },
	{ "a\r\n.\n", 5, false },
	{ "a\0b\r\n", 5, false },
	{ "a\r\nb", 4, false },
	{ "a\r\n\r", 4, false },
};

/* Hazard R12: what could be read as two messages further on does not get in. */
START_TEST(only_wire_form_gets_in)
{
	struct slice message = { messages[_i].bytes, messages[_i].len };

	ck_assert_int_eq(accept_it(spool_compose("alice@example.com", message)) == 0, messages[_i].good);
	if (!messages[_i].good)
		ck_assert_int_eq(why.verdict, VERDICT_NEVER);
	submit_close(&sub);
}
END_TEST

static const struct { char pair[2]; bool good; } seams[] = {
	{ "\r\n", true }, { "x\n", false }, { "\rx", false }, { "\r\r", false }, { "\n\n", false },
};

/* Whichever octets of it a packet ends between. */
START_TEST(a_pair_across_two_packets_is_one)
{
	char   text[PACKET_DRAFT_MAX];
	size_t seam = PACKET_DRAFT_MAX - spool_compose("", SLICE("")).len;

	conf.max_size = sizeof text;
	memset(text, 'x', sizeof text);
	memcpy(text + seam - 1, seams[_i].pair, 2);
	memcpy(text + sizeof text - 2, "\r\n", 2);
	ck_assert_int_eq(accept_it(spool_compose("", (struct slice){ text, sizeof text })) == 0, seams[_i].good);
	submit_close(&sub);
}
END_TEST

static const struct { char octet, front; } strays[] = { { '\n', 'x' }, { 'x', '\r' }, { '\0', 'x' }, { '\r', '\r' } };

START_TEST(one_stray_octet_keeps_a_message_out_wherever_it_stands)
{
	char   text[700];
	size_t first = strays[_i].front == 'x' ? 0 : 1;

	conf.max_size = sizeof text;
	spool_make(&spool);
	log_open("test", "/dev/null");
	for (size_t i = first; i < sizeof text - 2; i++) {
		memset(text, 'x', sizeof text);
		memcpy(text + sizeof text - 2, "\r\n", 2);
		if (i > 0)
			text[i - 1] = strays[_i].front;
		text[i] = strays[_i].octet;
		ck_assert_int_eq(hand_over(spool_compose("", (struct slice){ text, sizeof text })), -1);
		ck_assert_str_eq(why.status, "5.6.0");
	}
}
END_TEST

START_TEST(what_is_too_large_is_refused_for_good)
{
	char text[1002];

	memset(text, 'x', sizeof text);
	memcpy(text + sizeof text - 2, "\r\n", 2);
	ck_assert_int_eq(accept_it(spool_compose("", (struct slice){ text, sizeof text })), -1);
	ck_assert_int_eq(why.verdict, VERDICT_NEVER);
	ck_assert_str_eq(why.status, "5.3.4");
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, uid_time_and_received_are_ours);
	add_table(t, only_wire_form_gets_in, messages);
	add_table(t, a_pair_across_two_packets_is_one, seams);
	add_table(t, one_stray_octet_keeps_a_message_out_wherever_it_stands, strays);
	tcase_add_test(t, what_is_too_large_is_refused_for_good);
}
