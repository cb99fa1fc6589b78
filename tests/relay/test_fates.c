/* SPDX-License-Identifier: ISC */
#include "relay/fates.h"

#include <string.h>

#include "lib/unit.h"

static struct entry     message;
static struct candidate relay = { .host = "relay.example.net" };   /* without policy it carries everything */
static struct fate      last;
static unsigned         nsettled;

static void
settle(void *argument, const struct entry *e, const struct fate *fate)
{
	(void)argument;
	ck_assert_ptr_eq(e, &message);
	last = *fate;
	nsettled++;
}

static struct fates
begin(void)
{
	struct fates f;

	message = ENTRY;
	message.sender = slice_dup(SLICE("a@example.com"));
	entry_add_recipient(&message, SLICE("b@example.net"));
	fates_init(&f, &message);
	f.settled = settle;
	nsettled = 0;
	return f;
}

static void
end(struct fates *f)
{
	const struct route route = { .candidate = &relay, .ncandidates = 1 };

	fates_end(f, &route, "", "salsa.conf");
	ck_assert_uint_eq(nsettled, 1);
	fates_release(f);
	entry_release(&message);
}

/* What may become of a recipient at one relay, from what tells least to what tells most. */
enum event { EVENT_REFUSED, EVENT_DOWN, EVENT_FAILED, EVENT_BUSY, EVENTS };

static void
happen(struct fates *f, enum event event)
{
	static const enum reason reasons[EVENTS] = { REASON_NONE, REASON_DOWN, REASON_FAILED, REASON_ANSWER };
	static const char *const statuses[EVENTS] = { "5.7.1", "4.4.1", "4.4.2", "4.2.0" };
	struct addressee         to = { .answer = ANSWER_REFUSED, .by_name = true };

	problem_set(&to.said, event == EVENT_REFUSED ? VERDICT_NEVER : VERDICT_LATER, statuses[event], "%d", event);
	fates_choose(f, &relay);
	ck_assert_uint_eq(fates_nhere(f), 1);
	if (event == EVENT_REFUSED || event == EVENT_BUSY)
		fates_take(f, &f->pending[0], &to, relay.host, true);
	else
		fates_leave(f, reasons[event], relay.host, &to.said);
	ck_assert_uint_eq(fates_nhere(f), 0);
}

/* Hazards R6 to R8, for any three relays in any order. */
START_TEST(never_is_what_all_relays_have_said_and_else_what_tells_most)
{
	enum event   event[] = { _i % EVENTS, _i / EVENTS % EVENTS, _i / EVENTS / EVENTS }, most = EVENT_REFUSED;
	struct fates f = begin();

	for (int i = 0; i < 3; i++) {
		happen(&f, event[i]);
		if (event[i] > most)
			most = event[i];
	}
	end(&f);
	ck_assert_int_eq(last.outcome, most == EVENT_REFUSED ? OUTCOME_NEVER : OUTCOME_LATER);
	ck_assert_int_eq(last.text[0], '0' + (int)most);
}
END_TEST

static const struct { const char *status; bool by_name, decides; } refusals[] = {
	{ "5.1.1", true, true }, { "5.1.2", true, true }, { "5.1.6", true, true }, { "5.1.10", true, true },
	{ "5.2.1", true, true }, { "5.2.2", true, true },
	{ "5.1.7", true, false }, { "5.1.8", true, false },   /* the sender */
	{ "5.7.1", true, false }, { "5.0.0", true, false }, { "5.3.4", true, false }, { "5.12.1", true, false },
	{ "5.1.1", false, false },   /* of all recipients at once */
};

START_TEST(what_is_about_a_recipient_is_every_relays_word)
{
	struct fates     f = begin();
	struct addressee to = { .answer = ANSWER_REFUSED, .by_name = refusals[_i].by_name };

	problem_set(&to.said, VERDICT_NEVER, refusals[_i].status, "no");
	fates_choose(&f, &relay);
	fates_take(&f, &f.pending[0], &to, relay.host, true);
	ck_assert_uint_eq(nsettled, refusals[_i].decides);
	fates_choose(&f, &relay);
	ck_assert_uint_eq(fates_nhere(&f), !refusals[_i].decides);
	end(&f);
	ck_assert_int_eq(last.outcome, OUTCOME_NEVER);
}
END_TEST

/* Whether it was accepted or not: another relay would make two of it. */
START_TEST(what_is_in_doubt_goes_to_no_other_relay)
{
	struct fates     f = begin();
	struct addressee to = { .answer = ANSWER_DOUBT };

	problem_set(&to.said, VERDICT_LATER, "4.4.2", "lost");
	fates_choose(&f, &relay);
	fates_take(&f, &f.pending[0], &to, relay.host, true);
	fates_choose(&f, &relay);
	ck_assert_uint_eq(fates_nhere(&f), 0);
	end(&f);
	ck_assert_int_eq(last.outcome, OUTCOME_LATER);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_loop_test(t, never_is_what_all_relays_have_said_and_else_what_tells_most, 0, EVENTS * EVENTS * EVENTS);
	add_table(t, what_is_about_a_recipient_is_every_relays_word, refusals);
	tcase_add_test(t, what_is_in_doubt_goes_to_no_other_relay);
}
