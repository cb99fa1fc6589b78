/* SPDX-License-Identifier: ISC */
#include "dns/lookup.h"

#include "base/clock.h"
#include "base/ip.h"
#include "lib/responder.h"
#include "lib/unit.h"

enum { PATIENCE = 20000 };   /* milliseconds: a slow machine must not fail a test */

static void
add_server(struct resolver *r, unsigned port)
{
	ck_assert(ip_parse(&r->server[r->nservers++], "127.0.0.1", port));
}

static struct lookup
ask(const struct resolver *r, const char *name, enum lookup_type type, long milliseconds)
{
	struct lookup l = { .type = type };

	strlcpy(l.name, name, sizeof l.name);
	lookup_all(r, &l, 1, clock_deadline(milliseconds), NULL, NULL);
	return l;
}

/* An answer as text: outcome, TTL, records. */
static void
assert_answer(const struct lookup *l, const char *wanted)
{
	static const char *const words[] = { "found", "null", "no data", "no name", "trouble", "pending" };
	struct buf               text = BUF(4096);
	char                     address[IP_TEXT];

	buf_addf(&text, "%s %u", words[l->outcome], l->ttl);
	for (size_t i = 0; i < l->nrecords; i++)
		if (l->type == LOOKUP_MX) {
			buf_addf(&text, " %u %s", l->mx[i].preference, l->mx[i].host);
		} else {
			ip_format(&l->address[i], address);
			buf_addf(&text, " %s", address);
		}
	ck_assert_str_eq(buf_text(&text), wanted);
	buf_release(&text);
}

static const struct { const char *say, *wanted; enum lookup_type type; } answers[] = {
	{ "mx @ 300 20 b.example.com; mx @ 200 10 a.example.com",
	  "found 200 10 a.example.com 20 b.example.com", LOOKUP_MX },
	{ "a @ 60 192.0.2.1; a @ 60 192.0.2.2", "found 60 192.0.2.1 192.0.2.2", LOOKUP_A },
	{ "aaaa @ 60 2001:db8::1", "found 60 2001:db8::1", LOOKUP_AAAA },
	{ "mx @ 300 0 .", "null 300", LOOKUP_MX },
	{ "mx @ 300 0 .; mx @ 300 10 a.example.com", "found 300 10 a.example.com", LOOKUP_MX },
	{ "soa 900 60", "no data 60", LOOKUP_MX },
	{ "soa 30 60", "no data 30", LOOKUP_MX },
	{ "rcode 3; soa 900 60", "no name 60", LOOKUP_MX },
	{ "rcode 3", "no name 0", LOOKUP_MX },
	{ "", "no data 0", LOOKUP_MX },
	/* Records that are not what was asked for, or of another name. */
	{ "mx other.example.com 300 10 a.example.com", "no data 0", LOOKUP_MX },
	{ "a @ 300 192.0.2.1", "no data 0", LOOKUP_MX },
	/* RFC 2317: the zone is another's.  The least TTL on the way counts. */
	{ "cname @ 90 1.0/25.example.com; mx 1.0/25.example.com 300 10 a.example.com",
	  "found 90 10 a.example.com", LOOKUP_MX },
	{ "mx x.example.com 300 10 a.example.com; cname @ 90 x.example.com", "found 90 10 a.example.com", LOOKUP_MX },
	{ "cname @ 90 x.example.com; soa 900 80", "no data 80", LOOKUP_MX },
	{ "cname @ 90 x.example.com; rcode 3; soa 900 100", "no name 90", LOOKUP_MX },
	{ "cname @ 90 next.example.com", "found 70 5 onward.example.com", LOOKUP_MX },
	/* A loop, in one answer and over several. */
	{ "cname @ 90 x.example.com; cname x.example.com 90 @", "trouble 0", LOOKUP_MX },
	{ "cname @ 90 loop1.example.com", "trouble 0", LOOKUP_MX },
	/* Hosts that are none (hazard D9). */
	{ "mx @ 300 10 localhost; mx @ 300 10 192.0.2.1; mx @ 300 10 a_b.example.com", "no data 300", LOOKUP_MX },
	{ "mx @ 300 10 localhost; mx @ 300 20 a.example.com", "found 300 20 a.example.com", LOOKUP_MX },
	/* Data of the wrong size (hazard D15). */
	{ "raw @ 15 ", "no data 300", LOOKUP_MX },
	{ "raw @ 15 00", "trouble 0", LOOKUP_MX },
	{ "raw @ 15 000a", "no data 300", LOOKUP_MX },
	{ "raw @ 15 000a3f61", "trouble 0", LOOKUP_MX },
	{ "raw @ 1 c00002", "trouble 0", LOOKUP_A },
	{ "raw @ 28 20010db8", "trouble 0", LOOKUP_AAAA },
	{ "raw @ 1 ", "no data 300", LOOKUP_A },
	{ "raw @ 5 ", "no data 0", LOOKUP_A },
	/* No answer at all. */
	{ "rcode 2", "trouble 0", LOOKUP_MX },
	{ "rcode 5", "trouble 0", LOOKUP_MX },
	{ "cut", "trouble 0", LOOKUP_MX },
	{ "ns lame.example.com", "trouble 0", LOOKUP_MX },
	{ "truncated; rude", "trouble 0", LOOKUP_MX },
	{ "rcode 1", "trouble 0", LOOKUP_MX },
	/* Detours. */
	{ "truncated; mx @ 300 10 a.example.com", "found 300 10 a.example.com", LOOKUP_MX },
	{ "no-edns; mx @ 300 10 a.example.com", "found 300 10 a.example.com", LOOKUP_MX },
	{ "silent 1; mx @ 300 10 a.example.com", "found 300 10 a.example.com", LOOKUP_MX },
};

START_TEST(every_answer_has_its_outcome)
{
	const struct script script[] = {
		{ "test.example.com", answers[_i].say },
		{ "next.example.com", "cname @ 80 last.example.com" },
		{ "last.example.com", "mx @ 70 5 onward.example.com" },
		{ "loop1.example.com", "cname @ 80 loop2.example.com" },
		{ "loop2.example.com", "cname @ 80 loop1.example.com" },
	};
	struct resolver r = { 0 };
	struct lookup   l;

	add_server(&r, responder_start(script, 5));
	l = ask(&r, "test.example.com", answers[_i].type, PATIENCE);
	assert_answer(&l, answers[_i].wanted);
	if (l.outcome == LOOKUP_TROUBLE)
		ck_assert_str_ne(l.words, "");
}
END_TEST

static const char *const useless[] = {
	"mx @ 300 10 evil.example.com; wrong-id", "mx @ 300 10 evil.example.com; wrong-name", "silent 99",
};

/* Hazard D2. */
START_TEST(foreign_answers_are_not_heard)
{
	const struct script script[] = { { "test.example.com", useless[_i] } };
	struct resolver     r = { 0 };
	struct lookup       l;

	add_server(&r, responder_start(script, 1));
	l = ask(&r, "test.example.com", LOOKUP_MX, 200);
	assert_answer(&l, "trouble 0");
	ck_assert_str_eq(l.words, "127.0.0.1: no answer");
}
END_TEST

static const char *const lame[] = { "rcode 2", "rcode 5", "cut", "ns lame.example.com", "truncated; rude", "silent 99",
	"raw @ 15 00" };

static void
assert_second_answers(const char *first, const char *second)
{
	const struct script bad[] = { { "test.example.com", first } };
	const struct script good[] = { { "test.example.com", second } };
	struct resolver     r = { 0 };
	struct lookup       l;

	add_server(&r, responder_start(bad, 1));
	add_server(&r, responder_start(good, 1));
	l = ask(&r, "test.example.com", LOOKUP_MX, PATIENCE);
	assert_answer(&l, "found 300 10 a.example.com");
}

START_TEST(next_server_makes_up_for_a_bad_one)
{
	assert_second_answers(lame[_i], "mx @ 300 10 a.example.com");
}
END_TEST

START_TEST(one_bad_server_does_not_speak_for_a_slow_one)
{
	assert_second_answers("rcode 2", "silent 1; mx @ 300 10 a.example.com");
}
END_TEST

START_TEST(no_server_at_all_is_trouble_at_once)
{
	struct resolver r = { 0 };
	struct timespec begin = clock_deadline(PATIENCE);
	struct lookup   l;

	add_server(&r, 1);   /* tcpmux: nobody listens */
	l = ask(&r, "test.example.com", LOOKUP_MX, PATIENCE);
	assert_answer(&l, "trouble 0");
	ck_assert_int_gt(clock_left(begin), PATIENCE / 2);
}
END_TEST

START_TEST(twenty_of_many_hosts_stay_the_best_first)
{
	const struct script script[] = { { "test.example.com", "truncated; many 50" } };
	struct resolver     r = { 0 };
	struct lookup       l;

	add_server(&r, responder_start(script, 1));
	l = ask(&r, "test.example.com", LOOKUP_MX, PATIENCE);
	ck_assert_uint_eq(l.nrecords, LOOKUP_RECORDS_MAX);
	for (size_t i = 0; i < l.nrecords; i++)
		ck_assert_uint_eq(l.mx[i].preference, i + 1);
}
END_TEST

START_TEST(equals_are_shuffled)
{
	const struct script script[] = { { "test.example.com", "mx @ 9 5 a.example.com; mx @ 9 5 b.example.com" } };
	struct resolver     r = { 0 };
	bool                seen[2] = { false, false };

	add_server(&r, responder_start(script, 1));
	for (int i = 0; i < 100; i++)
		seen[ask(&r, "test.example.com", LOOKUP_MX, PATIENCE).mx[0].host[0] - 'a'] = true;
	ck_assert(seen[0] && seen[1]);
}
END_TEST

static const struct { bool trusted; const char *say; bool secure; } authentic[] = {
	{ true, "mx @ 300 10 a.example.com; ad", true },
	{ true, "mx @ 300 10 a.example.com", false },
	{ false, "mx @ 300 10 a.example.com; ad", false },
	{ true, "cname @ 300 plain.example.com; ad", false },
	{ true, "rcode 2; ad", false },
};

START_TEST(ad_bit_counts_from_a_trusted_resolver_and_on_all_the_way)
{
	const struct script script[] = {
		{ "test.example.com", authentic[_i].say },
		{ "plain.example.com", "mx @ 300 10 a.example.com" },
	};
	struct resolver     r = { .trusted = authentic[_i].trusted };

	add_server(&r, responder_start(script, 2));
	ck_assert_int_eq(ask(&r, "test.example.com", LOOKUP_MX, PATIENCE).secure, authentic[_i].secure);
}
END_TEST

START_TEST(deadline_holds_for_all_questions_together)
{
	const struct script script[] = {
		{ "good.example.com", "mx @ 9 5 a.example.com" },
		{ "mute.example.com", "silent 99" },
	};
	struct resolver     r = { 0 };
	struct lookup       l[20] = { 0 };
	struct timespec     begin = clock_deadline(PATIENCE);

	add_server(&r, responder_start(script, 2));
	for (size_t i = 0; i < 20; i++) {
		strlcpy(l[i].name, i % 2 == 0 ? "good.example.com" : "mute.example.com", sizeof l[i].name);
		l[i].type = LOOKUP_MX;
	}
	lookup_all(&r, l, 20, clock_deadline(3000), NULL, NULL);
	ck_assert_int_gt(clock_left(begin), PATIENCE / 2);
	for (size_t i = 0; i < 20; i++)
		ck_assert_int_eq(l[i].outcome, i % 2 == 0 ? LOOKUP_FOUND : LOOKUP_TROUBLE);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, every_answer_has_its_outcome, answers);
	add_table(t, foreign_answers_are_not_heard, useless);
	add_table(t, next_server_makes_up_for_a_bad_one, lame);
	tcase_add_test(t, one_bad_server_does_not_speak_for_a_slow_one);
	tcase_add_test(t, no_server_at_all_is_trouble_at_once);
	tcase_add_test(t, twenty_of_many_hosts_stay_the_best_first);
	tcase_add_test(t, equals_are_shuffled);
	add_table(t, ad_bit_counts_from_a_trusted_resolver_and_on_all_the_way, authentic);
	tcase_add_test(t, deadline_holds_for_all_questions_together);
}
