/* SPDX-License-Identifier: ISC */
#include "drop/caller.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "ipc/packet.h"
#include "lib/fault.h"
#include "lib/spool.h"
#include "lib/unit.h"
#include "spool/settle.h"

enum { CALLERS = 3 };

static struct spool   spool;
static struct usage   usage;
static struct caller  caller[CALLERS];
static int            their_end[CALLERS];
static struct problem  why;
static struct conf    conf = { .hostname = "www1.example.com", .max_size = 1000 };

static void
ask(struct notices *notices)
{
	for (size_t i = 0; i < CALLERS; i++) {
		struct slice draft = spool_compose("alice@example.com", SLICE("Subject: x\r\n\r\nhi\r\n"));
		int          pair[2];

		ck_assert_int_eq(packet_pair(pair), 0);
		their_end[i] = pair[1];
		caller[i] = (struct caller){ .socket = pair[0], .usage = &usage, .submission = SUBMISSION };
		ck_assert_int_eq(packet_send_parts(their_end[i], SLICE("submit background\n"), draft, 0), 0);
		caller_request(&caller[i], &conf, &spool, notices);
		ck_assert(caller[i].accepted);
	}
}

/* Whether a caller was told that its message is safe: then it is, and else there is none. */
static bool
was_promised(int socket)
{
	char         text[PACKET_MAX] = "";
	struct claim claim;
	bool         promised;

	ck_assert_int_gt(packet_await(socket, text, 1000), 0);
	promised = strncmp(text, "accepted ", 9) == 0;
	if (promised) {
		ck_assert_int_eq(claim_take(&claim, &spool, text + 9, &why), CLAIM_OK);
		ck_assert_int_eq(claim_remove(&claim, &why), 0);
		claim_release(&claim);
	} else {
		ck_assert(packet_refusal(SLICE(text), &why));
	}
	close(socket);
	return promised;
}

static const struct { const char *call; bool promised[CALLERS]; } faults[] = {
	{ "the first one is completed", { false, true, true } },
	{ "the second", { true, false, true } },
	{ "the third", { true, true, false } },
	{ "then the first one is synced", { false, true, true } },
	{ "the second", { true, false, true } },
	{ "the third", { true, true, false } },
	{ "the directory is, for all", { false, false, false } },
	{ "and that is all", { true, true, true } },
};

/* Hazards F1, F2: one journal's worth for all, and whose own step fails hears of it alone. */
START_TEST(those_who_come_together_are_completed_before_one_of_them_is_synced)
{
	int            pair[2];
	struct notices notices;

	spool_make(&spool);
	log_open("test", "/dev/null");
	ck_assert_int_eq(packet_pair(pair), 0);
	notices = (struct notices){ .socket = pair[0] };
	ask(&notices);
	fault_arm(_i, EIO);
	callers_settle(caller, CALLERS, &spool, &notices);
	ck_assert_int_eq(fault_fired(), strcmp(faults[_i].call, "and that is all") != 0);
	for (size_t i = 0; i < CALLERS; i++)
		ck_assert_msg(was_promised(their_end[i]) == faults[_i].promised[i], "%s: %zu", faults[_i].call, i);
	ck_assert_int_eq(spool_count(&spool, "queue"), 0);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, those_who_come_together_are_completed_before_one_of_them_is_synced, faults);
}
