/* SPDX-License-Identifier: ISC */
#include "runner/report.h"

#include "base/date.h"
#include "entry/received.h"
#include "mail/dsn.h"
#include "mail/header.h"
#include "mail/notice.h"

enum {
	RETURN_MAX  = 512 << 10,   /* octets of a message that is returned whole */
	NAMED_MAX   = 100,         /* recipients whom the text for people names; the rest is for programs */
	SUBJECT_MAX = 200,
};

static const struct {
	const char *name, *kind, *subject, *words, *outlook;
} actions[] = {
	[ACTION_FAILED] = {
		"failed", "non-delivery", "Undelivered mail: returned to sender", "It could not be delivered to:",
		"It will not be tried again.  The reason stands under each address.  Please correct\r\n"
		"what is wrong and send the message again, or show this text to your postmaster.\r\n",
	},
	[ACTION_DELAYED] = {
		"delayed", "delay", "Delayed mail: still being tried", "It could not yet be delivered to:",
		"You need not send it again: it is kept, and will be tried until\r\n",
	},
	[ACTION_RELAYED] = {
		"relayed", "delivery status", "Relayed mail: handed on",
		"It was handed to a relay that does not report success, for:",
		"Nothing more will be heard of it unless it fails on its further way.\r\n",
	},
};

enum { ACTIONS = sizeof actions / sizeof *actions };

/* RFC 3463, 3: what a sender can do, by the begin of a status; the first that fits. */
static const struct {
	const char *status, *advice;
} advices[] = {
	{ "5.1.7", "The relay does not accept your own address: ask your postmaster." },
	{ "5.1.8", "The relay does not accept your own address: ask your postmaster." },
	{ "5.1.",  "Is the address spelled as it should be?" },
	{ "5.2.2", "The mailbox is full: its owner has to make room." },
	{ "5.2.3", "The message is too large: send less at once." },
	{ "5.3.4", "The message is too large: send less at once." },
	{ "5.4.6", "The mail goes round in a circle: tell the postmaster there." },
	{ "5.6.7", "No relay here can handle this address: ask for another one." },
	{ "5.7.",  "The relay's rules forbid it: ask your postmaster." },
	{ "4.",    "Nobody took it in all that time: tell your postmaster." },
};

static const char *
advice_for(struct slice status)
{
	for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
		if (slice_begins(status, SLICE(advices[i].status)))
			return advices[i].advice;
	return NULL;
}

static enum action
gravest(const struct entry *about, const enum action *action)
{
	enum action worst = ACTION_NONE;

	for (size_t i = 0; i < about->nrecipients; i++)
		if (action[i] > worst)
			worst = action[i];
	return worst;
}

const char *
report_kind(const struct entry *about, const enum action *action)
{
	return actions[gravest(about, action)].kind;
}

/* Whether an address that is told of is beyond ASCII. */
static bool
is_global(const struct report *r)
{
	for (size_t i = 0; i < r->about->nrecipients; i++)
		if (r->action[i] != ACTION_NONE && !slice_is_ascii(SLICE(r->about->recipient[i].address)))
			return true;
	return false;
}

bool
report_returns_all(const struct entry *about, const enum action *action)
{
	return about->ret != NULL && strcmp(about->ret, "FULL") == 0 && about->message_len <= RETURN_MAX &&
	    !about->requiretls && gravest(about, action) == ACTION_FAILED;
}

/* There is none where each worker that tried it has ended before its time. */
static const char *
answer_of(const struct recipient *r)
{
	return r->answer[0] != '\0' ? r->answer : "4.3.0 no try has come to an end";
}

/* An answer is "STATUS what was said". */
static struct slice
split_answer(const struct recipient *r, struct slice *words)
{
	struct slice status;

	*words = SLICE(answer_of(r));
	status = slice_word(words);
	*words = slice_trim(*words);
	return status;
}

/* What people know their message by; not where it would be a riddle to them (RFC 2047). */
static void
add_subject(struct buf *b, struct slice header)
{
	char         shown[SUBJECT_MAX];
	struct field f;

	while (header_next(&header, &f)) {
		struct slice text = slice_trim(f.body);

		if (!slice_same(f.name, SLICE("Subject")))
			continue;
		text.len = slice_line_len(text);
		printable_copy(shown, sizeof shown, text);
		if (slice_is_ascii(text) && strstr(shown, "=?") == NULL)
			buf_addf(b, ", with the subject\r\n\"%s\"", shown);
		return;
	}
}

static void
add_person(struct buf *b, const struct recipient *r, enum action action)
{
	struct slice words, status = split_answer(r, &words);
	const char  *advice = action == ACTION_FAILED ? advice_for(status) : NULL;

	buf_addf(b, "<%s>\r\n    %s\r\n", r->address, answer_of(r));
	if (advice != NULL)
		buf_addf(b, "    %s\r\n", advice);
}

static void
add_people(struct buf *b, const struct report *r, enum action action)
{
	size_t n = 0;

	for (size_t i = 0; i < r->about->nrecipients; i++)
		if (r->action[i] == action && n++ < NAMED_MAX)
			add_person(b, &r->about->recipient[i], action);
	if (n > NAMED_MAX)
		buf_addf(b, "and %zu more, whom the delivery report names.\r\n", n - NAMED_MAX);
}

static bool
concerns(const struct report *r, enum action action)
{
	for (size_t i = 0; i < r->about->nrecipients; i++)
		if (r->action[i] == action)
			return true;
	return false;
}

static void
add_outlook(struct buf *b, const struct report *r, enum action action)
{
	buf_addf(b, "\r\n%s", actions[action].outlook);
	if (action == ACTION_DELAYED) {
		date_format(b, r->about->arrived + (time_t)r->conf->expire_seconds);
		buf_add(b, SLICE(".\r\n"));
	}
	buf_add(b, SLICE("\r\n"));
}

static void
add_words(struct buf *b, const struct report *r)
{
	buf_addf(b, "This is the mail system at %s.\r\n\r\n%s\r\n", r->conf->hostname,
	    r->about->sender[0] != '\0' ? "About your message of" :
	    "Its postmaster is told about a message that names no sender, of");
	date_format(b, r->about->arrived);
	add_subject(b, r->header);
	buf_add(b, SLICE(":\r\n\r\n"));
	for (enum action a = ACTIONS - 1; a != ACTION_NONE; a--) {
		if (!concerns(r, a))
			continue;
		buf_addf(b, "%s\r\n\r\n", actions[a].words);
		add_people(b, r, a);
		add_outlook(b, r, a);
	}
}

/* What is behind the mark begin, up to end or, as long words are cut, to the end of s; empty without begin. */
static struct slice
between(struct slice s, const char *begin, const char *end)
{
	const char *from = memmem(s.at, s.len, begin, strlen(begin)), *to;

	if (from == NULL)
		return SLICE("");
	from += strlen(begin);
	to = memmem(from, s.len - (size_t)(from - s.at), end, strlen(end));
	if (to == NULL)
		to = s.at + s.len;
	return (struct slice){ from, (size_t)(to - from) };
}

/*
 * RFC 3464, 2.3.5 and 2.3.6: who refused, and in which words.  What a relay said is "host NAME[ADDRESS] said: REPLY (in
 * reply to COMMAND)"; anything else is this host's own word.
 */
static void
add_diagnosis(struct buf *b, struct slice words)
{
	struct slice host = between(words, "host ", "["), reply = between(words, " said: ", " (in reply to ");

	if (host.len > 0 && reply.len > 0)
		buf_addf(b, "Remote-MTA: dns; %.*s\r\nDiagnostic-Code: smtp; %.*s\r\n", SLICE_ARG(host),
		    SLICE_ARG(reply));
	else
		buf_addf(b, "Diagnostic-Code: x-salsa; %.*s\r\n", SLICE_ARG(words));
}

/* RFC 3464, 2.2.1 and 2.3.1: a field with what xtext stands for, which may be anything; none for NULL. */
static void
add_decoded(struct buf *b, const char *name, const char *xtext)
{
	struct buf text = BUF(ENTRY_MAX_PARAMETER);
	char       shown[ENTRY_MAX_PARAMETER + 1];

	if (xtext == NULL)
		return;
	dsn_decode(&text, SLICE(xtext));
	printable_copy(shown, sizeof shown, buf_slice(&text));
	buf_addf(b, "%s: %s\r\n", name, shown);
	buf_release(&text);
}

/* RFC 3464, 2.3; RFC 6533, 3 for the type of an address. */
static void
add_recipient_status(struct buf *b, const struct recipient *r, enum action action)
{
	struct slice words, status = split_answer(r, &words);

	buf_add(b, SLICE("\r\n"));
	add_decoded(b, "Original-Recipient", r->orcpt);
	buf_addf(b, "Final-Recipient: %s; %s\r\nAction: %s\r\nStatus: %.*s\r\n",
	    slice_is_ascii(SLICE(r->address)) ? "rfc822" : "utf-8", r->address, actions[action].name,
	    SLICE_ARG(status));
	add_diagnosis(b, words);
}

/* RFC 3464, 2.2 and 2.3. */
static void
add_status(struct buf *b, const struct report *r)
{
	add_decoded(b, "Original-Envelope-Id", r->about->envid);
	buf_addf(b, "Reporting-MTA: dns; %s\r\nX-Salsa-Queue-ID: %s\r\nArrival-Date: ", r->conf->hostname,
	    r->about->id);
	date_format(b, r->about->arrived);
	buf_add(b, SLICE("\r\n"));
	for (size_t i = 0; i < r->about->nrecipients; i++)
		if (r->action[i] != ACTION_NONE)
			add_recipient_status(b, &r->about->recipient[i], r->action[i]);
	buf_add(b, SLICE("\r\n"));
}

static struct notice
notice_of(const struct report *r)
{
	return (struct notice){
		.hostname = r->conf->hostname,
		.mailname = r->conf->mailname,
		.id = r->report->id,
		.to = r->report->recipient[0].address,
		.subject = actions[gravest(r->about, r->action)].subject,
		.type = "report; report-type=delivery-status",
		.date = r->report->arrived,
		.eightbit = is_global(r) || !slice_is_ascii(r->header) || (r->whole && r->about->eightbit),
	};
}

/* RFC 6533, 4: the types for a header that is not ASCII. */
static void
add_message(struct buf *b, const struct report *r, const struct notice *n)
{
	bool is_ascii = slice_is_ascii(r->header);

	if (r->whole) {
		notice_part(b, n, "Message", is_ascii ? "message/rfc822" : "message/global",
		    !is_ascii || r->about->eightbit);
		return;
	}
	notice_part(b, n, "Header of the message", is_ascii ? "text/rfc822-headers" : "message/global-headers",
	    !is_ascii);
	buf_add(b, r->header);
}

void
report_begin(const struct report *r, struct buf *b)
{
	struct notice n = notice_of(r);
	bool          global = is_global(r);

	received_format(b, r->conf->hostname, r->report->uid, r->report->id, r->report->arrived);
	notice_header(b, &n);
	notice_part(b, &n, "Notification", global ? "text/plain; charset=utf-8" : "text/plain; charset=us-ascii",
	    global);
	add_words(b, r);
	notice_part(b, &n, "Delivery report", global ? "message/global-delivery-status" : "message/delivery-status",
	    global);
	add_status(b, r);
	add_message(b, r, &n);
}

void
report_end(const struct report *r, struct buf *b)
{
	struct notice n = notice_of(r);

	notice_end(b, &n);
}
