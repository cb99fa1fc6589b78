/* SPDX-License-Identifier: ISC */
#include "sendmail/progress.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "ipc/packet.h"
#include "lib/unit.h"

#define SENT(n) "fate " #n " sent 2.0.0 mx.example.net Ok"

/* What is said of two recipients, and what the caller hears. */
static const struct { const char *packets[4]; size_t nfates; bool later; int never; const char *words; } cases[] = {
	{ { 0 }, 0, false, 0, "" },
	{ { SENT(0) }, 1, false, 0, "" },
	{ { SENT(0), "fate 1 later 4.2.2 mx.example.net full" }, 2, true, 0,
	    "c@example.net: full" },
	{ { "fate 0 never 5.1.1 mx.example.net who?" }, 1, false, EX_NOUSER, "b@example.net: who?" },
	{ { "fate 0 never 5.1.2 mx.example.net where?" }, 1, false, EX_NOHOST, "b@example.net: where?" },
	{ { "fate 1 later 4.2.2 mx.example.net full", "fate 0 never 5.7.1 mx.example.net no" }, 2, true,
	    EX_UNAVAILABLE, "b@example.net: no" },
	{ { "fate 0 never 5.7.1 mx.example.net no", "fate 1 later 4.2.2 mx.example.net full" }, 2, true,
	    EX_UNAVAILABLE, "b@example.net: no" },
	{ { "fate 2 never 5.1.1 mx.example.net nobody", "trace <- 250 Ok", "what?" }, 0, false, 0, "" },
};

/* Says all of it, with begin in front, and is gone. */
static int
say(const char *const *packets, const char *begin)
{
	int pair[2];

	ck_assert_int_eq(packet_pair(pair), 0);
	for (; *packets != NULL; packets++)
		ck_assert_int_eq(packet_sendf(pair[0], -1, "%s%s", begin, *packets), 0);
	close(pair[0]);
	return pair[1];
}

static void
follow(void (*how)(struct progress *, int socket), const char *begin, const char *const *packets, struct progress *p)
{
	struct entry e = ENTRY;
	int          socket = say(packets, begin);

	entry_add_recipient(&e, SLICE("b@example.net"));
	entry_add_recipient(&e, SLICE("c@example.net"));
	*p = (struct progress){ .entry = &e };
	how(p, socket);
	entry_release(&e);
	close(socket);
}

START_TEST(a_caller_that_waits_hears_the_worst)
{
	struct progress p;

	follow(progress_follow, "", cases[_i].packets, &p);
	ck_assert_uint_eq(p.nfates, cases[_i].nfates);
	ck_assert_int_eq(p.later, cases[_i].later);
	ck_assert_int_eq(p.never, cases[_i].never);
	ck_assert_str_eq(p.never != 0 ? p.refused.text : p.put_off.text, cases[_i].words);
}
END_TEST

/* What makes no sense ends it: whoever has no fate by then is to be tried again. */
START_TEST(a_relay_that_talks_nonsense_has_taken_nothing_more)
{
	static const char *const sense[] = { SENT(0), SENT(1), NULL };
	static const char *const nonsense[] = { SENT(0), "done", SENT(1), NULL };
	struct progress          p;

	follow(progress_follow_relay, "- ", sense, &p);
	ck_assert_uint_eq(p.nfates, 2);
	follow(progress_follow_relay, "- ", nonsense, &p);
	ck_assert_uint_eq(p.nfates, 1);
	follow(progress_follow_relay, "", sense, &p);
	ck_assert_uint_eq(p.nfates, 0);
}
END_TEST

/* It goes on with the message: who left now would send a second one. */
START_TEST(a_relay_that_takes_long_is_waited_for)
{
	static const char *const packets[] = { "slow", "- " SENT(0), "slow", "- " SENT(1), NULL };
	struct progress          p;

	follow(progress_follow_relay, "", packets, &p);
	ck_assert_uint_eq(p.nfates, 2);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, a_caller_that_waits_hears_the_worst, cases);
	tcase_add_test(t, a_relay_that_talks_nonsense_has_taken_nothing_more);
	tcase_add_test(t, a_relay_that_takes_long_is_waited_for);
}
