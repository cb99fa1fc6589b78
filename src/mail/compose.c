/* SPDX-License-Identifier: ISC */
#include "mail/compose.h"

#include "mail/fold.h"
#include "mail/header.h"
#include "mail/phrase.h"

/* What is done with a field, and what it says that the header has. */
enum {
	REMOVED  = 1 << 0,
	COMPLETE = 1 << 1,   /* addresses: bare names get the domain */
	TO       = 1 << 2,   /* recipients, for -t */
	RESENT   = 1 << 3,   /* recipients, for -t, in place of those of TO */
	DATE     = 1 << 4,
	ID       = 1 << 5,
	FROM     = 1 << 6,
	VISIBLE  = 1 << 7,   /* somebody whom the message is to is named in it */
	TEXT     = 1 << 8,   /* RFC 2047, 5 (1): encoded words may stand in it */
	TRACE    = 1 << 9,
};

/* RFC 5321, 6.3: who sees this many has sent the message round in a circle. */
enum { HOPS_MAX = 50 };

static const struct {
	const char *name;
	unsigned    is;
} fields_known[] = {
	{ "Bcc",             REMOVED | TO },
	{ "Cc",              COMPLETE | TO | VISIBLE },
	{ "Comments",        TEXT },
	{ "Content-Length",  REMOVED },
	{ "Date",            DATE },
	{ "From",            COMPLETE | FROM },
	{ "Message-ID",      ID },
	{ "Received",        TRACE },
	{ "Reply-To",        COMPLETE },
	{ "Resent-Bcc",      REMOVED | RESENT },
	{ "Resent-Cc",       COMPLETE | RESENT },
	{ "Resent-From",     COMPLETE },
	{ "Resent-Reply-To", COMPLETE },
	{ "Resent-Sender",   COMPLETE },
	{ "Resent-To",       COMPLETE | RESENT },
	{ "Return-Path",     REMOVED },
	{ "Sender",          COMPLETE },
	{ "Subject",         TEXT },
	{ "To",              COMPLETE | TO | VISIBLE },
};

static unsigned
field_is(const struct field *f)
{
	for (size_t i = 0; i < sizeof fields_known / sizeof *fields_known; i++)
		if (slice_same(f->name, SLICE(fields_known[i].name)))
			return fields_known[i].is;
	return f->name.len > 2 && slice_same((struct slice){ f->name.at, 2 }, SLICE("X-")) ? TEXT : 0;
}

/* All that the fields of the header are, together. */
static unsigned
header_has(struct slice fields)
{
	struct field f;
	unsigned     has = 0;

	while (header_next(&fields, &f))
		has |= field_is(&f);
	return has;
}

/* Adds a list of addresses with its bare names completed.  Returns -1, having added some of it, when it is none. */
static int
add_completed(struct buf *out, struct slice list, const char *mailname)
{
	struct addresses reading = ADDRESSES(list);
	struct mailbox   m;
	struct problem   why;
	size_t           copied = 0;
	int              n;

	while ((n = address_next(&reading, &m, &why)) == 1) {
		struct slice before = { list.at + copied, m.begin - copied };

		if (!m.bare)
			continue;
		if (slice_ends(before, SLICE("\\")))
			before.len--;
		buf_add(out, before);
		buf_add(out, (struct slice){ list.at + m.begin, m.end - m.begin });
		buf_addf(out, "@%s", mailname);
		copied = m.end;
	}
	buf_add(out, slice_from(list, copied));
	return n;
}

/* Whether a word is too long for a line, so that a fold would have to part it. */
static bool
has_long_word(struct slice text)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len && len < FOLD_LINE_MAX; i++)
		len = is_wsp(text.at[i]) || text.at[i] == '\r' || text.at[i] == '\n' ? 0 : len + 1;
	return len == FOLD_LINE_MAX;
}

/* The field with its text in encoded words, which are read as one, however long. */
static void
add_encoded(struct buf *out, const struct field *f)
{
	struct slice rest = f->body;
	struct buf   text = BUF(COMPOSE_MAX);

	while (rest.len > 0) {   /* RFC 5322, 2.2.3: unfolded */
		buf_add(&text, slice_cut(&rest, '\r'));
		rest = slice_from(rest, 1);
	}
	buf_addf(out, "%.*s: ", SLICE_ARG(f->name));
	phrase_encode(out, slice_trim(buf_slice(&text)));
	buf_add(out, SLICE("\r\n"));
	buf_release(&text);
}

/* Returns false, having added nothing, when the field is not a list of addresses. */
static bool
add_with_addresses(struct buf *out, const struct field *f, const char *mailname)
{
	size_t before = out->len, colon = (size_t)(f->body.at - f->whole.at);

	buf_add(out, (struct slice){ f->whole.at, colon });
	if (add_completed(out, f->body, mailname) == 0) {
		buf_add(out, SLICE("\r\n"));
		return true;
	}
	buf_cut(out, before);
	return false;
}

/* A field that is not what it should be is not ours to mend: it goes out as it came. */
static void
add_field(struct buf *out, const struct field *f, unsigned is, const char *mailname)
{
	if ((is & COMPLETE) && add_with_addresses(out, f, mailname))
		return;
	if ((is & TEXT) && has_long_word(f->body))
		add_encoded(out, f);
	else
		buf_add(out, f->whole);
}

static void
add_missing(const struct composer *c, unsigned has, struct buf *out)
{
	if (!(has & DATE))
		buf_addf(out, "Date: %s\r\n", c->date);
	if (!(has & ID))
		buf_addf(out, "Message-ID: <%s>\r\n", c->message_id);
	if (!(has & FROM)) {
		buf_add(out, SLICE("From: "));
		if (c->name[0] != '\0')
			phrase_add(out, SLICE(c->name));
		buf_addf(out, c->name[0] != '\0' ? " <%s>\r\n" : "%s\r\n", c->from);
	}
	if (!(has & VISIBLE))
		buf_add(out, SLICE("To: undisclosed-recipients:;\r\n"));
}

/* RFC 5322, 2.2.3: a fold stands in front of a blank.  Where there is none one is added: the text is kept, not cut. */
static void
add_folded(struct buf *out, struct slice line)
{
	size_t room = FOLD_LINE_MAX;

	while (line.len > room) {
		size_t at = fold_at(line, room, FOLD_FIELD);
		bool   has_blank = is_wsp(line.at[at]);

		buf_add(out, (struct slice){ line.at, at });
		buf_add(out, has_blank ? SLICE("\r\n") : SLICE("\r\n "));
		room = has_blank ? FOLD_LINE_MAX : FOLD_LINE_MAX - 1;
		line = slice_from(line, at);
	}
	buf_add(out, line);
	buf_add(out, SLICE("\r\n"));
}

static void
add_lines(struct buf *out, struct slice text)
{
	while (text.len > 0) {
		struct slice line = slice_cut(&text, '\n');

		if (slice_ends(line, SLICE("\r")))
			line.len--;
		add_folded(out, line);
	}
}

/* Goes through the fields once: what stays goes to kept, who is meant to the recipients. */
static int
sort_fields(const struct composer *c, struct slice fields, struct recipients *to, struct buf *kept,
    struct problem *why)
{
	unsigned     has = header_has(fields), counts = has & RESENT ? RESENT : TO, hops = 0;
	struct field f;

	while (header_next(&fields, &f)) {
		unsigned is = field_is(&f);

		if (to != NULL && (is & counts) && recipients_add(to, f.body, why) != 0)
			return -1;
		if (!(is & REMOVED))
			add_field(kept, &f, is, c->mailname);
		hops += (is & TRACE) != 0;
	}
	if (hops >= HOPS_MAX)
		return problem_set(why, VERDICT_NEVER, "5.4.6", "mail loop: the message has %u Received fields", hops);
	add_missing(c, has, kept);
	return 0;
}

int
compose_header(const struct composer *c, struct slice fields, struct recipients *to, struct buf *out,
    struct problem *why)
{
	struct buf kept = BUF(COMPOSE_MAX);
	int        result = sort_fields(c, fields, to, &kept, why);

	add_lines(out, buf_slice(&kept));
	buf_add(out, SLICE("\r\n"));
	if (result == 0 && (kept.full || out->full))
		result = problem_set(why, VERDICT_NEVER, "5.3.4", "the header is too large");
	buf_release(&kept);
	return result;
}
