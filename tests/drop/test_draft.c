/* SPDX-License-Identifier: ISC */
#include "drop/draft.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "ipc/packet.h"
#include "lib/fault.h"
#include "lib/spool.h"
#include "lib/unit.h"

enum { PATIENCE_MSEC = 20000 };

static const char     message[] = "Subject: x\r\n\r\nhello\r\n";
static struct draft   draft;
static struct entry   e;
static struct problem why;
static int            pair[2];   /* ours, theirs */

/* Sends it in packets of so many octets, but that the first one has the first line. */
static void
send_in(struct slice text, size_t len)
{
	size_t first = len > ENTRY_FIRST_LINE ? len : ENTRY_FIRST_LINE;

	ck_assert_int_eq(packet_pair(pair), 0);
	for (size_t n = first; text.len > 0; n = len) {
		n = n < text.len ? n : text.len;
		ck_assert_int_eq(packet_send(pair[1], (struct slice){ text.at, n }, -1), 0);
		text = slice_from(text, n);
	}
}

static int
begin(void)
{
	struct slice packet;

	ck_assert_int_gt(draft_packet(pair[0], &packet), 0);
	return draft_begin(&draft, pair[0], packet, &e, &why);
}

static int
take_all(char *at, size_t room)
{
	struct slice piece;
	size_t       len = 0;

	if (draft_envelope(&draft, &e, &why) != 0)
		return -1;
	while (draft_message(&draft, &piece, &why) == 0) {
		at[len] = '\0';
		if (piece.len == 0)
			return 0;
		ck_assert_int_eq(piece.at[-1], len > 0 ? at[len - 1] : '\n');
		ck_assert_uint_lt(len + piece.len, room);
		memcpy(at + len, piece.at, piece.len);
		len += piece.len;
	}
	return -1;
}

/* The envelope is 2 * ENTRY_TAIL + 1 octets long. */
static const size_t lengths[] = { 3, 7, ENTRY_FIRST_LINE, ENTRY_TAIL, 2 * ENTRY_TAIL, 2 * ENTRY_TAIL + 1,
	2 * ENTRY_TAIL + 2, 4096 };

START_TEST(a_draft_is_the_same_however_it_is_cut)
{
	struct slice text = spool_compose("alice@example.com", SLICE(message));
	char         got[sizeof message];

	send_in(text, lengths[_i]);
	ck_assert_int_eq(begin(), 0);
	ck_assert_int_eq(e.envelope_len, 2 * ENTRY_TAIL + 1);
	ck_assert_uint_eq((size_t)(e.envelope_len + e.message_len), text.len);
	ck_assert_int_eq(draft_is_here(&draft), lengths[_i] >= text.len);
	ck_assert_int_eq(take_all(got, sizeof got), 0);
	ck_assert_str_eq(got, message);
	ck_assert_str_eq(e.sender, "alice@example.com");
	ck_assert_uint_eq(e.nrecipients, 1);
	entry_release(&e);
}
END_TEST

static const struct { int missing; bool begins; enum verdict verdict; const char *text; } lies[] = {
	{ -1, false, VERDICT_NEVER, "longer than it says" },
	{ 1, true, VERDICT_LATER, "its sender has left" },
	{ sizeof message - 1, true, VERDICT_LATER, "its sender has left" },
	{ sizeof message, true, VERDICT_LATER, "its sender has left" },
	{ sizeof message + ENTRY_TAIL + 100, false, VERDICT_NEVER, "it ends early" },
};

START_TEST(a_draft_that_is_not_as_long_as_it_says_is_none)
{
	struct slice whole = spool_compose("alice@example.com", SLICE(message));
	char         text[4096], got[sizeof message];

	memcpy(text, whole.at, whole.len);
	text[whole.len] = 'x';
	ck_assert_int_eq(packet_pair(pair), 0);
	ck_assert_int_eq(packet_send(pair[1], (struct slice){ text, whole.len - (size_t)lies[_i].missing }, -1), 0);
	close(pair[1]);
	ck_assert_int_eq(begin() == 0, lies[_i].begins);
	if (lies[_i].begins)
		ck_assert_int_eq(take_all(got, sizeof got), -1);
	ck_assert_int_eq(why.verdict, lies[_i].verdict);
	ck_assert_ptr_nonnull(strstr(why.text, lies[_i].text));
	entry_release(&e);
}
END_TEST

START_TEST(more_than_it_says_is_seen_in_the_last_packet_too)
{
	char got[2 * sizeof message];

	send_in(spool_compose("alice@example.com", SLICE(message)), ENTRY_TAIL);
	ck_assert_int_eq(begin(), 0);
	draft.left--;
	ck_assert_int_eq(take_all(got, sizeof got), -1);
	ck_assert_int_eq(why.verdict, VERDICT_NEVER);
	entry_release(&e);
}
END_TEST

START_TEST(who_takes_too_long_is_left)
{
	struct slice text = spool_compose("alice@example.com", SLICE(message));
	char         got[sizeof message];

	text.len--;
	send_in(text, text.len);
	ck_assert_int_eq(begin(), 0);
	fault_arm(0, ETIMEDOUT);
	ck_assert_int_eq(take_all(got, sizeof got), -1);
	ck_assert(fault_fired());
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
	entry_release(&e);
}
END_TEST

/* It is closed by the kernel, and not by us: the one who waits for the last end of a pipe sees that. */
START_TEST(no_descriptor_of_a_caller_gets_in)
{
	struct slice  packet;
	int           tube[2], before, after;
	struct pollfd end = { .events = POLLIN };

	ck_assert_int_eq(packet_pair(pair), 0);
	ck_assert_int_eq(pipe(tube), 0);
	ck_assert_int_eq(packet_send(pair[1], SLICE("submit background\n"), tube[1]), 0);
	close(tube[1]);
	before = dup(STDIN_FILENO);
	close(before);
	ck_assert_int_gt(draft_packet(pair[0], &packet), 0);
	after = dup(STDIN_FILENO);
	ck_assert_int_eq(before, after);
	end.fd = tube[0];
	ck_assert_int_eq(poll(&end, 1, PATIENCE_MSEC), 1);
	ck_assert_int_ne(end.revents & POLLHUP, 0);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, a_draft_is_the_same_however_it_is_cut, lengths);
	add_table(t, a_draft_that_is_not_as_long_as_it_says_is_none, lies);
	tcase_add_test(t, more_than_it_says_is_seen_in_the_last_packet_too);
	tcase_add_test(t, who_takes_too_long_is_left);
	tcase_add_test(t, no_descriptor_of_a_caller_gets_in);
}
