/* SPDX-License-Identifier: ISC */
#include "sendmail/returned.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "alias/expand.h"
#include "base/clock.h"
#include "mail/notice.h"
#include "sendmail/doors.h"

enum { AROUND_MAX = 4096 };   /* octets of a report, but for the message in it */

/* What the new message is read from: text, the old one as it was written, end. */
struct source {
	const struct message *old;
	struct slice          text, end;
	bool                  whole;   /* the old one is still to be read */
	off_t                 at;      /* in it, its envelope before it */
};

static ssize_t
take(struct slice *s, char *at, size_t room)
{
	size_t n = s->len < room ? s->len : room;

	memcpy(at, s->at, n);
	*s = slice_from(*s, n);
	return (ssize_t)n;
}

static ssize_t
read_source(void *argument, char *at, size_t room, struct problem *why)
{
	struct source *s = argument;
	struct slice   piece;

	if (s->text.len > 0)
		return take(&s->text, at, room);
	if (s->whole && message_piece(s->old, s->at, room, &piece, why) != 0)
		return -1;
	if (s->whole && piece.len > 0) {
		s->at += (off_t)piece.len;
		return take(&piece, at, room);
	}
	s->whole = false;
	return take(&s->end, at, room);
}

/* Without a queue some may have it already: who sends it again is not to send it to them. */
static void
add_who(struct buf *b, const struct entry *e)
{
	char shown[ENTRY_MAX_ADDRESS + 1];

	if (entry_nqueued(e) == e->nrecipients) {
		buf_add(b, SLICE("Your message was not sent to anybody:\r\n\r\n"));
		return;
	}
	buf_add(b, SLICE("Your message was sent, but not to\r\n\r\n"));
	for (size_t i = 0; i < e->nrecipients; i++)
		if (e->recipient[i].state == RECIPIENT_QUEUED) {
			printable_copy(shown, sizeof shown, SLICE(e->recipient[i].address));
			buf_addf(b, "    %s\r\n", shown);
		}
	buf_add(b, SLICE("\r\nto whom alone it has to be sent again:\r\n\r\n"));
}

static void
add_text(struct buf *b, const struct notice *n, const struct entry *old, const struct problem *reason)
{
	notice_header(b, n);
	notice_part(b, n, "Notification", "text/plain; charset=us-ascii", false);
	buf_addf(b, "This is sendmail at %s.\r\n\r\n", n->hostname);
	add_who(b, old);
	buf_addf(b, "    %s\r\n\r\nIt is below, as far as it was read.  Please correct what is wrong and send it again."
	    "\r\n\r\n", reason->text);
}

static void
add_old(struct buf *b, const struct notice *n, const struct message *old, bool whole)
{
	bool is_ascii = slice_is_ascii(buf_slice(&old->header));

	if (whole) {
		notice_part(b, n, "Message", is_ascii ? "message/rfc822" : "message/global", n->eightbit);
	} else if (old->header.len > 0) {
		notice_part(b, n, "Header of the message", is_ascii ? "text/rfc822-headers" : "message/global-headers",
		    !is_ascii);
		buf_add(b, buf_slice(&old->header));
	}
}

/* Composes as any message is: the letterhead has nothing to add. */
static int
compose(struct message *m, const struct conf *conf, struct source *s, struct problem *why)
{
	struct mailbox    nobody = { 0 };
	struct identity   author;
	struct letterhead head = { .conf = conf, .author = &author, .sender = &nobody, .name = "" };
	struct input      in;
	int               code;

	identity_find(&author);
	input_init(&in, -1, ULLONG_MAX, false);
	in.read = read_source;
	in.reader = s;
	code = message_header(m, &head, &in, NULL, why);
	if (code == 0)
		code = message_write(m, &head, &in, why);
	input_release(&in);
	identity_release(&author);
	return code;
}

static int
add_recipients(struct message *m, const struct conf *conf, const char *sender, struct problem *why)
{
	struct recipients to = RECIPIENTS;
	int               result = recipients_add(&to, SLICE(sender), why);

	if (result == 0)
		result = expand(&to, conf, &m->warnings, why);
	for (size_t i = 0; i < to.nmailboxes && result == 0; i++)
		entry_add_recipient(&m->entry, SLICE(to.mailbox[i].address));
	recipients_release(&to);
	if (m->entry.nrecipients > 0)
		return 0;
	if (result == 0)
		problem_set(why, VERDICT_NEVER, "5.1.7", "it has no sender");
	return EX_DATAERR;
}

int
returned_send(const struct conf *conf, const struct message *old, const struct problem *reason, struct problem *why)
{
	struct message m = MESSAGE;
	struct buf     text = BUF(2 * COMPOSE_MAX), end = BUF(128);
	char           id[2 * 8 + 1];
	struct source  s = { .old = old, .at = old->entry.envelope_len, .whole = message_is_written(old) &&
	    !old->entry.requiretls && strcmp(reason->status, "5.3.4") != 0 &&
	    (unsigned long long)old->entry.message_len + AROUND_MAX <= conf->max_size };
	struct notice  n = {
		.hostname = conf->hostname, .mailname = conf->mailname, .id = id, .to = old->entry.sender,
		.subject = "Undelivered mail: returned to sender", .type = "mixed", .date = clock_now(),
		.eightbit = (s.whole && old->entry.eightbit) || !slice_is_ascii(buf_slice(&old->header)),
	};
	int            code;

	snprintf(id, sizeof id, "%08x%08x", arc4random(), arc4random());
	add_text(&text, &n, &old->entry, reason);
	add_old(&text, &n, old, s.whole);
	notice_end(&end, &n);
	s.text = buf_slice(&text);
	s.end = buf_slice(&end);
	code = add_recipients(&m, conf, old->entry.sender, why);
	m.entry.requiretls = old->entry.requiretls;   /* RFC 8689, 5: it is as private as what it returns */
	if (code == 0)
		code = compose(&m, conf, &s, why);
	if (code == 0)
		code = doors_submit(conf, &m,
		    conf->deliver == DELIVER_DIRECT ? DELIVER_DIRECT : DELIVER_BACKGROUND, false, why);
	message_release(&m);
	buf_release(&text);
	buf_release(&end);
	return code;
}
