/* SPDX-License-Identifier: ISC */
#include "relay/attempt.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "entry/writer.h"
#include "ipc/packet.h"
#include "relay/down.h"
#include "relay/fake.h"
#include "relay/turn.h"

enum { MAX_RELAYS = 3, MAX_FATES = 300, MAX_MESSAGES = 11 };

static const char *const addresses[] = { "b@example.net", "c@example.org" };

/* One message, the relays that may carry it, and what came of it. */
struct try {
	struct fake    fake[MAX_RELAYS];
	struct conf    conf;
	struct client  client;
	int            fd;               /* the entry's file */
	struct message message[MAX_MESSAGES];
	struct fate    fate[MAX_FATES];   /* of each message's recipients one after the other */
	unsigned       nfates[MAX_FATES];
	unsigned       slow, returned;   /* how often the client said so */
	bool           has_rival;        /* who asks for the turn when the first fate is told */
	time_t         pause;            /* that it would make, for all messages */
};

static void
record(void *argument, const struct entry *e, const struct fate *f)
{
	struct try *t = argument;
	size_t      place = f->recipient;

	for (const struct message *p = t->message; &p->entry != e; p++)
		place += p->entry.nrecipients;
	ck_assert_uint_lt(place, MAX_FATES);
	if (t->has_rival) {
		ck_assert_int_eq(turn_take(t->client.state, "127.0.0.1", t->fake[0].port, 1), TURN_BUSY);
		t->has_rival = false;
	}
	/* What was taken is told before the session is used for anything else: it may end there, or hang. */
	ck_assert(f->outcome != OUTCOME_SENT || t->client.link.open);
	t->fate[place] = *f;
	t->nfates[place]++;
}

static void
write_entry(struct try *t, size_t nrecipients, const char *notify)
{
	struct entry   e = ENTRY;
	struct writer  w;
	struct problem why;

	e.sender = slice_dup(SLICE("a@www1.example.com"));
	for (size_t i = 0; i < nrecipients; i++)
		entry_add_recipient(&e, SLICE(addresses[i % 2]));
	e.recipient[0].notify = notify != NULL ? slice_dup(SLICE(notify)) : NULL;
	t->fd = memfd_create("entry", MFD_CLOEXEC);
	writer_start(&w, t->fd, &e);
	writer_add(&w, SLICE("Subject: x\r\n\r\nHello.\r\n"));
	ck_assert_int_eq(writer_finish(&w, &why), 0);
	writer_release(&w);
	entry_release(&e);
}

/* texts[i] are the connections of relay i, conf[i] the lines of its section; relays are tried in this order. */
static void
try_start(struct try *t, const char *const (*texts)[FAKE_MAX_TEXTS], const char *const *conf, size_t nrelays)
{
	struct buf text = BUF(8192);

	signal(SIGPIPE, SIG_IGN);
	*t = (struct try){ .fd = -1 };
	/* One that says nothing, "|", is waited for till the end. */
	buf_addf(&text, "hostname www1.example.com\nreply-timeout %ds\nlog stderr\n",
	    nrelays > 0 && texts[0][0] != NULL && texts[0][0][0] == '|' ? 3 : 30);
	for (size_t i = 0; i < nrelays; i++) {
		fake_start(&t->fake[i], texts[i]);
		buf_addf(&text, "relay smtp://127.0.0.1:%u\ncost %zu\n%s", t->fake[i].port, i + 1,
		    conf[i] != NULL ? conf[i] : "tls none\n");
	}
	conf_parse(&t->conf, buf_slice(&text));
	buf_release(&text);
	t->client = (struct client){ .conf = &t->conf, .link = LINK, .settled = record, .argument = t };
	t->client.state = open(unit_directory(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	write_entry(t, 2, NULL);
}

static void
note_returned(void *argument, const struct entry *e)
{
	struct try *t = argument;

	ck_assert_ptr_eq(e, &t->message[t->returned].entry);
	t->returned++;
}

/* One try of so many copies of the message; each recipient has a fate once, but where all were returned. */
static void
try_together(struct try *t, size_t n)
{
	struct discovery none = { 0 };
	struct route     r;
	struct problem   why;
	size_t           place = 0;

	memset(t->nfates, 0, sizeof t->nfates);
	t->returned = 0;
	for (size_t i = 0; i < n; i++) {
		t->message[i] = (struct message){ .fd = t->fd };
		ck_assert_int_eq(entry_read(&t->message[i].entry, t->fd, &why), 0);
	}
	route_make(&r, &t->conf, &none);
	attempt(&t->client, &r, "nothing published for 203.0.113.7", t->message, n);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < t->message[i].entry.nrecipients; k++)
			ck_assert_uint_eq(t->nfates[place++], t->returned == 0 &&
			    t->message[i].entry.recipient[k].state == RECIPIENT_QUEUED);
	t->pause = attempt_pause(&t->client, &r);
	route_release(&r);
	for (size_t i = 0; i < n; i++)
		entry_release(&t->message[i].entry);
}

static void
try_once(struct try *t)
{
	try_together(t, 1);
}

static void
try_end(struct try *t)
{
	link_drop(&t->client.link);
	for (size_t i = 0; i < MAX_RELAYS; i++)
		if (t->fake[i].heard != NULL)
			fake_stop(&t->fake[i]);
	close(t->fd);
	close(t->client.state);
	conf_release(&t->conf);
}

static bool
is_down(struct try *t, size_t relay)
{
	struct down d;

	return down_read(&d, t->client.state, "127.0.0.1", t->fake[relay].port, time(NULL));
}

/* Dialogues of one connection: see relay/fake.h. */
#define HELLO   "220 hi|250 hi|"
#define TAKES   HELLO "250 ok|250 ok|250 ok|354 go~250 2.6.0 queued as X|"
#define ALIENS  HELLO "250 ok|554 5.7.1 relay access denied|554 5.7.1 relay access denied|"
#define BUSY    HELLO "250 ok|450 4.2.0 try again|450 4.2.0 try again|"
#define REFUSES { NULL }

/* outcomes: s sent, l later, n never.  words, status: the first recipient's.  down: which relays are then known so. */
static const struct {
	const char *relay[MAX_RELAYS][FAKE_MAX_TEXTS], *conf[MAX_RELAYS];
	size_t      nrelays;
	const char *outcomes, *status, *words;
	unsigned    calls[MAX_RELAYS], down[MAX_RELAYS];
} cases[] = {
	{ { { TAKES } }, { 0 }, 1, "ss", "2.6.0", "250 2.6.0 queued as X", { 1 }, { 0 } },

	/* R7: a relay that fails before MAIL, or on the way, is marked down and the next one is tried. */
	{ { REFUSES, { TAKES } }, { 0 }, 2, "ss", "2.6.0", "queued", { 0, 1 }, { 1, 0 } },
	{ { { "554 5.7.1 go away|" }, { TAKES } }, { 0 }, 2, "ss", "2.6.0", "queued", { 1, 1 }, { 1, 0 } },
	{ { { "SSH-2.0-OpenSSH|" }, { TAKES } }, { 0 }, 2, "ss", "2.6.0", "queued", { 1, 1 }, { 1, 0 } },
	{ { { "220 hi|550 no|550 no|" }, { TAKES } }, { 0 }, 2, "ss", "2.6.0", "queued", { 1, 1 }, { 1, 0 } },
	{ { { "220 hi|" }, { TAKES } }, { 0 }, 2, "ss", "2.6.0", "queued", { 1, 1 }, { 1, 0 } },
	{ { { HELLO "421 4.3.2 bye|" }, { TAKES } }, { 0 }, 2, "ss", "2.6.0", "queued", { 1, 1 }, { 1, 0 } },
	{ { { HELLO "250 ok|250 ok|" }, { TAKES } }, { 0 }, 2, "ss", "2.6.0", "queued", { 1, 1 }, { 1, 0 } },
	{ { { HELLO "250 ok|250 ok|250 ok|354 go" }, { TAKES } }, { 0 }, 2, "ll", "4.4.2", "not known", { 1, 0 },
	    { 1, 0 } },
	{ { { "|" }, { TAKES } }, { 0 }, 2, "ss", "2.6.0", "queued", { 1, 1 }, { 1, 0 } },
	{ { { "554 5.7.1 go away|" } }, { 0 }, 1, "ll", "4.7.1", "said: 554 5.7.1 go away (in reply to connection)",
	    { 1 }, { 1 } },
	{ { REFUSES }, { 0 }, 1, "ll", "4.4.1", "Connection refused", { 0 }, { 1 } },
	{ { REFUSES, REFUSES }, { 0 }, 2, "ll", "4.4.1", "Connection refused", { 0, 0 }, { 1, 1 } },

	/* A relay that carries mail for its customers alone is not ours; it is not down either. */
	{ { { ALIENS }, { TAKES } }, { 0 }, 2, "ss", "2.6.0", "queued", { 1, 1 }, { 0, 0 } },
	{ { { HELLO "550 5.7.1 who?|" }, { TAKES } }, { 0 }, 2, "ss", "2.6.0", "queued", { 1, 1 }, { 0, 0 } },
	{ { { HELLO "250 ok|250 ok|250 ok|554 no|" }, { TAKES } }, { 0 }, 2, "ss", "2.6.0", "queued", { 1, 1 },
	    { 0, 0 } },
	{ { { ALIENS } }, { 0 }, 1, "nn", "5.7.1", "host 127.0.0.1[127.0.0.1] said: 554 5.7.1 relay access denied "
	    "(in reply to RCPT TO command)", { 1 }, { 0 } },
	{ { { ALIENS }, { HELLO "550 5.7.27 no SPF|" } }, { 0 }, 2, "nn", "5.7.27", "no SPF", { 1, 1 }, { 0, 0 } },

	/* What is missing is TLS or AUTH (RFC 3207, 4; RFC 4954, 6), and it is no message's fault. */
	{ { { HELLO "530 5.7.0 Authentication required|" } }, { 0 }, 1, "ll", "4.7.0", "said: 530 5.7.0 Auth", { 1 },
	    { 0 } },
	{ { { "220 hi|250-hi\r\n250 STARTTLS|454 4.7.0 no key|", HELLO "530 5.7.0 Must issue STARTTLS|" } },
	    { "tls may\n" }, 1, "ll", "4.7.0", "Must issue STARTTLS", { 2 }, { 0 } },
	{ { { HELLO "250 ok|530 5.7.1 who?|250 ok|354 go~250 ok|" } }, { 0 }, 1, "ls", "4.7.1", "said: 530", { 1 },
	    { 0 } },

	/* Never only where every relay has said so: one that could not be asked might have taken it. */
	{ { { ALIENS }, REFUSES }, { 0 }, 2, "ll", "4.4.1", "Connection refused", { 1, 0 }, { 0, 1 } },
	{ { REFUSES, { ALIENS } }, { 0 }, 2, "ll", "4.4.1", "Connection refused", { 0, 1 }, { 1, 0 } },
	{ { { ALIENS }, { BUSY } }, { 0 }, 2, "ll", "4.2.0", "said: 450 4.2.0 try again", { 1, 1 }, { 0, 0 } },
	{ { { BUSY }, { ALIENS } }, { 0 }, 2, "ll", "4.2.0", "said: 450 4.2.0 try again", { 1, 1 }, { 0, 0 } },
	{ { REFUSES, { BUSY } }, { 0 }, 2, "ll", "4.2.0", "said: 450 4.2.0 try again", { 0, 1 }, { 1, 0 } },
	{ { { BUSY }, { TAKES } }, { 0 }, 2, "ss", "2.6.0", "queued", { 1, 1 }, { 0, 0 } },

	/* R8: what is about one recipient is about nobody else, and no other relay will know better. */
	{ { { HELLO "250 ok|550 5.1.1 no such user|250 ok|354 go~250 ok|" }, { TAKES } }, { 0 }, 2, "ns", "5.1.1",
	    "said: 550 5.1.1 no such user", { 1, 0 }, { 0, 0 } },
	{ { { HELLO "250 ok|550 5.2.1 disabled|250 ok|354 go~250 ok|" }, { TAKES } }, { 0 }, 2, "ns", "5.2.1",
	    "disabled", { 1, 0 }, { 0, 0 } },
	/* Said of all at once it is no word about one. */
	{ { { HELLO "250 ok|250 ok|250 ok|550 5.1.1 no|" }, { TAKES } }, { 0 }, 2, "ss", "2.6.0", "queued", { 1, 1 },
	    { 0, 0 } },
	/* 5.1.8 is about the sender: the next relay may know it. */
	{ { { HELLO "250 ok|550 5.1.8 sender?|550 5.1.8 sender?|" }, { TAKES } }, { 0 }, 2, "ss", "2.6.0", "queued",
	    { 1, 1 }, { 0, 0 } },
	{ { { HELLO "250 ok|450 4.2.0 later|250 ok|354 go~250 ok|" } }, { 0 }, 1, "ls", "4.2.0", "said: 450",
	    { 1 }, { 0 } },
	{ { { HELLO "250 ok|552 too many recipients|250 ok|354 go~250 ok|" } }, { 0 }, 1, "ls", "4.0.0", "said: 552",
	    { 1 }, { 0 } },
	{ { { HELLO "250 ok|552 5.5.3 too many|250 ok|354 go~250 ok|" } }, { 0 }, 1, "ls", "4.5.3", "said: 552 5.5.3",
	    { 1 }, { 0 } },
	{ { { HELLO "250 ok|550 5.1.1 no|" }, { HELLO "250 ok|250 ok|354 go~250 ok|" } }, { 0 }, 2, "ns", "5.1.1",
	    "said: 550", { 1, 1 }, { 1, 0 } },

	/* After the final dot. */
	{ { { HELLO "250 ok|250 ok|250 ok|354 go~" }, { TAKES } }, { 0 }, 2, "ll", "4.4.2",
	    "whether it was accepted is not known", { 1, 0 }, { 1, 0 } },
	{ { { HELLO "250 ok|250 ok|250 ok|354 go~554 5.6.0 spam|" }, { TAKES } }, { 0 }, 2, "ss", "2.6.0", "queued",
	    { 1, 1 }, { 0, 0 } },
	{ { { HELLO "250 ok|250 ok|250 ok|354 go~552 5.3.4 too big|" } }, { 0 }, 1, "nn", "5.3.4", "too big",
	    { 1 }, { 0 } },

	/* R14: its SIZE is one relay's word. */
	{ { { "220 hi|250-hi\r\n250 SIZE 10|" }, { TAKES } }, { 0 }, 2, "ss", "2.6.0", "queued", { 1, 1 }, { 0, 0 } },
	{ { { "220 hi|250-hi\r\n250 SIZE 10|" } }, { 0 }, 1, "nn", "5.3.4", "at most 10 octets", { 1 }, { 0 } },

	/* R10: `may' goes on in clear, on a new connection; what demands more does not. */
	{ { { "220 hi|250-hi\r\n250 STARTTLS|454 4.7.0 no key|", TAKES } }, { "tls may\n" }, 1, "ss", "2.6.0", "queued",
	    { 2 }, { 0 } },
	{ { { "220 hi|250-hi\r\n250 STARTTLS|220 go|what?", TAKES } }, { "tls may\n" }, 1, "ss", "2.6.0", "queued",
	    { 2 }, { 0 } },
	{ { { TAKES } }, { "tls may\n" }, 1, "ss", "2.6.0", "queued", { 1 }, { 0 } },
	{ { { "220 hi|250-hi\r\n250 STARTTLS|454 4.7.0 no key|", TAKES } }, { "tls encrypt\n" }, 1, "ll", "4.7.0",
	    "said: 454", { 1 }, { 1 } },
	{ { { TAKES } }, { "tls encrypt\n" }, 1, "ll", "4.7.0", "TLS is required, but was not offered", { 1 }, { 1 } },

	/* Recipients of one message may go different ways, or none. */
	{ { { HELLO "250 ok|250 ok|354 go~250 2.0.0 A|" }, { HELLO "250 ok|250 ok|354 go~250 2.0.0 B|" } },
	    { "tls none\nfor example.net\n", NULL }, 2, "ss", "2.0.0", "250 2.0.0 A", { 1, 1 }, { 0, 0 } },
	{ { { HELLO "250 ok|250 ok|354 go~250 ok|" } }, { "tls none\nrefuse example.net\n" }, 1, "ls", "4.4.4",
	    "no relay carries mail from <a@www1.example.com> to <b@example.net>: see for, from and refuse in ",
	    { 1 }, { 0 } },
	{ { { TAKES } }, { "tls none\nrefuse *\n" }, 1, "ll", "4.4.4", "no relay carries", { 0 }, { 0 } },
	{ { { 0 } }, { 0 }, 0, "ll", "4.4.4", "no relay: nothing published for 203.0.113.7 and none configured in ",
	    { 0 }, { 0 } },

	/* A broken configuration queues, and sends nothing where it should not go. */
	{ { { TAKES } }, { "tls none\nrefuze *.example\n" }, 1, "ll", "4.3.5", "unknown word \"refuze\"", { 0 }, { 0 } },
};

START_TEST(what_must_stay_under_tls_goes_to_no_relay_that_is_not_proved)
{
	static const char *const relay[][FAKE_MAX_TEXTS] = { { "220 hi|250-hi\r\n250 REQUIRETLS|", NULL }, { HELLO, NULL } };
	static const char *const conf[] = { NULL, NULL };
	static struct try        t;
	struct entry             e = ENTRY;
	struct problem           why;

	try_start(&t, relay, conf, 2);
	ck_assert_int_eq(entry_read(&e, t.fd, &why), 0);
	e.requiretls = true;
	ck_assert_int_eq(entry_rewrite(&e, t.fd, &why), 0);
	entry_release(&e);
	try_once(&t);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(t.fate[i].outcome, OUTCOME_NEVER);
		ck_assert_str_eq(t.fate[i].status, "5.7.30");
		ck_assert_uint_eq(t.fake[i].heard->nconnections, 1);
		ck_assert_ptr_null(strstr(t.fake[i].heard->words, "MAIL"));
		ck_assert(!is_down(&t, i));
	}
	try_end(&t);
}
END_TEST

START_TEST(every_recipient_has_the_fate_that_the_relays_gave_it)
{
	static const char letters[] = { [OUTCOME_SENT] = 's', [OUTCOME_LATER] = 'l', [OUTCOME_NEVER] = 'n' };
	static struct try t;
	char              outcomes[3] = "";
	bool              any_up = false;

	try_start(&t, cases[_i].relay, cases[_i].conf, cases[_i].nrelays);
	try_once(&t);
	for (int i = 0; i < 2; i++)
		outcomes[i] = letters[t.fate[i].outcome];
	ck_assert_msg(strcmp(outcomes, cases[_i].outcomes) == 0, "%s %s", outcomes, t.fate[0].text);
	ck_assert_str_eq(t.fate[0].status, cases[_i].status);
	ck_assert_msg(strstr(t.fate[0].text, cases[_i].words) != NULL, "%s", t.fate[0].text);
	for (size_t i = 0; i < cases[_i].nrelays; i++) {
		ck_assert_uint_eq(t.fake[i].heard->nconnections, cases[_i].calls[i]);
		ck_assert_uint_eq(is_down(&t, i), cases[_i].down[i]);
		any_up = any_up || cases[_i].down[i] == 0;
	}
	/* Hazard F16: other messages need not be tried where no relay would be called. */
	ck_assert_int_eq(t.pause > time(NULL), !any_up);
	ck_assert_int_le(t.pause, time(NULL) + DOWN_FIRST_SECONDS + DOWN_FIRST_SECONDS / 4);
	try_end(&t);
}
END_TEST

START_TEST(a_fate_names_the_relay_that_gave_it)
{
	static const char *const relays[][FAKE_MAX_TEXTS] = { { TAKES } };
	static const char *const conf[] = { NULL };
	static struct try        t;
	char                     relay[64];

	try_start(&t, relays, conf, 1);
	try_once(&t);
	snprintf(relay, sizeof relay, "127.0.0.1[127.0.0.1]:%u", t.fake[0].port);
	ck_assert_str_eq(t.fate[0].relay, relay);
	try_end(&t);
}
END_TEST

/* RFC 3461, 5.2.2. */
static const struct { const char *relay[1][FAKE_MAX_TEXTS], *notify; bool unreported; } reports[] = {
	{ { { TAKES } }, "SUCCESS", true },
	{ { { TAKES } }, "FAILURE", false },
	{ { { TAKES } }, NULL, false },
	{ { { "220 hi|250-hi\r\n250 DSN|250 ok|250 ok|250 ok|354 go~250 2.6.0 ok|" } }, "SUCCESS", false },
};

START_TEST(a_fate_says_that_nobody_else_will_report_success)
{
	static const char *const conf[] = { NULL };
	static struct try        t;

	try_start(&t, reports[_i].relay, conf, 1);
	close(t.fd);
	write_entry(&t, 2, reports[_i].notify);
	try_once(&t);
	ck_assert_int_eq(t.fate[0].outcome, OUTCOME_SENT);
	ck_assert_int_eq(t.fate[0].unreported, reports[_i].unreported);
	ck_assert(!t.fate[1].unreported);
	try_end(&t);
}
END_TEST

START_TEST(a_relay_that_is_known_to_be_down_costs_no_connection)
{
	static const char *const relays[][FAKE_MAX_TEXTS] = { { "554 no|", TAKES } };
	static const char *const conf[] = { NULL };
	static struct try        t;

	try_start(&t, relays, conf, 1);
	try_once(&t);
	try_once(&t);
	ck_assert_uint_eq(t.fake[0].heard->nconnections, 1);
	ck_assert_int_eq(t.fate[1].outcome, OUTCOME_LATER);
	ck_assert_str_eq(t.fate[1].relay, "none");
	ck_assert_ptr_nonnull(strstr(t.fate[1].text, "known to be down: host 127.0.0.1[127.0.0.1] said: 554 no"));
	try_end(&t);
}
END_TEST

/* After a success the relay is not known to be down any more. */
/* RFC 8689, 4.2.2: they call when others must not, so neither may keep the other away. */
START_TEST(what_a_message_that_waives_tls_finds_down_is_up_for_others)
{
	static const char *const relays[][FAKE_MAX_TEXTS] = { { NULL } };
	static const char *const conf[] = { "tls may\n" };
	static struct try        t;
	struct discovery         none = { 0 };
	struct route             r;

	try_start(&t, relays, conf, 1);
	route_make(&r, &t.conf, &none);
	route_waive_tls(&r);
	t.message[0].fd = t.fd;
	ck_assert_int_eq(entry_read(&t.message[0].entry, t.fd, &(struct problem){ 0 }), 0);
	attempt(&t.client, &r, "nothing published", t.message, 1);
	ck_assert_int_eq(t.fate[0].outcome, OUTCOME_LATER);
	ck_assert_int_eq(attempt_pause(&t.client, &r), 0);
	ck_assert(!is_down(&t, 0));
	entry_release(&t.message[0].entry);
	route_release(&r);
	try_end(&t);
}
END_TEST

START_TEST(the_first_success_forgets_that_a_relay_was_down)
{
	static const char *const relays[][FAKE_MAX_TEXTS] = { { TAKES, TAKES } };
	static const char *const conf[] = { NULL };
	static struct try        t;
	struct down              d;
	struct good              g;
	struct problem           why;

	try_start(&t, relays, conf, 1);
	problem_set(&why, VERDICT_LATER, "4.4.1", "refused");
	down_mark(t.client.state, "127.0.0.1", t.fake[0].port, &why, time(NULL) - 76);
	try_once(&t);
	ck_assert_int_eq(t.fate[0].outcome, OUTCOME_SENT);
	ck_assert(!down_recall(&d, t.client.state, "127.0.0.1", t.fake[0].port, time(NULL)));
	ck_assert(t.client.back);
	ck_assert(good_read(&g, t.client.state, "127.0.0.1", t.fake[0].port));
	ck_assert_str_eq(g.words, "250 2.6.0 queued as X (in clear)");
	t.client.back = false;
	try_once(&t);
	ck_assert(!t.client.back);
	try_end(&t);
}
END_TEST

static void
note(void *argument)
{
	((struct try *)argument)->slow++;
}

#define AGAIN "250 ok|250 ok|250 ok|354 go~250 2.6.0 queued as Y|"

/*
 * Who waits for it goes on waiting, and takes its answer; meanwhile it is down for all others.  They hear of it, but what
 * it has deferred is no business of theirs.
 */
START_TEST(a_relay_that_takes_long_is_left_to_who_waits_for_it)
{
	static const char *const relays[][FAKE_MAX_TEXTS] = { { TAKES AGAIN } };
	static const char *const conf[] = { NULL };
	static struct try        t;
	struct down              d;

	try_start(&t, relays, conf, 1);
	t.client.slow = note;
	try_once(&t);
	ck_assert_uint_eq(t.slow, 0);
	t.client.link.stream.awaited = "the reply to DATA";
	t.client.link.stream.tired(t.client.link.stream.waiter);
	ck_assert_uint_eq(t.slow, 1);
	ck_assert(is_down(&t, 0));
	down_recall(&d, t.client.state, "127.0.0.1", t.fake[0].port, time(NULL));
	ck_assert_str_eq(d.why.text, "127.0.0.1[127.0.0.1]: still waiting for the reply to DATA");
	ck_assert(!t.client.link.works);
	try_once(&t);
	ck_assert(!is_down(&t, 0));
	ck_assert(t.client.heard && !t.client.back && !t.client.only_slow);
	try_end(&t);
}
END_TEST

static const struct { const char *relay[1][FAKE_MAX_TEXTS]; unsigned calls; } kept[] = {
	{ { { TAKES AGAIN } }, 1 },
	{ { { HELLO "250 ok|250 ok|250 ok|354 go~250 queued", TAKES } }, 2 },                /* closed meanwhile */
	{ { { HELLO "250 ok|250 ok|250 ok|354 go~250 queued|421 4.4.2 idle|", TAKES } }, 2 },
};

START_TEST(a_session_is_kept_for_the_next_message_and_its_death_is_no_fault)
{
	static const char *const conf[] = { NULL };
	static struct try        t;

	try_start(&t, kept[_i].relay, conf, 1);
	for (int i = 0; i < 2; i++) {
		try_once(&t);
		ck_assert_msg(t.fate[0].outcome == OUTCOME_SENT, "%s", t.fate[0].text);
	}
	ck_assert_uint_eq(t.fake[0].heard->nconnections, kept[_i].calls);
	ck_assert(!is_down(&t, 0));
	ck_assert_ptr_null(strstr(t.fake[0].heard->words, "RSET"));
	try_end(&t);
}
END_TEST

/* The same relay in other sections, instead of those that try_start has read. */
static void
replace_conf(struct try *t, const char *const *sections, size_t nsections)
{
	struct buf text = BUF(8192);

	conf_release(&t->conf);
	buf_add(&text, SLICE("hostname www1.example.com\n"));
	for (size_t i = 0; i < nsections; i++)
		buf_addf(&text, "relay smtp://127.0.0.1:%u\ntls none\n%s", t->fake[0].port, sections[i]);
	conf_parse(&t->conf, buf_slice(&text));
	ck_assert_uint_eq(t->conf.nfaults, 0);
	buf_release(&text);
}

START_TEST(D8_ten_connections_a_try_and_no_more)
{
	static const char *const relays[][FAKE_MAX_TEXTS] = { { "554 a|", "554 a|", "554 a|", "554 a|", "554 a|",
		"554 a|", "554 a|", "554 a|", "554 a|", "554 a|", "554 a|" } };
	static const char *const conf[] = { NULL };
	static const char *const sections[] = { "", "", "", "", "", "", "", "", "", "", "", "" };
	static struct try        t;

	try_start(&t, relays, conf, 1);
	replace_conf(&t, sections, 12);
	close(t.client.state);
	t.client.state = -1;
	try_once(&t);
	ck_assert_uint_eq(t.fake[0].heard->nconnections, ATTEMPT_MAX_CALLS);
	ck_assert_int_eq(t.fate[0].outcome, OUTCOME_LATER);
	try_end(&t);
}
END_TEST

#define ONE "250 ok|250 ok|354 go~250 ok|"

START_TEST(a_session_serves_the_section_that_it_was_opened_for_alone)
{
	static const char *const relays[][FAKE_MAX_TEXTS] = {
		{ HELLO ONE ONE, HELLO ONE },   /* the first would carry both */
	};
	static const char *const conf[] = { NULL };
	static const char *const sections[] = { "for example.net\n", "for example.org\n" };
	static struct try        t;

	try_start(&t, relays, conf, 1);
	replace_conf(&t, sections, 2);
	try_once(&t);
	ck_assert_int_eq(t.fate[0].outcome, OUTCOME_SENT);
	ck_assert_int_eq(t.fate[1].outcome, OUTCOME_SENT);
	ck_assert_uint_eq(t.fake[0].heard->nconnections, 2);
	try_end(&t);
}
END_TEST

START_TEST(many_recipients_go_in_transactions_of_a_hundred)
{
	static const char *relays[1][FAKE_MAX_TEXTS];
	static const char *conf[] = { NULL };
	static struct try  t;
	struct buf         text = BUF(1 << 16);
	unsigned           nmails = 0;

	buf_add(&text, SLICE("220 hi|250-hi\r\n250 PIPELINING|"));
	for (int left = 250; left > 0; left -= 100) {
		for (int i = 0; i < (left < 100 ? left : 100) + 1; i++)
			buf_add(&text, SLICE("250 ok|"));
		buf_add(&text, SLICE("354 go~250 ok|"));
	}
	relays[0][0] = buf_text(&text);
	try_start(&t, (const char *const (*)[FAKE_MAX_TEXTS])relays, conf, 1);
	close(t.fd);
	write_entry(&t, 250, NULL);
	try_once(&t);
	for (int i = 0; i < 250; i++)
		ck_assert_int_eq(t.fate[i].outcome, OUTCOME_SENT);
	for (const char *at = t.fake[0].heard->words; (at = strstr(at, "MAIL FROM")) != NULL; at++)
		nmails++;
	ck_assert_uint_eq(nmails, 3);
	ck_assert_uint_eq(t.fake[0].heard->nconnections, 1);
	try_end(&t);
	buf_release(&text);
}
END_TEST

#define CHUNKS  "220 hi|250-hi\r\n250-PIPELINING\r\n250 CHUNKING|"
/* Each waits for the next line: for RCPT, RCPT, BDAT, the three of the text, and what then comes. */
#define FLOWN   "250 ok|250 ok|250 ok||||250 2.6.0 queued as Z|"
#define ALIEN   "550 5.7.1 who?|250 reset|"
#define ONCE    "250 ok|250 ok|250 ok|354 go~250 2.6.0 queued as X|"

/* Three messages to two recipients each, tried together.  outcomes: as above, of all six. */
static const struct {
	const char *relay[MAX_RELAYS][FAKE_MAX_TEXTS];
	size_t      nrelays;
	const char *outcomes;
	unsigned    calls[MAX_RELAYS], down[MAX_RELAYS];
} together[] = {
	{ { { CHUNKS FLOWN "250 reset|" FLOWN "250 reset|" FLOWN } }, 1, "ssssss", { 1 }, { 0 } },
	{ { { HELLO ONCE ONCE ONCE } }, 1, "ssssss", { 1 }, { 0 } },
	/* Each message for itself: one goes on to the next relay. */
	{ { { HELLO ONCE ALIEN ONCE }, { HELLO ONCE } }, 2, "ssssss", { 1, 1 }, { 0, 0 } },
	{ { { HELLO ONCE ALIEN ONCE } }, 1, "ssnnss", { 1 }, { 0 } },
	/* A relay that takes one message a connection, and says so or not, is not down. */
	{ { { HELLO ONCE "421 enough|", HELLO ONCE "421 enough|", HELLO ONCE } }, 1, "ssssss", { 3 }, { 0 } },
	{ { { HELLO ONCE, HELLO ONCE, HELLO ONCE } }, 1, "ssssss", { 3 }, { 0 } },
	/* One that fails on the way is, and the others wait no longer for it. */
	{ { { HELLO ONCE "250 ok|250 ok|" }, { HELLO ONCE ONCE } }, 2, "ssssss", { 1, 1 }, { 1, 0 } },
	{ { { HELLO ONCE "250 ok|250 ok|" } }, 1, "ssllll", { 1 }, { 1 } },
	{ { { HELLO "250 ok|250 ok|250 ok|354 go~" }, { HELLO ONCE ONCE } }, 2, "llssss", { 1, 1 }, { 1, 0 } },
	{ { REFUSES, { HELLO ONCE ONCE ONCE } }, 2, "ssssss", { 0, 1 }, { 1, 0 } },
};

START_TEST(messages_that_are_tried_together_have_their_fates_apart)
{
	static const char *const conf[MAX_RELAYS];
	static const char        letter[] = { [OUTCOME_SENT] = 's', [OUTCOME_LATER] = 'l', [OUTCOME_NEVER] = 'n' };
	static struct try        t;
	char                     outcomes[7] = "";

	try_start(&t, together[_i].relay, conf, together[_i].nrelays);
	try_together(&t, 3);
	for (int i = 0; i < 6; i++)
		outcomes[i] = letter[t.fate[i].outcome];
	ck_assert_str_eq(outcomes, together[_i].outcomes);
	for (size_t i = 0; i < together[_i].nrelays; i++) {
		ck_assert_uint_eq(t.fake[i].heard->nconnections, together[_i].calls[i]);
		ck_assert_int_eq(is_down(&t, i), together[_i].down[i]);
	}
	try_end(&t);
}
END_TEST

/* Connections that each brought a message away are not made in vain, however many. */
/* As if they had not been tried at all; and no other message need be tried for a while, for there is no other relay. */
START_TEST(what_others_find_out_is_waited_for_in_the_queue)
{
	static const char *const relays[][FAKE_MAX_TEXTS] = { { HELLO ONCE ONCE } };
	static const char *const conf[] = { NULL };
	static struct try        t;
	time_t                   now = clock_now();
	int                      turn;

	try_start(&t, relays, conf, 1);
	t.client.given_back = note_returned;
	turn = turn_take(t.client.state, "127.0.0.1", t.fake[0].port, 0);
	try_together(&t, 2);
	ck_assert_uint_eq(t.returned, 2);
	ck_assert_int_ge(t.pause, now + PACKET_RETURNED_SECONDS);
	ck_assert_int_le(t.pause, clock_now() + PACKET_RETURNED_SECONDS);
	ck_assert(turn_leave(&turn));
	try_together(&t, 2);
	ck_assert_uint_eq(t.returned, 0);
	ck_assert_int_eq(t.fate[0].outcome, OUTCOME_SENT);
	ck_assert_int_eq(t.pause, 0);
	ck_assert(!t.client.back && !t.client.heard);
	try_end(&t);
}
END_TEST

/* What is in no queue, and what one of its recipients has heard of already. */
START_TEST(what_cannot_be_returned_goes_without_a_turn)
{
	static const char *const relays[][FAKE_MAX_TEXTS] = {
		{ HELLO "250 ok|550 5.1.1 no|450 later|", HELLO ONCE }, { HELLO "250 ok|250 ok|354 go~250 ok|" },
	};
	static const char *const conf[] = { NULL, NULL };
	static struct try        t;
	int                      turn;

	try_start(&t, relays, conf, 2);
	t.client.given_back = _i == 0 ? note_returned : NULL;
	turn = turn_take(t.client.state, "127.0.0.1", t.fake[_i == 0].port, 0);
	try_once(&t);
	ck_assert_int_eq(t.fate[0].outcome, OUTCOME_NEVER);
	ck_assert_int_eq(t.fate[1].outcome, OUTCOME_SENT);
	turn_leave(&turn);
	try_end(&t);
}
END_TEST

static const struct { const char *relay[1][FAKE_MAX_TEXTS]; bool rival, news; } awaited[] = {
	{ { { TAKES } }, false, false },
	{ { { TAKES } }, true, true },
	{ { { HELLO "250 ok|550 5.1.1 no|" } }, false, false },
	{ { { HELLO "250 ok|550 5.1.1 no|" } }, true, true },
};

START_TEST(what_others_wait_for_is_news)
{
	static const char *const conf[] = { NULL };
	static struct try        t;

	try_start(&t, awaited[_i].relay, conf, 1);
	t.has_rival = awaited[_i].rival;
	try_once(&t);
	ck_assert(t.client.heard == awaited[_i].news);
	ck_assert(!t.client.back);
	try_end(&t);
}
END_TEST

START_TEST(D8_a_relay_that_takes_one_message_a_connection_gets_them_all)
{
	static const char *const relays[][FAKE_MAX_TEXTS] = { { HELLO ONCE, HELLO ONCE, HELLO ONCE, HELLO ONCE, HELLO ONCE,
		HELLO ONCE, HELLO ONCE, HELLO ONCE, HELLO ONCE, HELLO ONCE, HELLO ONCE } };
	static const char *const conf[] = { NULL };
	static struct try        t;

	try_start(&t, relays, conf, 1);
	try_together(&t, MAX_MESSAGES);
	for (int i = 0; i < 2 * MAX_MESSAGES; i++)
		ck_assert_int_eq(t.fate[i].outcome, OUTCOME_SENT);
	try_end(&t);
}
END_TEST

/* What it offers and does not know costs a connection, and no message. */
START_TEST(a_relay_that_does_not_know_bdat_gets_data)
{
	static const char *const relays[][FAKE_MAX_TEXTS] = {
		{ CHUNKS "250 ok|250 ok|250 ok||||502 what?|", CHUNKS ONCE ONCE },
	};
	static const char *const conf[] = { NULL };
	static struct try        t;

	try_start(&t, relays, conf, 1);
	for (int i = 0; i < 2; i++) {
		try_once(&t);
		ck_assert_msg(t.fate[0].outcome == OUTCOME_SENT && t.fate[1].outcome == OUTCOME_SENT, "%s", t.fate[0].text);
	}
	ck_assert_uint_eq(t.fake[0].heard->nconnections, 2);
	ck_assert(!is_down(&t, 0));
	try_end(&t);
}
END_TEST

START_TEST(those_that_are_done_are_not_sent_again)
{
	static const char *const relays[][FAKE_MAX_TEXTS] = { { HELLO "250 ok|250 ok|354 go~250 ok|" } };
	static const char *const conf[] = { NULL };
	static struct try        t;
	struct entry             e = ENTRY;
	struct problem           why;

	try_start(&t, relays, conf, 1);
	ck_assert_int_eq(entry_read(&e, t.fd, &why), 0);
	ck_assert_int_eq(entry_settle(&e, t.fd, 0, RECIPIENT_DONE, "250 ok", &why), 0);
	entry_release(&e);
	try_once(&t);
	ck_assert_int_eq(t.fate[1].outcome, OUTCOME_SENT);
	ck_assert_ptr_null(strstr(t.fake[0].heard->words, addresses[0]));
	try_end(&t);
}
END_TEST

START_TEST(F6_a_damaged_message_is_not_sent_and_no_relay_is_to_blame)
{
	static const char *const relays[][FAKE_MAX_TEXTS] = { { TAKES }, { TAKES } };
	static const char *const conf[] = { NULL, NULL };
	static struct try        t;

	try_start(&t, relays, conf, 2);
	ck_assert_int_eq(pwrite(t.fd, "x", 1, lseek(t.fd, 0, SEEK_END) - 5), 1);
	try_once(&t);
	ck_assert_int_eq(t.fate[0].outcome, OUTCOME_LATER);
	ck_assert_ptr_nonnull(strstr(t.fate[0].text, "damaged"));
	ck_assert_ptr_null(strstr(t.fake[0].heard->words, "\r\n.\r\n"));
	ck_assert(!is_down(&t, 0));
	ck_assert_uint_eq(t.fake[1].heard->nconnections, 0);
	try_end(&t);
}
END_TEST

static const char *const strippers[][1][FAKE_MAX_TEXTS] = {
	{ { "220 hi|250-hi\r\n250 AUTH PLAIN LOGIN|235 ok|", "220 hi|250-hi\r\n250 AUTH PLAIN LOGIN|235 ok|" } },
	{ { "220 hi|250-hi\r\n250-AUTH PLAIN\r\n250 STARTTLS|454 no|", "220 hi|250-hi\r\n250 AUTH PLAIN|235 ok|" } },
};

/* conf_parse refuses such sections; here they are made by hand. */
static void
give_secret(struct try *t, enum tls_level level)
{
	int  fd = openat(t->client.state, "secret", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	char path[64];

	ck_assert_int_eq(write(fd, "s3cret\n", 7), 7);
	close(fd);
	snprintf(path, sizeof path, "/proc/self/fd/%d/secret", t->client.state);
	t->conf.relay[0].user = slice_dup(SLICE("joe"));
	t->conf.relay[0].password_file = slice_dup(SLICE(path));
	t->conf.relay[0].tls = level;
}

START_TEST(R11_a_secret_never_leaves_without_a_proved_name)
{
	static const char *const    conf[] = { NULL };
	static const enum tls_level levels[] = { TLS_NONE, TLS_MAY, TLS_ENCRYPT, TLS_VERIFY };
	static struct try           t;

	try_start(&t, strippers[_i / 4], conf, 1);
	give_secret(&t, levels[_i % 4]);
	try_once(&t);
	ck_assert_int_eq(t.fate[0].outcome, OUTCOME_LATER);
	ck_assert_ptr_null(strstr(t.fake[0].heard->words, "AUTH"));
	ck_assert_uint_eq(t.fake[0].heard->nconnections, 1);
	try_end(&t);
}
END_TEST

/* An ordinary user who runs the queue by hand must not make a relay look down to all others. */
START_TEST(a_secret_that_cannot_be_read_is_no_fault_of_the_relay)
{
	static const char *const conf[] = { NULL };
	static struct try        t;
	struct down              d;

	try_start(&t, strippers[0], conf, 1);
	give_secret(&t, TLS_VERIFY);
	unlinkat(t.client.state, "secret", 0);
	try_once(&t);
	ck_assert_int_eq(t.fate[0].outcome, OUTCOME_LATER);
	ck_assert_ptr_nonnull(strstr(t.fate[0].text, "No such file"));
	ck_assert_uint_eq(t.fake[0].heard->nconnections, 0);
	ck_assert(!down_read(&d, t.client.state, "127.0.0.1@joe", t.conf.relay[0].port, time(NULL)));
	try_end(&t);
}
END_TEST

/* It may take half a minute to say that it fails, and all that for no session. */
START_TEST(no_command_is_run_for_a_relay_that_is_left_alone)
{
	static const char *const conf[] = { NULL };
	static struct try        t;
	struct problem           why;

	try_start(&t, strippers[0], conf, 1);
	give_secret(&t, TLS_VERIFY);
	t.conf.relay[0].password_command = slice_dup(SLICE("false"));
	problem_set(&why, VERDICT_LATER, "4.4.1", "refused");
	down_mark(t.client.state, "127.0.0.1@joe", t.fake[0].port, &why, time(NULL));
	try_once(&t);
	ck_assert_str_eq(t.fate[0].text, "relay is known to be down: refused");
	try_end(&t);
}
END_TEST

START_TEST(a_certificate_that_cannot_be_read_is_no_fault_of_the_relay)
{
	static const char *const conf[] = { "tls verify\ntls-ca /nonexistent/ca.pem\n", "tls encrypt\n"
	    "tls-cert /nonexistent/own.pem\ntls-key /dev/null\n" };
	static struct try        t;

	try_start(&t, strippers[0], &conf[_i], 1);
	try_once(&t);
	ck_assert_int_eq(t.fate[0].outcome, OUTCOME_LATER);
	ck_assert_ptr_nonnull(strstr(t.fate[0].text, ".pem: No such file"));
	ck_assert_uint_eq(t.fake[0].heard->nconnections, 0);
	ck_assert(!is_down(&t, 0));
	try_end(&t);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, no_command_is_run_for_a_relay_that_is_left_alone);
	tcase_add_test(t, what_a_message_that_waives_tls_finds_down_is_up_for_others);
	tcase_add_loop_test(t, a_certificate_that_cannot_be_read_is_no_fault_of_the_relay, 0, 2);
	add_table(t, every_recipient_has_the_fate_that_the_relays_gave_it, cases);
	tcase_add_test(t, what_must_stay_under_tls_goes_to_no_relay_that_is_not_proved);
	tcase_add_test(t, a_fate_names_the_relay_that_gave_it);
	add_table(t, a_fate_says_that_nobody_else_will_report_success, reports);
	tcase_add_test(t, a_relay_that_is_known_to_be_down_costs_no_connection);
	tcase_add_test(t, the_first_success_forgets_that_a_relay_was_down);
	tcase_add_test(t, a_relay_that_takes_long_is_left_to_who_waits_for_it);
	add_table(t, a_session_is_kept_for_the_next_message_and_its_death_is_no_fault, kept);
	tcase_add_test(t, D8_ten_connections_a_try_and_no_more);
	tcase_add_test(t, a_session_serves_the_section_that_it_was_opened_for_alone);
	tcase_add_test(t, many_recipients_go_in_transactions_of_a_hundred);
	add_table(t, messages_that_are_tried_together_have_their_fates_apart, together);
	tcase_add_test(t, what_others_find_out_is_waited_for_in_the_queue);
	tcase_add_loop_test(t, what_cannot_be_returned_goes_without_a_turn, 0, 2);
	add_table(t, what_others_wait_for_is_news, awaited);
	tcase_add_test(t, D8_a_relay_that_takes_one_message_a_connection_gets_them_all);
	tcase_add_test(t, a_relay_that_does_not_know_bdat_gets_data);
	tcase_add_test(t, those_that_are_done_are_not_sent_again);
	tcase_add_test(t, F6_a_damaged_message_is_not_sent_and_no_relay_is_to_blame);
	tcase_add_test(t, a_secret_that_cannot_be_read_is_no_fault_of_the_relay);
	tcase_add_loop_test(t, R11_a_secret_never_leaves_without_a_proved_name, 0, 8);
}
