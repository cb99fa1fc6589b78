/* SPDX-License-Identifier: ISC
 *
 * From standard input to the wire.  Laws: what DATA carries is one message, which is what was composed once its dots
 * are taken back; CR and LF come as a pair; no line of the header is over 998 octets; no Bcc leaves this host.
 */
#include "fuzz/fuzz.h"
#include "mail/compose.h"
#include "mail/fold.h"
#include "mail/header.h"
#include "mail/undot.h"
#include "smtp/body.h"

static const struct composer composer = {
	.mailname = "host.example",
	.from = "joe@host.example",
	.name = "Joe",
	.date = "Thu, 01 Jan 1970 00:00:00 +0000",
	.message_id = "i@host.example",
};

static void
hold_lines(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		law((text.at[i] == '\n') == (i > 0 && text.at[i - 1] == '\r'));
		law(text.at[i] != '\0');
	}
	law(text.len == 0 || slice_ends(text, SLICE("\r\n")));
}

static void
hold_header(struct slice header)
{
	struct slice rest = header;
	struct field f;

	while (rest.len > 0)
		law(slice_cut(&rest, '\n').len <= FOLD_LINE_MAX + 1);
	rest = header;
	while (header_next(&rest, &f))
		law(!slice_same(f.name, SLICE("Bcc")) && !slice_same(f.name, SLICE("Resent-Bcc")));
	law(slice_equal(rest, SLICE("\r\n")));
}

static void
hold_one_message(struct slice wire, struct slice text)
{
	struct undot u = { 0 };
	struct buf   out = BUF(16 << 20);
	char         block[4096];

	while (wire.len > 0 && !u.ended)
		buf_add(&out, (struct slice){ block, undot(&u, &wire, block, sizeof block) });
	law(u.ended && wire.len == 0);
	law(slice_equal(buf_slice(&out), text));
	buf_release(&out);
}

/* In two pieces: the dot must be seen behind any cut. */
static void
send(struct slice text)
{
	struct peer    p;
	struct stream  s;
	struct body    b = BODY;
	struct problem why;
	size_t         half = text.len / 2;

	peer_open(&p, &s, SLICE(""), 1);
	body_add(&b, &s, (struct slice){ text.at, half });
	body_add(&b, &s, slice_from(text, half));
	body_end(&b, &s);
	law(stream_flush(&s, &why) == 0);
	hold_one_message(buf_slice(&p.said), text);
	peer_close(&p, &s);
}

void
fuzz(struct slice input)
{
	struct buf        text = wire_of(input), out = BUF(16 << 20);
	struct header     h = { 0 };
	struct recipients to = RECIPIENTS;
	struct problem    why;
	struct slice      fields;

	header_find(&h, buf_slice(&text), true);
	fields = slice_from((struct slice){ text.at, h.end }, h.begin);
	if (compose_header(&composer, fields, &to, &out, &why) == 0) {
		hold_header(buf_slice(&out));
		buf_add(&out, slice_from(buf_slice(&text), h.body));
		hold_lines(buf_slice(&out));
		send(buf_slice(&out));
	} else {
		law(is_problem(&why));
	}
	recipients_release(&to);
	buf_release(&text);
	buf_release(&out);
}
